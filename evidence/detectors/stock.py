"""The stock rules of training frameworks beside ours, on the simulations they are all judged by.

    python evidence/detectors/stock.py [RUNS] [POINTS]

Plateaus: RUNS (default 2,000) power laws 1.5 + 2 t^-a, a uniform in .3 to .8, 200 evaluations, normal noise of sd .05,
that never end; and as many that stand still from an evaluation uniform in 40 to 100. A first alarm is false where the
noise-free curve still falls by more than 5% of the improvement made so far by evaluation 200. Delay is counted from
where the curve stops; an alarm before is early. Spikes: POINTS (default 200,000) of 2 + 8 (t + 20)^-.35 with noise of
sd .05, normal or Student-t4 of unit variance; spikes of 10 sds that fade by 1/e in 3 points, or of one point, found
within 10 points; and runs of 1,000 points with one jump of 10 sds that fades, stays or grows by half an sd a point.

Rules as their sources have them by default: PyTorch `ReduceLROnPlateau` (patience 10, more than), Keras
`ReduceLROnPlateau` (patience 10, absolute 1e-4), `EarlyStopping` of Lightning (patience 3) and Transformers (patience
1), Ray `TrialPlateauStopper` (sd of 4 below .01), patience 10 on a moving average of .1. OLMo 2's spike score (7 sds of
the last 1,000), OLMo-core's skip-step (6 sds of 128, after 64), ZClip (moving average .97, z 2.5, after 25),
LLM-foundry's kill-loss-spike (twice the mean of 100), Lightning's spike detection (2 times the mean of 10 beyond it),
Megatron (10 times the largest of the first 100), a median and 8 MADs of 256. Every number goes to ``stock.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from forerun.core import Array, Curve
from forerun.monitor import DETECTORS, Detector
from forerun.monitor.score import Judged, score
from forerun.monitor.values.plateau import plateau
from forerun.monitor.values.spike import spike
from forerun.synthetic import noise

N, SD, DELTA = 200, 0.05, 0.05
NOISES: dict[str, Callable[[int, np.random.Generator], Array]] = {"normal": noise.white, "t4": noise.heavy}


def curve(y: Array) -> Curve:
    return Curve(np.arange(1.0, y.size + 1), y, metric="loss")


def patience(bad: int, better: Callable[[float, float], bool]) -> Callable[[Array], float]:
    """The evaluation at which so many in a row were not better than the best."""

    def rule(y: Array) -> float:
        best, count = y[0], 0
        for i, value in enumerate(y[1:], 2):
            best, count = (value, 0) if better(value, best) else (best, count + 1)
            if count >= bad:
                return i
        return np.inf

    return rule


def ray(y: Array) -> float:
    low = np.flatnonzero(sliding_window_view(y, 4).std(axis=1) < 0.01)
    return float(low[0] + 4) if low.size else np.inf


def averaged(y: Array) -> float:
    means = [y[0]]
    for value in y[1:]:
        means.append(0.9 * means[-1] + 0.1 * value)
    return patience(10, lambda a, best: a < best)(np.array(means))


def ours(detector: Detector) -> Callable[[Array], float]:
    def rule(y: Array) -> float:
        found = detector.replay({"value": curve(y)})
        return found[0].alarm if found else np.inf

    return rule


PLATEAUS: dict[str, Callable[[Array], float]] = {
    "torch ReduceLROnPlateau, patience 10": patience(11, lambda a, best: a < best * (1 - 1e-4)),
    "Keras ReduceLROnPlateau, patience 10": patience(10, lambda a, best: a < best - 1e-4),
    "Lightning EarlyStopping, patience 3": patience(3, lambda a, best: a < best),
    "HF and Keras EarlyStopping, patience 1": patience(1, lambda a, best: a < best),
    "Ray TrialPlateauStopper": ray,
    "patience 10 on EMA(.1)": averaged,
    "plateau(delta=.05, horizon=200)": ours(plateau(delta=DELTA, horizon=float(N))),
}


def plateaus(runs: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(2026)
    t = np.arange(1.0, N + 1)
    a, stops = rng.uniform(0.3, 0.8, (2, runs, 1)), rng.integers(40, 101, runs)
    never, stopped = 1.5 + 2 * t ** -a[0], 1.5 + 2 * np.minimum(t, stops[:, None]) ** -a[1]
    seen = [level + SD * rng.normal(size=level.shape) for level in (never, stopped)]
    rows: list[dict[str, Any]] = []
    for name, rule in PLATEAUS.items():
        first, late = (np.array([rule(y) for y in one]) for one in seen)
        raised, found = np.isfinite(first), np.isfinite(late)
        early = found & _too_early(stopped, late)
        rows.append({
            "rule": name, "runs": runs, "flagged": int(raised.sum()), "false": int(_too_early(never, first).sum()),
            "found": int(found.sum()), "early": int(early.sum()),
            "delay": float(np.median(np.where(found, late, np.inf) - stops)),
        })  # fmt: skip
        rows[-1]["delay"] = rows[-1]["delay"] if np.isfinite(rows[-1]["delay"]) else "under half found"
        print(*rows[-1].values(), sep=" | ", flush=True)
    return rows


def _too_early(level: Array, alarms: Array) -> Array:
    """Whether a curve still falls by more than delta of the improvement made so far."""
    at = np.where(np.isfinite(alarms), alarms, N).astype(int) - 1
    now = level[np.arange(len(level)), at]
    return np.isfinite(alarms) & (now - level[:, -1] > DELTA * (level[:, 0] - now))


def windows(y: Array, n: int) -> tuple[Array, Array]:
    """Mean and sd of the n values before each, and infinite sds before there are so many."""
    sums, squares = (np.concatenate([[0.0], np.cumsum(v)]) for v in (y - y.mean(), (y - y.mean()) ** 2))
    mean, power = ((v[n:-1] - v[: -n - 1]) / n for v in (sums, squares))
    sd = np.sqrt(np.maximum(power - mean**2, 1e-30))
    return np.append(np.full(n, y.mean()), mean + y.mean()), np.append(np.full(n, np.inf), sd)


def zscore(n: int, sds: float, *, two_sided: bool = False) -> Callable[[Array], Array]:
    def rule(y: Array) -> Array:
        mean, sd = windows(y, n)
        z = (y - mean) / sd
        return (np.abs(z) if two_sided else z) > sds

    return rule


def zclip(y: Array) -> Array:
    mean, var, hit = float(y[:25].mean()), float(y[:25].var()), np.zeros(y.size, bool)
    for i in range(25, y.size):
        z = (y[i] - mean) / max(var, 1e-30) ** 0.5
        hit[i] = z > 2.5
        value = mean + 2.5 / z * 2.5 * var**0.5 if hit[i] else y[i]
        mean, var = 0.97 * mean + 0.03 * value, 0.97 * var + 0.03 * (value - mean) ** 2
    return hit


def medians(y: Array) -> Array:
    hit, n = np.zeros(y.size, bool), 256
    for begin in range(n, y.size, 8192):
        past = sliding_window_view(y[begin - n : begin + 8192], n)[:-1]
        middle = np.median(past, axis=1)
        mad = 1.4826 * np.median(np.abs(past - middle[:, None]), axis=1)
        here = y[begin : begin + 8192]
        hit[begin : begin + 8192] = here > middle[: here.size] + 8 * mad[: here.size]
    return hit


SPIKES: dict[str, Callable[[Array], Array]] = {
    "OLMo 2 spike score": zscore(1000, 7.0, two_sided=True),
    "OLMo-core skip-step": zscore(128, 6.0, two_sided=True),
    "ZClip": zclip,
    "LLM-foundry kill-loss-spike": lambda y: y > 2 * windows(y, 100)[0],
    "Lightning spike detection": lambda y: np.abs(y - windows(y, 10)[0]) >= 2 * windows(y, 10)[0],
    "Megatron": lambda y: np.abs(y) >= 10 * np.abs(y[:100]).max(),
    "median and 8 MADs of 256": medians,
}


def raised(y: Array) -> list[float]:
    return [one.alarm - 1 for one in spike(one_by_one=10**9).replay({"value": curve(y)})]


def trend(n: int) -> Array:
    return 2 + 8 * (np.arange(n) + 20.0) ** -0.35


def spikes(points: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    rules = {name: (lambda y, rule=rule: np.flatnonzero(rule(y)).tolist()) for name, rule in SPIKES.items()}
    for name, rule in [*rules.items(), ("spike, as shipped", raised)]:
        row: dict[str, Any] = {"rule": name}
        for i, (kind, draw) in enumerate(NOISES.items()):
            quiet = trend(points) + SD * draw(points, np.random.default_rng([7, i]))
            row[f"false per 1e5, {kind}"] = score([Judged(rule(quiet), points)]).false_per_1e5
            for shape, lasts in (("fades", 10), ("one point", 1)):
                y = trend(points) + SD * draw(points, np.random.default_rng([8, i]))
                at = np.arange(1100, points - 100, 400)
                for j in range(lasts):
                    y[at + j] += 10 * SD * np.exp(-j / 3)
                row[f"found, {kind}, {shape}"] = score([Judged(rule(y), points, at.tolist(), patience=10)]).detected
        rows.append(row)
        print(*row.values(), sep=" | ", flush=True)
    return rows


def classes(runs: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after = np.arange(1000.0)
    shapes = {"spike": 10 * np.exp(-after / 3), "level_shift": 10 + 0 * after, "divergence": 0.5 * after}
    lasting = [DETECTORS.load(name) for name in ("level_shift", "divergence")]
    for i, (kind, draw) in enumerate(NOISES.items()):
        for event, shape in shapes.items():
            right = 0
            for k in range(runs):
                rng = np.random.default_rng([9, i, k])
                at = int(rng.integers(300, 700))
                y = trend(1000) + SD * draw(1000, rng)
                y[at:] += SD * shape[: 1000 - at]
                kinds = {one.kind for d in lasting for one in d.replay({"value": curve(y)})}
                right += kinds == {event} - {"spike"} and (
                    event != "spike" or any(at <= a <= at + 10 for a in raised(y))
                )
            rows.append({"noise": kind, "event": event, "n": runs, "told as what it is": right})
            print(*rows[-1].values(), sep=" | ", flush=True)
    return rows


def main(runs: int, points: int) -> None:
    result = {"plateaus": plateaus(runs), "spikes": spikes(points), "classes": classes(max(20, runs // 20))}
    Path(__file__).with_name("stock.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    main(*(numbers + [2000, 200_000][len(numbers) :]))
