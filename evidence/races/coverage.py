"""How often the intervals of a race hold, and its chances to come first: python evidence/races/coverage.py

Fields of 6 submissions on 8 workloads are made whose scores over endless studies are known: submissions differ overall
and by workload, runs scatter by 2 to 15%, some never arrive, in some cells more often than not. Writes coverage.json,
which `races.py` puts on the page. The control counts every study four times.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from forerun.evaluate.races.profile import ratios, scores_of_ratios
from forerun.evaluate.races.race import RaceScore, run_race
from forerun.evaluate.races.rules import RaceTargets, Rules
from forerun.evaluate.races.times import RaceTrial, StudyTimes
from forerun.stats.proportions import proportion_interval
from forerun.stats.reliability import calibration_error, calibration_test

HERE = Path(__file__).parent
FIELDS = 150
WORKLOADS = tuple(f"w{i}" for i in range(8))
FIELD = tuple(f"s{i}" for i in range(6))
TARGETS, RULES = RaceTargets(WORKLOADS, {}, {}), Rules("made", base=WORKLOADS, variants=False)
Array = np.ndarray[Any, np.dtype[np.float64]]


def made(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Log of the median time, its spread, and the share of runs that never arrive, shape (submissions, workloads)."""
    shape = (len(FIELD), len(WORKLOADS))
    level = rng.normal(0.0, rng.choice([0.1, 0.4]), (shape[0], 1)) + rng.normal(0.0, 0.3, shape)
    return level, rng.choice([0.02, 0.05, 0.15], shape), rng.choice([0.0, 0.0, 0.0, 0.15, 0.3, 0.7, 1.0], shape)


def true_scores(level: Array, spread: Array, failing: Array) -> Array:
    """Scores of the median over endless studies, a run that never arrives counting as the slowest."""
    part = np.minimum(0.5 / np.maximum(1.0 - failing, 1e-9), 0.999)
    median = np.where(failing < 0.5, np.exp(level + spread * special.ndtri(part)), np.inf)
    return scores_of_ratios(ratios(StudyTimes(FIELD, WORKLOADS, median[:, :, None]), TARGETS, RULES), RULES)


def field(seed: int, studies: int, copies: int) -> tuple[Array, list[RaceScore]]:
    rng = np.random.default_rng(seed)
    world = made(rng)
    level, spread, failing = world
    time = np.exp(level[..., None] + spread[..., None] * rng.normal(size=(*level.shape, studies)))
    time = np.where(rng.random(time.shape) < failing[..., None], np.inf, time)
    runs = [RaceTrial(FIELD[i], WORKLOADS[j], f"{k}.{copy}", "1", int(np.isfinite(t)) or -1, float(t))
            for (i, j, k), t in np.ndenumerate(time) for copy in range(copies)]  # fmt: skip
    scores = {one.submission: one for one in run_race(runs, TARGETS, RULES, draws=400, seed=seed).scores}
    return true_scores(*world), [scores[name] for name in FIELD]


def line(studies: int, copies: int) -> dict[str, Any]:
    held: list[bool] = []
    width: list[float] = []
    chance: list[float] = []
    first: list[float] = []
    for seed in range(5000, 5000 + FIELDS):
        truth, scores = field(seed, studies, copies)
        for true, one in zip(truth.tolist(), scores, strict=True):
            if true > 0.0 or one.score > 0.0:
                held.append(one.low - 1e-12 <= true <= one.high + 1e-12)
                width.append(one.high - one.low)
        chance += [one.p_first for one in scores]
        first += (truth == truth.max()).astype(float).tolist()
    low, high = proportion_interval(sum(held), len(held))
    p = np.clip(chance, 0.0, 1.0)
    test = calibration_test(p, first, bins=10, by="mass")
    return {
        "studies": studies, "copies": copies, "n": len(held), "held": sum(held) / len(held), "low": float(low),
        "high": float(high), "width": float(np.mean(width)),
        "first_error": calibration_error(p, first, bins=10, by="mass"),
        "first_by_chance": test.expected, "first_p": test.p_value,
    }  # fmt: skip


if __name__ == "__main__":
    lines = [line(studies, copies) for studies in (3, 5, 10, 20) for copies in (1, 4)]
    (HERE / "coverage.json").write_text(json.dumps({"fields": FIELDS, "lines": lines}, indent=1) + "\n", "utf-8")
