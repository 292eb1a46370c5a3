"""One system's scores on one benchmark, a row an item: tries and seeds averaged, and what seeds add to the error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, BadInput, Table
from forerun.stats.variance_components import crossed_variance

Words = NDArray[np.str_]
_OF_ITEMS = ("group", "prompt", "content")


@dataclass(frozen=True, eq=False)
class ItemAnswers:
    """Items in alphabetical order, each with its mean score.

    Args:
        items: names, shape (n,). score: mean over seeds of means over tries. group, prompt, content: of each; None
            when no column says. seeds: how many trainings. seed_variance: of their means, over what items explain, 0
            of one. tries: fewest and most scores of an item. shares: whether every score is 0 or 1, so that an item's
            is a share of its tries.
    """

    items: Words
    score: Array
    group: Words | None
    prompt: Words | None
    content: Words | None
    seeds: int
    seed_variance: float
    tries: tuple[int, int]
    shares: bool

    @property
    def clusters(self) -> Words | None:
        """The group of each item, where some share one and not all do; an item of no group is its own."""
        if self.group is None:
            return None
        own = np.where(self.group == "", np.char.add("\0", self.items), self.group)
        return own if 1 < np.unique(own).size < own.size else None

    def take(self, rows: NDArray[np.intp]) -> ItemAnswers:
        """The items at these rows."""
        group, prompt, content = (None if one is None else one[rows] for one in (self.group, self.prompt, self.content))
        return ItemAnswers(self.items[rows], self.score[rows], group, prompt, content, self.seeds, self.seed_variance,
                           self.tries, self.shares)  # fmt: skip


def answers_of(table: Table, system: str, benchmark: str, metric: str) -> ItemAnswers:
    """A system's scores on one benchmark by one metric.

    Raises:
        BadInput: no such rows, or rows of several steps.

    Example:
        >>> table = Table({"system": ["a"] * 3, "benchmark": ["q"] * 3, "metric": ["acc"] * 3,
        ...                "item": ["1", "2", "2"], "score": [1, 0, 1]})
        >>> answers_of(table, "a", "q", "acc").score.tolist()
        [1.0, 0.5]
    """
    rows = itemised(chosen(table, system=system, benchmark=benchmark, metric=metric))
    _one_step(rows, system)
    items, of_item = np.unique(words(rows, "item"), return_inverse=True)
    seeds, of_seed = np.unique(words(rows, "seed"), return_inverse=True)
    cell, v = of_item * seeds.size + of_seed, np.asarray(rows.columns["score"], np.float64)
    count = np.bincount(cell, minlength=items.size * seeds.size).reshape(items.size, seeds.size)
    sums = np.bincount(cell, v, items.size * seeds.size).reshape(items.size, seeds.size)
    means = np.divide(sums, count, out=np.full(sums.shape, np.nan), where=count > 0)
    last = np.zeros(items.size, np.intp)
    last[of_item] = np.arange(v.size)
    group, prompt, content = (words(rows, name)[last] if name in rows.columns else None for name in _OF_ITEMS)
    tries = (int(count.sum(axis=1).min()), int(count.sum(axis=1).max()))
    shares = bool(np.isin(v, (0.0, 1.0)).all())
    return ItemAnswers(
        items, np.nanmean(means, axis=1), group, prompt, content, seeds.size, _of_seeds(means), tries, shares
    )


def _of_seeds(means: Array) -> float:
    """Variance that seeds add to a mean over them; of items that every seed answered."""
    whole = means[np.isfinite(means).all(axis=1)]
    if min(whole.shape) < 2:
        return 0.0
    return max(crossed_variance(whole).columns, 0.0) / whole.shape[1]


def itemised(table: Table) -> Table:
    """The rows that are of an item, without those of whole benchmarks.

    Raises:
        BadInput: there are none.
    """
    rows = words(table, "item") != ""
    if not rows.any():
        raise BadInput("only means of whole benchmarks; items must be logged to be compared (lm_eval --log_samples)")
    return table if rows.all() else table.take(rows)


def _one_step(rows: Table, system: str) -> None:
    steps = np.unique(np.asarray(rows.columns.get("step", ()), np.float64))
    if np.isfinite(steps).sum() > 1:
        listed = ", ".join(f"{step:g}" for step in steps[:8])
        raise BadInput(f"{system} has scores of several steps, {listed}; take the rows of one")


def answered(table: Table) -> list[tuple[str, str, str]]:
    """System, benchmark and metric of all that items have scores of, in the order of the table.

    Raises:
        BadInput: only means of whole benchmarks.
    """
    rows = itemised(table)
    columns = (words(rows, name).tolist() for name in ("system", "benchmark", "metric"))
    return list(dict.fromkeys(zip(*columns, strict=True)))


def words(table: Table, name: str) -> Words:
    """A column as an array of text; of a column that lacks, empty words."""
    column: Sequence[str] = table.columns.get(name, ("",) * table.n_rows)
    return np.asarray(column, np.str_)


def chosen(table: Table, **wanted: str) -> Table:
    """The rows in which these columns have these words.

    Raises:
        BadInput: none; lists what there is.
    """
    for name, word in wanted.items():
        column = words(table, name)
        if word not in column:
            raise BadInput(f"no {name} {word!r}; there are {', '.join(np.unique(column)[:20])}")
        table = table.take(column == word)
    return table
