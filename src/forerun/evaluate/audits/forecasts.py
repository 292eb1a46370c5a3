"""Forerun's own forecasts as statements with confidences: do intervals hold as often as they say?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import SCORED_LEVELS, Array, BadInput, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import mean_of, plain
from forerun.stats.reliability import calibration_error, reliability

CARD = Card(
    name="forecasts",
    does="Says whether intervals of past forecasts held what happened as often as they said, by the calibration of any "
    "confidences.",
    source="Bröcker and Smith 2007 for the null; statements of central intervals ours",
    assumes="Runs are independent; forecasts of one run are not taken to be.",
    needs="30 past forecasts, as `forerun backtest --cases` writes them, of one method",
    promises="Intervals are robust to forecasts of one run, and the null draws one chance for all of them.",
    known_answer="Quantiles of the normal distribution, half as wide as its outcomes are, hold what the normal says.",
    control="Forecasts whose outcomes are drawn from them are not called faulty, though their plain error is above 0.",
)
_FEWEST = 30  # forecasts below which shares say nothing; arbitrary
_MASSES = 1.0 - 2.0 * np.array(SCORED_LEVELS[: len(SCORED_LEVELS) // 2])
"""Of the central intervals that quantiles at the scored levels make: 0.95, 0.85 ... 0.05."""


def forecasts(
    y: ArrayLike,
    quantiles: ArrayLike,
    run: Sequence[str] | None = None,
    method: Sequence[str] | None = None,
    *,
    of: str = "",
    tolerated: float = 0.05,
    draws: int = 400,
    seed: int = 0,
) -> AuditResult | Undecided:
    """How far intervals of past forecasts are from holding what they say, and whether that is more than chance.

    Args:
        y: shape (n,), what was measured.
        quantiles: shape (n, 20), at the levels 0.025, 0.075 ... 0.975.
        run: shape (n,), whose forecasts belong together; None where each stands alone.
        method: shape (n,), by what.
        of: the method that is judged, where there are several.
        tolerated: share that does no harm; arbitrary.
        draws: of outcomes as if every forecast were right.
        seed: of the draws.

    Returns:
        how much too narrow intervals are, whether outcomes lie above medians, the calibration error beside chance's; as
        rows the share that each interval held. Undecided under 30.

    Raises:
        BadInput: shapes that do not fit, or several methods.

    Example:
        >>> from scipy import special
        >>> rng = np.random.default_rng(0)
        >>> normal = np.tile(special.ndtri(SCORED_LEVELS), (2000, 1))
        >>> forecasts(rng.normal(size=2000), normal).verdict
        'sound'
    """
    outcome, q = np.asarray(y, np.float64), np.asarray(quantiles, np.float64)
    if outcome.ndim != 1 or q.shape != (outcome.size, len(SCORED_LEVELS)):
        raise BadInput(f"{outcome.size} outcomes need as many rows of {len(SCORED_LEVELS)} quantiles, not {q.shape}")
    rows = _of_method(method, of, outcome.size)
    outcome, q = outcome[rows], q[rows]
    if outcome.size < _FEWEST:
        return Undecided(f"{outcome.size} forecasts", f"{_FEWEST} forecasts or more")
    groups = np.arange(outcome.size) if run is None else np.unique(np.asarray(run)[rows], return_inverse=True)[1]
    half = _MASSES.size
    inside = (q[:, :half] <= outcome[:, None]) & (outcome[:, None] <= q[:, : -half - 1 : -1])
    narrow, above = (_MASSES - inside).mean(axis=1), np.sign(outcome - q[:, half - 1 : half + 1].mean(axis=1)) / 2.0
    error, null = _error(inside), _null(groups, draws, np.random.default_rng(seed))
    p_value = (1.0 + float((null >= error).sum())) / (1.0 + draws)
    judged = (-tolerated, tolerated)
    measurements = (
        mean_of("intervals too narrow", narrow, groups, tolerated=judged),
        mean_of("outcomes above the median, less a half", above, groups, tolerated=judged),
        plain("expected calibration error", error, outcome.size, "over intervals of 5 to 95%; chance adds to it"),
        plain("the same by chance alone", float(null.mean()), outcome.size, "one chance a run"),
        plain("p-value", p_value, outcome.size, "outcomes drawn as the forecasts say, alike for all of a run"),
    )
    table = reliability(np.tile(_MASSES, outcome.size), inside.ravel(), bins=2 * half, by="mass")
    return AuditResult(measurements, Table({"says": table.confidence, "holds": table.frequency, "n": table.count}))


def _of_method(method: Sequence[str] | None, of: str, n: int) -> NDArray[np.intp]:
    """The forecasts of the method that is judged."""
    if method is None:
        return np.arange(n)
    names = np.asarray(method, np.str_)
    methods = np.unique(names).tolist()
    if not of and len(methods) > 1:
        raise BadInput(f"there are forecasts of {', '.join(methods)}; say whose with of=METHOD")
    if of and of not in methods:
        raise BadInput(f"no forecast of {of!r}; there are {', '.join(methods)}")
    return np.flatnonzero(names == (of or methods[0]))


def _error(inside: NDArray[np.bool_]) -> float:
    """The calibration error of intervals as statements, each with its mass for a confidence."""
    return calibration_error(np.tile(_MASSES, len(inside)), inside.ravel(), bins=2 * _MASSES.size, by="mass")


def _null(groups: NDArray[np.intp], draws: int, rng: np.random.Generator) -> Array:
    """Errors of right forecasts: an outcome lies anywhere in its forecast's distribution, alike for all of a run."""
    places = (rng.random(int(groups.max()) + 1)[groups] for _ in range(draws))
    return np.array([_error(2.0 * np.abs(place - 0.5)[:, None] <= _MASSES) for place in places])


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("y", "what was measured at the place that was forecast"),
        Column("quantiles", "the forecast's, at the levels 0.025, 0.075 ... 0.975", "matrix"),
        Column("run", "whose forecasts belong together", "word", needed=False),
        Column("method", "what made the forecast", "word", needed=False),
    ),
    look=forecasts,
)
