"""What is sent when: each event once, also after a restart; at most one alert a pause, of all that is new."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forerun.alerts.channel import AlertFailed, Channel
from forerun.core import BadInput, Diagnosis, Finding
from forerun.core.secrets import masked_setting
from forerun.documents.scan import finding_document
from forerun.documents.shape import Document
from forerun.live import Poll

_TRIES = 5  # attempts in a row that fail, after which what waits is given up (ours)
_VERSION = 1
EventKey = tuple[str, str, str, float]
"""A run, a kind, the metric that it was seen on, and the x at which it begins."""


@dataclass
class _Line:
    """A channel with what waits for it."""

    channel: Channel
    waiting: list[Document] = field(default_factory=list[Document])
    tried: float | None = None
    failures: int = 0

    def is_due(self, now: float, pause: float) -> bool:
        """Whether the pause since the last attempt is over."""
        return self.tried is None or not 0.0 <= now - self.tried < pause

    def state(self) -> Document:
        """What waits, as JSON can carry it."""
        return {"waiting": self.waiting, "tried": self.tried, "failures": self.failures}

    def restore(self, state: Document) -> None:
        """Go on where a state says."""
        self.waiting = list(state.get("waiting", []))
        self.tried, self.failures = state.get("tried"), int(state.get("failures", 0))

    def send(self, now: float) -> str | None:
        """Send all that waits; what to say where that failed."""
        self.tried = now
        text = "\n".join(f"{one['run']}: {one['message']}" for one in self.waiting)
        try:
            self.channel.send({"at": now, "text": text, "findings": list(self.waiting)})
        except AlertFailed as error:
            return self._failed(str(error))
        self.waiting, self.failures = [], 0
        return None

    def _failed(self, why: str) -> str:
        self.failures += 1
        if self.failures < _TRIES:
            return f"{why}; tried again later"
        lost, self.waiting, self.failures = len(self.waiting), [], 0
        return f"{why}; given up after {_TRIES} attempts, {lost} not sent"


class Alerts:
    """Sends what a watch sees to channels.

    An event is what a diagnosis tells of: what it explains by another is not sent beside it. Those of the first look
    are taken to be known, unless ``state`` says what was known before.

    Args:
        channels: where to.
        pause: seconds between two alerts of a channel; what comes in between is put together.
        state: the file in which is kept what was sent; default nowhere, so that a restart begins anew.

    Raises:
        BadInput: the file is not one of these.

    Example:
        >>> import io, pathlib, tempfile
        >>> from forerun import watch
        >>> from forerun.alerts import Bell
        >>> terminal, log = io.StringIO(), pathlib.Path(tempfile.mkdtemp(), "run.csv")
        >>> def grow(seconds: float = 0.0, rows: list[str] = ["step,loss", "1,3.0"]) -> None:
        ...     _ = log.write_text("".join(row + chr(10) for row in rows))
        ...     rows.append(f"{len(rows)},nan")
        >>> grow()
        >>> alerts = Alerts([Bell(terminal)])
        >>> for poll in watch(log.parent, polls=3, wait=grow):
        ...     failures = alerts.take(poll)
        >>> terminal.getvalue() == chr(7)
        True
    """

    def __init__(self, channels: Sequence[Channel], *, pause: float = 30.0, state: Path | None = None) -> None:
        self._lines = [_Line(channel) for channel in channels]
        self._pause, self._path = pause, state
        self._known: set[EventKey] | None = None
        if state is not None and state.exists():
            self._restore(state)

    def take(self, poll: Poll) -> list[str]:
        """Take what a look came to, and send what is due; what to say of what could not be sent."""
        diagnoses = [look.diagnosis for look in poll.looks if look.diagnosis is not None]
        first = self._known is None
        known = self._known = self._known or set()
        if first:
            known.update(key for one in diagnoses for finding in one.every for key in _keys(one.run, finding))
        before = len(known)
        for diagnosis in diagnoses:
            for finding in diagnosis.findings:
                self._add(diagnosis, finding, known)
        return self.flush(poll.at, changed=first or len(known) > before)

    def flush(self, now: float, *, changed: bool = False, whole: bool = False) -> list[str]:
        """Send what waits where the pause is over; what to say of what could not be sent.

        Args:
            now: unix time.
            changed: whether what is kept has changed already.
            whole: send whether the pause is over or not, as at the end.
        """
        due = [line for line in self._lines if line.waiting and (whole or line.is_due(now, self._pause))]
        failures = [line.send(now) for line in due]
        if due or changed:
            failures.append(self._keep())
        return [one for one in failures if one is not None]

    def _add(self, diagnosis: Diagnosis, finding: Finding, known: set[EventKey]) -> None:
        """Let an event wait for every channel, unless it is known by now, be it from another metric."""
        keys = _keys(diagnosis.run, finding)
        if known.isdisjoint(keys):
            document = finding_document(diagnosis.run, finding) | {"diagnosis": diagnosis.says}
            for line in self._lines:
                line.waiting.append(masked_setting(document))
        known.update(keys)

    def _keep(self) -> str | None:
        """Write where it stands, so that the file is whole whatever happens; what to say where it cannot be."""
        if self._path is None:
            return None
        lines = {name: line.state() for name, line in self._named()}
        state = {"version": _VERSION, "known": sorted(self._known or ()), "channels": lines}
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            beside.write_text(json.dumps(state), "utf-8")
            beside.replace(self._path)
        except OSError as error:
            return f"what was sent cannot be kept in {self._path.name}: {error.strerror}"
        return None

    def _restore(self, path: Path) -> None:
        try:
            state: dict[str, Any] = json.loads(path.read_text("utf-8"))
            if state["version"] != _VERSION:
                raise BadInput(
                    f"of version {state['version']}, not {_VERSION}; remove it to begin anew", where=str(path)
                )
            self._known = {(run, kind, metric, float(start)) for run, kind, metric, start in state["known"]}
            for name, line in self._named():
                line.restore(state["channels"].get(name, {}))
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput("does not say what was sent; give another file", where=str(path)) from error

    def _named(self) -> list[tuple[str, _Line]]:
        """The channels by their names; those of one name are numbered."""
        names = [line.channel.name for line in self._lines]
        return [(f"{name} {names[:i].count(name) + 1}", self._lines[i]) for i, name in enumerate(names)]


def _keys(run: str, finding: Finding) -> list[EventKey]:
    """What an event is known by: as it is told, and as another metric told it first."""
    key = (run, finding.kind, finding.metric, finding.start)
    first = finding.evidence.get("retells")
    return [key] if first is None else [key, (run, finding.kind, *first)]
