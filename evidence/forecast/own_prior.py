"""`pfn_schedule`, fitted to our own prior alone, on recorded runs beside `auto`, `pfn`, `parametric` and `last_value`.

    python evidence/forecast/own_prior.py DATA --date YYYY-MM-DD --work DIR [--max-curves 400] [--resamples 2000]
        [--seed 0] [--log FILE]

DIR holds the fold with half of the tasks left out that skill.py left: what learns, the baseline too, has learned anew
without the tasks that are judged. `pfn_schedule` learns nothing from them; its own cases are left in DIR too, so that a
killed run goes on. FILE is the log that `forerun.training.pfn_schedule --log` wrote. Intervals are 95% percentile
bootstraps over tasks. Writes own_prior.json beside itself: every figure; the log-likelihood on held-out curves of the
prior as training went; and that on curves of the prior drawn anew, with and without the schedule.
"""

from __future__ import annotations

import argparse
import json
import lzma
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import skill
from skill import BASELINE, runs_of

import forerun
from forerun.forecast.pfn_schedule import PFN_SCHEDULE
from forerun.forecast.prior_fitted import tokens
from forerun.forecast.prior_fitted.bars import Bars
from forerun.forecast.prior_fitted.transformer import loaded
from forerun.training.prior import lessons, observe
from forerun.training.prior.curves import curves

HERE = Path(__file__).parent
OURS, RIVALS = "pfn_schedule", ("auto", "parametric", "pfn", "last_value")
KEPT = (
    "source", "tasks", "n", "skill", "skill_95", "undecided", "in_50", "in_80", "in_90", "width_80",
    "width_80_baseline", "skill_of_curves_that_move",
)  # fmt: skip
SEEN = (8, 30, 100, 400)
Row = dict[str, Any]


def cases_of(data: Path, max_curves: int, work: Path) -> tuple[list[Row], dict[str, float]]:
    """Scored cases of every method on the curves that ours is judged on, and microseconds a forecast.

    Raises:
        SystemExit: skill.py has left no fold, or one of fewer curves.
    """
    if not (work / "half.json.xz").exists():
        raise SystemExit(f"{work} holds no half.json.xz; run skill.py with the same --work first")
    (work / OURS).mkdir(exist_ok=True)
    skill.fold(data, "half", max_curves, (OURS,), work / OURS)
    (mine, micros), (rest, rest_micros) = (fold_in(folder) for folder in (work / OURS, work))
    mine = [case for case in mine if case["method"] == OURS]
    wanted = {key_of(case) for case in mine}
    rest = [case for case in rest if case["method"] in (BASELINE, *RIVALS) and key_of(case) in wanted]
    if len(rest) != len(mine) * (1 + len(RIVALS)):
        raise SystemExit(f"half.json.xz holds {len(rest)} cases for {len(mine)} of ours; run skill.py anew")
    lines = {(run.id, name): curve for run in runs_of(data) for name, curve in run.curves.items()}
    for case in mine + rest:
        skill.score(case, lines[case["run"], case["metric"]])
    return mine + rest, rest_micros | {OURS: micros[OURS]}


def fold_in(folder: Path) -> tuple[list[Row], dict[str, float]]:
    return json.loads(lzma.decompress((folder / "half.json.xz").read_bytes()))


def key_of(case: Row) -> tuple[str, str, float]:
    return case["run"], case["metric"], case["origin"]


def told(method: Row) -> Row:
    return {"method": method["method"], "us_per_forecast": method["us_per_forecast"],
            "rows": [{key: row[key] for key in KEPT if key in row} for row in method["rows"]]}  # fmt: skip


def with_a_schedule(cases: list[Row], known: set[str]) -> Row:
    """Skill by method on runs whose learning rate was logged, and on the rest, means over sources."""
    base = {key_of(case): case["crps"] for case in cases if case["method"] == BASELINE}
    found: Row = {}
    for label, there in (("schedule known", True), ("not known", False)):
        part = [case for case in cases if (case["run"] in known) == there and case["method"] != BASELINE]
        found[label] = {method: mean_skill(part, base, method) for method in (OURS, *RIVALS)}
    return found


def mean_skill(cases: list[Row], base: dict[Any, float], method: str) -> float:
    own = [case for case in cases if case["method"] == method]
    skills: list[float] = []
    for source in sorted({case["source"] for case in own}):
        part = [case for case in own if case["source"] == source]
        ref = sum(base[key_of(case)] for case in part)
        skills.append(1.0 - sum(c["crps"] for c in part) / ref)
    return round(float(np.mean(skills)), 4)


