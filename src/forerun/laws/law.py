"""What a law is: a formula with its gradient, parameters with bounds, and what it knows of where it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, BadInput, Card, Table, Undecided

X = TypeVar("X")
Columns = dict[str, Array]
"""Inputs of a law of named columns: each of shape (n,)."""
Mask = NDArray[np.bool_]
MISFIT = 0.12
"""What a law of the usual kind gets wrong, with many runs, one span of sizes beyond the fitted ones, in shares of the
spread of log y (`forerun.laws.fitter.misfit`); chosen on recorded runs, evidence/laws/misfit.md."""


@dataclass(frozen=True)
class Parameter:
    """One parameter: name in the formula, bounds, and whether it is fitted in its logarithm.

    Args:
        low, high: bounds of the parameter itself; both positive where ``log``.
        log: it is positive and its size is unknown by orders of magnitude.
    """

    name: str
    low: float
    high: float
    log: bool = False


def take_columns(X: Any, rows: NDArray[Any]) -> Any:
    """Named columns at some rows."""
    return {name: column[rows] for name, column in cast(Columns, X).items()}


@dataclass(frozen=True)
class Rule(Generic[X]):
    """A simpler rule beside a law: predictions are averaged with it, and as unsure as the two disagree.

    Args:
        fit: from inputs and y to what is kept of them, beside the law's own support.
        predict: from what was kept and inputs to y as residuals are taken, shape (n,), NaN where the rule says nothing.
        share: from what was kept to the rule's share in the average, 0 to 1.
    """

    fit: Callable[[X, Array], dict[str, float]]
    predict: Callable[[Mapping[str, Any], X], Array]
    share: Callable[[Mapping[str, Any]], float]


@dataclass(frozen=True, kw_only=True)
class Law(Generic[X]):
    """A law of a loss or a score; `forerun.laws.fitter.fit` fits any of them.

    X is what its rows are as it reads them: a dict of arrays (n,) for laws of named columns, or its own type.
    ``support`` is what is kept of the fitted rows, to judge new ones by.

    Args:
        card, version: what it does, rests on and promises; the version of its formula and priors.
        inputs: the table's columns that it reads.
        parameters: with bounds.
        read: from a table to the checked inputs of every row.
        predict: parameters (..., p) and inputs to y (..., n) and dy/dparameters (..., n, p).
        starts: from inputs and y to start points (k, p), by variable projection where it is linear in some parameters.
        size: what "larger" means, shape (n,), positive: beyond the largest fitted, intervals widen and laws are judged.
        take: the inputs at some rows.
        whole_runs: what it says of a row depends on the rows of its run before it, so that runs are read whole.
        residuals: ``"log"`` of log y; ``"plain"`` of y itself, a score that may be 0.
        misfit: prior of the error beyond what was fitted, see `MISFIT`.
        misfit_share: how much of the error that parts of the rows show beyond them counts for a fit to all, positive.
        prior: from inputs and y to ``{parameter: (center, sd)}`` in fitted coordinates: what chooses where data do not.
        pseudo_points: from inputs and y to inputs, y and (small) weights of points supposed where nothing was measured.
        applies: the rows at which it holds.
        support: what of the fitted inputs is kept.
        refuse: from support and inputs to why it does not hold there.
        warn: from support and inputs to sentences about where it may not hold.
        distance: from support and inputs to how far beyond the fitted rows each lies, shape (n,).
        transfer: from support and inputs that it refuses to the inputs that it answers for in their place, how much
            farther than those they lie, shape (n,), and what to say of it.
        folds: from inputs to pairs of masks, fitted to and judged on, by which its error beyond is measured.
        rule: a simpler rule that its predictions are averaged with.
    """

    card: Card
    version: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    read: Callable[[Table], X]
    predict: Callable[[Array, X], tuple[Array, Array]]
    starts: Callable[[X, Array], Array]
    size: Callable[[X], Array]
    take: Callable[[X, NDArray[Any]], X] = take_columns
    whole_runs: bool = False
    residuals: Literal["log", "plain"] = "log"
    misfit: float = MISFIT
    misfit_share: float = 1.0
    prior: Callable[[X, Array], Mapping[str, tuple[float, float]]] | None = None
    pseudo_points: Callable[[X, Array], tuple[X, Array, Array]] | None = None
    applies: Callable[[X], Mask] | None = None
    support: Callable[[X], dict[str, Any]] | None = None
    refuse: Callable[[Mapping[str, Any], X], Undecided | None] | None = None
    warn: Callable[[Mapping[str, Any], X], tuple[str, ...]] | None = None
    distance: Callable[[Mapping[str, Any], X], Array] | None = None
    transfer: Callable[[Mapping[str, Any], X], tuple[X, Array, str]] | None = None
    folds: Callable[[X], list[tuple[Mask, Mask]]] | None = None
    rule: Rule[X] | None = None

    @property
    def names(self) -> list[str]:
        """Of the parameters."""
        return [parameter.name for parameter in self.parameters]


def columns(table: Table, wanted: Sequence[str], law: str, *, positive: bool = True) -> Columns:
    """The named columns as float arrays, checked.

    Raises:
        BadInput: a column is missing, or a value in it is not finite (or not positive).
    """
    checked: Columns = {}
    for name in wanted:
        if name not in table.columns:
            names = ", ".join(table.columns)
            raise BadInput(f"law {law!r} reads the columns {', '.join(wanted)}; {name!r} is missing among {names}")
        column = np.asarray(table.columns[name], float)
        wrong = ~np.isfinite(column) | ((column <= 0) if positive else False)
        if wrong.any():
            i = int(np.argmax(wrong))
            kind = "positive numbers" if positive else "finite numbers"
            raise BadInput(
                f"law {law!r} needs {kind}, but {name}[{i}]={column[i]:g}; leave such rows out (--above {name}=0)"
            )
        checked[name] = column
    return checked


def positive_columns(card: Card, inputs: Sequence[str]) -> Callable[[Table], Columns]:
    """`Law.read` of a law whose inputs are all positive numbers."""
    return lambda table: columns(table, inputs, card.name)
