"""Does the stop rule of the prior-fitted network save half of the steps of a sweep, for less than 1% of its score?

    python evidence/laws/stop_rule.py --train
    python evidence/laws/stop_rule.py

Set before anything was trained. Nine tasks of the lab, 24 configurations each drawn at random: 216 curves. A sweep
trains them one after another, in 40 orders a task. At every tenth of a run the network `pfn` forecasts its end; the run
is stopped where the chance to beat the best value that any earlier run was left with is below 5% (`stop_hopeless`, its
threshold). What is asked: steps of all runs to their end over steps spent, and how much worse than the best end of all
runs the best value is that any run was left with, in shares of it. Beside: no stopping, patience of 5 evaluations, the
median rule, the same rule by the calibrated last value; control: the network's forecasts dealt anew among the runs.
Intervals over tasks. Looked at after: other thresholds, and stopping not before a share of the run; a task's pair is
chosen on the tasks of other worlds. Writes stop_rule.csv.xz and stop_rule.json.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from forerun.core import Array, Curve, Forecast, until
from forerun.decide.improvement import chance_to_beat, forecast_losses
from forerun.forecast import FORECASTERS

HERE = Path(__file__).parent
RUNS = HERE / "stop_rule.csv.xz"
LEAST, PATIENCE, CONFIGS, ORDERS = 0.05, 5, 24, 40
SHARES = np.arange(1, 10) / 10.0
OTHERS = tuple(itertools.product((0.05, 0.02, 0.01), (0.1, 0.2, 0.3, 0.4, 0.5)))
"""Chances below which, and shares of the run from which, a run is stopped: looked at after, and chosen among elsewhere
than judged."""
FORECASTS = "pfn", "last_value_calibrated"
_DIGITS = {"steps": 300, "eval_every": 6}
TASKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "digits": ("digits", _DIGITS, "val/acc"),
    "a fifth of the labels wrong": ("digits", _DIGITS | {"noise": 0.2}, "val/acc"),
    "two fifths wrong": ("digits", _DIGITS | {"noise": 0.4}, "val/acc"),
    "200 images": ("digits", _DIGITS | {"train": 200}, "val/acc"),
    "five shots": ("digits", _DIGITS | {"variant": "few_shot"}, "val/acc"),
    "federated": ("digits", _DIGITS | {"variant": "federated"}, "val/acc"),
    "logistic": ("convex", _DIGITS | {"problem": "logistic"}, "val/loss"),
    "logistic, wide": ("convex", _DIGITS | {"problem": "logistic", "features": 60}, "val/loss"),
    "charlm": ("charlm", {"size": "xs", "length": 32, "steps": 200, "eval_every": 8}, "val/loss"),
}
RATES = {"digits": (-3.0, 0.0), "convex": (-3.0, 0.5), "charlm": (-3.5, -1.0)}
"""Learning rates, log10, evenly."""


def drawn(task: str, k: int) -> dict[str, Any]:
    """The settings of one configuration."""
    world, fixed, _ = TASKS[task]
    rng = np.random.default_rng([list(TASKS).index(task), k])
    low, high = RATES[world]
    some: dict[str, Any] = {"lr": float(f"{10 ** rng.uniform(low, high):.3g}"), "batch": int(rng.choice([8, 32, 128]))}
    some["schedule"] = str(rng.choice(["constant", "cosine"]))
    if world == "digits":
        some |= {"width": int(rng.choice([8, 32, 128])), "momentum": float(rng.choice([0.0, 0.9]))}
    if world == "charlm":
        some["batch"] = int(rng.choice([2, 4, 8]))
    return fixed | some


def record() -> None:
    """Train what is not trained yet."""
    from forerun.lab.job import Job
    from forerun.lab.runner import opened

    part = RUNS.with_suffix(".part")
    done = set[tuple[str, int]]()
    if part.exists():
        with part.open() as file:
            done = {(row["task"], int(row["config"])) for row in csv.DictReader(file)}
    with part.open("a", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        if not done:
            out.writerow(["task", "config", "settings", "step", "y"])
        for task, (world, _, metric) in TASKS.items():
            for k in range(CONFIGS):
                if (task, k) in done:
                    continue
                settings = drawn(task, k)
                training = opened(Job(world, settings, seed=k), None)
                training.run()
                about = json.dumps({name: settings[name] for name in settings if name not in TASKS[task][1]})
                out.writerows([task, k, about, int(one["step"]), f"{one[metric]:.5f}"] for one in training.history)
                file.flush()
            print(task, flush=True)
    RUNS.write_bytes(lzma.compress(part.read_bytes()))
    part.unlink()


Sweep = dict[int, Curve]


def sweeps() -> dict[str, Sweep]:
    """The curves of every task by configuration, as losses and scores were logged."""
    points: dict[str, dict[int, list[tuple[float, float]]]] = {task: {} for task in TASKS}
    with lzma.open(RUNS, "rt") as file:
        for row in csv.DictReader(file):
            points[row["task"]].setdefault(int(row["config"]), []).append((float(row["step"]), float(row["y"])))
    return {task: {k: _curve(task, np.array(one)) for k, one in of.items()} for task, of in points.items()}


def _curve(task: str, points: Array) -> Curve:
    metric = TASKS[task][2]
    return Curve(*points.T, metric=metric, direction="max" if metric.endswith("acc") else "min")


def losses(curve: Curve) -> Array:
    """Down is better, and what is not finite is worst."""
    return np.where(np.isfinite(curve.y), curve.y if curve.direction == "min" else -curve.y, np.inf)


def last(task: str) -> int:
    return int(TASKS[task][1]["steps"])


def forecasts(method: str, task: str, sweep: Sweep) -> dict[tuple[int, float], Array]:
    """Equally likely ends, as losses, by configuration and share; none where nothing is said."""
    model, keys, shown = FORECASTERS.load(method), list[tuple[int, float]](), list[Curve]()
    for k, curve in sweep.items():
        for share in SHARES:
            seen = until(curve, share * last(task))
            if (
                seen.x[-1] < last(task)
                and np.isfinite(seen.y).sum() >= model.least
                and curve.x[-1] > share * last(task)
            ):
                keys.append((k, float(share)))
                shown.append(seen)
    said = model.predict(model.default(), shown, [[last(task)]] * len(shown))
    return {key: forecast_losses(one) for key, one in zip(keys, said, strict=True) if isinstance(one, Forecast)}


Rule = Callable[[int, float, float, list[int]], bool]
"""Whether to stop: configuration, share, the best loss that an earlier run was left with, and the earlier ones."""


def swept(task: str, sweep: Sweep, order: list[int], stop: Rule) -> tuple[float, float, list[int]]:
    """Steps spent, the best loss that a run was left with, and which were stopped."""
    spent, best, before, stopped = 0.0, np.inf, list[int](), list[int]()
    for k in order:
        curve, end = sweep[k], float(last(task))
        for share in SHARES:
            at = share * last(task)
            if before and at < curve.x[-1] and stop(k, float(share), best, before):
                end = at
                stopped.append(k)
                break
        seen = curve.x <= end
        spent += min(end, float(curve.x[-1]))
        best = min(best, float(losses(curve)[seen][-1]))
        before.append(k)
    return spent, best, stopped


def rules(task: str, sweep: Sweep, rng: np.random.Generator) -> dict[str, Rule]:
    known = {name: forecasts(name, task, sweep) for name in FORECASTS}
    dealt = dict(zip(sweep, rng.permutation(list(sweep)).tolist(), strict=True))

    def hopeless(name: str, whose: dict[int, int] | None = None, least: float = LEAST, since: float = 0.0) -> Rule:
        def stop(k: int, share: float, best: float, before: list[int]) -> bool:
            ends = known[name].get((whose[k] if whose else k, share))
            return ends is not None and share >= since and chance_to_beat(ends, best) < least

        return stop

    def patient(k: int, share: float, best: float, before: list[int]) -> bool:
        seen = losses(until(sweep[k], share * last(task)))
        return seen.size - 1 - int(np.argmin(seen)) >= PATIENCE

    def median(k: int, share: float, best: float, before: list[int]) -> bool:
        at = share * last(task)
        others = [float(losses(until(sweep[j], at)).min()) for j in before]
        return float(losses(until(sweep[k], at)).min()) > float(np.median(others))

    return {
        "no stopping": lambda *_: False,
        "pfn": hopeless("pfn"),
        "calibrated last value": hopeless("last_value_calibrated"),
        "patience": patient,
        "median": median,
        "pfn, dealt anew": hopeless("pfn", dealt),
    } | {f"pfn, below {least:g} from {since:g}": hopeless("pfn", None, least, since) for least, since in OTHERS}


def judged(task: str, sweep: Sweep, rng: np.random.Generator, orders: int = ORDERS) -> dict[str, dict[str, float]]:
    """Of every rule, means over orders: times as fast, share of the score lost, shares of runs stopped and wrongly."""
    ends = {k: float(losses(curve)[-1]) if curve.x[-1] == last(task) else np.inf for k, curve in sweep.items()}
    best_end, whole = min(ends.values()), sum(float(curve.x[-1]) for curve in sweep.values())
    drawn_orders = [rng.permutation(list(sweep)).tolist() for _ in range(orders)]
    out: dict[str, dict[str, float]] = {}
    for name, stop in rules(task, sweep, rng).items():
        each = [swept(task, sweep, order, stop) for order in drawn_orders]
        lost = [max(best - best_end, 0.0) / abs(best_end) for _, best, _ in each]
        wrong = [sum(ends[k] < best for k in stopped) / max(len(stopped), 1) for _, best, stopped in each]
        out[name] = {
            "times": whole / float(np.mean([spent for spent, _, _ in each])),
            "lost": float(np.mean(lost)),
            "lost_1": float(np.mean(np.array(lost) >= 0.01)),
            "stopped": float(np.mean([len(stopped) / len(sweep) for _, _, stopped in each])),
            "wrongly": float(np.mean(wrong)),
        }
    return out


def interval(values: list[float], *, log: bool = False) -> list[float]:
    """Mean (geometric where ``log``), 95% t interval, n."""
    x = np.log(values) if log else np.array(values)
    half = float(stats.t.ppf(0.975, x.size - 1)) * float(x.std(ddof=1)) / x.size**0.5
    ends = np.array([x.mean(), x.mean() - half, x.mean() + half])
    return [*(np.exp(ends) if log else ends).tolist(), x.size]


def chosen_elsewhere(tasks: dict[str, dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Every task by the fastest rule that loses less than 1% on the mean of the tasks of other worlds."""
    names = [f"pfn, below {least:g} from {since:g}" for least, since in OTHERS]
    out: dict[str, Any] = {}
    for task, of in tasks.items():
        others = [one for other, one in tasks.items() if TASKS[other][0] != TASKS[task][0]]
        kept = [n for n in names if np.mean([one[n]["lost"] for one in others]) < 0.01] or names[-1:]
        best = max(kept, key=lambda n: np.mean([np.log(one[n]["times"]) for one in others]))
        out[task] = {"rule": best, "times": of[best]["times"], "lost": of[best]["lost"]}
    mean = {"times": interval([one["times"] for one in out.values()], log=True)}
    return {"tasks": out, "mean": mean | {"lost": interval([one["lost"] for one in out.values()])}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true")
    if parser.parse_args().train:
        record()
    found, rng = sweeps(), np.random.default_rng(0)
    tasks = {task: judged(task, sweep, rng) for task, sweep in found.items()}
    names = list(next(iter(tasks.values())))
    mean = {
        name: {"times": interval([one[name]["times"] for one in tasks.values()], log=True)}
        | {
            key: interval([one[name][key] for one in tasks.values()])
            for key in ("lost", "lost_1", "stopped", "wrongly")
        }
        for name in names
    }
    beside = {
        name: {
            "faster": interval([one["pfn"]["times"] / one[name]["times"] for one in tasks.values()], log=True),
            "less_lost": interval([one[name]["lost"] - one["pfn"]["lost"] for one in tasks.values()]),
        }
        for name in names if name != "pfn"
    }  # fmt: skip
    out = {"curves": sum(map(len, found.values())), "mean": mean, "pfn_against": beside, "tasks": tasks}
    out["chosen_elsewhere"] = chosen_elsewhere(tasks)
    (HERE / "stop_rule.json").write_text(json.dumps(rounded(out), indent=1) + "\n", "utf-8")
    print(json.dumps(rounded({**mean, "chosen elsewhere": out["chosen_elsewhere"]}), indent=1))


def rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: rounded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return (round(told, 5) if np.isfinite(told) else None) if isinstance(told, float) else told


if __name__ == "__main__":
    main()
