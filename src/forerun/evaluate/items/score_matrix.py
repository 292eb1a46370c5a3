"""The scores of many systems on one benchmark as a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Table
from forerun.core.frozen import Noun
from forerun.evaluate.items.item_answers import chosen, itemised, words


@dataclass(frozen=True, eq=False)
class ScoreMatrix(Noun):
    """Mean scores over tries and seeds.

    Args:
        systems: names in the order in which they stand in the table. items: names in alphabetical order. values: shape
            (systems, items), NaN where a system has not answered. tries: fewest of an item, where every score is 0 or
            1; None where one is another number.
    """

    systems: tuple[str, ...]
    items: tuple[str, ...]
    values: Array
    tries: int | None


def benchmarks_of(table: Table) -> list[tuple[str, str]]:
    """Benchmarks and metrics of which items have scores, in order of name."""
    rows = itemised(table)
    return sorted(set(zip(words(rows, "benchmark").tolist(), words(rows, "metric").tolist(), strict=True)))


def score_matrix(table: Table, benchmark: str, metric: str) -> ScoreMatrix:
    """Every system's scores of every item.

    Raises:
        BadInput: no such rows.

    Example:
        >>> table = Table({"system": ["b", "a"], "benchmark": ["q"] * 2, "metric": ["acc"] * 2, "item": ["1", "2"],
        ...                "score": [1, 0]})
        >>> matrix = score_matrix(table, "q", "acc")
        >>> matrix.systems, matrix.values.tolist()
        (('b', 'a'), [[1.0, nan], [nan, 0.0]])
    """
    rows = itemised(chosen(table, benchmark=benchmark, metric=metric))
    column = rows.columns["system"]
    systems = tuple(dict.fromkeys(column))
    place = {name: i for i, name in enumerate(systems)}
    of_system = np.fromiter((place[name] for name in column), np.intp, len(column))
    items, of_item = np.unique(words(rows, "item"), return_inverse=True)
    cell, shape = of_system * items.size + of_item, (len(systems), items.size)
    count = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    scores = np.asarray(rows.columns["score"], np.float64)
    sums = np.bincount(cell, scores, shape[0] * shape[1]).reshape(shape)
    means = np.divide(sums, count, out=np.full(shape, np.nan), where=count > 0)
    tries = int(count[count > 0].min()) if np.isin(scores, (0.0, 1.0)).all() else None
    return ScoreMatrix(systems, tuple(items.tolist()), means, tries)
