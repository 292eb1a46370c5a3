"""Does the loss of one epoch follow a power law in steps, and does a size with its steps, advised, save time?

    python evidence/laws/one_epoch.py --train [--seeds 3] [--fresh 3]
    python evidence/laws/one_epoch.py

Set before anything was trained. The world, text and loop of charlm_ladder/train.py at a batch of 512 tokens, every
stretch drawn fresh; learning rates are those of that ladder at that batch, tuned there before step 400. Six widths for
1,600 steps at a constant rate. A law in steps is fitted to the steps from 100 to 400 of every run and judged on 400 to
1,600. The adviser (`forerun.laws.questions.fastest`) sees steps 100 to 400 of all widths and seeds, and processor time,
as its pilot. Default pair: the world's own size (`s`, width 32), for all 1,600 steps; its loss is the target. Added
after the adviser had chosen this very size: every other width as the default, judged by the curves, and for the largest
both pairs on new seeds, their times measured turn by turn; then also the late end of the time that the adviser gives.
Writes one_epoch_runs.csv and one_epoch_times.csv (a row when it is done, so that it goes on after a kill), and
one_epoch.json.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from charlm_ladder.train import HELD, LENGTH, Brackets, params
from scipy import stats

from forerun.core import Array, Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.questions.fastest import fastest

HERE = Path(__file__).parent
RUNS, TIMES, FRESH = (HERE / f"one_epoch_{name}.csv" for name in ("runs", "times", "fresh"))
WIDTHS = (16, 24, 32, 48, 64, 96)
RATES = {16: 0.016, 24: 0.0107, 32: 0.008, 48: 0.00533, 64: 0.004, 96: 0.00133}
"""Of the ladder at this batch: .064 batch^.5 / width, and half of it at the largest."""
BATCH, STEPS, EVERY, START, PILOT, DEFAULT = 16, 1600, 20, 100, 400, 32
FIRST = 10  # seed; 0 is what learning rates were tuned on


def train(text: Any, held: Any, width: int, seed: int, steps: int, every: int) -> tuple[list[tuple[int, float]], float]:
    """One run: its points, and processor seconds of all of it."""
    from forerun.recipes import RECIPES
    from forerun.recipes.settings import SETTINGS
    from forerun.recipes.training import TrainingRun

    settings = {"steps": steps, "lr": RATES[width], "schedule": "constant", "warmup": 20, "batch": BATCH, "clip": 1.0}
    engine = RECIPES.load("supervised").engine
    assert engine is not None
    training = TrainingRun(Brackets(text, held, width, seed), engine, {**SETTINGS, **settings, "eval_every": every})
    began = time.process_time()
    training.run()
    return [(int(one["step"]), one["loss"]) for one in training.history], time.process_time() - began


def corpus(length: int = 8000) -> tuple[Any, Any]:
    """Text, 2.5 times what a run is shown, and the held-out stretches."""
    import torch

    from forerun.lab.text import grow

    random = torch.Generator().manual_seed(0)
    text = grow("brackets", length, random)
    return text, grow("brackets", 2000, random).chunks(HELD, LENGTH + 1, random)


def rows(path: Path) -> list[dict[str, float]]:
    if not path.exists():
        return []
    with path.open() as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def append(path: Path, head: str, new: list[list[Any]]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerows(([head.split(",")] if fresh else []) + new)


def record(seeds: int) -> None:
    """Train what is not trained yet; then seconds a step, every width in turn."""
    text, held = corpus()
    done = {(one["width"], one["seed"]) for one in rows(RUNS)}
    for seed, width in itertools.product(range(FIRST, FIRST + seeds), WIDTHS):
        if (width, seed) not in done:
            points, _ = train(text, held, width, seed, STEPS, EVERY)
            append(RUNS, "width,params,seed,steps,y", [[width, params(width), seed, s, f"{y:.4f}"] for s, y in points])
            print(width, seed, points[-1], flush=True)
    done = {(one["width"], one["turn"]) for one in rows(TIMES)}
    for turn, width in itertools.product(range(5), WIDTHS):
        if (width, turn) not in done:
            seconds = train(text, held, width, turn, 60, 60)[1] / 60
            append(TIMES, "width,turn,seconds", [[width, turn, f"{seconds:.5f}"]])


def record_fresh(pairs: dict[str, tuple[int, int]], seeds: int) -> None:
    """Both pairs on new seeds, in turn, evaluated at the end alone."""
    text, held = corpus()
    done = {(one["width"], one["steps"], one["seed"]) for one in rows(FRESH)}
    for seed, (width, steps) in itertools.product(range(100, 100 + seeds), pairs.values()):
        if (width, steps, seed) not in done:
            points, seconds = train(text, held, width, seed, steps, steps)
            append(
                FRESH, "width,steps,seed,y,seconds", [[width, steps, seed, f"{points[-1][1]:.4f}", f"{seconds:.3f}"]]
            )
            print(width, steps, seed, points[-1], seconds, flush=True)


Curves = dict[tuple[int, int], tuple[Array, Array]]


def curves() -> Curves:
    """Steps and losses of every width and seed, from the first step judged or fitted on."""
    found: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for one in rows(RUNS):
        if one["steps"] >= START:
            found.setdefault((int(one["width"]), int(one["seed"])), []).append((one["steps"], one["y"]))
    arrays = {key: np.array(points).T for key, points in found.items()}
    return {key: (steps, losses) for key, (steps, losses) in arrays.items()}


def in_steps(steps: Array, y: Array, seed: int) -> dict[str, float]:
    """Mean relative error, on steps beyond those fitted, of the law and of what it is held against."""
    seen, told = steps <= PILOT, dict[str, Array]()
    for name, law, column in (("with a floor", "regularised", "params"), ("without", "sample_size", "samples")):
        made = fit(law, Table({column: steps[seen], "y": y[seen]}), draws=50, seed=seed)
        assert isinstance(made, Fit)
        said = made.predict(Table({column: steps[~seen]}))
        assert not isinstance(said, Undecided)
        told[name] = said.y
        if name == "with a floor":
            held = float(((said.low <= y[~seen]) & (y[~seen] <= said.high)).mean())
    line = np.polyfit(np.log(steps[seen]), y[seen], 1)
    told["straight in log steps"] = np.polyval(line, np.log(steps[~seen]))
    told["last value"] = np.full((~seen).sum(), y[seen][-3:].mean())
    errors = {name: float(np.abs(said / y[~seen] - 1).mean()) for name, said in told.items()}
    whole = fit("regularised", Table({"params": steps, "y": y}), draws=0, judge_beyond=False)
    assert isinstance(whole, Fit)
    floor, log = whole.params["E"], np.log(steps)
    above = np.log(np.maximum(y - floor, 1e-4))
    return errors | {"inside_80": held, "r2_of_logs": float(np.corrcoef(log, above)[0, 1] ** 2)}


def interval(values: list[float]) -> list[float]:
    """Mean, 95% t interval, and n."""
    x = np.array(values)
    half = float(stats.t.ppf(0.975, x.size - 1)) * float(x.std(ddof=1)) / x.size**0.5
    return [float(x.mean()), float(x.mean()) - half, float(x.mean()) + half, x.size]


def pace() -> dict[int, float]:
    """Median processor seconds a step, by width."""
    every = rows(TIMES)
    return {w: float(np.median([one["seconds"] for one in every if one["width"] == w])) for w in WIDTHS}


def pilot(found: Curves) -> Fit:
    """The law of sizes and tokens, fitted to what the adviser sees."""
    parts = [(params(w), s * BATCH * LENGTH, y, f"{w}/{seed}") for (w, seed), (steps, losses) in found.items()
             for s, y in zip(steps, losses, strict=True) if s <= PILOT]  # fmt: skip
    columns = dict(zip(("params", "tokens", "y", "run"), map(list, zip(*parts, strict=True)), strict=True))
    made = fit("chinchilla", Table(columns), seed=0)
    assert isinstance(made, Fit)
    return made


def reached(found: Curves, width: int, target: float) -> float:
    """The first step at which a width's mean over seeds, its median of five evaluations, is at the target; else inf."""
    every = [losses for (w, _), (_, losses) in found.items() if w == width]
    steps = next(steps for (w, _), (steps, _) in found.items() if w == width)
    mean = np.mean(every, axis=0)
    smooth = np.array([np.median(mean[max(i - 4, 0) : i + 1]) for i in range(mean.size)])
    at = np.flatnonzero(smooth <= target)
    return float(steps[at[0]]) if at.size else np.inf


