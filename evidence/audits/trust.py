"""Which benchmarks can decide at a small size, said from that size alone, against sizes that were kept back.

    python evidence/audits/trust.py DATA

DATA holds olmo_ladder/downstream.parquet and pythia/evals.parquet. Writes trust.json. The verdict of every benchmark
rests on one small size; what is scored is whether the order of recipes there is that at each larger size. The control
is the same with recipes shuffled at the larger size: every benchmark then decides about half of the pairs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from forerun.api import read, size_of, trust
from forerun.core import Run, Undecided
from forerun.evaluate.trust.decisions import decision_accuracy
from forerun.stats.ranks import rank_correlation

HERE = Path(__file__).parent
SOURCES = {
    "olmo_ladder": {
        "file": "downstream.parquet", "by": ["chinchilla_mult", "rerun"], "size": "size", "small": "190M",
        "larger": ["370M", "760M", "1B", "3B"], "metrics": ["bpb", "acc", "len_norm", "soft", "soft_log"],
    },
    "pythia": {
        "file": "evals.parquet", "by": ["version", "deduped", "setting"], "size": "params", "small": "160M",
        "larger": ["410M", "1B", "1.4B", "2.8B", "6.9B", "12B"], "metrics": ["acc", "acc_norm", "ppl"],
    },
}  # fmt: skip
LAST = 5


def ends(runs: list[Run], size: float, setting: str, by: list[str]) -> dict[tuple[str, str], dict[str, float]]:
    """Mean of the last checkpoints by benchmark and recipe, of models of about a size."""
    means: dict[tuple[str, str], dict[str, float]] = {}
    for run in runs:
        own = size_of(run.config.get(setting))
        if own is None or abs(own / size - 1) > 0.1:
            continue
        recipe = "/".join(str(run.config.get(name)) for name in by)
        for name, curve in run.curves.items():
            y = curve.y[np.isfinite(curve.y)]
            if y.size >= LAST:
                means.setdefault((run.task or name, name), {})[recipe] = float(y[-LAST:].mean())
    return means


def source(name: str, folder: Path) -> dict[str, Any]:
    how = SOURCES[name]
    runs = list(read(folder / name / how["file"]))
    small = size_of(how["small"])
    answers = trust(runs, by=how["by"], size=how["size"], metrics=how["metrics"], small=nearest(runs, small, how))
    larger = {size: ends(runs, size_of(size), how["size"], how["by"]) for size in how["larger"]}
    at_small = ends(runs, small, how["size"], how["by"])
    rng = np.random.default_rng(0)
    rows = [
        row(key, answer, at_small, larger, rng) for key, answer in answers.items() if not isinstance(answer, Undecided)
    ]
    return {"small": how["small"], "by": how["by"], "n_undecided": len(answers) - len(rows), "benchmarks": rows,
            "summary": summary(rows, how["larger"])}  # fmt: skip


def nearest(runs: list[Run], small: float, how: dict[str, Any]) -> float:
    sizes = {size_of(run.config.get(how["size"])) for run in runs} - {None}
    return min(sizes, key=lambda size: abs(size / small - 1))


def row(key: tuple[str, str], answer: Any, at_small: Any, larger: Any, rng: np.random.Generator) -> dict[str, Any]:
    measured = {m.name: [m.estimate, m.low, m.high] for m in answer.measurements[:3]}
    accuracy, shuffled = {}, {}
    for size, scores in larger.items():
        both = sorted(set(at_small.get(key, {})) & set(scores.get(key, {})))
        if len(both) >= 4:
            a, b = (np.array([one[key][recipe] for recipe in both]) for one in (at_small, scores))
            decided = decision_accuracy(a, b)
            accuracy[size] = [decided.share, decided.low, decided.high, decided.pairs]
            shuffled[size] = float(np.mean([decision_accuracy(a, rng.permutation(b)).share for _ in range(20)]))
    return {"benchmark": key[0], "metric": key[1], "verdict": answer.verdict, "measured": measured,
            "accuracy": accuracy, "shuffled": shuffled}  # fmt: skip


def summary(rows: list[dict[str, Any]], sizes: list[str]) -> dict[str, Any]:
    """By verdict the mean accuracy at each larger size; how the small size's numbers rank what came of them."""
    table: dict[str, Any] = {}
    for size in sizes:
        judged = [one for one in rows if size in one["accuracy"]]
        if len(judged) < 4:
            continue
        right = [one["accuracy"][size][0] for one in judged]
        by = {v: [r for one, r in zip(judged, right, strict=True) if one["verdict"] == v]
              for v in ("can decide", "cannot tell", "cannot decide")}  # fmt: skip
        ranks = {}
        for name in ("signal to noise", "decided alike by another checkpoint", "monotone (Kendall's tau)"):
            r = rank_correlation([one["measured"][name][0] for one in judged], right)
            ranks[name] = None if isinstance(r, Undecided) else [r.value, r.low, r.high, r.n]
        table[size] = {
            "by_verdict": {v: [float(np.mean(x)), float(min(x)), len(x)] for v, x in by.items() if x},
            "rank_correlation": ranks, "shuffled": float(np.mean([one["shuffled"][size] for one in judged])),
        }  # fmt: skip
    return table


if __name__ == "__main__":
    result = {name: source(name, Path(sys.argv[1])) for name in SOURCES}
    (HERE / "trust.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
