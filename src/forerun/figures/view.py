"""What is shown of runs: every number, place and word of a report, a terminal or a watch, made once.

`RunView` holds what is shown of a run, frozen and made of what the verbs said; what needs no verb, as `CurveView`,
stands in `forerun.figures.logged`. A surface lays them out and words nothing itself; what nobody knows is a dash.

Words that are of no one run are functions: an amount, a finding, what an assumed end is, how far forecasts were right.
How a noun shows itself at a prompt or in a notebook is its own affair (`forerun.core.face`), as nouns know nothing of
what stands above them; `forerun.core.display` writes numbers and names in both.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forerun import api
from forerun.api.advising import UNDECIDED
from forerun.core import Curve, Decision, Finding, Forecast, Run, RunForecast, Undecided
from forerun.core.axes import UNITS
from forerun.core.decision import Range
from forerun.core.display import counted, duration, number, place
from forerun.core.run import WHY_OVER
from forerun.core.standing import Standing
from forerun.figures.leaning import leaning
from forerun.figures.logged import NOTHING, UNKNOWN, Quantity, at, best_of, label, name_of
from forerun.forecast.postprocess.coverage import LEADS, lead_of
from forerun.forecast.run_forecasts.ends import ASSUMED, since_first


@dataclass(frozen=True)
class ForecastView:
    """What is shown of where a run is heading.

    Args:
        at: where it is forecast; of a run that is over, where it ended.
        median, low, high: of the forecast, with its 80% interval.
        interval: that interval in words.
        without: in a word, why there is no forecast.
        assumed: why its end is only assumed; empty where the log names it.
        target: the chance to reach what is aimed at.
        leaned: which runs beside it the forecast leaned on; empty where it leaned on none.
        note: all that is to be minded, in a line.
    """

    at: str = NOTHING
    median: Quantity = UNKNOWN
    low: str = NOTHING
    high: str = NOTHING
    interval: str = ""
    without: str = UNDECIDED
    assumed: str = ""
    target: Quantity = UNKNOWN
    leaned: str = ""
    note: str = ""

    @classmethod
    def of(cls, run: Run, ahead: RunForecast, stands: Standing | None) -> ForecastView:
        forecast, curve = ahead.answer, run.curves[ahead.metric]
        newest = _last_finite(curve, ahead)
        if ahead.status == "finished":
            best = "" if stands is None else f"its best lies at {at(ahead.axis, stands.best_x)}"
            return cls(at(ahead.axis, ahead.origin), without="finished", note=_line("finished", best, newest))
        where = at(ahead.axis, ahead.at)
        if isinstance(forecast, Undecided):
            return cls(where, note=_line(str(forecast), newest))
        low, high, leaned = number(forecast.low), number(forecast.high), leaning(run.id, forecast)
        return cls(
            at=where,
            median=Quantity(number(forecast.median), forecast.median, where),
            low=low,
            high=high,
            interval=f"80%: {low} to {high}",
            without="",
            assumed=_assumed(ahead, curve) if ahead.assumed else "",
            target=_target(forecast),
            leaned=leaned,
            note=_line("assumed" if ahead.assumed else "", _chance(forecast), leaned, newest),
        )


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


@dataclass(frozen=True)
class RunView:
    """What is shown of a run.

    Args:
        id, name, label: its id, the name that a tracker gave it, where the id does not say it, and both.
        status, metric: whether it goes on, and what it is judged by; no metric where none measures quality.
        now: the latest value, be it nan; ordered by the last finite one, which ``last_finite`` tells where it is none.
        best: the best value.
        ahead, advice: where it is heading, and what to do with it.
        diagnosis: what is happening to it, in a sentence.
        findings: what detectors have seen, in order of alarm.

    Example:
        >>> curve = Curve([100, 200, 300], [0.7, 0.5, float("nan")], metric="loss")
        >>> shown = RunView.of(api.looks([Run("a", {"loss": curve}, "csv", name="first")], api.ForecastSetup())[0])
        >>> shown.label, shown.best.text, shown.best.at, shown.now.text, shown.now.at, shown.last_finite
        ('a (first)', '0.5', 'step 200', 'nan', 'step 300', 'last finite 0.5')
        >>> shown.advice.verdict, shown.advice.reason, shown.diagnosis
        ('stop', 'loss is nan at step 300 and has not come back', 'loss is nan at step 300 and has not come back')
    """

    id: str
    name: str
    label: str
    status: str
    metric: str
    now: Quantity
    last_finite: str
    best: Quantity
    ahead: ForecastView
    advice: AdviceView
    diagnosis: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, look: api.Look) -> RunView:
        run, ahead, stands = look.run, look.forecast, look.standing
        now, best, forecast, newest = UNKNOWN, UNKNOWN, ForecastView(), ""
        if ahead is not None:
            curve = run.curves[ahead.metric]
            newest = _last_finite(curve, ahead)
            now = Quantity(number(float(curve.y[-1])), ahead.last, at(ahead.axis, ahead.origin))
            best = best_of(stands, ahead.axis)
            forecast = ForecastView.of(run, ahead, stands)
        return cls(
            run.id, name_of(run), label(run), run.status, "" if ahead is None else ahead.metric, now, newest, best,
            forecast, AdviceView.of(look), str(look.diagnosis or ""), look.findings,
        )  # fmt: skip

    @property
    def kinds(self) -> list[tuple[str, bool]]:
        """Kinds of findings with how often each was seen, and whether it lasts."""
        counts = Counter((kind(one), one.end is None) for one in self.findings)
        return [(f"{name} × {n}" if n > 1 else name, lasts) for (name, lasts), n in sorted(counts.items())]


def forecast_of(look: api.Look) -> Forecast | None:
    """The forecast that is drawn of a run."""
    answer = look.forecast.answer if look.forecast else None
    return answer if isinstance(answer, Forecast) else None


def curve_of(look: api.Look) -> Curve | None:
    """The curve that is drawn of a run before all others."""
    return look.run.curves[look.forecast.metric] if look.forecast else None


def kind(finding: Finding) -> str:
    """A finding's kind in prose; where it is a name to be typed, as after ``--fail-on``, it stays as it is."""
    return finding.kind.replace("_", "-")


