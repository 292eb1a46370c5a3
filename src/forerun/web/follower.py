"""Keeps a workspace as the process says that looks at its runs, and starts that anew should it end."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from forerun.core import Runs
from forerun.web.apart import Apart
from forerun.web.looking import IN_SIGHT, LookingTask
from forerun.web.messages import Failed, LookedAt, LookingAt, Message, ReadRuns

if TYPE_CHECKING:
    from forerun.web.workspace import Workspace

_TICK = 0.1  # seconds for which a run that comes into sight may wait to be told of
_LIST_AFTER, _LIST_SHARE = 1.0, 4.0  # between two tables: seconds at least, and times what one took to make
_PAUSE, _LONGEST = 0.25, 60.0  # seconds until a process that ended is started anew: twice as long each time, up to


class Follower:
    """A thread that hears what is found, and tells what is in sight.

    Args:
        workspace: what it keeps.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.looker: Apart | None = None
        self._workspace = workspace
        self._told: dict[str, float] = {}  # what is in sight, and when the process was told so
        self._looking_at: frozenset[str] = frozenset()
        self._alone: frozenset[str] = frozenset()
        self._hopeless: frozenset[str] = frozenset()
        self._list_at = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="forerun-follower", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and the process with it."""
        self._ended.set()
        self._thread.join()

    def _follow(self) -> None:
        pause = _PAUSE
        while not self._ended.is_set():
            begun, self._told = time.monotonic(), {}
            self.looker = Apart(self._task())
            try:
                while not self._ended.is_set():
                    self._once(self.looker)
            except EOFError:
                pass
            how = self.looker.end()
            if not self._ended.is_set():
                self._suspect()
                self._workspace.fail(f"the process that looks at runs ended ({how}); another is started")
                pause = _PAUSE if time.monotonic() - begun > _LONGEST else min(2.0 * pause, _LONGEST)
                self._ended.wait(pause)

    def _task(self) -> LookingTask:
        source = self._workspace.source
        fixed = self._workspace.runs if source is None else Runs()
        return LookingTask(source, self._workspace.settings.session, fixed, self._alone, self._hopeless)

    def _suspect(self) -> None:
        """What the process was looking at is looked at last, each by itself; if it ends again then, not any more."""
        if self._looking_at <= self._alone:
            self._hopeless |= self._looking_at
        self._alone |= self._looking_at
        self._looking_at = frozenset()

    def _once(self, looker: Apart) -> None:
        """Hear what is said, if anything is; tell what is in sight; list what has changed."""
        message = looker.heard(_TICK)
        if message is not None:
            self._take(message)
        self._tell_sight(looker)
        begun = time.monotonic()
        if self._workspace.changed and begun >= self._list_at:
            self._workspace.relist()
            took = time.monotonic() - begun
            self._list_at = begun + took + max(_LIST_AFTER, _LIST_SHARE * took)

    def _take(self, message: Message) -> None:
        match message:
            case Failed(why):
                self._workspace.fail(why)
                return
            case LookingAt(ids):
                self._looking_at = frozenset(ids)
                return
            case ReadRuns():
                self._workspace.read(message)
            case LookedAt(looks):
                self._workspace.looked_at(looks)
                self._looking_at = frozenset()
        self._workspace.fail("")

    def _tell_sight(self, looker: Apart) -> None:
        """What has come into sight, or is about to be forgotten there."""
        sight = self._workspace.in_sight_now()
        anew = [id for id, at in sight.items() if at - self._told.get(id, -1e9) > IN_SIGHT / 2]
        if anew:
            self._told |= {id: sight[id] for id in anew}
            looker.see(anew)
