"""Fixtures: the recorded runs beside the repository, where they are."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is. The same commit gives the same examples, so that a change and
# not chance turns a test red; HYPOTHESIS_PROFILE=explore draws new ones, and many more of them.
settings.register_profile("same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("explore", settings.get_profile("same"), derandomize=False, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

for library in ("OMP", "OPENBLAS", "MKL"):  # tests share the cores: threads of linear algebra would wait for each other
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

MEMORY = Path("/dev/shm")  # where there is room: tests sync thousands of stores, which a slow disk waits for
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


def pytest_collection_finish() -> None:
    """What has been imported by now stays: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded runs; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("needs the recorded runs in ../shared/data, which are not here")
    return SHARED


@pytest.fixture(scope="session")
def examples() -> Path:
    """The example logs that ship with the project."""
    return ROOT / "examples" / "runs"


@pytest.fixture
def no_hang() -> Iterator[None]:
    """Fails a test that does not come back: not a measure of speed, but far beyond what work of its size can take.

    What counts is the processor's time that the test itself has taken, whatever else the machine does.
    """

    def stop(*_: object) -> None:
        pytest.fail("hangs")  # no Exception, which would be taken for a reader's

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 240)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)
