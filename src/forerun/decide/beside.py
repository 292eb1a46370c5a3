"""What runs come to beside each other: their losses (down is better, whatever the metric), and how these rank."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Curve, Decision
from forerun.core.decision import Action
from forerun.core.run import WHY_OVER
from forerun.core.situation import RunSituation, Situation

ONGOING = "nothing was changed"
CHECKPOINT = "resume from the last checkpoint"


def losses(curve: Curve) -> Array:
    """The values of a curve, turned so that down is better; what is not finite is worst.

    Example:
        >>> losses(Curve([1, 2, 3], [0.5, float("nan"), 0.7], metric="acc", direction="max")).tolist()
        [-0.5, inf, -0.7]
    """
    turned = curve.y if curve.direction == "min" else -curve.y
    return np.where(np.isfinite(turned), turned, np.inf)


def others(situation: Situation, run: str) -> list[RunSituation]:
    """The runs that a run's values can be compared with, itself left out."""
    own = situation.runs[run]
    return [
        one for name, one in situation.runs.items()
        if name != run and one.group == own.group and one.curve.axis == own.curve.axis
    ]  # fmt: skip


def loss_at(one: RunSituation, x: float) -> float | None:
    """The last loss up to an x, of a run that has come as far; None of one that has not.

    Example:
        >>> from forerun.core import Undecided
        >>> one = RunSituation(Curve([1, 2, 4], [3.0, 2.0, 1.0], metric="loss"), Undecided("", ""), ())
        >>> loss_at(one, 3.0), loss_at(one, 5.0)
        (2.0, None)
    """
    curve = one.curve
    if not len(curve) or curve.x[-1] < x or curve.x[0] > x:
        return None
    value = float(curve.y[curve.x.searchsorted(x, side="right") - 1])
    return (value if curve.direction == "min" else -value) if np.isfinite(value) else np.inf


def best_loss(among: list[RunSituation]) -> float:
    """The least loss that any of the runs stands at; inf where there is none."""
    return min((float(losses(one.curve)[-1]) for one in among if len(one.curve)), default=np.inf)


def not_going(one: RunSituation, policy: str) -> Decision:
    """Of a run that does not go on: leave it, for a policy that resumes none."""
    return simple("leave", WHY_OVER["finished" if one.finished or one.status == "running" else one.status], policy)


def simple(action: Action, reason: str, policy: str) -> Decision:
    """A decision of a policy that weighs neither gain nor cost."""
    return Decision(action, (reason,), None, None, CHECKPOINT if action == "stop" else ONGOING, policy)
