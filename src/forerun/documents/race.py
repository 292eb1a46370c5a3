"""``race``: the score of each submission of a field, every two of them, and speed-ups in data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from forerun.api.racing import DataRace
from forerun.core import Undecided
from forerun.core.codec import encode
from forerun.documents.shape import NOTHING_JUDGED, Document, or_undefined
from forerun.evaluate.differences.comparison import verdict
from forerun.evaluate.races.race import RacePair, RaceResult, RaceScore


def race_document(result: RaceResult) -> Document:
    """Scores, pairs and, by submission and workload, times over the fastest's."""
    return encode(
        {
            "scores": [_score(one, result) for one in result.scores],
            "pairs": [_pair(pair, result) for pair in result.pairs],
            "workloads": list(result.workloads),
            "ratios": {one.submission: row for one, row in zip(result.scores, result.ratios.tolist(), strict=True)},
            "medians": {one.submission: row for one, row in zip(result.scores, result.medians.tolist(), strict=True)},
            "method": result.method,
            "warnings": list(result.warnings),
        }
    )


def _score(one: RaceScore, result: RaceResult) -> Document:
    row = asdict(one)
    return {"submission": row.pop("submission"), "score": row.pop("score"), "estimate": one.score, **row,
            "method": result.method, "warnings": list(result.warnings), "verdict": NOTHING_JUDGED}  # fmt: skip


def _pair(pair: RacePair, result: RaceResult) -> Document:
    row = asdict(pair)
    saved = or_undefined(row.pop("speedup"), "not known how long a run may take")
    return {"a": row.pop("a"), "b": row.pop("b"), "difference": row.pop("difference"),
            "estimate": pair.difference, **row, "speedup": saved, "n": len(result.workloads),
            "method": result.method, "warnings": list(result.warnings)}  # fmt: skip


def data_race_document(speedups: Iterable[DataRace]) -> Document:
    """Data that the baseline would need, over data used, of every other system."""
    return encode({"speedups": [_speedup(one) for one in speedups]})


def _speedup(one: DataRace) -> Document:
    about = {"system": one.system, "baseline": one.baseline, "size": one.size, "data": one.data, "n": one.n}
    if isinstance(one.speedup, Undecided):
        return {**about, "status": "undecided", "why": one.speedup.why, "needs": one.speedup.needs}
    speedup = one.speedup
    warnings = [] if speedup.low < speedup.high else ["no noise of final losses given, so no interval"]
    faster = verdict(speedup.low - 1.0, speedup.high - 1.0) if not warnings else NOTHING_JUDGED
    return {**about, "status": "estimated", **asdict(speedup), "warnings": warnings, "verdict": faster}
