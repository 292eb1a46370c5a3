"""The default policy: stop what has diverged, stalled or cannot reach its target; ask where the evidence conflicts.

A run that is not running is never told to continue: what is said is where its best checkpoint lies, and whether going
on from there would pay.
"""

from __future__ import annotations

import numpy as np

from forerun.core import Card, Decision, Finding, Forecast, Undecided
from forerun.core.decision import Action, Range
from forerun.core.display import counted, place
from forerun.core.run import OVER, WHY_OVER
from forerun.decide.policy import Policy, RunSituation, Situation, Verdict, each_alone
from forerun.decide.promotion import promoted

CARD = Card(
    name="auto",
    does="Continue, stop or ask of a run that goes on, resume or leave of one that does not: by forecast and findings.",
    source="ours; the 5% rule is the conservative criterion of Domhan et al. 2015",
    assumes="The forecast is calibrated for runs of this kind.",
    needs="A forecast; without one it asks.",
    promises="Where runs wait to be begun those of promotion: evidence/early_stopping; of a run alone none yet.",
    known_answer="A run whose loss is NaN and stays NaN is stopped; a falling loss goes on, or is resumed.",
    control="A plateau is not stopped while its forecast still promises 5% of the improvement so far.",
)
_HOPELESS = 0.05  # P(target reached) below which a run is stopped; Domhan et al. 2015, section 3.2
_WORTH = 0.05  # share of the improvement so far that makes a plateau worth sitting out; arbitrary
_RESUMED = 0.01  # and that makes a run worth resuming; arbitrary
_LIKELY = 0.5  # chance to beat the best so far from which a resume pays, and below which a rising run is stopped


def _decide(situation: RunSituation) -> Decision | Undecided:
    lasting = [finding for finding in situation.findings if finding.end is None]
    diverged = next((f for f in lasting if f.kind == "non_finite"), None)
    if situation.finished or situation.status in OVER:
        return _over(situation, lasting)
    if diverged is not None:
        return _decision(situation, "stop", [diverged.message], _rollback(diverged))
    forecast = situation.forecast
    if situation.status == "stalled":
        silent = "nothing has been logged for over ten of its usual pauses: it may hang or have been killed"
        ahead = [] if isinstance(forecast, Undecided) else [_sentence(forecast)]
        return _decision(situation, "ask", [silent, *_best(situation), *ahead], "nothing was changed")
    if isinstance(forecast, Undecided):
        return _decision(
            situation, "ask", [f"no forecast: {forecast.why}; needs {forecast.needs}"], "nothing was changed"
        )
    return _weigh(situation, forecast, lasting)


def _over(situation: RunSituation, lasting: list[Finding]) -> Decision:
    """Of a run that is not running: whether going on from its checkpoints would pay."""
    why = WHY_OVER["finished" if situation.finished else situation.status]
    forecast, best = situation.forecast, _best(situation)
    spoilt = next((f for kind in ("non_finite", "rising") for f in lasting if f.kind == kind), None)
    undo = "resume from a checkpoint"
    if isinstance(forecast, Undecided):
        silent = [] if situation.finished else [f"no forecast of going on: {forecast.why}"]
        return _decision(situation, "leave", [*([spoilt.message] if spoilt else []), *best, why, *silent], undo)
    if spoilt is not None:
        undo = _rollback(spoilt) if spoilt.kind == "non_finite" else undo
        return _decision(situation, "leave", [spoilt.message, *best, why], undo)
    hope = 1.0 - float(forecast.events.get("p_past_best", 1.0))
    chance = f"a chance of at least {hope:.0%} to beat the best"
    little = _too_little(situation, forecast)
    if hope >= _LIKELY and not little:
        reasons = [f"going on would pay: {chance}", *best, _sentence(forecast), why]
        return _decision(situation, "resume", reasons, "nothing was changed")
    but = f"{chance}, but {little}" if hope >= _LIKELY else chance
    return _decision(situation, "leave", [*best, why, f"going on would not pay: {but}", _sentence(forecast)], undo)


def _best(situation: RunSituation) -> list[str]:
    """Where the best checkpoint lies, in words."""
    standing, curve = situation.standing, situation.curve
    if standing is None:
        return []
    best = f"the best {curve.metric} was {standing.best:.4g} at {curve.axis} {place(standing.best_x, curve.axis)}"
    if not standing.points_since:
        return [f"{best}, its last"]
    return [f"{best}, {counted(standing.points_since, 'point')} before its last ({standing.last:.4g})"]


