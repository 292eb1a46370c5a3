"""Which law to believe: not the one that fits best, but the one that foretells the larger part from the smaller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forerun.core import Array, BadInput, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws import LAWS
from forerun.laws.fitter.fit import fit
from forerun.laws.law import Law


@dataclass(frozen=True, eq=False)
class LawScore(Noun):
    """How a law did on rows it was not fitted to.

    Args:
        errors: shape (m,), |prediction - y| / |y| at each held-out row.
        covered: share of held-out rows within the interval.
        behind: mean of the errors less those of the best law, with its 95% interval over held-out runs; 0 for the best.
        why: why the law could not be judged; then the other fields are empty.
    """

    law: str
    n: int
    errors: Array
    covered: float
    behind: tuple[float, float, float]
    why: str | None = None


def compare(
    laws: Sequence[str], table: Table, *, held_out: Sequence[bool] | None = None, share: float = 0.2, seed: int = 0
) -> list[LawScore]:
    """Fit every law to the smaller part of a table and judge it on the larger; best first.

    Args:
        held_out: which rows to judge on; by default those of the largest size, a share of ``share``.

    Raises:
        BadInput: fewer than two laws, or nothing held out.

    Example:
        >>> N, D = (g.ravel() for g in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 1e11, 6)))
        >>> table = Table({"params": N, "tokens": D, "x": N * D, "y": 1.7 + 400 * N**-0.34 + 2000 * D**-0.36})
        >>> [standing.law for standing in compare(["broken", "chinchilla"], table)]
        ['chinchilla', 'broken']
    """
    if len(laws) < 2:
        raise BadInput("a comparison needs two laws or more")
    y = np.asarray(table.columns["y"], float)
    known = np.isfinite(y)
    out = largest(laws[0], table, known, share) if held_out is None else np.asarray(held_out, bool) & known
    if not out.any() or not (known & ~out).any():
        raise BadInput(f"{int(out.sum())} of {int(known.sum())} rows held out; some must be, and some not")
    hidden = Table({**table.columns, "y": np.where(out, np.nan, y)})
    judged = [_judged(LAWS.load(law), hidden, table, out, seed) for law in laws]
    fitted = [one for one in judged if one.why is None]
    if not fitted:
        return judged
    best = min(fitted, key=lambda one: float(one.errors.mean()))
    rng = np.random.default_rng(seed)
    group = np.asarray([str(g) for g in table.columns.get("run", range(y.size))])[out]
    ranked = sorted(fitted, key=lambda one: float(one.errors.mean()))
    behind = [_behind(one.errors - best.errors, group, rng) for one in ranked]
    return [
        *(LawScore(one.law, one.n, one.errors, one.covered, by) for one, by in zip(ranked, behind, strict=True)),
        *(one for one in judged if one.why is not None),
    ]


def largest(name: str, table: Table, known: np.ndarray, share: float) -> np.ndarray:
    """Which rows of a table are the largest by what a law calls size, about a share of those that are known."""
    law = LAWS.load(name)
    size = law.size(law.read(table))
    return known & (size > np.quantile(size[known], 1.0 - share))


def _judged(law: Law[Any], hidden: Table, table: Table, out: np.ndarray, seed: int) -> LawScore:
    made = fit(law, hidden, seed=seed)
    rows = table if law.whole_runs else table.take(out)
    prediction = made if isinstance(made, Undecided) else made.predict(rows)
    nothing = (np.nan, np.nan, np.nan)
    if isinstance(prediction, Undecided):
        return LawScore(law.card.name, 0, np.zeros(0), np.nan, nothing, prediction.why)
    at = out if law.whole_runs else slice(None)
    truth = np.asarray(table.columns["y"], float)[out]
    errors = np.abs(prediction.y[at] - truth) / np.maximum(np.abs(truth), 1e-300)
    covered = float(((prediction.low[at] <= truth) & (truth <= prediction.high[at])).mean())
    return LawScore(law.card.name, truth.size, errors, covered, nothing)


def _behind(difference: Array, group: np.ndarray, rng: np.random.Generator) -> tuple[float, float, float]:
    """The mean difference and its 95% bootstrap interval over groups."""
    _, code = np.unique(group, return_inverse=True)
    mean = np.bincount(code, difference) / np.bincount(code)
    weight = rng.exponential(size=(2000, mean.size))
    drawn = weight @ mean / weight.sum(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(mean.mean()), float(low), float(high)