def end(found: Curves, width: int) -> float:
    """Loss of a width at the last steps, mean over seeds and the last five evaluations."""
    return float(np.mean([losses[-5:].mean() for (w, _), (_, losses) in found.items() if w == width]))


def advised(found: Curves) -> dict[str, Any]:
    """For every width as the default, for all steps: what is advised, and what the curves say of it."""
    made, seconds = pilot(found), pace()
    paces = {float(params(w)): seconds[w] / (BATCH * LENGTH) for w in WIDTHS}
    out: dict[str, Any] = {"params": dict(made.params), "warnings": list(made.warnings)}
    out["pilot_seconds"] = sum(seconds[w] * PILOT for w in WIDTHS) * len({seed for _, seed in found})
    out["cases"] = []
    for default in WIDTHS:
        target = end(found, default)
        plan, whole = fastest(made, target, paces), STEPS * seconds[default]
        case: dict[str, Any] = {"default": default, "target": target, "seconds": whole}
        if isinstance(plan, Undecided):
            out["cases"].append(case | {"undecided": str(plan)})
            continue
        width = next(w for w in WIDTHS if params(w) == plan.params)
        times = {w: reached(found, w, target) * seconds[w] for w in WIDTHS}
        case |= {"width": width, "steps": plan.tokens / (BATCH * LENGTH), "chance": plan.chance}
        case |= {"said": plan.seconds.estimate, "said_low": plan.seconds.low, "said_high": plan.seconds.high}
        case |= {"took": times[width], "best": min(times.values()), "best_width": min(times, key=lambda w: times[w])}
        out["cases"].append(case | {"default_reached": times[default]})
    return out


