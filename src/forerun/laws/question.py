"""What a question is: what is asked of a table that laws describe, where a fit alone is no answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forerun.core import Array, BadInput, Card, Range, Table, Undecided
from forerun.core.answer import Answer
from forerun.core.display import number
from forerun.core.setting import Setting, setting_of


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question of the family.

    Args:
        card, version: what it asks, rests on and promises; the version of its answers.
        columns: that the table must have.
        answer: a function of the table, and by keyword of its settings, whose types and defaults are its signature's.
            A setting ``law`` names a law of the family, whose inputs the table must have too.
    """

    card: Card
    version: str
    columns: tuple[str, ...]
    answer: Callable[..., Answer | Undecided]

    @property
    def settings(self) -> dict[str, Setting]:
        """By name."""
        parameters = list(inspect.signature(self.answer, eval_str=True).parameters.values())[1:]
        return {p.name: setting_of(p) for p in parameters}

    def ask(self, table: Table, **settings: Any) -> Answer | Undecided:
        """The answer, or why there is none.

        Raises:
            BadInput: a column or a setting is missing, or there is no such setting; the message lists those there are.
        """
        self.check(settings)
        missing = [name for name in self.columns if name not in table.columns]
        if missing:
            raise BadInput(
                f"question {self.card.name!r} reads the columns {', '.join(self.columns)}; {missing[0]!r} is missing "
                f"among {', '.join(table.columns)}"
            )
        return self.answer(table, **settings)

    def check_name(self, name: str) -> None:
        """Whether there is such a setting.

        Raises:
            BadInput: there is not.
        """
        if name not in self.settings:
            listed = ", ".join(self.settings) or "none"
            raise BadInput(f"question {self.card.name!r} has no setting {name!r}; there are: {listed}")

    def check(self, settings: Mapping[str, Any]) -> None:
        """Whether these settings are there, and all that must be given.

        Raises:
            BadInput: one is not, or is missing.
        """
        known = self.settings
        for name, value in settings.items():
            self.check_name(name)
            known[name].checked(value)
        missing = [setting for setting in known.values() if setting.needed and setting.name not in settings]
        if missing:
            first = missing[0]
            raise BadInput(f"question {self.card.name!r} needs the setting {first.name!r}, {first.kind_in_words}")


def in_words(value: Range) -> str:
    """An estimate with its 80% range, for sentences.

    Example:
        >>> in_words(Range(1.5, 1.25, 2.0, "y"))
        '1.5 (1.25 to 2)'
    """
    return f"{number(value.estimate)} ({number(value.low)} to {number(value.high)})"


def parted(table: Table, y: str = "y") -> tuple[Table, Table]:
    """The rows whose y is known, and the others, which are asked about.

    Example:
        >>> known, unknown = parted(Table({"x": [1.0, 2.0, 3.0], "y": [0.5, float("nan"), 0.3]}))
        >>> known.n_rows, unknown.columns["x"]
        (2, (2.0,))
    """
    known = np.isfinite(np.asarray(table.columns[y], float))
    return table.take(known), table.take(~known)


def crossed(table: Table, item: str, size: str, values: tuple[str, ...]) -> tuple[list[str], Array, list[Array]]:
    """Items, sizes (m,), and for each column of values a matrix (items, m), from one row an item and size.

    Raises:
        BadInput: a pair of item and size is missing, or stands there twice.

    Example:
        >>> rows = Table({"item": ["a", "a"], "flops": [1e19, 1e18], "rate": [0.5, 0.25]})
        >>> crossed(rows, "item", "flops", ("rate",))[2][0].tolist()
        [[0.25, 0.5]]
    """
    names, row = np.unique([str(name) for name in table.columns[item]], return_inverse=True)
    sizes, column = np.unique(np.asarray(table.columns[size], float), return_inverse=True)
    count = np.zeros((names.size, sizes.size), int)
    np.add.at(count, (row, column), 1)
    if (count != 1).any():
        i, j = np.argwhere(count != 1)[0]
        raise BadInput(
            f"{item} {names[i]} has {count[i, j]} rows at {size}={sizes[j]:g}; there must be one at every {size}"
        )
    matrices = [np.empty(count.shape) for _ in values]
    for matrix, name in zip(matrices, values, strict=True):
        matrix[row, column] = np.asarray(table.columns[name], float)
    return names.tolist(), sizes, matrices
