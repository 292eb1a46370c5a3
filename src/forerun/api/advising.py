"""`advise`: what to do with every run, from its forecast and findings."""

from __future__ import annotations

from collections.abc import Iterable

from forerun.api.reading import Where, runs_of
from forerun.core import Decision, Run, Undecided
from forerun.core.choosing import check_metrics
from forerun.forecast.postprocess.calibration import Calibration
from forerun.forecast.run_forecasts.outlooks import METHOD, Way
from forerun.session.look import looks


def advise(
    what: Run | Iterable[Run] | Where,
    *,
    policy: str = "auto",
    metric: str | None = None,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    cost_per_hour: float | None = None,
    calibration: Calibration | None = None,
) -> dict[str, Decision | Undecided]:
    """What to do with every run, with reasons, expected gain and cost. Nothing is done to any run.

    Args:
        what: a run, several, or a path to read.
        policy: a policy's name.
        metric, at, target, method, calibration: as in `predict`.
        cost_per_hour: turns hours left into a cost; default that of the settings a run was read under.

    Returns:
        By run id, a decision or why there is none.

    Example:
        >>> from forerun.core import Curve
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> advise(Run("r", {"loss": curve}, "example"))["r"].action
        'continue'
    """
    runs = runs_of(what)
    check_metrics(runs, [metric] if metric else [])
    way = Way(method, runs, calibration, target=target)
    every = looks(runs, way, policy=policy, metric=metric, at=at, cost_per_hour=cost_per_hour)
    return {look.run.id: look.decision for look in every}


_UNDECIDED = "cannot say"
_URGENCY = ("stop", "ask", "roll back", "change", "fork", "resume", "continue", _UNDECIDED, "leave")


def urgency(decision: Decision | Undecided) -> int:
    """How soon a person should look at it; smaller is sooner. What cannot be said comes before what may be left.

    Example:
        >>> _URGENCY.index("continue") < urgency(Undecided("2 points seen", "4")) < _URGENCY.index("leave")
        True
    """
    return _URGENCY.index(decision.action if isinstance(decision, Decision) else _UNDECIDED)
