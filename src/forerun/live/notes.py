"""What the journal of a store keeps of a watch."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from importlib import metadata

from forerun.core import Decision, Finding, Forecast, Run, Undecided
from forerun.core.finding import FindingKey
from forerun.core.run import OVER
from forerun.live.poll import Poll
from forerun.runs.store import Store
from forerun.session import Look

Statement = tuple[Forecast | Undecided | Finding | Decision, str, str]


@dataclass
class Notes:
    """What the journal keeps of a watch: what is said of the runs that changed, and findings that have held.

    A finding has held when further values of its metric have come and it is still there, when the run is over, or when
    it was there at the look before. One that was kept and is no longer there is withdrawn.
    """

    store: Store
    waiting: dict[str, set[FindingKey]] = field(default_factory=dict[str, set[FindingKey]])
    known: set[str] = field(default_factory=set[str])

    def take(self, poll: Poll, quiet: Container[str]) -> None:
        """Note what a look came to; ``quiet`` are runs whose logs have not grown since another process read them."""
        for look in poll.looks:
            changed = look.run.id in poll.changed
            if changed:
                self._add(look, poll.at, _forecast(look))
            if changed or look.run.id in self.waiting:
                self._findings(look, poll.at, look.run.id in quiet)
            if changed:
                self._add(look, poll.at, self._decision(look))
        ids = {look.run.id for look in poll.looks}
        for id in sorted(self.known - ids):
            self._withdraw(id, poll.at, standing=())
        self.known = ids

    def _findings(self, look: Look, at: float, quiet: bool) -> None:
        id, waiting = look.run.id, set[FindingKey]()
        self._withdraw(id, at, standing={finding.key for finding in look.findings})
        noted = {finding.key: finding for finding in self.store.journal.findings(id)}
        for finding in look.findings:
            event = finding.key
            if event in noted and (noted[event].end is None) == (finding.end is None):
                continue
            if quiet or event in self.waiting.get(id, ()) or _has_held(finding, look.run):
                self._add(look, at, (finding, finding.detector, metadata.version("forerun")))
            else:
                waiting.add(event)
        self.waiting.pop(id, None)
        if waiting:
            self.waiting[id] = waiting

    def _withdraw(self, run: str, at: float, standing: Container[FindingKey]) -> None:
        version = metadata.version("forerun")
        for finding in self.store.journal.findings(run):
            if finding.key not in standing:
                self.store.journal.add(run, finding, at=at, method=finding.detector, version=version, kind="withdrawn")

    def _decision(self, look: Look) -> Statement | None:
        """The decision where it is another than the last one noted."""
        before = self.store.journal.entries(run=look.run.id, kind="decision")[-1:]
        decision = look.decision
        if isinstance(decision, Decision) and (not before or before[0].body.action != decision.action):
            return decision, decision.policy, metadata.version("forerun")
        return None

    def _add(self, look: Look, at: float, statement: Statement | None) -> None:
        if statement is not None:
            what, method, version = statement
            self.store.journal.add(look.run.id, what, at=at, method=method, version=version)


def _forecast(look: Look) -> Statement | None:
    if look.forecast is None or look.forecast.status == "finished":
        return None
    answer = look.forecast.answer
    if isinstance(answer, Forecast):
        last = replace(answer, at=answer.at[-1:], quantiles=answer.quantiles[-1:])
        return last, answer.method, answer.version
    return answer, look.forecast.method, metadata.version("forerun")


def _has_held(finding: Finding, run: Run) -> bool:
    """Whether a finding is still there with all that came after it, or nothing more is to come."""
    last = finding.alarm if finding.end is None else finding.end
    return run.status in OVER or float(run.curves[finding.metric].x[-1]) > last
