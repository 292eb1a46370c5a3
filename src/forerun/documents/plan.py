"""``plan``: what it takes to show a difference, the cheapest way first."""

from __future__ import annotations

from dataclasses import asdict

from forerun.api.planning import ItemPlan
from forerun.core import Undecided
from forerun.core.codec import encode
from forerun.documents.shape import Document, given
from forerun.evaluate.items.design import ItemDesign


def plan_document(plan: ItemPlan) -> Document:
    """The effect, where variance comes from, and each way with its questions and cost."""
    pilot = plan.pilot
    return encode(
        {
            "effect": plan.effect,
            "variance": {**asdict(plan.variance), "seeds": plan.seed_variance},
            "plans": [_design(one) for one in plan.designs],
            "warnings": [] if pilot is None else list(pilot.warnings),
        }
        | ({} if pilot is None else {"pilot": {"benchmark": pilot.benchmark, "metric": pilot.metric,
                                               "questions": pilot.questions, **given(detectable=plan.detectable)}})
    )  # fmt: skip


def _design(one: ItemDesign) -> Document:
    if isinstance(one.questions, Undecided):
        return {"status": "undecided", "tries": one.tries, "seeds": one.seeds, "why": one.questions.why,
                "needs": one.questions.needs}  # fmt: skip
    return {"status": "planned", "questions": one.questions, "tries": one.tries, "seeds": one.seeds, "cost": one.cost,
            "detectable": one.detectable}  # fmt: skip
