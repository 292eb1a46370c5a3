"""Fixtures: the recorded runs beside the repository, where they are."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


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
    """Fails a test that does not come back: not a measure of speed, but far beyond what work of its size can take."""

    def stop(*_: object) -> None:
        raise TimeoutError("hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(240)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
