"""What report and terminal alike say of a run: advice, reasons, where it stands, how far forecasts were right."""

from __future__ import annotations

from collections.abc import Sequence

from forerun import api
from forerun.api.advising import UNDECIDED
from forerun.core import Curve, Decision, Forecast, Undecided
from forerun.core.axes import UNITS
from forerun.core.decision import Range
from forerun.core.display import duration, harmless, number, place
from forerun.core.standing import Standing
from forerun.forecast.postprocess.coverage import LEADS, lead_of
from forerun.forecast.run_forecasts.ends import ASSUMED

_OVER = {
    "finished": "it reached its planned end",
    "ended": "it is no longer written to",
    "crashed": "it crashed",
}


def verdict(decision: Decision | Undecided) -> str:
    """What is advised, in a word or two.

    Example:
        >>> verdict(Undecided("2 points seen", "4"))
        'cannot say'
    """
    return decision.action if isinstance(decision, Decision) else UNDECIDED


def forecast_of(look: api.Look) -> Forecast | None:
    answer = look.forecast.answer if look.forecast else None
    return answer if isinstance(answer, Forecast) else None


def curve_of(look: api.Look) -> Curve | None:
    return look.run.curves[look.forecast.metric] if look.forecast else None


def at(axis: str, x: float) -> str:
    """A point on an axis; what counts things is whole.

    Example:
        >>> at("step", 1250.4), at("step", 247.5), at("epoch", 2.5)
        ('step 1,250', 'step 248', 'epoch 2.5')
    """
    return f"{harmless(axis, longest=24)} {place(x, axis)}"


def best_words(standing: Standing, axis: str) -> str:
    """The best value, where it lies, and how long ago that was.

    Example:
        >>> best_words(Standing(0.52, 1200.0, 0.55, 2000.0, 800.0, 8), "step")
        'best 0.52 at step 1,200, 8 points before the last'
    """
    ago = f"{standing.points_since:,} point{'s' * (standing.points_since != 1)} before the last"
    return (
        f"best {number(standing.best)} at {at(axis, standing.best_x)}, {ago if standing.points_since else 'the last'}"
    )


def deciding(look: api.Look) -> str:
    """The reason that decided, in one short sentence that does not repeat the forecast."""
    decision, curve = look.decision, curve_of(look)
    if isinstance(decision, Undecided):
        return f"{decision.why}; needs {decision.needs}"
    first = decision.reasons[0]
    if decision.action == "continue" and decision.gain is not None:
        return _gain(decision.gain)
    of_a_finding = any(first == finding.message for finding in look.findings)
    if decision.action == "leave" and look.standing is not None and curve is not None and not of_a_finding:
        why = _OVER.get("finished" if look.forecast and look.forecast.status == "finished" else look.run.status)
        return "; ".join(filter(None, [best_words(look.standing, curve.axis), why]))
    return first


def sentence(look: api.Look) -> str:
    """The advice's reason, what going on would gain and what it would cost."""
    decision = look.decision
    if isinstance(decision, Undecided):
        return f"{decision.why}; needs {decision.needs}."
    lasts = decision.action not in ("leave", "stop")
    parts = [decision.reasons[0], *([_gain(decision.gain), _cost(decision.cost)] if lasts else [])]
    return "; ".join(part for part in parts if part) + "."


def assumed(look: api.Look) -> str:
    """Why the end is only assumed; empty where the log names it."""
    o = look.forecast
    if o is None or not o.assumed:
        return ""
    beyond = f" (here {o.at / o.origin:.3g} ×)" if o.origin > 0 else ""
    return f"{assumption(o.axis)}{beyond}"


def assumption(axis: str) -> str:
    """What is assumed of a run whose log names no planned end.

    Example:
        >>> assumption("step")
        'the log names no planned end; assumed is where runs beside it ended, else 1.25 × the last step'
    """
    return f"the log names no planned end; assumed is where runs beside it ended, else {ASSUMED:g} × the last {axis}"


def chance(forecast: Forecast) -> str:
    """The chance to reach the target, and when; empty without a target."""
    if "p_target" not in forecast.events:
        return ""
    when = forecast.events["reach"]["0.5"]
    by = f"likely by {place(when, forecast.axis)}" if isinstance(when, float) else "not likely by then"
    return f"target: {forecast.events['p_target']:.0%}, {by}"


def span(value: Range | None) -> str:
    """An amount, with its range where it has one; a dash for nothing.

    Example:
        >>> span(Range(0.5, 0.5, 0.5, "hours")), span(Range(0.1, 0.0, 0.3, "loss")), span(None)
        ('30 min', '0.1 (0 to 0.3)', '-')
    """
    if value is None:
        return "-"
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


def accuracy(forecasts: Sequence[Forecast]) -> str:
    """What intervals of these kinds were measured to hold, from the shipped table; empty where never measured."""
    measured = {
        (lead_of(f.origin, float(f.at[-1])), f.method, f.version): f.events["coverage"]
        for f in forecasts
        if "coverage" in f.events
    }
    if not measured:
        return ""
    near, far = (f"{lead:g}" for lead in LEADS)
    reach = (f"up to {near} × the last x", f"at {near} to {far} × the last x", f"beyond {far} × the last x")
    several = len({key[1:] for key in measured}) > 1
    shares = [
        f"{table['measured']['0.8']:.0%} of {table['cases']:,} outcomes {reach[lead]}"
        + (f" ({method} {version})" if several else "")
        for (lead, method, version), table in sorted(measured.items())
    ]
    where = next(iter(measured.values()))["on"]
    return f"Measured ({where}), such an interval held {', '.join(shares)}."


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
