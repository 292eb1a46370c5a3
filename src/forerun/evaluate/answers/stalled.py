"""Since which round nothing is gained any more: in yield, in diversity, in anything that is measured a query."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Undecided

_FEWEST = 8  # queries; arbitrary


@dataclass(frozen=True)
class Stalled:
    """A plateau over rounds.

    Args:
        since: the first round from which to the last one less than the margin was gained, counted from 0.
        rounds: how many rounds that is after it, at least one.
        gain, low, high: what the last round is above that one, with its interval; negative where it fell.
        falling: whether the interval lies below zero.
    """

    since: int
    rounds: int
    gain: float
    low: float
    high: float
    falling: bool


def stalled(values: ArrayLike, *, margin: float, level: float = 0.95) -> Stalled | Undecided:
    """The first round after which the last one has gained less than a margin, by differences on the same queries.

    Args:
        values: shape (rounds, queries), of the same queries, higher is better: distinct right answers, whether one is
            right, the balance score.
        margin: what counts as a gain, in the values' unit, above zero.
        level: of the interval, Student's over queries. A gain is excluded where its upper end is below the margin.

    Returns:
        Undecided of fewer than two rounds or eight queries; where the last round still gains on the one before; and
        where the interval is too wide to exclude a gain, which more queries would mend.

    Raises:
        BadInput: not a table, values that are not finite, or a margin that is not above zero.

    Source: ours, for the rounds of Zeng et al. 2024, arXiv 2412.17256; equivalence by the interval (Schuirmann 1987).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> rounds = [rng.normal(mean, 0.3, 200) for mean in (1.0, 2.0, 2.5, 2.5, 2.5)]
        >>> stalled(rounds, margin=0.2).since
        2
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all() or margin <= 0.0:
        raise BadInput(
            f"values {table.shape}, margin {margin:g}; rounds x queries, finite, above zero", where="stalled"
        )
    rounds, queries = table.shape
    if rounds < 2 or queries < _FEWEST:
        return Undecided(f"{rounds} rounds of {queries} queries", f"2 rounds of {_FEWEST} queries or more")
    gain, low, high = _gains(table[-1] - table[:-1], level)
    if high[-1] >= margin:
        still = "gains" if low[-1] > 0.0 else "may gain"
        return Undecided(f"the last round {still} {gain[-1]:.3g} on the one before", "further rounds, or more queries")
    since = int(np.flatnonzero(high >= margin)[-1]) + 1 if (high >= margin).any() else 0
    ends = float(gain[since]), float(low[since]), float(high[since])
    return Stalled(since, rounds - 1 - since, *ends, falling=bool(high[since] < 0.0))


def _gains(differences: Array, level: float) -> tuple[Array, Array, Array]:
    n = differences.shape[1]
    mean, error = differences.mean(axis=1), differences.std(axis=1, ddof=1) / np.sqrt(n)
    reach = float(special.stdtrit(n - 1, 0.5 + level / 2)) * error
    return mean, mean - reach, mean + reach
