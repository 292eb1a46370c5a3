"""``schedule show``, ``schedule design`` and ``schedule export``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forerun.core import Range, Undecided
from forerun.core.codec import encode
from forerun.documents.shape import Document, given, range_document
from forerun.laws.design import Candidate, Constraints, Design, LossPath
from forerun.schedules.written import rates


def schedule_show_document(candidates: Sequence[Candidate], per_step: float | None) -> Document:
    """The rate at every step; of several schedules a row each."""
    shown = [_candidate(one) | _drawn(one, per_step) for one in candidates]
    return shown[0] if len(shown) == 1 else {"schedules": shown}


def schedule_design_document(law: str, designed: Design | Undecided) -> Document:
    """The designed schedule, what it ends at, and by how much others are behind; or why there is none."""
    if isinstance(designed, Undecided):
        return {"law": law, "status": "undecided", "why": designed.why, "needs": designed.needs}
    return {
        "law": designed.law, "status": "designed", "says": designed.says, "within": _within(designed.within),
        "expression": encode(designed.schedule), "candidates": [_candidate(one) for one in designed.candidates],
        "coverage": encode(dict(designed.coverage)), "warnings": list(designed.warnings),
    }  # fmt: skip


def schedule_weigh_document(candidates: Sequence[Candidate], path: LossPath | Undecided) -> Document:
    """What a law says of plans: of each at its end, of the first all along it; or why it cannot."""
    said: Document = (
        {"undefined": f"{path.why}; needs {path.needs}"}
        if isinstance(path, Undecided)
        else {"step": encode(path.step), "loss": encode(path.loss), "low": encode(path.low), "high": encode(path.high)}
    )
    return {"schedules": [_candidate(one) for one in candidates], "along": said}


def schedule_export_document(to: str, text: str, out: Path | None) -> Document:
    """What was exported, and where it was written."""
    return {"to": to} | ({"text": text} if out is None else {"out": str(out)})


def _candidate(one: Candidate) -> Document:
    return {
        "schedule": one.name, "lr_area": one.area, **given(loss=_loss(one.loss)),
        **({} if one.behind is None else {"behind": range_document(one.behind, ""), "within_error": one.within_error}),
        "expression": encode(one.schedule), **({"warnings": list(one.warnings)} if one.warnings else {}),
    }  # fmt: skip


def _loss(loss: Range | Undecided | None) -> Document | None:
    if isinstance(loss, Undecided):
        return {"undefined": f"{loss.why}; needs {loss.needs}"}
    return None if loss is None else range_document(loss, "")


def _drawn(one: Candidate, per_step: float | None) -> Document:
    lr = rates(one.schedule, per_step=per_step)
    return {"steps": lr.size, "lr": encode(lr)}


def _within(within: Constraints) -> Document:
    numbers = {"steps": within.steps, "peak": within.peak, "warmup": within.warmup, "floor": within.floor}
    return numbers | ({} if within.past is None else {"since": within.since})
