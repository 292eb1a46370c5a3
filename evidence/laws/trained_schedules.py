"""Schedules really trained: does a law fitted to two tell the others, and is the rate that theory advises better?

    python evidence/laws/trained_schedules.py [--train OUT]

The transformer, text and loop of `charlm_ladder` at one width and batch. Chosen before any judged run was made, and
kept: a schedule's peak rate is that of `GRID` with the least mean end over `TUNING` seeds, which nothing else uses, in
runs of half the steps; curves are fitted and judged from `START`, five warmups, on; two curves are fitted, constant and
cosine, or the cosine alone. Everything is judged seed by seed (one set of weights and batches), with Student's 95%
interval over seeds.

1. `lr_annealing` and the other laws along a path, fitted to the two curves, against the four schedules not fitted. Arms
   that know no schedule: a power law in steps, and the mean of the two fitted curves at the same step.
2. The convex bound, of rates that are all multiplied by what makes the tuned cosine's best (nothing is fitted to a
   loss): its correlation with the curves, with what their schedules differ by, and the fall over the cooldown.
3. Rates that the bound advises where a schedule is changed or a run goes on twice as long, against the old rate; as
   control the same factor the wrong way.

Writes trained_schedules.json; with --train first trained_schedules_runs.csv.xz, from what OUT keeps (13 minutes on one
core; started again it goes on where it stood).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Schedule, Table, Undecided
from forerun.evaluate.differences.comparison import Comparison
from forerun.evaluate.differences.paired import paired
from forerun.laws.fitter import fit
from forerun.laws.path.convex_bound import best, terms_along, trapezoid
from forerun.laws.questions.longer_run import same_rate_cooldown, two_stage_factor

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "charlm_ladder"))

import kept  # noqa: E402

RUNS = HERE / "trained_schedules_runs.csv.xz"
WIDTH, BATCH, STEPS, WARMUP, EVERY, START = 32, 16, 600, 20, 10, 100
SEEDS, ADVISED, TUNING = range(5), range(6), (100, 101)  # judged laws, judged advice, tuned
STARTS = 40, 60, 150, 200  # looked at afterwards
GRID = 0.008 * 2.0 ** np.arange(-1.5, 1.51, 0.5)  # around the ladder's rule at this width and batch
COOLDOWN = 0.2
FITTED = {"constant and cosine": ("constant", "cosine"), "cosine alone": ("cosine",)}
UNSEEN = "wsd", "linear", "rex", "multistep"
LAWS = "lr_annealing", "multi_power", "functional_scaling", "lr_area", "convex_bound"
BLIND = "a power law in steps", "the fitted curves' mean"


def schedule(name: str, peak: float, steps: int, **more: Any) -> Schedule:
    """The warmup, and then this; the steps of multi-step are DeepSeek's: to .316 at 80% and again at 90%."""
    own: dict[str, Any] = {"peak": peak, "steps": steps, "warmup": WARMUP} | more
    if name in ("wsd", "two_stage"):
        own.setdefault("cooldown", round(COOLDOWN * steps))
    if name == "multistep":
        own |= {"milestones": [0.8 * steps, 0.9 * steps], "factor": 0.1**0.5}
    return Schedule(name, own)


def plain(name: str, steps: int) -> Array:
    """A schedule's rates, its peak 1."""
    return np.asarray(schedule(name, 1.0, steps).lr(np.arange(steps) + 0.5))


def tuned(curves: kept.Curves, name: str) -> float:
    """The rate of the grid that tuning seeds end best at, in runs of half the steps."""
    ended = [np.mean(kept.ends(curves, f"tune/{name}/{lr:.4g}", TUNING)) for lr in GRID]
    return float(GRID[int(np.argmin(ended))])


def changes(curves: kept.Curves) -> dict[str, tuple[str, float, float]]:
    """From one schedule's tuned rate to another schedule: the new one, the old rate, the factor on it."""
    half = STEPS // 2
    return {
        f"{old} to {new}": (new, tuned(curves, old), best(plain(new, half))[0] / best(plain(old, half))[0])
        for old, new in (("constant", "linear"), ("cosine", "wsd"))
    }


def longer(peak: float) -> dict[str, Schedule]:
    """What to do with a tuned run of half the steps that is to go on to all of them."""
    half = STEPS // 2
    share, factor = same_rate_cooldown(half, STEPS, COOLDOWN), two_stage_factor(half, STEPS, COOLDOWN)
    anew = best(trapezoid(STEPS, COOLDOWN))[0] / best(trapezoid(half, COOLDOWN))[0]
    first = round((1.0 - COOLDOWN) * half)
    return {
        "old rate": schedule("wsd", peak, STEPS),
        "lower rate from there": schedule("two_stage", peak, STEPS, first=first, factor=factor),
        "longer cooldown": schedule("wsd", peak, STEPS, cooldown=round(share * STEPS)),
        "lower rate from the start": schedule("wsd", anew * peak, STEPS),
        "no cooldown": schedule("constant", peak, STEPS),
    }