def _too_little(situation: RunSituation, forecast: Forecast) -> str:
    """Why beating the best so far, as the median does it, would not be worth the name; empty where it would."""
    standing = situation.standing
    if standing is None:
        return "there is no best value yet"
    finite = situation.curve.y[np.isfinite(situation.curve.y)]
    if (finite[-3:] == standing.best).all():
        return "it stands at its best to the last digit, as at a ceiling"
    improvement = max(0.0, _better(situation, float(np.median(finite[:3])), standing.best))
    if _better(situation, standing.best, forecast.median) > _RESUMED * improvement:
        return ""
    return f"hardly: by less than {_RESUMED:.0%} of what was gained so far"


def _weigh(situation: RunSituation, forecast: Forecast, lasting: list[Finding]) -> Decision:
    """The deciding reason comes first, what the forecast says last."""
    sentence = _sentence(forecast)
    chance = forecast.events.get("p_target")
    hope = [] if chance is None else [f"the chance to reach {situation.target:g} is {chance:.0%}"]
    hope += [f.message for f in lasting if f.kind == "memorised"]  # what is memorised may yet generalise
    if chance is not None and chance < _HOPELESS:
        return _decision(situation, "stop", [*hope, sentence], "resume from the last checkpoint")
    rising = next((f for f in lasting if f.kind == "rising" and f.metric == forecast.metric), None)
    if rising is not None:
        back = 1.0 - float(forecast.events.get("p_past_best", 1.0))
        reasons = [rising.message, f"the chance to beat its best again is at least {back:.0%}", *hope, sentence]
        undo = f"resume from the checkpoint at {rising.axis} {place(rising.start, rising.axis)}"
        return _decision(situation, "ask" if back >= _LIKELY else "stop", reasons, undo)
    plateau = next((f for f in lasting if f.kind == "plateau" and f.metric == forecast.metric), None)
    stalled = [] if plateau is None else [plateau.message]
    gain = _gain(situation)
    if stalled and gain is not None and gain.high < _WORTH * _improvement(situation):
        little = f"even the upper end of the forecast improves by less than {_WORTH:.0%} of what was gained so far"
        return _decision(situation, "stop", [*stalled, little, *hope, sentence], "resume from the last checkpoint")
    spike = next((f for f in lasting if f.kind == "spike"), None)
    if spike is not None:
        return _decision(situation, "ask", [spike.message, *stalled, *hope, sentence], "nothing was changed")
    undo = "a finding, or a forecast that falls short, would change this"
    return _decision(situation, "continue", [sentence, *hope, *stalled], undo)


def _sentence(forecast: Forecast) -> str:
    ends = f"80%: {forecast.low:.4g} to {forecast.high:.4g}"
    where = f"{forecast.axis} {place(float(forecast.at[-1]), forecast.axis)}"
    return f"{forecast.metric} is forecast at {forecast.median:.4g} ({ends}) at {where}"


def _rollback(diverged: Finding) -> str:
    start = f"{diverged.axis} {place(diverged.start, diverged.axis)}"
    return f"resume from a checkpoint before {start}, with a lower learning rate"


def _decision(situation: RunSituation, action: Action, reasons: list[str], undo: str) -> Decision:
    return Decision(action, tuple(reasons), _gain(situation), _cost(situation), undo, policy=CARD.name)


def _gain(situation: RunSituation) -> Range | None:
    """Improvement of the metric from its recent level to the forecast, 80% range."""
    forecast = situation.forecast
    if isinstance(forecast, Undecided):
        return None
    level = _level(situation)
    ends = (forecast.low, forecast.high) if forecast.direction == "max" else (forecast.high, forecast.low)
    low, middle, high = (_better(situation, level, value) for value in (ends[0], forecast.median, ends[1]))
    return Range(middle, low, high, unit=forecast.metric)


def _cost(situation: RunSituation) -> Range | None:
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


def _level(situation: RunSituation) -> float:
    finite = situation.curve.y[np.isfinite(situation.curve.y)]
    return float(np.median(finite[-3:]))


def _improvement(situation: RunSituation) -> float:
    finite = situation.curve.y[np.isfinite(situation.curve.y)]
    return max(0.0, _better(situation, float(np.median(finite[:3])), _level(situation)))


def _better(situation: RunSituation, before: float, after: float) -> float:
    return after - before if situation.curve.direction == "max" else before - after


def _every(situation: Situation) -> dict[str, Verdict]:
    """Each run alone; where runs wait to be begun, rungs say which goes on."""
    if situation.budget is not None and situation.budget.unit == "runs":
        return dict(promoted(situation, (1 / 16, 1 / 4), 4.0, CARD.name))
    return each_alone(_decide)(situation)


AUTO = Policy(card=CARD, version="2", decide=_every, heeds_others=False, forecasts_in_replay=False)
