"""What an audit is: columns in; measurements with intervals out, each beside what would be tolerable."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from forerun.core import Array, BadInput, Card, Table, Undecided
from forerun.core.display import number
from forerun.core.frozen import Noun
from forerun.core.setting import Setting, setting_of

AuditVerdict = Literal["faulty", "sound", "cannot tell"]
_TRUTH = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class Measurement:
    """One thing that an audit measured.

    Args:
        name: what, in words.
        estimate: the value, in the unit that the name says, else a share.
        low, high: 95% confidence interval; None where none was made.
        n: items that it rests on.
        method: how the interval was made, or why there is none.
        tolerated: the values that would do no harm; None where nothing is judged.
    """

    name: str
    estimate: float
    low: float | None
    high: float | None
    n: int
    method: str
    tolerated: tuple[float, float] | None = None

    @property
    def verdict(self) -> AuditVerdict | None:
        """Faulty where the interval lies outside of what is tolerated, sound where it lies within, else cannot tell.

        Example:
            >>> Measurement("bias", 0.2, 0.1, 0.3, 80, "", (-0.05, 0.05)).verdict
            'faulty'
        """
        if self.tolerated is None or self.low is None or self.high is None:
            return None
        least, most = self.tolerated
        if self.low > most or self.high < least:
            return "faulty"
        return "sound" if least <= self.low and self.high <= most else "cannot tell"

    @property
    def n_needed(self) -> int | None:
        """Items with which the interval would decide if the estimate stayed; None where no number would.

        Example:
            >>> Measurement("bias", 0.1, -0.1, 0.3, 80, "", (-0.05, 0.05)).n_needed
            1280
        """
        if self.low is None or self.high is None:
            return None
        gaps = [abs(self.estimate - edge) for edge in self.tolerated or () if np.isfinite(edge)]
        gap, half = min(gaps, default=0.0), (self.high - self.low) / 2.0
        return int(np.ceil(round(self.n * (half / gap) ** 2, 6))) if gap > 0.0 and np.isfinite(half) else None

    def __str__(self) -> str:
        span = "" if self.low is None or self.high is None else f" ({number(self.low)} to {number(self.high)})"
        text = f"{self.name} {number(self.estimate)}{span}, n = {self.n}"
        if self.verdict == "cannot tell" and self.n_needed:
            return f"{text}: cannot tell; about {self.n_needed} would"
        return text if self.verdict is None else f"{text}: {self.verdict}"


@dataclass(frozen=True, eq=False)
class AuditResult(Noun):
    """What an audit comes to; where nothing can be said, there is an `Undecided` instead.

    Args:
        measurements: what was measured; the first is what the audit is named for.
        rows: what to look at: items, the first that which most needs it.
        warnings: what the intervals do not cover.
    """

    measurements: tuple[Measurement, ...]
    rows: Table = field(default_factory=Table)
    warnings: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Measurement:
        """The measurement of that name."""
        return next(one for one in self.measurements if one.name == name)

    @property
    def verdict(self) -> AuditVerdict | None:
        """Faulty where anything is, sound where all judged is, else cannot tell; None where nothing is judged."""
        verdicts = {one.verdict for one in self.measurements} - {None}
        if not verdicts:
            return None
        return "faulty" if "faulty" in verdicts else "sound" if verdicts == {"sound"} else "cannot tell"

    def __str__(self) -> str:
        return "\n".join(
            [
                *([self.verdict] if self.verdict else []),
                *map(str, self.measurements),
                *(f"note: {one}" for one in self.warnings),
            ]
        )


@dataclass(frozen=True)
class Column:
    """A column that an audit reads.

    Args:
        name: of the function's parameter. says: what stands in it.
        kind: numbers, words, or a matrix: all columns whose names begin with the name and a line (``p_0``, ``p_1``).
        needed: whether it must be there.
    """

    name: str
    says: str
    kind: Literal["number", "word", "matrix"] = "number"
    needed: bool = True


@dataclass(frozen=True, kw_only=True)
class Audit:
    """An audit of the family.

    Args:
        card: what it does, rests on and promises.
        columns: what it reads.
        look: a function of these columns by name and, by keyword alone, of its settings.
    """

    card: Card
    columns: tuple[Column, ...]
    look: Callable[..., AuditResult | Undecided]

    @property
    def settings(self) -> dict[str, Setting]:
        """By name."""
        parameters = inspect.signature(self.look, eval_str=True).parameters.values()
        return {p.name: setting_of(p) for p in parameters if p.kind is p.KEYWORD_ONLY}

    def check(self, settings: Mapping[str, Any]) -> None:
        """Whether there are these settings.

        Raises:
            BadInput: there are not; the message lists those there are.
        """
        for name, value in settings.items():
            if name not in self.settings:
                listed = ", ".join(self.settings) or "none"
                raise BadInput(f"audit {self.card.name!r} has no setting {name!r}; there are: {listed}")
            self.settings[name].checked(value)

    def of(self, table: Table, *, columns: Mapping[str, str] | None = None, **settings: Any) -> AuditResult | Undecided:
        """What the audit says of a table.

        Args:
            table: a row an item.
            columns: where a column stands under another name; of a matrix, how its columns' names begin.
            settings: of the audit.

        Raises:
            BadInput: a column or a setting is missing or cannot be read; the message names it.
        """
        self.check(settings)
        names = {one.name for one in self.columns}
        if unknown := [name for name in columns or {} if name not in names]:
            raise BadInput(
                f"audit {self.card.name!r} has no column {unknown[0]!r}; it reads {', '.join(sorted(names))}"
            )
        read = {one.name: _read(one, (columns or {}).get(one.name), table, self.card.name) for one in self.columns}
        return self.look(**{name: values for name, values in read.items() if values is not None}, **settings)


def _read(column: Column, name: str | None, table: Table, audit: str) -> Any:
    """A column's values; None where it may lack and does."""
    wanted = name or column.name
    begin = name or f"{column.name}_"
    parts = [one for one in table.columns if one.startswith(begin)] if column.kind == "matrix" else []
    if wanted in table.columns:
        return _of_kind(column.kind, wanted, table.columns[wanted])
    if parts:
        return np.column_stack([_numbers(one, table.columns[one]) for one in parts])
    if column.needed or name is not None:
        says = f"a column {wanted!r}" + (f", or several that begin with {begin!r}" if column.kind == "matrix" else "")
        raise BadInput(f"audit {audit!r} reads {says}: {column.says}; there are {', '.join(table.columns) or 'none'}")
    return None


def _of_kind(kind: str, name: str, values: Sequence[Any]) -> Any:
    if kind == "word":
        return [f"{v:.0f}" if isinstance(v, float) and v.is_integer() else str(v) for v in values]
    return np.asarray(values, np.float64) if kind == "matrix" else _numbers(name, values)


def _numbers(name: str, values: Sequence[Any]) -> Array:
    """Numbers; true and false are 1 and 0."""
    cells = [_TRUTH.get(v.lower(), v) if isinstance(v, str) else v for v in values]
    for row, cell in enumerate(cells):
        if isinstance(cell, str) or cell is None or not np.isfinite(cell):
            raise BadInput(f"column {name!r} must hold numbers, but row {row} has {cell!r}; leave the row out")
    return np.asarray(cells, np.float64)