def ahead_of(cases: list[Row], rng: np.random.Generator, resamples: int) -> Row:
    """Skill of ours less that of each rival, means over sources, with paired 95% bootstraps over tasks."""
    sums: dict[str, dict[str, dict[str, float]]] = {}
    for case in cases:
        of_task = sums.setdefault(case["source"], {}).setdefault(case["task"], {})
        of_task[case["method"]] = of_task.get(case["method"], 0.0) + case["crps"]
    found: Row = {}
    for rival in RIVALS:
        gaps, draws = list[float](), list[np.ndarray]()
        for tasks in sums.values():
            gap = np.array([one[rival] - one[OURS] for one in tasks.values()])
            base = np.array([one[BASELINE] for one in tasks.values()])
            drawn = rng.integers(0, gap.size, (resamples, gap.size))
            gaps.append(float(gap.sum() / base.sum()))
            draws.append(gap[drawn].sum(axis=1) / base[drawn].sum(axis=1))
        found[rival] = [round(float(np.mean(gaps)), 4), *(round(v, 4) for v in skill.ends(np.mean(draws, axis=0)))]
    return found


def on_prior(seed: int, n: int = 2000) -> list[Row]:
    """Mean log-likelihood on fresh curves of the prior with its standard error, the schedule told and hidden."""
    net, found = loaded(PFN_SCHEDULE.shipped), list[Row]()
    for seen in SEEN:
        rng = np.random.default_rng([seed, seen])
        made = curves(n, rng)
        t = observe.times(n, seen, lessons.ASKED, rng)
        y = observe.logged(observe.on_grid(made.y, t), t, seen, rng)
        row: Row = {"seen": seen, "curves": n, "tokens": int(tokens.bins(seen).size)}
        for name, known in (("schedule known", True), ("schedule hidden", False)):
            row[name] = likelihood(net, lessons.lessons_of(made, t, y, seen, np.full(n, known)))
        found.append(row)
    return found


def likelihood(net: Any, one: lessons.Lessons) -> Row:
    """Log density in z and what the 80% intervals hold."""
    parts = [net(a, b) for a, b in zip(*(np.array_split(v, 40) for v in (one.tokens, one.queries)), strict=True)]
    log_p = np.concatenate([bars.log_p for bars in parts])
    density = Bars(parts[0].borders, log_p).log_density(one.z).mean(axis=1)
    flat = Bars(parts[0].borders, log_p.reshape(-1, log_p.shape[-1])).quantiles(np.array([0.1, 0.9]))
    held = (flat[:, 0] <= one.z.ravel()) & (one.z.ravel() <= flat[:, 1])
    found = {"log_likelihood": density.mean(), "se": density.std() / len(density) ** 0.5, "hold_80": held.mean()}
    return {name: round(float(value), 4) for name, value in found.items()}


def milliseconds(sizes: Sequence[int] = (20, 100, 1000, 10**6)) -> Row:
    """CPU time of one forecast alone, of the end and of 31 points, by points seen; the median of 30 (of 5)."""
    found: Row = {}
    for n in sizes:
        x = np.arange(1.0, n + 1)
        curve = forerun.Curve(x, 2 + x**-0.4 + 0.01 * np.random.default_rng(0).normal(size=n), metric="loss")
        for points in (1, 31):
            at, took = np.linspace(1.01 * n, 2.0 * n, points) if points > 1 else np.array([2.0 * n]), list[float]()
            for _ in range(30 if n < 10**5 else 5):
                begin = time.process_time()
                PFN_SCHEDULE.predict(PFN_SCHEDULE.default(), [curve], [at])
                took.append(1e3 * (time.process_time() - begin))
            found[f"{n} seen, {points} asked"] = round(float(np.median(took)), 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--max-curves", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path)
    asked = parser.parse_args()
    cases, micros = cases_of(asked.data, asked.max_curves, asked.work)
    rows = skill.summary(cases, micros, np.random.default_rng(asked.seed), asked.resamples)
    known = {run.id for run in runs_of(asked.data) if run.schedule is not None}
    found = {
        "date": asked.date, "forerun": forerun.__version__, "seed": asked.seed, "max_curves": asked.max_curves,
        "split": "half of the tasks left out", "methods": [told(row) for row in rows],
        "ahead_of": ahead_of(cases, np.random.default_rng(asked.seed), asked.resamples),
        "by_schedule": with_a_schedule(cases, known), "ms_alone": milliseconds(), "on_prior": on_prior(asked.seed),
        "training": [json.loads(line) for line in asked.log.read_text("utf-8").splitlines()] if asked.log else [],
    }  # fmt: skip
    (HERE / "own_prior.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
