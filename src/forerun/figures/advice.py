"""What is shown of what to do with a run: the verdict, why, what going on would gain and what it would cost."""

from __future__ import annotations

from dataclasses import dataclass

from forerun import api
from forerun.api.advising import UNDECIDED
from forerun.core import Decision, Undecided
from forerun.core.axes import UNITS
from forerun.core.decision import Range
from forerun.core.display import counted, duration, number, place
from forerun.core.run import WHY_OVER
from forerun.core.standing import Standing
from forerun.figures.ahead import in_a_line
from forerun.figures.logged import NOTHING, at


@dataclass(frozen=True)
class AdviceView:
    """What is shown of what to do with a run.

    Args:
        verdict: in a word or two. urgency: how soon a person should look at it; smaller is sooner.
        reason: the one that decided, in one short sentence that does not repeat the forecast.
        sentence: the advice's reason, what going on would gain and what it would cost.
        reasons: all of them.
        gain, cost: of going on, with their ranges.
    """

    verdict: str
    urgency: int
    reason: str
    sentence: str
    reasons: tuple[str, ...]
    gain: str
    cost: str

    @classmethod
    def of(cls, look: api.Look) -> AdviceView:
        decision, urgency = look.decision, api.urgency(look.decision)
        if isinstance(decision, Undecided):
            why = f"{decision.why}; needs {decision.needs}"
            return cls(UNDECIDED, urgency, why, f"{why}.", (why,), NOTHING, NOTHING)
        gain, cost = span(decision.gain), span(decision.cost)
        return cls(decision.action, urgency, _reason(look, decision), _sentence(decision), decision.reasons, gain, cost)


def best_words(standing: Standing, axis: str) -> str:
    """The best value, where it lies, and how long ago that was.

    Example:
        >>> best_words(Standing(0.52, 1200.0, 0.55, 2000.0, 800.0, 8), "step")
        'best 0.52 at step 1,200, 8 points before the last'
    """
    since = standing.points_since
    ago = f"{counted(since, 'point')} before the last" if since else "the last"
    return f"best {number(standing.best)} at {at(axis, standing.best_x)}, {ago}"


def span(value: Range | None) -> str:
    """An amount, with its range where it has one; a dash for nothing.

    Example:
        >>> span(Range(0.5, 0.5, 0.5, "hours")), span(Range(0.1, 0.0, 0.3, "loss")), span(None)
        ('30 min', '0.1 (0 to 0.3)', '-')
    """
    if value is None:
        return NOTHING
    if value.low == value.high:
        return amount(value.estimate, value.unit)
    return f"{number(value.estimate)} ({number(value.low)} to {number(value.high)})"


def amount(value: float, unit: str) -> str:
    """So much of something, in the plural that is right.

    Example:
        >>> amount(0.2, "hours"), amount(1.0, "step"), amount(1250.0, "step"), amount(3.5, "cost")
        ('12 min', '1 step', '1,250 steps', '3.5 cost')
    """
    if unit == "hours":
        return duration(value)
    shown = place(value, unit)
    return f"{shown} {unit}{'s' * (unit in UNITS and not unit.endswith('s') and shown != '1')}"


def _reason(look: api.Look, decision: Decision) -> str:
    """What decided, without what the forecast says already."""
    first = decision.reasons[0]
    if decision.action == "continue" and decision.gain is not None:
        return _gain(decision.gain)
    of_a_finding = any(first == finding.message for finding in look.findings)
    ahead, stands = look.forecast, look.standing
    if decision.action == "leave" and stands is not None and ahead is not None and not of_a_finding:
        why = WHY_OVER.get("finished" if ahead.status == "finished" else look.run.status, "")
        return in_a_line(best_words(stands, ahead.axis), why)
    return first


def _sentence(decision: Decision) -> str:
    lasts = decision.action not in ("leave", "stop")
    return in_a_line(decision.reasons[0], *([_gain(decision.gain), _cost(decision.cost)] if lasts else [])) + "."


def _gain(gain: Range | None) -> str:
    if gain is None:
        return ""
    ends = f"{number(gain.low)} to {number(gain.high)}"
    if gain.low > 0:
        return f"{gain.unit} should improve by {number(gain.estimate)} ({ends})"
    if gain.estimate > 0:
        return f"{gain.unit} may improve by {number(gain.estimate)} ({ends})"
    return f"little more is expected of {gain.unit}: {number(gain.estimate)} ({ends})"


def _cost(cost: Range | None) -> str:
    if cost is None:
        return ""
    return f"cost {number(cost.estimate)}" if cost.unit == "cost" else f"{amount(cost.estimate, cost.unit)} to go"
