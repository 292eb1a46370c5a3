"""What raises a benchmark's signal to noise and its decisions on the ladder: smooth metrics, averaging, filtering.

    python evidence/audits/raising.py DATA

DATA holds olmo_ladder/downstream.parquet. Writes raising.json. Decisions are said at 190M, by the mean of the last
checkpoints, and held against every larger size; benchmarks are pairs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from trust import LAST, SOURCES

from forerun.api import read, size_of
from forerun.core import Run
from forerun.evaluate.differences.comparison import Comparison
from forerun.evaluate.differences.over_items import over_items
from forerun.evaluate.trust.decisions import decision_accuracy
from forerun.evaluate.trust.signal_noise import ratio_of
from forerun.evaluate.trust.subtasks import filtered

HERE = Path(__file__).parent
HOW = SOURCES["olmo_ladder"]
SMOOTH, DISCRETE = ("bpb", "soft", "soft_log"), ("acc", "len_norm")
Array = np.ndarray[Any, np.dtype[np.float64]]
Ends = dict[tuple[str, str], dict[str, Array]]


def ends(runs: list[Run], size: float) -> Ends:
    """The last checkpoints by benchmark and recipe, of models of about a size."""
    by: Ends = {}
    for run in runs:
        own = size_of(run.config.get(HOW["size"]))
        if own is None or abs(own / size - 1) > 0.1:
            continue
        recipe = "/".join(str(run.config.get(name)) for name in HOW["by"])
        for name, curve in run.curves.items():
            y = curve.y[np.isfinite(curve.y)]
            if y.size >= LAST and name in (*SMOOTH, *DISCRETE):
                by.setdefault((run.task or name, name), {})[recipe] = y[-LAST:]
    return by


def accuracy(small: Ends, larger: list[Ends], key: tuple[str, str], last: int) -> float:
    """Mean over larger sizes of the share of pairs that the small size's last checkpoints rank as they do."""
    shares: list[float] = []
    for one in larger:
        both = sorted(set(small[key]) & set(one.get(key, {})))
        if len(both) >= 4:
            a, b = ([of[key][recipe][-n:].mean() for recipe in both] for of, n in ((small, last), (one, LAST)))
            shares.append(decision_accuracy(a, b).share)
    return float(np.mean(shares)) if shares else float("nan")


def ratio(small: Ends, key: tuple[str, str]) -> float:
    return ratio_of(np.stack(list(small[key].values())))


def document(comparison: Comparison) -> list[float]:
    return [comparison.estimate, comparison.low, comparison.high, comparison.n]


def smooth(small: Ends, larger: list[Ends]) -> dict[str, Any]:
    """Each task's smooth metric (bits per byte) less its discrete one; a task is a pair."""
    tasks = [(task, next(m for m in DISCRETE if (task, m) in small)) for task, metric in sorted(small)
             if metric == "bpb" and any((task, m) in small for m in DISCRETE)]  # fmt: skip
    pairs = {
        "log of signal to noise": [[np.log(ratio(small, (task, m))) for m in ("bpb", d)] for task, d in tasks],
        "decision accuracy": [[accuracy(small, larger, (task, m), LAST) for m in ("bpb", d)] for task, d in tasks],
    }
    return {name: document(over_items(*np.array(rows).T)) for name, rows in pairs.items()}


def averaging(small: Ends, larger: list[Ends]) -> dict[str, Any]:
    """Decisions by the mean of the last checkpoints less those by the last alone; a benchmark is a pair."""
    rows = [[accuracy(small, larger, key, n) for n in (LAST, 1)] for key in sorted(small) if len(small[key]) >= 4]
    return {"decision accuracy": document(over_items(*np.array([row for row in rows if np.isfinite(row).all()]).T))}


def filtering(small: Ends) -> Iterator[tuple[str, Any]]:
    """Half of the tasks by signal to noise, chosen on half of the recipes and judged on the others."""
    for name in ("bpb", "soft", "soft_log"):
        tasks = [key for key in sorted(small) if key[1] == name]
        recipes = sorted(set.intersection(*(set(small[key]) for key in tasks)))
        each = {task: [small[task, metric][one] for one in recipes] for task, metric in tasks}
        done = filtered(each, splits=200)
        yield name, [done.before, done.after, done.on_chosen, done.gain, done.low, done.high, len(tasks), len(recipes)]


if __name__ == "__main__":
    runs = list(read(Path(sys.argv[1]) / "olmo_ladder" / HOW["file"]))
    small = ends(runs, float(size_of(HOW["small"]) or 0.0))
    larger = [ends(runs, float(size_of(size) or 0.0)) for size in HOW["larger"]]
    result = {
        "smooth": smooth(small, larger),
        "averaging": averaging(small, larger),
        "filtering": dict(filtering(small)),
    }
    (HERE / "raising.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
