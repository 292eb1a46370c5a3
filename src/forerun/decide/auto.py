"""The default policy: stop what has diverged, stalled or cannot reach its target; ask where the evidence conflicts."""

from __future__ import annotations

import numpy as np

from forerun.core import Card, Decision, Finding, Forecast, Undecided
from forerun.core.decision import Action, Range
from forerun.decide import Situation

CARD = Card(
    name="auto",
    does="Continue, stop or ask, from the forecast's chance of reaching the target and the findings that still last.",
    source="ours; the 5% rule is the conservative criterion of Domhan et al. 2015",
    assumes="The forecast is calibrated for runs of this kind.",
    needs="A forecast; without one it asks.",
    promises="None yet beyond its parts: no replay has measured it.",
    known_answer="A run whose loss is NaN and stays NaN is stopped; a falling loss without findings goes on.",
    control="A plateau is not stopped while its forecast still promises 5% of the improvement so far.",
)
_HOPELESS = 0.05  # P(target reached) below which a run is stopped; Domhan et al. 2015, section 3.2
_WORTH = 0.05  # share of the improvement so far that makes a plateau worth sitting out; arbitrary


def decide(situation: Situation) -> Decision | Undecided:
    if situation.finished:
        return Undecided("the run has reached its planned end", "--at beyond it, to look further")
    lasting = [finding for finding in situation.findings if finding.end is None]
    diverged = next((f for f in lasting if f.kind == "non_finite"), None)
    if diverged is not None:
        return _decision(situation, "stop", [diverged.message], _rollback(diverged))
    forecast = situation.forecast
    if isinstance(forecast, Undecided):
        return _decision(
            situation, "ask", [f"no forecast: {forecast.why}; needs {forecast.needs}"], "nothing was changed"
        )
    return _weigh(situation, forecast, lasting)


def _weigh(situation: Situation, forecast: Forecast, lasting: list[Finding]) -> Decision:
    """The deciding reason comes first, what the forecast says last."""
    told = _told(forecast)
    chance = forecast.events.get("p_target")
    hope = [] if chance is None else [f"the chance to reach {situation.target:g} is {chance:.0%}"]
    if chance is not None and chance < _HOPELESS:
        return _decision(situation, "stop", [*hope, told], "resume from the last checkpoint")
    plateau = next((f for f in lasting if f.kind == "plateau" and f.metric == forecast.metric), None)
    stalled = [] if plateau is None else [plateau.message]
    gain = _gain(situation)
    if stalled and gain is not None and gain.high < _WORTH * _improvement(situation):
        little = f"even the upper end of the forecast improves by less than {_WORTH:.0%} of what was gained so far"
        return _decision(situation, "stop", [*stalled, little, *hope, told], "resume from the last checkpoint")
    spike = next((f for f in lasting if f.kind == "spike"), None)
    if spike is not None:
        return _decision(situation, "ask", [spike.message, *stalled, *hope, told], "nothing was changed")
    undo = "a finding, or a forecast that falls short, would change this"
    return _decision(situation, "continue", [told, *hope, *stalled], undo)


def _told(forecast: Forecast) -> str:
    ends = f"80%: {forecast.low:.4g} to {forecast.high:.4g}"
    return f"{forecast.metric} is forecast at {forecast.median:.4g} ({ends}) at {forecast.axis} {forecast.at[-1]:g}"


def _rollback(diverged: Finding) -> str:
    return f"resume from a checkpoint before {diverged.axis} {diverged.start:g}, with a lower learning rate"


def _decision(situation: Situation, action: Action, reasons: list[str], undo: str) -> Decision:
    return Decision(action, tuple(reasons), _gain(situation), _cost(situation), undo, policy=CARD.name)


def _gain(situation: Situation) -> Range | None:
    """Improvement of the metric from its recent level to the forecast, 80% range."""
    forecast = situation.forecast
    if isinstance(forecast, Undecided):
        return None
    level = _level(situation)
    ends = (forecast.low, forecast.high) if forecast.direction == "max" else (forecast.high, forecast.low)
    low, middle, high = (_better(situation, level, value) for value in (ends[0], forecast.median, ends[1]))
    return Range(middle, low, high, unit=forecast.metric)


def _cost(situation: Situation) -> Range | None:
    """Hours, or money when an hour has a price; otherwise what is left on the axis."""
    forecast = situation.forecast
    if situation.seconds_left is not None:
        hours = situation.seconds_left / 3600.0
        price = situation.cost_per_hour
        spent, unit = (hours, "hours") if price is None else (hours * price, "cost")
        return Range(spent, spent, spent, unit)
    if isinstance(forecast, Undecided):
        return None
    left = float(forecast.at[-1] - forecast.origin)
    return Range(left, left, left, situation.curve.axis)


def _level(situation: Situation) -> float:
    finite = situation.curve.y[np.isfinite(situation.curve.y)]
    return float(np.median(finite[-3:]))


def _improvement(situation: Situation) -> float:
    finite = situation.curve.y[np.isfinite(situation.curve.y)]
    return max(0.0, _better(situation, float(np.median(finite[:3])), _level(situation)))


def _better(situation: Situation, before: float, after: float) -> float:
    return after - before if situation.curve.direction == "max" else before - after
