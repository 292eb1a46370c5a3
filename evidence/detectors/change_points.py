"""What `stats.change_points` keeps of its promise, and how soon; with ruptures and river beside it.

    python evidence/detectors/change_points.py [MILLIONS] [STREAMS]

False alarms per point over MILLIONS of points (default 2) where nothing changes, against the rate that is set, with the
95% interval of a Poisson count; the delay of jumps after 200 points, over STREAMS streams (default 1000) at a rate of 1
in 10,000; and what ADWIN and Page-Hinkley of river and the offline optimum of ruptures do on the same streams, where
they are installed. Seeds are others than those by which `often` was set. All rows go to ``change_points.json``.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2

from forerun.core import Array
from forerun.stats.change_points import Detection, Segments, kinds, numbers

Draw = Callable[[np.random.Generator, int], Array]
BEFORE, AFTER, RATE = 200, 300, 1e-4


def normal(rng: np.random.Generator, n: int) -> Array:
    return rng.normal(size=n)


def t4(rng: np.random.Generator, n: int) -> Array:
    return rng.standard_t(4, size=n) / np.sqrt(2.0)


def yes(chance: float) -> Draw:
    return lambda rng, n: (rng.random(n) < chance).astype(float)


def drawn(chances: list[float]) -> Draw:
    return lambda rng, n: rng.choice(len(chances), size=n, p=chances).astype(float)


EVEN, SKEWED = [0.2] * 5, [0.8, 0.1, 0.05, 0.03, 0.02]
NULLS: list[tuple[str, Segments, Draw]] = [
    ("numbers, normal", numbers(), normal),
    ("numbers, t4", numbers(), t4),
    ("numbers, t4, cut at 3", numbers(), lambda rng, n: np.clip(t4(rng, n), -3.0, 3.0)),
    *((f"yes or no, {chance:g}", kinds(2), yes(chance)) for chance in (0.5, 0.1, 0.02)),
    ("5 kinds, alike", kinds(5), drawn(EVEN)),
    ("5 kinds, .8 to .02", kinds(5), drawn(SKEWED)),
]
EVENTS: list[tuple[str, Segments, Draw, Draw]] = [
    *((f"normal, by {jump:g} sd", numbers(), normal, lambda rng, n, jump=jump: normal(rng, n) + jump)
      for jump in (0.5, 1.0, 2.0, 4.0)),
    ("normal, sd times 3", numbers(), normal, lambda rng, n: 3.0 * normal(rng, n)),
    ("yes or no, .2 to .6", kinds(2), yes(0.2), yes(0.6)),
    ("5 kinds, alike to .8", kinds(5), drawn(EVEN), drawn(SKEWED)),
]  # fmt: skip


def false_alarms(millions: int) -> Iterator[dict[str, Any]]:
    for title, segments, draw in NULLS:
        for rate in (1e-3, RATE):
            rng = np.random.default_rng([2026, len(title), int(1 / rate)])
            detection, n = Detection(segments, rate=rate), millions * 1_000_000
            k = sum(len(detection.changes(draw(rng, 100_000))) for _ in range(n // 100_000))
            low, high = chi2.ppf(0.025, 2 * k) / 2 if k else 0.0, chi2.ppf(0.975, 2 * k + 2) / 2
            yield {"null": title, "set": rate, "points": n, "alarms": k, "times_set": round(k / n / rate, 3),
                   "low": round(low / n / rate, 3), "high": round(high / n / rate, 3)}  # fmt: skip


def delays(streams: int) -> Iterator[dict[str, Any]]:
    for title, segments, before, after in EVENTS:
        rng = np.random.default_rng([2027, len(title)])
        detection, late = Detection(segments, rate=RATE), list[float]()
        for _ in range(streams):
            changes = detection.changes(np.concatenate([before(rng, BEFORE), after(rng, AFTER)]))
            late.append(next((one.at + 1.0 - BEFORE for one in changes if one.at >= BEFORE), np.inf))
        delay, missed = np.array(late), np.isinf(late)
        yield {"event": title, "streams": streams, "missed": int(missed.sum()),
               "mean_delay": round(float(delay[~missed].mean()), 2), "median_delay": float(np.median(delay)),
               "mean_delay_missed_as_300": round(float(np.minimum(delay, AFTER).mean()), 2)}  # fmt: skip


def oracles(streams: int) -> Iterator[dict[str, Any]]:
    """How far the start that is told lies from the offline optimum, and how the others' online detectors fare."""
    rng = np.random.default_rng(2028)
    made = [np.append(normal(rng, BEFORE), normal(rng, AFTER) + 1.0) for _ in range(streams)]
    if importlib.util.find_spec("ruptures"):
        yield offline(made)
    if importlib.util.find_spec("river"):
        from river import drift

        for title, make in {"river ADWIN": drift.ADWIN, "river Page-Hinkley": drift.PageHinkley}.items():
            alarms = [online(make(), values) for values in made]
            late = [next((at + 1.0 - BEFORE for at in one if at >= BEFORE), np.inf) for one in alarms]
            null = online(make(), normal(rng, 100_000))
            yield {"oracle": title, "streams": streams, "missed": int(np.isinf(late).sum()),
                   "mean_delay_missed_as_300": round(float(np.minimum(late, AFTER).mean()), 2),
                   "false_alarms_per_10000": len(null) / 10}  # fmt: skip


def offline(made: list[Array]) -> dict[str, Any]:
    import ruptures

    apart: list[int] = []
    for values in made:
        changes = [one for one in Detection(numbers(), rate=RATE).changes(values) if one.at >= BEFORE]
        if changes:
            seen = values[: changes[0].at + 1]  # what was known at the alarm
            optimum = ruptures.Dynp(model="l2", min_size=1, jump=1).fit(seen).predict(n_bkps=1)[0]
            apart.append(abs(optimum - changes[0].start))
    return {"oracle": "ruptures Dynp l2, at the alarm", "streams": len(apart), "same_start": apart.count(0),
            "within_3": sum(one <= 3 for one in apart), "mean_apart": round(float(np.mean(apart)), 2)}  # fmt: skip


def online(detector: Any, values: Array) -> list[int]:
    alarms: list[int] = []
    for i, value in enumerate(values.tolist()):
        detector.update(value)
        alarms += [i] if detector.drift_detected else []
    return alarms


def main(millions: int, streams: int) -> None:
    rows: list[dict[str, Any]] = []
    for made in (false_alarms(millions), delays(streams), oracles(min(streams, 200))):
        for row in made:
            rows.append(row)
            print(*row.values(), flush=True)
    lines = ",\n".join(json.dumps(row) for row in rows)
    Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main(*[int(one) for one in [*sys.argv[1:], *("2", "1000")[len(sys.argv) - 1 :]]])
