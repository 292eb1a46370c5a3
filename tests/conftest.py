"""Fixtures: the recorded runs beside the repository, where they are."""

from __future__ import annotations

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
