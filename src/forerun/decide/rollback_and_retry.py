"""After a divergence: back to a checkpoint from before it, at a lower learning rate and with clipped gradients."""

from __future__ import annotations

import numpy as np

from forerun.core import Card, Curve, Decision, Finding, RateChange
from forerun.core.display import number, place
from forerun.decide.beside import ONGOING, not_going
from forerun.decide.policy import Policy, RunSituation, each_alone

CARD = Card(
    name="rollback_and_retry",
    does="Takes a run that has diverged back to before it did, at half the learning rate and with clipped gradients.",
    source="Zhang et al. 2022 (OPT: lower the rate and restart); Pascanu et al. 2013 (clip at the usual norm)",
    assumes="There is a checkpoint from before the divergence, and what diverged is the training and not its data.",
    needs="A lasting finding that a loss is not finite, or rises from its best; the gradient's norm helps.",
    promises="What half the rate does to trainings that diverge: evidence/rate_gains/diverged.md.",
    known_answer="A loss that is NaN from step 60 on goes back to its best before 60, at half the rate.",
    control="A spike that has come back, and a run that merely stands still, go on.",
)
FACTOR = 0.5
"""On the learning rate: usual after a divergence, ours; OPT-175B's logbook lowers it by a fifth to a half."""
_DIVERGED = ("non_finite", "rising")
_SHARE = 0.5  # of what was improved, that a rise must have lost to be a divergence and not over-fitting: ours


def rollback_and_retry(factor: float = FACTOR) -> Policy:
    """The policy with another factor on the learning rate.

    Args:
        factor: above 0, at most 1.

    Example:
        >>> rollback_and_retry(0.25).card.name
        'rollback_and_retry'
    """
    return Policy(
        card=CARD, version="1", decide=each_alone(lambda one: _decide(one, factor)), heeds_others=False,
        forecasts_in_replay=False,
    )  # fmt: skip


def _decide(one: RunSituation, factor: float) -> Decision:
    diverged = next((finding for kind in _DIVERGED for finding in one.findings if _is_one(finding, kind, one)), None)
    if one.finished or (diverged is None and not one.going):
        return not_going(one, CARD.name)
    if diverged is None:
        return Decision("continue", ("it has not diverged",), None, None, ONGOING, CARD.name)
    reasons = (
        diverged.message,
        _back(one.curve, diverged),
        f"try again at {factor:g} of the learning rate",
        _clip(one),
    )
    undo = "the run as it was goes on from its last checkpoint"
    return Decision("roll back", reasons, None, None, undo, CARD.name, RateChange("change lr", factor))


def _is_one(finding: Finding, kind: str, one: RunSituation) -> bool:
    if finding.kind != kind or finding.end is not None:
        return False
    return kind == "non_finite" or (finding.metric == one.curve.metric and _lost(one.curve) >= _SHARE)


def _lost(curve: Curve) -> float:
    """Of what the metric has improved since it began, how much is lost again."""
    y = curve.y[np.isfinite(curve.y)] * (1.0 if curve.direction == "min" else -1.0)
    if y.size < 2:
        return 0.0
    begun, best, now = float(np.median(y[:3])), float(y.min()), float(np.median(y[-3:]))
    return (now - best) / (begun - best) if begun > best else np.inf


def _back(curve: Curve, diverged: Finding) -> str:
    """Where to go back to: the best before it began."""
    before = np.flatnonzero(np.isfinite(curve.y) & (curve.x < diverged.start))
    if not before.size:
        return "there is nothing before it to go back to: begin anew"
    best = before[(np.argmin if curve.direction == "min" else np.argmax)(curve.y[before])]
    at = place(float(curve.x[best]), curve.axis)
    return (
        f"go back to the checkpoint nearest {curve.axis} {at}, where {curve.metric} was {number(float(curve.y[best]))}"
    )


def _clip(one: RunSituation) -> str:
    norm = one.grad_norm
    return (
        "and clip the gradient's norm, at its usual size"
        if norm is None
        else f"and clip the gradient's norm at {number(norm)}, its median so far"
    )


ROLLBACK_AND_RETRY = rollback_and_retry()
