"""Logs watched while they are written: what changed, what is forecast now, what is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from forerun.api.reading import Where
from forerun.core import BadInput, Settings
from forerun.live.growing_logs import GrowingLogs, Reading
from forerun.live.notes import Notes
from forerun.live.poll import Poll
from forerun.runs.store import Store, is_store
from forerun.session import Look, Session


def watch(
    path: Where,
    *,
    store: Where | None = None,
    every: float = 2.0,
    polls: int | None = None,
    format: str | None = None,
    settings: Settings | None = None,
    session: Session | None = None,
    clock: Callable[[], float] = time.time,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Poll]:
    """Follow logs that grow, and say after each look what there is to say.

    Every look is what reading the logs at that moment would give, but for a last line without an end: it is held back
    until its end has come or the log has ended by the clock. A look costs what the logs grew. Files that appear, grow,
    are truncated, replaced or rotated are followed; a file that is gone is kept as it was.

    Args:
        path: a log file or a folder of them, which may still be empty; or a store that others write to.
        store: where to keep what was read and, in its journal, what was said; default in memory. A watch that is
            started again on the same store goes on where it stood, and says nothing twice in the journal.
        every: seconds between looks.
        polls: how many looks; default without end.
        format, settings: as in `forerun.read`.
        session: what says it, with its detectors, method, policy, metric, target, alone and budget; default a `Session`
            of the defaults.
        clock, wait: what time it is, and how to let it pass.

    Yields:
        The first look, and each later one at which anything had changed.

    Example:
        >>> import tempfile, pathlib
        >>> log = pathlib.Path(tempfile.mkdtemp(), "run.jsonl")
        >>> _ = log.write_text('{"step": 1, "loss": 3.0}' + chr(10))
        >>> [poll.changed for poll in watch(log.parent, polls=2, wait=lambda _: None)]
        [('run.jsonl',)]
    """
    stored = is_store(Path(path))
    if stored and store is not None:
        raise BadInput("a store is not read into another; give the logs it was read from", where=str(path))
    place = path if stored else store
    with Store(None if place is None else Path(place), create=not stored) as opened:
        logs = GrowingLogs(None if stored else Path(path), opened, format, settings)
        looks = Looks(session or Session(renew=None))
        notes = Notes(opened) if opened.path is not None and not stored else None
        count = 0
        while polls is None or count < polls:
            poll = looks.poll(logs.read(clock()))
            if notes is not None:
                notes.take(poll, logs.quiet if not count else ())
            if poll.changed or not count:
                yield poll
            count += 1
            if polls is None or count < polls:
                wait(every)


@dataclass
class Looks:
    """What was said of every run when it was looked at last."""

    session: Session
    looks: dict[str, Look] = field(default_factory=dict[str, Look])

    def poll(self, reading: Reading) -> Poll:
        """Look anew at the runs that have changed."""
        for gone in reading.gone:
            self.session.forget(gone)
        changed = [run for run in reading.runs if run.id in reading.changed]
        looks = self.session.take(changed, reading.runs) if changed or reading.gone else []
        self.looks |= {look.run.id: look for look in looks}
        ids = {run.id for run in reading.runs}
        self.looks = {id: self.looks[id] for id in sorted(ids & self.looks.keys())}
        return Poll(reading.at, tuple(self.looks.values()), tuple(look.run.id for look in looks), reading.skipped)
