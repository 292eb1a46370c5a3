"""Looking, in a process of its own, so that who asks for a page does not wait for those who look."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Generator, Iterable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

from forerun.web.looking import Looking, LookingTask
from forerun.web.messages import Message
from forerun.web.shelf import Shelf, loads, put_away

_PATIENCE = 2.0  # seconds until a process that was told to end is made to


class Apart:
    """A process that looks, and what it says, in order.

    It ends with this process, however that ends: it hears that nobody is there any more.
    """

    def __init__(self, task: LookingTask) -> None:
        spawned = get_context("spawn")  # what was forked would hold the sockets of who asks
        self._folder = Path(tempfile.mkdtemp(prefix="forerun-"))
        self._told, out = spawned.Pipe(duplex=False)
        into, self._asked = spawned.Pipe(duplex=False)
        self._process = spawned.Process(
            target=_looks, args=(task, into, out, self._folder), name="forerun-looks", daemon=True
        )
        with _interrupts_blocked():
            self._process.start()
        out.close()
        into.close()

    @property
    def pid(self) -> int | None:
        """Its number among all processes."""
        return self._process.pid

    def heard(self, seconds: float) -> Message | None:
        """What it says next; None where it says nothing for that long.

        Raises:
            EOFError: it has ended.
        """
        try:
            return cast(Message, loads(self._told.recv_bytes())) if self._told.poll(seconds) else None
        except OSError as error:
            raise EOFError from error

    def see(self, ids: Iterable[str]) -> None:
        """Say that someone has these runs before his eyes."""
        with contextlib.suppress(OSError):  # it has ended, which is heard
            self._asked.send(tuple(ids))

    def end(self) -> str:
        """End it, and let go of its files; how it ended."""
        self._asked.close()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._told.close()
        put_away(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)
        code = self._process.exitcode or 0
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _looks(task: LookingTask, into: Connection, out: Connection, folder: Path) -> None:
    """What the process does."""
    shelf = Shelf(folder)

    def tell(message: Message) -> None:
        try:
            out.send_bytes(shelf.dumps(message))
        except BrokenPipeError:
            _leave(folder)

    looking = Looking(task, tell, shelf.keep)
    threading.Thread(target=_hear, args=(into, looking, folder), daemon=True).start()
    looking.work()


def _hear(into: Connection, looking: Looking, folder: Path) -> None:
    """Hears what is in sight, until nobody is there any more."""
    try:
        while True:
            looking.see(into.recv())
    except (EOFError, OSError):
        _leave(folder)


def _leave(folder: Path) -> None:
    """End the process, whatever it is at; a store is left as after a power cut, whole."""
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


@contextlib.contextmanager
def _interrupts_blocked() -> Generator[None]:
    """A process started within hears no Ctrl-C, which is for the one that serves."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
