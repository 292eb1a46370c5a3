"""Nothing is written twice: a dozen lines that stand in two places are one concept without a home."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_dozen_lines_stand_twice() -> None:
    """But for blank lines and the space before them, over the package, its evidence, benchmarks and examples."""
    places: dict[tuple[str, ...], str] = {}
    twice: list[tuple[str, str]] = []
    folders = [ROOT / name for name in ("src", "evidence", "benchmarks", "examples")]
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        lines = [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
        for i in range(len(lines) - 12):
            first = places.setdefault(tuple(lines[i : i + 13]), f"{path.name}:{i}")
            twice += [(first, f"{path.name}:{i}")] * (first != f"{path.name}:{i}")
    assert twice == []