def pairs(found: Curves) -> dict[str, tuple[int, int]]:
    """The largest size for all steps as the default, and what is advised for its loss, rounded up to an evaluation."""
    case = next(one for one in advised(found)["cases"] if one["default"] == WIDTHS[-1])
    most = case["steps"] * case["said_high"] / case["said"]
    steps = (EVERY * -int(-count // EVERY) for count in (case["steps"], most))
    told = zip(("advised", "advised, late end"), steps, strict=True)
    return {"default": (WIDTHS[-1], STEPS)} | {name: (case["width"], count) for name, count in told}


def compared(two: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """Of every pair on the new seeds: loss and time, beside those of the default."""
    every = rows(FRESH)
    arms = {
        name: {one["seed"]: one for one in every if (one["width"], one["steps"]) == pair} for name, pair in two.items()
    }
    out: dict[str, Any] = {}
    for name, of in arms.items():
        out[name] = {"pair": list(two[name]), "seeds": len(of)}
        out[name] |= {column: float(np.mean([one[column] for one in of.values()])) for column in ("y", "seconds")}
        if name != "default":
            above = [one["y"] - arms["default"][seed]["y"] for seed, one in of.items()]
            faster = interval([float(np.log(arms["default"][s]["seconds"] / one["seconds"])) for s, one in of.items()])
            out[name] |= {"above": interval(above), "times_faster": [*np.exp(faster[:3]).tolist(), faster[3]]}
            out[name]["detectable"] = 2.8 * float(np.std(above, ddof=1)) / len(above) ** 0.5
    return out


def rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: rounded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return (float(f"{told:.4g}") if np.isfinite(told) else "never") if isinstance(told, float) else told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fresh", type=int, default=3)
    asked = parser.parse_args()
    if asked.train:
        record(asked.seeds)
    found = curves()
    if asked.train:
        record_fresh(pairs(found), asked.fresh)
    each = {f"{w}/{seed}": in_steps(steps, y, seed) for (w, seed), (steps, y) in found.items()}
    names = list(next(iter(each.values())))
    law = {name: interval([one[name] for one in each.values()]) for name in names}
    gains = {
        name: interval([one[name] - one["with a floor"] for one in each.values()])
        for name in ("without", "straight in log steps", "last value")
    }
    out = {"law": law, "gain_of_the_floor": gains, "runs": each, "adviser": advised(found)}
    out |= {"seconds_a_step": {str(w): s for w, s in pace().items()}, "fresh": compared(pairs(found))}
    (HERE / "one_epoch.json").write_text(json.dumps(rounded(out), indent=1) + "\n", "utf-8")
    print(json.dumps(rounded({name: out[name] for name in out if name != "runs"}), indent=1))


if __name__ == "__main__":
    main()
