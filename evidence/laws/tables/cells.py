"""Cells of tables: shares, intervals and claims as they are written, and the lines of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Cells = Iterable[Iterable[str]]


def percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}%"


def share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def thousandths(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def levels(coverage: dict[str, float]) -> list[str]:
    """What intervals of 50, 80 and 90% hold."""
    return [share(coverage[level]) for level in ("0.5", "0.8", "0.9")]


def lines(head: str, rows: Cells) -> list[str]:
    """A table: its head's cells parted by |, then its rows."""
    names = head.split("|")
    return ["| " + " | ".join(row) + " |" for row in (names, ["---"] * len(names), *rows)]


def estimated(one: dict[str, Any], tell: Callable[[float | None], str], *, detectable: bool = False) -> str:
    """An estimate with its interval, and what could have been seen."""
    said = f"{tell(one['estimate'])} [{tell(one['low'])}, {tell(one['high'])}]"
    return f"{said}; {tell(one['could_have_seen'])}" if detectable else said


def two_percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f}%"


def points(share: float, digits: int = 2) -> str:
    """In points, hundredths of a score."""
    return f"{100 * share:.{digits}f}"


def tenths(share: float) -> str:
    """In points, to a tenth."""
    return points(share, 1)


def claim_lines(claims: dict[str, dict[str, Any]]) -> list[str]:
    rows = []
    for words, one in claims.items():
        low, high = one["interval"]
        rows.append([words, f"{one['n']}", f"{one['first']:.3g}", f"{one['second']:.3g}", f"{one['better_by']:.3g}",
                     f"[{low:.3g}, {high:.3g}]", f"{one['detectable']:.3g}", one["verdict"]])  # fmt: skip
    return lines("claim|seeds|first|second|better by|95% interval|detectable|verdict", rows)


def between(value: list[float], form: str = ".4f") -> str:
    """A mean with its interval."""
    return f"{value[0]:{form}} [{value[1]:{form}}, {value[2]:{form}}]"