def train(out: Path) -> kept.Curves:
    """Everything that is judged, in the order in which one thing needs the other."""
    curves: kept.Curves = {}

    def made(job: str, seeds: Sequence[int], plan: Schedule) -> None:
        for seed in seeds:
            settings = {"batch": BATCH, "eval_every": EVERY}
            curves[job, seed] = kept.curve(out, job, seed, WIDTH, settings, plan)
        print(f"{job}: {np.mean(kept.ends(curves, job, seeds)):.4f} ({kept.seconds(out):.0f} s)", flush=True)

    def tune(name: str) -> None:
        for lr in GRID:
            made(f"tune/{name}/{lr:.4g}", TUNING, schedule(name, float(lr), STEPS // 2))

    tune("cosine")
    for name in ("constant", "cosine", *UNSEEN):
        made(f"law/{name}", SEEDS, schedule(name, tuned(curves, "cosine"), STEPS))
    tune("wsd")
    for name, plan in longer(tuned(curves, "wsd")).items():
        made(f"longer/{name}", ADVISED, plan)
    tune("constant")
    for name, (new, lr, factor) in changes(curves).items():
        for arm, times in (("old rate", 1.0), ("advised rate", factor), ("the wrong way", 1.0 / factor)):
            made(f"{name}/{arm}", ADVISED, schedule(new, times * lr, STEPS // 2))
    kept.write(curves, RUNS)
    return curves


# 1. laws


def past(curve: kept.Curve, start: float = START) -> kept.Curve:
    """The curve with its losses before a step not told, so that they are neither fitted nor judged; its rates are."""
    step, rate, y = curve
    return step, rate, np.where(step >= start, y, np.nan)


def losses(curve: kept.Curve) -> Array:
    """Those that are judged."""
    return curve[2][np.isfinite(curve[2])]


def table(curves: dict[str, kept.Curve]) -> Table:
    """What a law reads."""
    names = [name for name, (step, _, _) in curves.items() for _ in step]
    step, rate, y = (np.concatenate([one[i] for one in curves.values()]) for i in range(3))
    return Table({"run": names, "step": step, "rate": rate, "y": y})


Foretold = Callable[[kept.Curve], tuple[Array, Array]]
"""From a schedule's curve to the losses that are judged as they are foretold, and whether 80% intervals hold them."""


def foretelling(arm: str, seen: dict[str, kept.Curve], **fitting: Any) -> Foretold:
    """What an arm makes of the fitted curves."""
    if arm == "the fitted curves' mean":

        def mean(asked: kept.Curve) -> tuple[Array, Array]:
            each = [np.interp(asked[0][np.isfinite(asked[2])], step, y) for step, _, y in seen.values()]
            return np.mean(each, axis=0), np.full(each[0].size, np.nan)

        return mean
    blind = arm == "a power law in steps"
    points = table({name: flat(one) if blind else one for name, one in seen.items()})
    made = fit("lr_area" if blind else arm, points, **fitting)
    assert not isinstance(made, Undecided)

    def by_law(asked: kept.Curve) -> tuple[Array, Array]:
        prediction = made.predict(table({"asked": flat(asked) if blind else asked}), transfer=True)
        assert not isinstance(prediction, Undecided)
        inside = (prediction.low <= asked[2]) & (asked[2] <= prediction.high)
        judged = np.isfinite(asked[2])
        return prediction.y[judged], inside[judged].astype(float)

    return by_law


def flat(curve: kept.Curve) -> kept.Curve:
    """The curve as if its rate had never changed: the area under it is then its steps."""
    return curve[0], np.full(curve[1].size, float(curve[1].max())), curve[2]


def laws(
    curves: dict[str, kept.Curve], seen: Sequence[str], arms: Sequence[str] = (*LAWS, *BLIND), **fitting: Any
) -> dict[str, dict[str, Any]]:
    """Of one seed: every arm's mean relative error on every unseen schedule, at its end, and what intervals hold."""
    found: dict[str, dict[str, Any]] = {}
    for arm in arms:
        foretold = foretelling(arm, {one: curves[one] for one in seen}, **fitting)
        each: dict[str, Any] = {}
        for name in UNSEEN:
            y, inside = foretold(curves[name])
            off = y / losses(curves[name]) - 1.0
            each[name] = {"error": float(np.abs(off).mean()), "final": float(off[-1]), "held": float(inside.mean())}
        means = {
            "error": [each[name]["error"] for name in UNSEEN],
            "end": [abs(each[name]["final"]) for name in UNSEEN],
        }
        found[arm] = each | {words: float(np.mean(errors)) for words, errors in means.items()}
    return found


def over_seeds(values: Sequence[float]) -> dict[str, Any]:
    """Mean and Student's 95% interval."""
    return shown(paired(values, [0.0] * len(values), direction="max"))


def shown(one: Comparison) -> dict[str, Any]:
    return {"n": one.n, "estimate": one.estimate, "low": one.low, "high": one.high,
            "could_have_seen": one.minimum_detectable_effect, "verdict": one.verdict}  # fmt: skip


def of_seed(curves: kept.Curves, seed: int, start: float = START) -> dict[str, kept.Curve]:
    """The curves that laws are fitted to and judged on."""
    return {name: past(curves[f"law/{name}", seed], start) for name in (*FITTED["constant and cosine"], *UNSEEN)}


def other_starts(curves: kept.Curves) -> dict[str, Any]:
    """`lr_annealing` and the power law in steps, fitted and judged from other steps on."""
    found: dict[str, Any] = {}
    for start in STARTS:
        arms = "lr_annealing", BLIND[0]
        seeds = [laws(of_seed(curves, seed, start), FITTED["constant and cosine"], arms, draws=0, judge_beyond=False)
                 for seed in SEEDS]  # fmt: skip
        own, blind = ([one[arm]["error"] for one in seeds] for arm in arms)
        found[str(start)] = {"own": float(np.mean(own)), "blind": float(np.mean(blind)), "nearer": compared(own, blind)}
    return found


def judged_laws(curves: kept.Curves) -> dict[str, Any]:
    """Errors over seeds, and by how much `lr_annealing` is nearer than each arm."""
    whole: dict[str, Any] = {}
    for words, seen in FITTED.items():
        seeds = [laws(of_seed(curves, seed), seen) for seed in SEEDS]
        whole[words] = {
            arm: {
                "error": over_seeds([one[arm]["error"] for one in seeds]),
                "error_at_the_end": over_seeds([one[arm]["end"] for one in seeds]),
                "by_schedule": {name: float(np.mean([one[arm][name]["error"] for one in seeds])) for name in UNSEEN},
                "finals": {name: float(np.mean([one[arm][name]["final"] for one in seeds])) for name in UNSEEN},
                "held_80": mean_known([one[arm][name]["held"] for one in seeds for name in UNSEEN]),
                "farther_than_lr_annealing": beyond_annealing(seeds, arm, "error"),
                "farther_at_the_end": beyond_annealing(seeds, arm, "end"),
            }
            for arm in (*LAWS, *BLIND)
        }  # fmt: skip
    return whole


def beyond_annealing(seeds: Sequence[dict[str, dict[str, Any]]], arm: str, what: str) -> dict[str, Any]:
    """By how much `lr_annealing` is nearer."""
    return compared([one["lr_annealing"][what] for one in seeds], [one[arm][what] for one in seeds])


def compared(first: Sequence[float], second: Sequence[float]) -> dict[str, Any]:
    """By how much the first is lower."""
    return shown(paired(first, second, direction="min"))


def mean_known(values: Sequence[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else None


# 2. the bound's shape


def bound(curve: kept.Curve, factor: float) -> Array:
    """The bound after every evaluated step from `START` on, of rates times a factor, D = G = 1."""
    step, rate, _ = curve
    first, second = terms_along(np.concatenate([[0.0], step]), np.concatenate([[0.0], factor * rate]),
                                step[step >= START])  # fmt: skip
    return first + second


def agreement(curves: dict[str, kept.Curve]) -> dict[str, float]:
    """Of one seed: correlations of the bound with losses, and the cooldown's fall in both."""
    curves = {name: past(curve) for name, curve in curves.items()}
    names = "constant", "cosine", "wsd"
    factor = best(plain("cosine", STEPS))[0] / float(curves["cosine"][1].max())
    of, y = ({name: get(curves[name]) for name in names} for get in (lambda c: bound(c, factor), losses))

    def correlation(get: Callable[[dict[str, Array], str], Array], which: Sequence[str]) -> float:
        pair = [np.concatenate([get(values, name) for name in which]) for values in (of, y)]
        return float(np.corrcoef(*pair)[0, 1])

    found = {name: correlation(lambda values, name: values[name], (name,)) for name in names}
    found["all three"] = correlation(lambda values, name: values[name], names)
    found["less the constant"] = correlation(lambda values, name: values[name] - values["constant"], names[1:])
    cooled = curves["wsd"][0][curves["wsd"][0] >= START] >= (1.0 - COOLDOWN) * STEPS
    for name in ("wsd", "constant"):
        for words, values in (("bound", of), ("loss", y)):
            own = values[name][cooled]
            found[f"{words} falls, {name}"] = float(1.0 - own[-1] / own[0])
    made = fit("convex_bound", table({name: curves[name] for name in names[:2]}), draws=0, judge_beyond=False)
    assert not isinstance(made, Undecided)
    said = made.predict(table({"wsd": curves["wsd"]}), transfer=True)
    assert not isinstance(said, Undecided)
    told_wsd = said.y[curves["wsd"][0] >= START]
    found["wsd, fitted to the other two"] = float(np.corrcoef(told_wsd, y["wsd"])[0, 1])
    found["drop at the end"] = float(y["constant"][-1] - y["wsd"][-1])
    flat = made.predict(table({"constant": curves["constant"]}), transfer=True)
    assert not isinstance(flat, Undecided)
    found["drop, told by the bound"] = float(flat.y[-1] - told_wsd[-1])
    area = fit("lr_area", table({name: curves[name] for name in names[:2]}), draws=0, judge_beyond=False)
    assert not isinstance(area, Undecided)
    each = [area.predict(table({name: curves[name]}), transfer=True) for name in ("constant", "wsd")]
    ends = [float(one.y[-1]) for one in each if not isinstance(one, Undecided)]
    found["drop, told by the area alone"] = ends[0] - ends[1]
    return found


def judged_bound(curves: kept.Curves) -> dict[str, Any]:
    """Over seeds; and of the mean curve over seeds, which is less noisy."""
    names = "constant", "cosine", "wsd"
    seeds = [agreement({name: curves[f"law/{name}", seed] for name in names}) for seed in SEEDS]
    mean = {name: tuple(np.mean([curves[f"law/{name}", seed] for seed in SEEDS], axis=0)) for name in names}
    return {"over_seeds": {name: over_seeds([one[name] for one in seeds]) for name in seeds[0]},
            "mean_curves": agreement(mean)}  # fmt: skip


# 3. advice


def judged_advice(curves: kept.Curves) -> dict[str, Any]:
    """Gains on the old rate, in nats; the control is the same factor the wrong way, or no cooldown."""
    found: dict[str, Any] = {}

    def gain(job: str, arm: str, what: str, factor: float | None) -> None:
        old, new = (kept.ends(curves, f"{job}/{one}", ADVISED) for one in ("old rate", arm))
        found[f"{job}: {arm}"] = compared(new, old) | {"what": what, "factor": factor, "old": float(np.mean(old))}

    peak = tuned(curves, "wsd")
    plans = longer(peak)
    for arm, plan in plans.items():
        if arm != "old rate":
            told_factor = {"lower rate from there": plan.params.get("factor"),
                           "lower rate from the start": plan.params["peak"] / peak}.get(arm)  # fmt: skip
            gain("longer", arm, "control" if arm == "no cooldown" else "advice", told_factor)
    for name, (_, _, factor) in changes(curves).items():
        gain(name, "advised rate", "advice", factor)
        gain(name, "the wrong way", "control", 1.0 / factor)
    return found


def settings(curves: kept.Curves) -> dict[str, Any]:
    peak = tuned(curves, "wsd")
    return {
        "peaks": {name: tuned(curves, name) for name in ("cosine", "constant", "wsd")},
        "tuning": {name: [float(np.mean(kept.ends(curves, f"tune/{name}/{lr:.4g}", TUNING))) for lr in GRID]
                   for name in ("cosine", "constant", "wsd")},
        "grid": GRID.tolist(),
        "longer_cooldown": longer(peak)["longer cooldown"].params["cooldown"] / STEPS,
        "ends": {name: float(np.mean(kept.ends(curves, f"law/{name}", SEEDS)))
                 for name in ("constant", "cosine", *UNSEEN)},
    }  # fmt: skip


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, help="train first; what is done is kept here")
    asked = parser.parse_args()
    place = HERE / "trained_schedules.json"
    before = json.loads(place.read_text("utf-8")) if place.exists() else {}
    curves = train(asked.train) if asked.train else kept.read(RUNS)
    found = {
        "seconds": kept.seconds(asked.train) if asked.train else before.get("seconds"),
        "settings": settings(curves), "laws": judged_laws(curves), "other_starts": other_starts(curves),
        "bound": judged_bound(curves),
        "advice": judged_advice(curves),
    }  # fmt: skip
    place.write_text(json.dumps(rounded(found), indent=1, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
