"""Alerts of what the page sees, sent to who does not look at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from forerun.alerts import Alerts
from forerun.core.run import OVER
from forerun.live import Poll
from forerun.session import Look
from forerun.web.snapshot import RunsSnapshot
from forerun.web.workspace import Workspace


@dataclass
class Pusher:
    """Tells alerts of runs that go on, and of how those end that did.

    What is there when all of them were looked at for the first time is taken to be known; what was over by then is
    nobody's news, whenever it comes into sight.

    Args:
        alerts: what is sent when, and where to.
    """

    alerts: Alerts
    _seen: set[str] = field(default_factory=set[str])
    _version: int = -1
    _begun: bool = False

    def take(self, snapshot: RunsSnapshot, now: float) -> list[str]:
        """Send what is new and due; what to say of what could not be sent.

        Args:
            snapshot: what is known.
            now: unix time.
        """
        on = {run.id for run in snapshot.runs if run.status not in OVER}
        self._begun = self._begun or (snapshot.version > 0 and not snapshot.unread and on <= snapshot.looks.keys())
        if not self._begun or snapshot.version == self._version:
            return self.alerts.flush(now)
        self._version, self._seen = snapshot.version, self._seen | on
        return self.alerts.take(Poll(now, self._looks(snapshot), (), ()))

    def _looks(self, snapshot: RunsSnapshot) -> tuple[Look, ...]:
        return tuple(snapshot.looks[id] for id in sorted(self._seen & snapshot.looks.keys()))


@contextmanager
def pushed(
    workspace: Workspace, alerts: Alerts, complain: Callable[[Sequence[str]], None], every: float = 1.0
) -> Generator[None]:
    """While the page is served, send what it sees.

    Args:
        complain: told what could not be sent.
        every: seconds between two looks at what is new.
    """
    pusher, ended = Pusher(alerts), threading.Event()

    def push() -> None:
        while not ended.wait(every):
            complain(pusher.take(workspace.snapshot, time.time()))
        complain(alerts.flush(time.time(), whole=True))

    thread = threading.Thread(target=push, name="forerun-alerts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