def best_words(standing: Standing, axis: str) -> str:
    """The best value, where it lies, and how long ago that was.

    Example:
        >>> best_words(Standing(0.52, 1200.0, 0.55, 2000.0, 800.0, 8), "step")
        'best 0.52 at step 1,200, 8 points before the last'
    """
    since = standing.points_since
    ago = f"{counted(since, 'point')} before the last" if since else "the last"
    return f"best {number(standing.best)} at {at(axis, standing.best_x)}, {ago}"


def assumption(axis: str = "x", *, since_first: bool = False) -> str:
    """What is assumed of a run whose log names no planned end.

    Args:
        since_first: whether ends are counted from the first x, as on an axis of unix times.

    Example:
        >>> assumption("step")
        'the log names no planned end; assumed is where runs beside it ended, else 1.25 × the last step'
    """
    of = "span since the first" if since_first else f"last {axis}"
    return f"the log names no planned end; assumed is where runs beside it ended, else {ASSUMED:g} × the {of}"


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


def _line(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def _last_finite(curve: Curve, ahead: RunForecast) -> str:
    """The last finite value where the latest is none; empty elsewhere, and where there is none at all."""
    return "" if ahead.last is None or math.isfinite(curve.y[-1]) else f"last finite {number(ahead.last)}"


def _assumed(ahead: RunForecast, curve: Curve) -> str:
    """What is assumed of the run's end, and how far it lies."""
    first = float(curve.x[0]) if since_first(curve) else 0.0
    so_far = ahead.origin - first
    here = f" (here {(ahead.at - first) / so_far:.3g} ×)" if so_far > 0 else ""
    return f"{assumption(ahead.axis, since_first=since_first(curve))}{here}"


def _target(forecast: Forecast) -> Quantity:
    chance = forecast.events.get("p_target")
    return UNKNOWN if chance is None else Quantity(f"{chance:.0%}", float(chance))


def _chance(forecast: Forecast) -> str:
    """The chance to reach the target, and when; empty without a target."""
    if "p_target" not in forecast.events:
        return ""
    when = forecast.events["reach"]["0.5"]
    by = f"likely by {place(when, forecast.axis)}" if isinstance(when, float) else "not likely by then"
    return f"target: {_target(forecast).text}, {by}"


def _reason(look: api.Look, decision: Decision) -> str:
    """What decided, without what the forecast says already."""
    first = decision.reasons[0]
    if decision.action == "continue" and decision.gain is not None:
        return _gain(decision.gain)
    of_a_finding = any(first == finding.message for finding in look.findings)
    ahead, stands = look.forecast, look.standing
    if decision.action == "leave" and stands is not None and ahead is not None and not of_a_finding:
        why = WHY_OVER.get("finished" if ahead.status == "finished" else look.run.status, "")
        return _line(best_words(stands, ahead.axis), why)
    return first


def _sentence(decision: Decision) -> str:
    lasts = decision.action not in ("leave", "stop")
    return _line(decision.reasons[0], *([_gain(decision.gain), _cost(decision.cost)] if lasts else [])) + "."


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
