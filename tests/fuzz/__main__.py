"""Runs cases until the time is over: each in a worker that is granted so much processor time and memory.

A traceback, a hang, too much memory or a neighbour that was not read is a failure. A value that is not found in its
file is a suspicion: either the reader or the search for it (`tests.fuzz.values`) is wrong, and somebody has to look.
They are printed and kept; with ``--strict`` they fail too.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.values import STRANGER
from tests.fuzz.work import MEMORY, SECONDS_A_CASE, kept, work

_WAIT = 900.0  # seconds by the clock for a case that waits for something and takes no processor time

_BATCH = 500  # cases a process, so that the memory of each tells of few


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("--seconds", type=float, default=60.0, help="how long new cases are begun")
    asked.add_argument("--seed", type=int, default=None, help="default: a fresh one, which is printed")
    asked.add_argument("--only", type=int, default=None, metavar="NUMBER", help="one case")
    asked.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="where folders of failures are put")
    asked.add_argument("--strict", action="store_true", help="suspicions are failures")
    told = asked.parse_args()
    seed = time.time_ns() % 10**9 if told.seed is None else told.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as place:
        done, failed, suspected, most = _all(seed, Path(place), told)
    print(f"{done} files, {failed} failures, {suspected} suspicions, at most {most} MB; seed {seed}")
    return int(failed > 0 or (told.strict and suspected > 0))


def _all(seed: int, place: Path, told: argparse.Namespace) -> tuple[int, int, int, int]:
    """Cases run, those that failed, those with no more than a suspicion, and the most memory that a process took."""
    done, failed, suspected, most, number = 0, 0, 0, 0, told.only or 0
    end = time.monotonic() + told.seconds
    while not done or (told.only is None and time.monotonic() < end):
        numbers = range(number, number + (_BATCH if told.only is None else 1))
        ours, theirs = multiprocessing.Pipe(duplex=False)
        arguments = (seed, place, numbers, told.keep, theirs)
        worker = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
        worker.start()
        theirs.close()
        for number in numbers:
            problems, held, gone = _answer(ours, worker, number)
            surely = any(STRANGER not in problem for problem in problems)
            done, failed, most = done + 1, failed + surely, max(most, held)
            suspected += bool(problems) and not surely
            for problem in problems:
                print(problem, flush=True)
            if gone:
                kept(place, told.keep / f"{seed}-{number}")
            if gone or time.monotonic() > end:
                break
        number += 1
        worker.kill()
        worker.join()
    return done, failed, suspected, most


def _answer(ours: Connection, worker: multiprocessing.Process, number: int) -> tuple[list[str], int, bool]:
    """What was wrong with a case, the memory of its process, and whether that is of no more use."""
    try:
        if not ours.poll(_WAIT):
            return [f"case {number}: waits for ever"], 0, True
        at, problems, held = ours.recv()
        assert at == number
    except EOFError:
        worker.join()
        code = worker.exitcode or 0
        ended = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        hung = f"; {SECONDS_A_CASE:g} seconds of the processor are over" if code == -signal.SIGPROF else ""
        return [f"case {number}: the process ended by {ended}{hung}"], 0, True
    if held > MEMORY:
        return [*problems, f"case {number}: {held} MB"], held, True
    return problems, held, False


if __name__ == "__main__":
    sys.exit(main())
