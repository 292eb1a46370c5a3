"""Shipped files are what was shipped, or refused by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forerun.core import DamagedWeights
from forerun.forecast import FORECASTERS, weights
from forerun.forecast.postprocess import coverage

SHIPPED = Path(weights.__path__[0])
NAMES = sorted(path.name for path in SHIPPED.iterdir() if path.suffix in (".json", ".npz"))


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_file_has_its_sum(name: str) -> None:
    assert weights.shipped(name) == (SHIPPED / name).read_bytes()


def test_coverage_was_measured_of_the_methods_as_they_are() -> None:
    """A forecast of another version would carry none, and nobody would miss it."""
    measured = weights.shipped_json(coverage.SHIPPED)
    assert {name: table["version"] for name, table in measured.items()} == {
        name: FORECASTERS.load(name).version for name in measured
    }


def test_none_is_larger_than_five_megabytes() -> None:
    assert len(NAMES) >= 5
    assert max((SHIPPED / name).stat().st_size for name in NAMES) < 5e6


@pytest.mark.parametrize("name", NAMES)
def test_one_changed_byte_is_refused_by_name(tmp_path: Path, name: str) -> None:
    shutil.copytree(SHIPPED, tmp_path / "w")
    data = bytearray((tmp_path / "w" / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "w" / name).write_bytes(bytes(data))
    with pytest.raises(DamagedWeights, match=rf"{name}: a shipped file is damaged .* install forerun again"):
        weights.checked(tmp_path / "w", name)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DamagedWeights, match=r"pfn.npz: a shipped file is missing"):
        weights.checked(tmp_path, "pfn.npz")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    weights.write(tmp_path, "b.json", b"{}")
    weights.write(tmp_path, "a.json", b"[]")
    weights.write(tmp_path, "b.json", b"[1]")
    assert weights.checked(tmp_path, "b.json") == b"[1]"
    assert [line.split()[1] for line in (tmp_path / weights.SUMS).read_text().splitlines()] == ["a.json", "b.json"]
