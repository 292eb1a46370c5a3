"""A reader of scores as a value: how files of a format are known, and the rows they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage

NUMBERS = frozenset(("score", "step", "size", "compute", "seconds"))
"""Columns of numbers; the others hold words."""


@dataclass(frozen=True)
class ScoreRows:
    """What a file holds.

    Args:
        columns: by the names that `forerun.evaluate.items.scores.scores` knows, all of one length. An empty word is one
            that the file does not tell; an empty item is a score of a whole benchmark. Without benchmarks the file is
            one.
        damage: records that could not be read.
    """

    columns: Mapping[str, Sequence[Any]]
    damage: tuple[Damage, ...] = ()

    @property
    def n(self) -> int:
        """Rows."""
        return len(next(iter(self.columns.values()), ()))


@dataclass(frozen=True)
class ScoreReader:
    """What reads the scores of one format; it runs behind `forerun.runs.boundary`.

    Args:
        card: its data sheet; the name on it is the format's.
        sniff: how sure it is, from 0 to 1, that a file is of its format, by the file's path and start (up to 64 KiB).
        read: the rows of one file; files beside it may say of what system and benchmark they are.

    Example:
        >>> from forerun.runs.score_readers import SCORE_READERS
        >>> wide = SCORE_READERS.load("wide_table")
        >>> wide.sniff(Path("a.csv"), b"item,small,large\\nq1,0,1\\nq2,1,1\\n") > wide.sniff(Path("a.csv"), b"a,b\\n")
        True
    """

    card: Card
    sniff: Callable[[Path, bytes], float]
    read: Callable[[Path], ScoreRows]


def of_benchmark(rows: ScoreRows, name: str) -> ScoreRows:
    """The rows, of this benchmark where they tell none."""
    return (
        rows if "benchmark" in rows.columns else ScoreRows({"benchmark": [name] * rows.n, **rows.columns}, rows.damage)
    )


def rows_of(records: Sequence[Mapping[str, Any]], damage: Iterable[Damage] = ()) -> ScoreRows:
    """Rows of records, each with the columns it has.

    Example:
        >>> rows_of([{"item": "1", "score": 1.0}, {"item": "2", "score": 0.0, "step": 10.0}]).columns["step"]
        [nan, 10.0]
    """
    names = list(dict.fromkeys(name for record in records for name in record))
    return ScoreRows({name: [record.get(name, lacking(name)) for record in records] for name in names}, tuple(damage))


def joined(parts: Sequence[ScoreRows]) -> ScoreRows:
    """The rows of several files under each other.

    Example:
        >>> joined([ScoreRows({"item": ["1"]}), ScoreRows({"item": ["2"], "seed": ["7"]})]).columns["seed"]
        ['', '7']
    """
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for part in parts:
        for name, column in columns.items():
            column += part.columns.get(name, [lacking(name)] * part.n)
    return ScoreRows(columns, tuple(damage for part in parts for damage in part.damage))


def lacking(name: str) -> Any:
    """What stands in a column where a row does not tell it."""
    return float("nan") if name in NUMBERS else ""
