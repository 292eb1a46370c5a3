"""What is seen in the points of a run as they come: findings, forecast and advice, noted in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata

from forerun.core import Decision, Finding, Forecast, Run, RunForecast, Undecided
from forerun.runs.store import Store
from forerun.session import Changes, Session
from forerun.watcher.records import FORMAT, LoopRecord, stretches


@dataclass(frozen=True)
class RunSight:
    """What is said of a run now.

    Args:
        findings: what detectors have seen, in order of alarm.
        forecast: the last one made; None before.
        decision: what to do; None before any was made.
    """

    findings: tuple[Finding, ...] = ()
    forecast: RunForecast | None = None
    decision: Decision | Undecided | None = None


class Observer:
    """A session that is told of one run.

    Args:
        session: it.
        run: the run as it was begun, with the points it may have from before.
    """

    def __init__(self, session: Session, run: Run) -> None:
        self._session, self._run = session, run.id
        self.sight = RunSight()
        session.begin(replace(run, format=FORMAT))

    def decide(self) -> Decision | Undecided:
        """What to do with the run now, whether or not that is new."""
        return self._session.look(self._run).decision

    def take(self, records: Sequence[LoopRecord]) -> list[Changes]:
        """Tell of what was logged; where a run has gone back, what came from there on is forgotten first."""
        changes: list[Changes] = []
        for begin, points in stretches(records):
            if not self._session.goes_on_at(self._run, begin, points):
                changes.append(self._session.rewind(self._run, begin))
            changes.append(self._session.extend(self._run, points))
        forecasts = [one.forecast for one in changes if one.forecast is not None]
        decisions = [one.decision for one in changes if one.decision is not None]
        before = self.sight
        self.sight = RunSight(
            self._session.findings(self._run),
            forecasts[-1] if forecasts else before.forecast,
            decisions[-1] if decisions else before.decision,
        )
        return changes


def note_changes(store: Store, changes: Changes, at: float) -> None:
    """What new points changed, in the journal."""
    version = metadata.version("forerun")
    for finding in (*changes.raised, *changes.closed):
        note_finding(store, changes.run, finding, at)
    for finding in changes.withdrawn:
        store.journal.add(changes.run, finding, at=at, method=finding.detector, version=version, kind="withdrawn")
    answer = None if changes.forecast is None else changes.forecast.answer
    if isinstance(answer, Forecast):
        last = replace(answer, at=answer.at[-1:], quantiles=answer.quantiles[-1:])
        store.journal.add(changes.run, last, at=at, method=answer.method, version=answer.version)
    if isinstance(changes.decision, Decision):
        store.journal.add(changes.run, changes.decision, at=at, method=changes.decision.policy, version=version)


def note_finding(store: Store, run: str, finding: Finding, at: float) -> None:
    """A finding, in the journal."""
    store.journal.add(run, finding, at=at, method=finding.detector, version=metadata.version("forerun"))
