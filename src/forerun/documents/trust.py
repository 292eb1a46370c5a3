"""``trust``."""

from __future__ import annotations

from collections.abc import Mapping

from forerun.core import Undecided
from forerun.documents.audit import measurement_document
from forerun.documents.shape import Document, or_undefined
from forerun.evaluate.trust.benchmark import Trust


def trust_document(answers: Mapping[tuple[str, str], Trust | Undecided]) -> Document:
    """A benchmark an item, best first."""
    return {"benchmarks": [_benchmark(*key, answer) for key, answer in answers.items()]}


def _benchmark(benchmark: str, metric: str, answer: Trust | Undecided) -> Document:
    head = {"benchmark": benchmark, "metric": metric}
    if isinstance(answer, Undecided):
        return head | {"status": "undecided", "why": answer.why, "needs": answer.needs}
    return head | {
        "status": "answered", "verdict": answer.verdict, "size": answer.size,
        "target": or_undefined(answer.target, "models of one size"),
        "measurements": [measurement_document(one) for one in answer.measurements], "warnings": list(answer.warnings),
    }  # fmt: skip
