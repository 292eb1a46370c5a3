"""What is shown of where a run is heading: its forecast in numbers and words, and how far such were right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from forerun.api.advising import UNDECIDED
from forerun.core import Curve, Forecast, Run, RunForecast, Undecided
from forerun.core.display import number, place
from forerun.core.standing import Standing
from forerun.figures.leaning import leaning
from forerun.figures.logged import NOTHING, UNKNOWN, Quantity, at
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
        newest = last_finite(curve, ahead)
        if ahead.status == "finished":
            best = "" if stands is None else f"its best lies at {at(ahead.axis, stands.best_x)}"
            return cls(at(ahead.axis, ahead.origin), without="finished", note=in_a_line("finished", best, newest))
        where = at(ahead.axis, ahead.at)
        if isinstance(forecast, Undecided):
            return cls(where, note=in_a_line(str(forecast), newest))
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
            note=in_a_line("assumed" if ahead.assumed else "", _chance(forecast), leaned, newest),
        )


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


def in_a_line(*notes: str) -> str:
    """Notes one after the other, those that say something."""
    return "; ".join(filter(None, notes))


def last_finite(curve: Curve, ahead: RunForecast) -> str:
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
