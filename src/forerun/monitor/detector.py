"""A detector as a value: which of a run's metrics it reads, its state before the first point, how points move it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forerun.core import BadInput, Card, Curve, Finding, Forecast, part
from forerun.monitor.events import overlapping
from forerun.monitor.reads import main_metrics

State = dict[str, Any]
"""What a detector keeps of the points so far, as JSON can carry it."""
Points = Mapping[str, Curve]
"""The next points of each role, in order of x; a role that has no new ones has an empty curve."""
ForecastAt = Callable[[float], Forecast | None]
"""The forecast of the first role's metric as it is made from the points up to an x; None where it cannot be said."""


@dataclass(frozen=True)
class Detector:
    """A method that says what happens in curves while they grow.

    A finding is raised with ``end=None`` and raised again, with the same start, when it is over. One point or many, and
    however those of several roles come in between each other, the findings are the same: so a replay equals a watch.

    Args:
        card: its data sheet.
        version: changes when its findings do.
        start: its state before the first point, from an empty curve a role that tells metric, axis and direction.
        update: from its state, the next points and what makes a forecast, its state after them, and the findings that
            they raise or close. A forecast costs more than a detector does, so it is made where one is asked for, of
            the points up to the x that is given, which keeps a replay and a watch alike; None where nobody makes any.
        roles: what it calls the curves that it reads together, for example ``("proxy", "gold")``.
        reads: of a run's metrics, those that measure quality first and the one it is judged by foremost, which stand in
            its roles; each entry is read by itself. A run in which a role has no curve is not looked at until it has.
        least: points of its last role below which it can say nothing.
        same_event: whether two findings of one kind in different metrics are of one event; the last argument is the
            usual distance of their points.
        by_name: whether it looks only where it is named, as one whose findings on ordinary logs are noise too often.

    Example:
        >>> from forerun.monitor import DETECTORS
        >>> detector = DETECTORS.load("non_finite")
        >>> curve = Curve([1, 2], [1.0, float("inf")], metric="loss")
        >>> state = detector.start({"value": part(curve, slice(0, 0))})
        >>> state, findings = detector.update(state, {"value": curve}, None)
        >>> findings[0].message
        'loss is inf at step 2 and has not come back'
    """

    card: Card
    version: str
    start: Callable[[Points], State]
    update: Callable[[State, Points, ForecastAt | None], tuple[State, list[Finding]]]
    roles: tuple[str, ...] = ("value",)
    reads: Callable[[Sequence[str]], Iterable[Mapping[str, str]]] = main_metrics
    least: int = 1
    same_event: Callable[[Finding, Finding, float], bool] = overlapping
    by_name: bool = False

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name

    def replay(self, curves: Points, forecast: ForecastAt | None = None) -> list[Finding]:
        """What it would have raised on a curve a role, each finding as it stands at the curves' end.

        Args:
            curves: a curve a role.
            forecast: makes forecasts of the first role's metric, where there are any.

        Raises:
            BadInput: a role has no curve.
        """
        missing = [role for role in self.roles if role not in curves]
        if missing:
            raise BadInput(f"reads {' and '.join(self.roles)}; no {missing[0]} given", where=f"detector {self.name!r}")
        points = {role: curves[role] for role in self.roles}
        state = self.start({role: part(curve, slice(0, 0)) for role, curve in points.items()})
        return latest(self.update(state, points, forecast)[1])


def latest(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, as last raised, in order of alarm."""
    by_start = {(f.detector, f.metric, f.start): f for f in findings}
    return sorted(by_start.values(), key=lambda f: f.alarm)
