"""Batches on both sides of the critical one, really trained: does the law of Kaplan et al. tell one not seen?

    python evidence/laws/trained_batches.py [--train OUT]

The transformer, text and loop of `charlm_ladder`: widths 16 and 24 are fitted, width 32 is held out; batches of 128 to
8,192 tokens, of which the middle one, `UNSEEN`, is held out at every width. Chosen before any judged run was made, and
kept: a batch has the ladder's rate times the factor of `FACTORS` that the smallest width ends best with, on a seed that
nothing else uses, in runs of half the steps. The step from which the power laws begin is chosen among `BEGINS` by
holding out another batch, `INNER`, among the fitted cells. Everything is judged seed by seed, with Student's 95%
interval over seeds.

At the held-out width and batch: the loss at every evaluated step, and the steps to every target. Beside the law: the
same law that is not told the batch (control), and, without a law, the fitted curves of the nearest width and batches.
The critical batch of the held-out width, at every target that five batches come to, by `critical_batch` fitted to what
its runs took, is compared with the law's.

Writes trained_batches.json; with --train first trained_batches_runs.csv.xz, from what OUT keeps (8 minutes on one core;
started again it goes on where it stood).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Schedule, Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.questions.critical_batch_size import critical_batch

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "charlm_ladder")]

import kaplan  # noqa: E402
import kept  # noqa: E402
from trained_schedules import compared, over_seeds, rounded  # noqa: E402

RUNS = HERE / "trained_batches_runs.csv.xz"
LENGTH = 32  # tokens of a stretch
FITTED, HELD = (16, 24), 32
STEPS = {4: 300, 8: 300, 16: 300, 32: 300, 64: 250, 128: 140, 256: 100}
"""Of every batch, in stretches: large ones come to the same losses in fewer."""
UNSEEN, INNER = 32, 16
SEEDS, TUNING, MEAN = range(5), 100, -1
FACTORS = 0.5, 1.0, 2.0
BEGINS = 30, 40, 60
WARMUP, EVERY = 20, 10
Cell = tuple[int, int]  # width and batch in stretches


def rate(width: int, batch: int) -> float:
    """The ladder's rule."""
    return 0.064 * batch**0.5 / width


def params(width: int) -> int:
    """Parameters but for embeddings, of two layers."""
    return 24 * width**2


def factor(curves: kept.Curves, batch: int) -> float:
    """What the rule is multiplied by for a batch."""
    ended = [kept.ends(curves, f"tune/{batch}/{times:g}", (TUNING,))[0] for times in FACTORS]
    return FACTORS[int(np.argmin(ended))]


