"""The worker: cases one after the other, each with so much of the processor's time, and the memory that was taken."""

from __future__ import annotations

import resource
import shutil
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.case import Fuzz

SECONDS_A_CASE = 20.0  # of the processor, so that a busy machine does not count
MEMORY = 400  # MB that a process may take


def work(seed: int, place: Path, numbers: range, keep: Path, into: Connection) -> None:
    """Run cases one after the other and tell of each; a signal ends a process that takes too long."""
    fuzz = Fuzz(seed, place)
    resource.setrlimit(resource.RLIMIT_DATA, (4 * MEMORY << 20, 4 * MEMORY << 20))
    for number in numbers:
        signal.setitimer(signal.ITIMER_PROF, SECONDS_A_CASE)
        problems = fuzz.run(number)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if problems:
            kept(place, keep / f"{seed}-{number}")
        into.send((number, problems, peak()))


def kept(place: Path, to: Path) -> None:
    """Copy what a case was made of, but for pipes, which cannot be copied."""
    if (place / "case").is_dir():
        shutil.copytree(place / "case", to, symlinks=True, dirs_exist_ok=True, ignore=_pipes)


def _pipes(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(folder, name).is_fifo()]


def peak() -> int:
    """MB that this process took at most."""
    try:
        told = Path("/proc/self/status").read_text()
        return int(told.partition("VmHWM:")[2].split()[0]) >> 10
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
