"""A reader of scores as a value: how files of a format are known, and the rows they hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forerun.core import BadInput, Card, Damage

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
        labels: what else the file says of rows, under its own names, each of the columns' length: what items share,
            such as the text that they are about, may be among it.
    """

    columns: Mapping[str, Sequence[Any]]
    damage: tuple[Damage, ...] = ()
    labels: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])

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
    if "benchmark" in rows.columns:
        return rows
    return ScoreRows({"benchmark": [name] * rows.n, **rows.columns}, rows.damage, rows.labels)


def grouped(rows: ScoreRows, name: str) -> ScoreRows:
    """The rows, their groups read from a label; an item without it is of no group.

    Raises:
        BadInput: no row has such a label.

    Example:
        >>> rows = ScoreRows({"item": ["1", "2"]}, labels={"text": ["a", "a"]})
        >>> grouped(rows, "text").columns["group"]
        ['a', 'a']
    """
    if name not in rows.labels:
        names = ", ".join(sorted(rows.labels)[:20]) or "none beside the scores"
        raise BadInput(f"nothing says {name!r} of items; there are {names}", where="group")
    return ScoreRows({**rows.columns, "group": [_word(label) for label in rows.labels[name]]}, rows.damage, rows.labels)


def _word(label: Any) -> str:
    return "" if label is None or label != label else str(label)


def finite(rows: ScoreRows, file: str) -> ScoreRows:
    """The rows whose score is a number; the others are damage of the file.

    Example:
        >>> rows = finite(ScoreRows({"item": ["1", "2"], "score": [1.0, float("nan")]}), "a.jsonl")
        >>> rows.columns["item"], rows.damage[0].why
        (['1'], 'the score is nan')
    """
    scores = rows.columns.get("score", ())
    rows_kept = [i for i, score in enumerate(scores) if math.isfinite(score)]
    if len(rows_kept) == len(scores):
        return rows
    first = next(i for i, score in enumerate(scores) if not math.isfinite(score))
    item = rows.columns.get("item", [""] * len(scores))[first]
    damage = Damage(file, f"item {item}", f"the score is {scores[first]:g}", len(scores) - len(rows_kept))
    columns, labels = ({name: [column[i] for i in rows_kept] for name, column in of.items()}
                       for of in (rows.columns, rows.labels))  # fmt: skip
    return ScoreRows(columns, (*rows.damage, damage), labels)


def rows_of(
    records: Sequence[Mapping[str, Any]],
    damage: Iterable[Damage] = (),
    labels: Sequence[Mapping[str, Any]] = (),
) -> ScoreRows:
    """Rows of records, each with the columns it has; labels of each, where there are any.

    Example:
        >>> rows_of([{"item": "1", "score": 1.0}, {"item": "2", "score": 0.0, "step": 10.0}]).columns["step"]
        [nan, 10.0]
    """
    columns, words = ({name: [record.get(name, lacking(name)) for record in of]
                      for name in dict.fromkeys(name for record in of for name in record)}
                     for of in (records, labels))  # fmt: skip
    return ScoreRows(columns, tuple(damage), words)


def plain_labels(about: Mapping[Any, Any]) -> dict[str, Any]:
    """The entries that are a word or a number; long texts tell items apart and not what they share.

    Example:
        >>> plain_labels({"topic": "sums", "level": 3, "steps": [1, 2], "text": "x" * 500})
        {'topic': 'sums', 'level': 3}
    """
    return {str(name): value for name, value in about.items()
            if isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= _LONGEST)}  # fmt: skip


_LONGEST = 200  # letters of a label; arbitrary


def joined(parts: Sequence[ScoreRows]) -> ScoreRows:
    """The rows of several files under each other.

    Example:
        >>> joined([ScoreRows({"item": ["1"]}), ScoreRows({"item": ["2"], "seed": ["7"]})]).columns["seed"]
        ['', '7']
    """
    columns = _under(parts, [part.columns for part in parts])
    labels = _under(parts, [part.labels for part in parts])
    return ScoreRows(columns, tuple(damage for part in parts for damage in part.damage), labels)


def _under(parts: Sequence[ScoreRows], columns: Sequence[Mapping[str, Sequence[Any]]]) -> dict[str, list[Any]]:
    """Columns of parts under each other."""
    whole: dict[str, list[Any]] = {name: [] for name in dict.fromkeys(name for of in columns for name in of)}
    for part, of in zip(parts, columns, strict=True):
        for name, column in whole.items():
            column += of.get(name, [lacking(name)] * part.n)
    return whole


def lacking(name: str) -> Any:
    """What stands in a column where a row does not tell it."""
    return float("nan") if name in NUMBERS else ""