def train(out: Path) -> kept.Curves:
    curves: kept.Curves = {}

    def made(job: str, seed: int, width: int, batch: int, lr: float, steps: int) -> None:
        plan = Schedule("constant", {"peak": lr, "steps": steps, "warmup": WARMUP})
        curves[job, seed] = kept.curve(out, job, seed, width, {"batch": batch, "eval_every": EVERY}, plan)

    for batch, steps in STEPS.items():
        for times in FACTORS:
            lr = times * rate(FITTED[0], batch)
            made(f"tune/{batch}/{times:g}", TUNING, FITTED[0], batch, lr, steps // 2)
        print(f"batch {batch}: {factor(curves, batch):g} of the rule ({kept.seconds(out):.0f} s)", flush=True)
    for seed in SEEDS:
        for width in (*FITTED, HELD):
            for batch, steps in STEPS.items():
                made(f"{width}/{batch}", seed, width, batch, factor(curves, batch) * rate(width, batch), steps)
            print(f"seed {seed}, width {width} ({kept.seconds(out):.0f} s)", flush=True)
    kept.write(curves, RUNS)
    return curves


def ladder(curves: kept.Curves, seed: int, cells: Sequence[Cell], begin: int) -> kaplan.Ladder:
    """Steps and losses from a step on, by parameters and tokens a batch."""
    found: kaplan.Ladder = {}
    for width, batch in cells:
        step, _, y = curves[f"{width}/{batch}", seed]
        found[params(width), batch * LENGTH] = step[step >= begin], y[step >= begin]
    return found


def cells(widths: Sequence[int], *, but: Sequence[int] = ()) -> list[Cell]:
    return [(width, batch) for width in widths for batch in STEPS if batch not in but]


def fitted(points: kaplan.Ladder, seed: int, **more: Any) -> Fit:
    made = fit("kaplan", kaplan.table(points), seed=seed, **more)
    assert isinstance(made, Fit)
    return made


def errors(made: Fit, points: kaplan.Ladder) -> list[float]:
    """Mean relative error of the loss, cell by cell."""
    found: list[float] = []
    for cell, (step, y) in points.items():
        said = made.predict(kaplan.table({cell: (step, y)}))
        assert not isinstance(said, Undecided)
        found.append(float(np.abs(said.y / y - 1.0).mean()))
    return found


def begun(curves: kept.Curves) -> tuple[int, dict[str, float]]:
    """The step to begin at, and the error at the inner batch by each; the steps judged are those after all of them."""
    found: dict[str, float] = {}
    for begin in BEGINS:
        each: list[float] = []
        for seed in SEEDS:
            rest = ladder(curves, seed, cells(FITTED, but=(UNSEEN, INNER)), begin)
            inner = ladder(curves, seed, cells(FITTED, but=[b for b in STEPS if b != INNER]), max(BEGINS))
            each += errors(fitted(rest, seed, draws=0, judge_beyond=False), inner)
        found[str(begin)] = float(np.mean(each))
    return min(BEGINS, key=lambda begin: found[str(begin)]), found


def nearest(curves: kept.Curves, seed: int, begin: int) -> float:
    """Error of the mean, at the same step, of the curves of the nearest width and the batches beside the unseen one."""
    step, _, y = curves[f"{HELD}/{UNSEEN}", seed]
    beside = [curves[f"{FITTED[-1]}/{batch}", seed] for batch in (UNSEEN // 2, 2 * UNSEEN)]
    judged = (step >= begin) & (step <= min(one[0][-1] for one in beside))
    said = np.mean([np.interp(step, at, losses) for at, _, losses in beside], axis=0)
    return float(np.abs(said / y - 1.0)[judged].mean())


def measured_critical(curves: kept.Curves, seed: int) -> dict[float, tuple[float, float, float]]:
    """At each loss that five batches of the held-out width come to after the warmup: it, and the ends of these."""
    took: dict[float, dict[int, float]] = {}
    targets = kaplan.crossings(ladder(curves, seed, cells((HELD,)), WARMUP)).columns
    for batch, y, steps in zip(targets["batch_size"], targets["y"], targets["steps"], strict=True):
        took.setdefault(float(y), {})[int(batch)] = float(steps)
    found: dict[float, tuple[float, float, float]] = {}
    for y, steps in took.items():
        if len(steps) >= 5:
            batch = np.array(list(steps), float)
            made = fit("critical_batch", Table({"batch_size": batch, "y": batch * np.array(list(steps.values()))}),
                       draws=0, judge_beyond=False)  # fmt: skip
            assert isinstance(made, Fit)
            found[y] = made.params["B_crit"], float(batch.min()), float(batch.max())
    return found


def one_seed(curves: kept.Curves, seed: int, begin: int) -> dict[str, Any]:
    seen = ladder(curves, seed, cells(FITTED, but=(UNSEEN,)), begin)
    asked = ladder(curves, seed, [(HELD, UNSEEN)], begin)
    made = fitted(seen, max(seed, 0))
    blind = fit("kaplan", one_batch(seen), draws=0, judge_beyond=False)
    assert isinstance(blind, Fit)
    flat = blind.predict(one_batch(asked))
    assert not isinstance(flat, Undecided)
    whole = kaplan.judged(made, asked)
    found: dict[str, Any] = {
        "at_bound": list(made.report.at_bound),
        "loss": whole["loss_error"], "loss_held_80": whole["loss_coverage_80"], "steps": whole["steps_error"],
        "steps, bias": whole["steps_bias"], "steps, median": whole["steps_median_error"],
        "targets": whole["n_targets"], "never": whole["never"], "steps_held_80": whole["steps_coverage_80"],
        "loss, not told the batch": float(np.abs(flat.y / next(iter(asked.values()))[1] - 1.0).mean()),
        "loss, nearest fitted curves": nearest(curves, seed, begin),
        "loss, held-out batch at the fitted widths": float(np.mean(
            errors(made, ladder(curves, seed, [(width, UNSEEN) for width in FITTED], begin)))),
        "loss, all batches of the held-out width": float(np.mean(
            errors(made, ladder(curves, seed, cells((HELD,)), begin)))),
        "loss, in sample": float(np.mean(errors(made, seen))),
    }  # fmt: skip
    critical = measured_critical(curves, seed)
    found["critical"] = {f"{y:.2f}": {"measured": batch, "law": critical_batch(made, y).estimate}
                         for y, (batch, _, _) in critical.items()}  # fmt: skip
    inside = [low < batch < high for batch, low, high in critical.values()]
    found["critical inside the batches"] = float(np.mean(inside))
    ratio = [one["law"] / one["measured"] for one in found["critical"].values()]
    found["critical, law over measured, log"] = float(np.mean(np.log(ratio)))
    return found


def averaged(curves: kept.Curves) -> kept.Curves:
    """Every cell's mean curve over seeds, as a seed of its own: what one judges where seeds are averaged first."""
    names = [f"{width}/{batch}" for width, batch in cells((*FITTED, HELD))]
    return {(name, MEAN): tuple(np.mean([curves[name, seed] for seed in SEEDS], axis=0)) for name in names}


def one_batch(points: kaplan.Ladder) -> Table:
    told = kaplan.table(points)
    return Table(dict(told.columns) | {"batch_size": np.full(told.n_rows, float(UNSEEN * LENGTH))})


def judged(curves: kept.Curves) -> dict[str, Any]:
    begin, inner = begun(curves)
    seeds = [one_seed(curves, seed, begin) for seed in SEEDS]
    numbers = [name for name, value in seeds[0].items() if isinstance(value, float)]
    losses = sorted({y for one in seeds for y in one["critical"]})
    mean = one_seed(averaged(curves), MEAN, begin)
    log_ratio = over_seeds([one["critical, law over measured, log"] for one in seeds])
    return {
        "begin": begin, "inner": inner,
        "factors": {str(batch * LENGTH): factor(curves, batch) for batch in STEPS},
        "over_seeds": {name: over_seeds([one[name] for one in seeds]) for name in numbers},
        "targets": [one["targets"] for one in seeds], "never": [one["never"] for one in seeds],
        "at_bound": [one["at_bound"] for one in seeds],
        "mean_curves": {name: value for name, value in mean.items() if name != "critical"},
        "gains": {
            f"on {name}": compared([one["loss"] for one in seeds], [one[f"loss, {name}"] for one in seeds])
            for name in ("not told the batch", "nearest fitted curves")
        },
        "critical_ratio": {"n": len(seeds)}
        | {end: float(np.exp(log_ratio[end])) for end in ("estimate", "low", "high")},
        "critical": {y: {which: float(np.exp(np.mean([np.log(one["critical"][y][which])
                                                      for one in seeds if y in one["critical"]])))
                         for which in ("measured", "law")} | {"n": sum(y in one["critical"] for one in seeds)}
                     for y in losses},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, help="train first; what is done is kept here")
    asked = parser.parse_args()
    place = HERE / "trained_batches.json"
    before = json.loads(place.read_text("utf-8")) if place.exists() else {}
    curves = train(asked.train) if asked.train else kept.read(RUNS)
    seconds = kept.seconds(asked.train) if asked.train else before.get("seconds")
    place.write_text(json.dumps(rounded({"seconds": seconds} | judged(curves)), indent=1, allow_nan=False) + "\n",
                     "utf-8")  # fmt: skip


if __name__ == "__main__":
    main()
