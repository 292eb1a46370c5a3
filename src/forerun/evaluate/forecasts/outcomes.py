"""Past forecasts beside what happened: how often it lay below each of their quantiles, and within their intervals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import SCORED_LEVELS, Array, BadInput
from forerun.core.frozen import Noun
from forerun.stats.scores import interval

_DRAWS = 200  # of runs, for the intervals of shares
_MASS = 0.95


@dataclass(frozen=True, eq=False)
class PastForecast(Noun):
    """A past forecast and what happened.

    Args:
        source, task, run, metric, method: whose and by what.
        origin, at: the last place shown, and the place forecast.
        y: what was measured there.
        quantiles: shape (20,), at the levels 0.025, 0.075 ... 0.975.
    """

    source: str
    task: str
    run: str
    metric: str
    method: str
    origin: float
    at: float
    y: float
    quantiles: Array


@dataclass(frozen=True, eq=False)
class Shares(Noun):
    """Shares of outcomes, with the 95% interval that runs drawn again give; shape (k,) each.

    Args:
        method: whose forecasts.
        x: the levels of quantiles, or the part of each run that had been seen.
        n: outcomes behind each; the mean over sources counts every source alike.
    """

    method: str
    x: Array
    n: Array
    share: Array
    low: Array
    high: Array


def read_outcomes(path: Path) -> list[PastForecast]:
    """The outcomes in a file that ``forerun backtest --cases`` wrote.

    Raises:
        BadInput: the file cannot be read, or a line is no such case.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise BadInput(f"cannot be read as cases: {cause}", where=str(path)) from cause
    return outcomes_in(text, where=str(path))


def outcomes_in(text: str, *, where: str = "cases") -> list[PastForecast]:
    """The outcomes in the text of such a file, a line each.

    Raises:
        BadInput: a line is no such case; ``where`` names the text.
    """
    return [_outcome(line, f"{where}, line {i}") for i, line in enumerate(text.splitlines(), 1) if line.strip()]


def below_quantiles(outcomes: Sequence[PastForecast], *, seed: int = 0) -> list[Shares]:
    """Of each method the share of outcomes below each quantile: its level, where forecasts are calibrated.

    An outcome that equals a quantile counts half.

    Raises:
        BadInput: no outcomes.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> normal = np.sort(rng.standard_normal(4000))[np.rint(np.array(SCORED_LEVELS) * 3999).astype(int)]
        >>> made = [PastForecast("s", "t", f"r{i}", "loss", "m", 1.0, 2.0, rng.normal(), normal) for i in range(2000)]
        >>> bool(np.abs(below_quantiles(made)[0].share - SCORED_LEVELS).max() < 0.04)
        True
    """
    y, q, _ = _arrays(outcomes)
    below = (y < q) + 0.5 * (y == q)
    return _shares(outcomes, np.array(SCORED_LEVELS), below, np.ones_like(below), seed)


def within_intervals(
    outcomes: Sequence[PastForecast], mass: float = 0.8, *, parts: Sequence[float], seed: int = 0
) -> list[Shares]:
    """Of each method the share of outcomes within its intervals, by the part of the run that had been seen.

    Args:
        mass: of the intervals.
        parts: shares of the run, to the nearest of which each forecast's origin counts.

    Raises:
        BadInput: no outcomes.
    """
    places = np.asarray(parts, float)
    y, q, so_far = _arrays(outcomes)
    low, high = interval(SCORED_LEVELS, q, mass)
    inside = (low <= y[:, 0]) & (y[:, 0] <= high)
    counted = (np.abs(so_far[:, None] - places).argmin(axis=1)[:, None] == np.arange(places.size)).astype(float)
    return _shares(outcomes, places, inside[:, None] * counted, counted, seed)


def _outcome(line: str, where: str) -> PastForecast:
    try:
        row: dict[str, Any] = json.loads(line)
        source, task, run, metric, method = (str(row[name]) for name in ("source", "task", "run", "metric", "method"))
        origin, at, y = (float(row[name]) for name in ("origin", "at", "y"))
        quantiles = np.asarray(row["quantiles"], float)
    except (ValueError, KeyError, TypeError) as cause:
        why = f"is no case of a backtest ({cause}); `forerun backtest --cases` writes them"
        raise BadInput(why, where=where) from cause
    if quantiles.shape != (len(SCORED_LEVELS),):
        raise BadInput(f"has {quantiles.size} quantiles, not {len(SCORED_LEVELS)}", where=where)
    return PastForecast(source, task, run, metric, method, origin, at, y, quantiles)


def _arrays(outcomes: Sequence[PastForecast]) -> tuple[Array, Array, Array]:
    """What happened (n, 1), the quantiles (n, 20), and the part of the run that had been seen (n,)."""
    if not outcomes:
        raise BadInput("no past forecast to judge", where="calibration")
    so_far = np.array([one.origin / one.at for one in outcomes])
    return np.array([[one.y] for one in outcomes]), np.stack([one.quantiles for one in outcomes]), so_far


def _shares(outcomes: Sequence[PastForecast], x: Array, hits: Array, counted: Array, seed: int) -> list[Shares]:
    """Of each method the mean over sources of their shares, ``hits`` of ``counted``, both (n, k)."""
    methods, sources = (np.array([getattr(one, name) for one in outcomes]) for name in ("method", "source"))
    runs = np.array([f"{one.run}|{one.metric}" for one in outcomes])
    made: list[Shares] = []
    for method in dict.fromkeys(methods.tolist()):
        rng = np.random.default_rng(seed)
        of_sources = [
            _drawn(runs[own], hits[own], counted[own], rng)
            for own in ((methods == method) & (sources == one) for one in dict.fromkeys(sources.tolist()))
            if own.any()
        ]
        means = _mean(np.stack(of_sources))
        low, high = np.quantile(np.nan_to_num(means[1:]), [(1 - _MASS) / 2, (1 + _MASS) / 2], axis=0)
        made.append(Shares(method, x, counted[methods == method].sum(axis=0), means[0], low, high))
    return made


def _mean(shares: Array) -> Array:
    """Over the first axis, of those that are known; nan where none is."""
    known = np.isfinite(shares)
    with np.errstate(invalid="ignore"):
        return np.where(known, shares, 0.0).sum(axis=0) / known.sum(axis=0)


def _drawn(runs: np.ndarray, hits: Array, counted: Array, rng: np.random.Generator) -> Array:
    """The share as it is, and of runs drawn again with all their forecasts, shape (1 + draws, k)."""
    _, own = np.unique(runs, return_inverse=True)
    clusters = int(own.max()) + 1
    sums = np.zeros((2, clusters, hits.shape[1]))
    np.add.at(sums[0], own, hits)
    np.add.at(sums[1], own, counted)
    weights = np.vstack([np.ones(clusters), rng.multinomial(clusters, np.full(clusters, 1 / clusters), _DRAWS)])
    with np.errstate(invalid="ignore"):
        return (weights @ sums[0]) / (weights @ sums[1])
