"""What is known of all runs at a moment: as they were read, and what was said of those that were looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from forerun.api import Look
from forerun.core import Run, RunForecast, Runs, Undecided, UnknownName
from forerun.core.choosing import present
from forerun.core.run import OVER
from forerun.core.standing import standing

UNLOOKED = Undecided("not looked at yet", "a moment")
"""What is said of a run before it was looked at."""
_RENEW = 0.1  # share by which a run that nobody has before his eyes must have grown to be looked at anew, as a session
_ALL = 500  # runs up to which those that are over are looked at unasked; of more, when they come into sight


@dataclass(frozen=True)
class RunsSnapshot:
    """Runs at a moment.

    Args:
        version: later ones have higher numbers.
        runs: as they were read last, and what was not read.
        looks: what was said of each that was looked at, by id, of the run as it was then.
        unread: files and folders that are still to be read for the first time.
    """

    version: int = 0
    runs: Runs = field(default_factory=Runs)
    looks: Mapping[str, Look] = field(default_factory=dict[str, Look])
    unread: int = 0
    _by_id: dict[str, Run] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {run.id: run for run in self.runs})

    @property
    def ids(self) -> Collection[str]:
        """Of all runs."""
        return self._by_id.keys()

    def run(self, id: str) -> Run:
        """The run of an id.

        Raises:
            UnknownName: there is none.
        """
        if id not in self._by_id:
            raise UnknownName("run", id, list(self._by_id)[:5])
        return self._by_id[id]

    def look(self, run: Run, metric: str | None = None) -> Look:
        """What was said of a run last, of its points as they are now; before that, where it stands.

        Args:
            metric: what it is judged by, until it is looked at.
        """
        look = self.looks.get(run.id)
        if look is None or (look.forecast is not None and look.forecast.metric not in run.curves):
            return unlooked(run, metric)
        return look if look.run is run else replace(look, run=run)

    def due(self, run: Run, *, in_sight: bool) -> bool:
        """Whether a run is to be looked at: one in sight whenever it changes, others when they have grown."""
        look = self.looks.get(run.id)
        if in_sight:
            return look is None or look.run is not run
        if look is None:
            return run.status not in OVER or len(self.runs) <= _ALL
        return look.run is not run and (run.status != look.run.status or _has_grown(look.run, run))


def unlooked(run: Run, metric: str | None = None) -> Look:
    """Where a run stands, before anything is said of it.

    Example:
        >>> from forerun.core import Curve
        >>> look = unlooked(Run("a", {"loss": Curve([1, 2], [3.0, 2.0], metric="loss")}, "csv", status="finished"))
        >>> look.standing.best, look.forecast.status, str(look.decision)
        (2.0, 'finished', 'cannot say: not looked at yet; needs a moment')
    """
    name = next(iter(present(run, [metric] if metric else [])), None)
    curve = None if name is None else run.curves[name]
    if curve is None or not len(curve):
        return Look(run, None, (), UNLOOKED)
    stands, last = standing(curve), float(curve.x[-1])
    forecast = RunForecast(
        run=run.id, metric=curve.metric, axis=curve.axis, origin=last, at=last, assumed=False, method="",
        status="finished" if run.status == "finished" else "undecided", last=None if stands is None else stands.last,
        answer=UNLOOKED, source=run.source, task=run.task,
    )  # fmt: skip
    return Look(run, forecast, (), UNLOOKED, stands)


def is_looked_at(look: Look) -> bool:
    """Whether anything was said of a run yet."""
    return look.decision is not UNLOOKED


def _has_grown(before: Run, now: Run) -> bool:
    points, more = (sum(map(len, run.curves.values())) for run in (before, now))
    return more < points or more >= (1.0 + _RENEW) * points
