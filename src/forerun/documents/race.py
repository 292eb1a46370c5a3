"""``race``: the score of each submission of a field, every two of them, and speed-ups in data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from forerun.api.racing import DataRace
from forerun.core import Undecided
from forerun.core.codec import encode
from forerun.documents.shape import Document
from forerun.evaluate.races.race import RaceResult


def race_document(result: RaceResult) -> Document:
    """Scores, pairs and, by submission and workload, times over the fastest's."""
    return encode(
        {
            "scores": [asdict(one) for one in result.scores],
            "pairs": [_worded(asdict(pair)) for pair in result.pairs],
            "workloads": list(result.workloads),
            "ratios": {one.submission: row for one, row in zip(result.scores, result.ratios.tolist(), strict=True)},
            "medians": {one.submission: row for one, row in zip(result.scores, result.medians.tolist(), strict=True)},
            "method": result.method,
            "warnings": list(result.warnings),
        }
    )


def _worded(pair: Document) -> Document:
    none = {"undefined": "not known how long a run may take"}
    return {**pair, "speedup": none if pair["speedup"] is None else pair["speedup"]}


def data_race_document(speedups: Iterable[DataRace]) -> Document:
    """Data that the baseline would need, over data used, of every other system."""
    return encode({"speedups": [_speedup(one) for one in speedups]})


def _speedup(one: DataRace) -> Document:
    about = {"system": one.system, "baseline": one.baseline, "size": one.size, "data": one.data, "n": one.n}
    if isinstance(one.speedup, Undecided):
        return {**about, "status": "undecided", "why": one.speedup.why, "needs": one.speedup.needs}
    return {**about, "status": "estimated", **asdict(one.speedup)}
