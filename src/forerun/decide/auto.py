"""The default policy: what a run's going on adds to the best of all, held against its cost and its best other use.

Runs side by side are judged as one sweep (`forerun.decide.sweep`). A run that is not running is never told to continue:
what is said is where its best checkpoint lies, and whether going on from there would pay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from forerun.core import Budget, Card, Decision, Finding, Forecast, Undecided
from forerun.core.decision import Action, Range
from forerun.core.display import counted, duration, number, place
from forerun.core.run import OVER, WHY_OVER
from forerun.decide.policy import Policy, RunSituation, Situation, Verdict
from forerun.decide.promotion import promoted
from forerun.decide.sweep import Contender, contenders, cost_of, funded, left_of

CARD = Card(
    name="auto",
    does="Says of each run beside the others whether going on is worth its cost: continue, stop, ask, resume or leave.",
    source="ours; expected improvement (Mockus 1975) for its cost",
    assumes="Forecasts are calibrated for runs of this kind; runs of one folder and metric are trainings of one thing.",
    needs="A forecast; without one it asks.",
    promises=(
        "Side by side 70% of the compute, regret 0.037 (-0.274 over asha's), 4.5% (1.3% to 8.9%) of those stopped "
        "wrongly so, 23 tasks: evidence/early_stopping; where runs wait to be begun, what promotion promises."
    ),
    known_answer="A run whose loss is NaN and stays NaN is stopped; a falling loss goes on, or is resumed.",
    control="A plateau is not stopped while going on is expected to gain enough for its cost.",
)
_WORTH = 0.025  # share of what was gained so far that a plateau must promise for a whole run's cost; arbitrary
_RESUMED = 0.01  # and that makes a run worth resuming; arbitrary
_TOLD = 0.005  # a bound on a chance from which on it says something, in whole percents
_LIKELY = 0.5  # chance to beat the best so far from which a resume pays, and below which a rising run is stopped
_UNLIKELY = 0.1  # chance of the target, of what the same compute brings elsewhere, that is too small; arbitrary


def _decide(situation: RunSituation, own: Contender | None, sure: float) -> Decision | Undecided:
    """What to do with one run.

    Args:
        own: what it would come to beside the others; None where it has no finite value.
        sure: the best chance of the target for a whole run's cost, of the runs beside it or a new one.
    """
    lasting = [finding for finding in situation.findings if finding.end is None]
    diverged = next((f for f in lasting if f.kind == "non_finite"), None)
    if situation.finished or situation.status in OVER:
        return _over(situation, own, lasting)
    if diverged is not None:
        return _decision(situation, own, "stop", [diverged.message], _rollback(diverged))
    forecast = situation.forecast
    if situation.status == "stalled":
        return _stalled(situation, own)
    if isinstance(forecast, Undecided):
        return _decision(
            situation, own, "ask", [f"no forecast: {forecast.why}; needs {forecast.needs}"], "nothing was changed"
        )
    return _weigh(situation, own, forecast, lasting, sure)


def _stalled(situation: RunSituation, own: Contender | None) -> Decision:
    """Of a run that is silent: worth a look, unless the runs beside it are better for all that it could come to."""
    silent = "nothing has been logged for over ten of its usual pauses: it may hang or have been killed"
    forecast, best = situation.forecast, [*_best(situation), *_stands(situation, own, going=False)]
    if isinstance(forecast, Undecided):
        return _decision(situation, own, "ask", [silent, *best], "nothing was changed")
    pays, why = _pays(situation, own, forecast)
    if own is not None and own.placing is not None and not pays and own.betters < _UNLIKELY and situation.alike:
        reasons = [_beside(situation, own), *best, f"{silent}; going on would not pay", _sentence(forecast)]
        return _decision(situation, own, "leave", reasons, "resume from a checkpoint")
    going_on = f"if it was killed, going on would {'pay' if pays else 'not pay'}: {why}"
    return _decision(situation, own, "ask", [silent, *best, going_on, _sentence(forecast)], "nothing was changed")


def _over(situation: RunSituation, own: Contender | None, lasting: list[Finding]) -> Decision:
    """Of a run that is not running: whether going on from its checkpoints would pay."""
    why = WHY_OVER["finished" if situation.finished else situation.status]
    forecast, best = situation.forecast, [*_best(situation), *_stands(situation, own, going=False)]
    spoilt = next((f for kind in ("non_finite", "rising") for f in lasting if f.kind == kind), None)
    undo = "resume from a checkpoint"
    if isinstance(forecast, Undecided):
        silent = [] if situation.finished else [f"no forecast of going on: {forecast.why}"]
        reasons = [*([spoilt.message] if spoilt else []), *best, why, *silent]
        return _decision(situation, own, "leave", reasons, undo)
    if spoilt is not None:
        undo = _rollback(spoilt) if spoilt.kind == "non_finite" else undo
        return _decision(situation, own, "leave", [spoilt.message, *best, why], undo)
    pays, chance = _pays(situation, own, forecast)
    if pays:
        reasons = [f"going on would pay: {chance}", *best, _sentence(forecast), why]
        return _decision(situation, own, "resume", reasons, "nothing was changed")
    reasons = [*best, why, f"going on would not pay: {chance}", _sentence(forecast)]
    return _decision(situation, own, "leave", reasons, undo)


def _pays(situation: RunSituation, own: Contender | None, forecast: Forecast) -> tuple[bool, str]:
    """Whether going on from a checkpoint would, and why."""
    hope = 1.0 - float(forecast.events.get("p_past_best", 1.0))
    chance = (
        f"a chance of at least {hope:.0%} to beat the best" if hope >= _TOLD else "it is not foreseen to beat the best"
    )
    little = _too_little(situation, forecast)
    if hope < _LIKELY:
        return False, chance
    if little:
        return False, f"{chance}, but {little}"
    if own is not None and own.placing is not None and own.betters < _LIKELY and situation.alike:
        return False, f"{chance} of its own, but one of {own.betters:.0%} to better what those beside it come to"
    return True, chance


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
    first = float(np.median(finite[:3]))
    if _better(situation, _level(situation), first) > max(0.0, _better(situation, first, standing.best)):
        return "it has lost more than it had ever gained"
    improvement = max(0.0, _better(situation, first, standing.best))
    if _better(situation, standing.best, forecast.median) > _RESUMED * improvement:
        return ""
    return f"hardly: by less than {_RESUMED:.0%} of what was gained so far"


def _weigh(
    situation: RunSituation, own: Contender | None, forecast: Forecast, lasting: list[Finding], sure: float
) -> Decision:
    """The deciding reason comes first, what the forecast says last."""
    sentence, resume = _sentence(forecast), "resume from the last checkpoint"
    chance = forecast.events.get("p_target")
    hope = [] if chance is None else [f"the chance to reach {situation.target:g} is {chance:.0%}"]
    hope += [f.message for f in lasting if f.kind == "memorised"]  # what is memorised may yet generalise
    stands = _stands(situation, own)
    if chance is not None and chance < _UNLIKELY * sure * left_of(situation):
        return _decision(situation, own, "stop", [*hope, *_saved(own), *stands, sentence], resume)
    rising = next((f for f in lasting if f.kind == "rising" and f.metric == forecast.metric), None)
    if rising is not None:
        back = 1.0 - float(forecast.events.get("p_past_best", 1.0))
        again = f"the chance to beat its best again is at least {back:.0%}"
        reasons = [rising.message, again if back >= _TOLD else "it is not foreseen to beat its best again"]
        reasons += [*hope, *stands, sentence]
        undo = f"resume from the checkpoint at {rising.axis} {place(rising.start, rising.axis)}"
        return _decision(situation, own, "ask" if back >= _LIKELY else "stop", reasons, undo)
    plateau = next((f for f in lasting if f.kind == "plateau" and f.metric == forecast.metric), None)
    stalled = [] if plateau is None else [plateau.message]
    if own is not None and stalled and (promised := own.share * _unworn(situation)) < _WORTH * own.rest:
        little = f"{promised:.1%} of what was gained so far is expected of {own.rest:.0%} of a run's cost"
        return _decision(situation, own, "stop", [*stalled, little, *_saved(own), *hope, *stands, sentence], resume)
    if own is not None and own.placing is not None and not own.worth:
        return _outdone(situation, own, [*hope, *stalled, sentence])
    spike = next((f for f in lasting if f.kind == "spike"), None)
    if spike is not None:
        reasons = [spike.message, *stalled, *hope, *stands, sentence]
        return _decision(situation, own, "ask", reasons, "nothing was changed")
    undo = "a finding, or a forecast that falls short, would change this"
    return _decision(
        situation, own, "continue", [sentence, *_unsure_gain(situation, forecast), *hope, *stalled, *stands], undo
    )


def _outdone(situation: RunSituation, own: Contender, more: list[str]) -> Decision:
    """Of a run whose compute is better spent on those beside it."""
    reasons = [_beside(situation, own), *_saved(own), *more]
    undo = "resume from the last checkpoint, if those beside it fall short of their forecasts"
    if situation.alike:
        return _decision(situation, own, "stop", reasons, undo)
    unsure = "that they are trainings of one thing is known by their folder alone; if they are, stop it"
    return _decision(situation, own, "ask", [reasons[0], unsure, *reasons[1:]], "nothing was changed")


def _beside(situation: RunSituation, own: Contender) -> str:
    placing = own.placing
    assert placing is not None
    leader = placing.leader.rpartition("/")[2]
    return f"outdone by {leader}: {placing.near:.0%} to end within {number(placing.margin)} of the best of {placing.of}"


def _stands(situation: RunSituation, own: Contender | None, *, going: bool = True) -> list[str]:
    """Where it is likely to end among the others, in words."""
    if own is None or own.placing is None:
        return []
    placing = own.placing
    rank = f"rank {placing.rank} of {placing.of}"
    rank = f"{rank}, {placing.first:.0%} to end first" if going else f"{rank} by the level it holds"
    return [rank if situation.alike else f"{rank}, if those in its folder are trainings of one thing"]


def _unsure_gain(situation: RunSituation, forecast: Forecast) -> list[str]:
    """What a run still goes on for whose forecast is no better than it stands, in words."""
    gain = _gain(situation)
    if gain is None or gain.estimate > 0:
        return []
    back = 1.0 - float(forecast.events.get("p_past_best", 1.0))
    return [f"no gain is expected by then, nor ruled out: a chance of at least {back:.0%} to beat its best"]


def _saved(own: Contender | None) -> list[str]:
    """What stopping saves, in hours or money; steps say little, and stand beside."""
    if own is None or own.cost is None or own.unit not in ("hours", "cost"):
        return []
    return [f"stopping it saves {duration(own.cost) if own.unit == 'hours' else f'a cost of {number(own.cost)}'}"]


def _unworn(situation: RunSituation) -> float:
    """What is left of the hope that a forecast gives, after so long without a new best.

    Of a wait of unknown scale that has lasted s already, the chance to end within d more is d/(s + d) (Gott 1993): so a
    wide interval alone does not keep a plateau going for ever.
    """
    forecast, standing = situation.forecast, situation.standing
    if standing is None or isinstance(forecast, Undecided):
        return 1.0
    ahead = float(forecast.at[-1] - forecast.origin)
    return ahead / (ahead + standing.since)


def _sentence(forecast: Forecast) -> str:
    ends = f"80%: {forecast.low:.4g} to {forecast.high:.4g}"
    where = f"{forecast.axis} {place(float(forecast.at[-1]), forecast.axis)}"
    return f"{forecast.metric} is forecast at {forecast.median:.4g} ({ends}) at {where}"


def _rollback(diverged: Finding) -> str:
    start = f"{diverged.axis} {place(diverged.start, diverged.axis)}"
    return f"resume from a checkpoint before {start}, with a lower learning rate"


def _decision(
    situation: RunSituation, own: Contender | None, action: Action, reasons: list[str], undo: str
) -> Decision:
    placing = None if own is None else own.placing
    return Decision(action, tuple(reasons), _gain(situation), _cost(situation), undo, CARD.name, placing=placing)


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


def _better(situation: RunSituation, before: float, after: float) -> float:
    return after - before if situation.curve.direction == "max" else before - after


def _sure(situation: Situation) -> dict[str, float]:
    """Of each run the best chance of the target that a whole run's cost buys elsewhere: of those beside it, or of a new
    one, which is taken to be sure to reach it."""
    each = {name: _chance_a_run(one) for name, one in situation.runs.items()}
    best: dict[str, float] = {}
    for name, one in situation.runs.items():
        beside = (each[other] for other, two in situation.runs.items()
                  if other != name and one.group is not None and two.group == one.group)  # fmt: skip
        best[name] = max(1.0, *beside, 1.0)
    return best


def _chance_a_run(one: RunSituation) -> float:
    rest = left_of(one)
    if not one.going or isinstance(one.forecast, Undecided) or not rest:
        return 0.0
    return float(one.forecast.events.get("p_target", 0.0)) / rest


def _within(situation: Situation, budget: Budget, verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """The same where only so much may be spent: what it does not go to is stopped, or left."""
    wants = [
        name for name, one in verdicts.items() if isinstance(one, Decision) and one.action in ("continue", "resume")
    ]
    chosen = funded(situation.runs, wants, budget)
    amount = duration(budget.amount) if budget.unit == "hours" else f"{place(budget.amount, budget.unit)} {budget.unit}"
    goes = (
        f"the {amount} left go to {', '.join(chosen[:3]) or 'none'}{f' and {len(chosen) - 3} more' * (len(chosen) > 3)}"
    )
    return dict(verdicts) | {
        name: _unfunded(situation.runs[name], verdict, budget.unit, goes)
        for name in wants
        if name not in chosen and isinstance(verdict := verdicts[name], Decision)
    }


def _unfunded(one: RunSituation, verdict: Decision, unit: str, goes: str) -> Decision:
    if cost_of(one, unit) is None:
        unknown = f"what going on costs is not known in {unit}, so none of the budget can go to it"
        return replace(verdict, action="ask", reasons=(unknown, *verdict.reasons))
    action: Action = "stop" if verdict.action == "continue" else "leave"
    return replace(verdict, action=action, reasons=(goes, *verdict.reasons), undo="more budget")


def _every(situation: Situation) -> dict[str, Verdict]:
    """All runs as one sweep; where runs wait to be begun, rungs say which goes on."""
    budget = situation.budget
    if budget is not None and budget.unit == "runs":
        return dict(promoted(situation, (1 / 16, 1 / 4), 4.0, CARD.name))
    own, sure = contenders(situation.runs), _sure(situation)
    names = situation.wanted if budget is None else tuple(situation.runs)
    verdicts: dict[str, Verdict] = {name: _decide(situation.runs[name], own.get(name), sure[name]) for name in names}
    if budget is None:
        return verdicts
    within = _within(situation, budget, verdicts)
    return {name: within[name] for name in situation.wanted}


AUTO = Policy(card=CARD, version="3", decide=_every, heeds_budget=True, forecasts_in_replay=False)
