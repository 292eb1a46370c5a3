"""At which learning rate the next size will diverge, from how a norm of the smaller ones grows with rate and size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from forerun.core import Array, BadInput, Undecided

Flags = NDArray[np.bool_]
_SIZES = 3  # a parabola in the logarithm of the size needs as many
_BEYOND = 10.0  # rates beyond those swept to look at, by this factor
_GRID = 400


@dataclass(frozen=True)
class DivergingRate:
    """The learning rate at which a size that was never trained is said to diverge.

    Args:
        rate: where the norm is forecast to pass the threshold.
        low, high: the interval: where the upper edge of the forecast passes the largest norm below the threshold, and
            its lower edge the smallest above; None where it does so nowhere within ten times the rates swept.
        threshold: the norm that tells runs that failed from those that did not.
        mistaken: share on its wrong side, averaged over runs that failed and runs that did not.
        error: sd of the fit, in the logarithm of the norm.
    """

    rate: float
    low: float | None
    high: float | None
    threshold: float
    mistaken: float
    error: float


def diverging_rate(
    rates: ArrayLike,
    sizes: ArrayLike,
    norms: ArrayLike,
    failed: ArrayLike,
    *,
    size: float,
    level: float = 0.8,
) -> DivergingRate | Undecided:
    """Extrapolate log norm, a parabola in log rate and log size, to a size, and see where it passes the threshold.

    The norm is whatever grows before a divergence: the largest attention logit, the rms of activations, the norm of
    the gradient. Assumes that one threshold serves all sizes, as the published runs do.

    Args:
        rates, sizes: shape (n,), peak learning rate, and width or parameters, of each finished run.
        norms: shape (n,), above zero; runs whose norm is not finite tell nothing of the fit, and count as failed.
        failed: shape (n,), whether the run diverged or ended far above the best of its size.
        size: the one to be trained next.
        level: of the interval.

    Returns:
        Undecided where fewer than two runs failed or did not, under three sizes or eight finite norms, where the norm
        does not tell failures apart (one of five on the wrong side), and where the forecast passes the threshold
        nowhere within ten times the rates that were swept, or everywhere.

    Raises:
        BadInput: unlike lengths; a rate, size or norm that is not above zero.

    Source: Wortsman et al. 2023, arXiv 2309.14322, section 3.4, where attention logits forecast that a 4.8B model fails
    at a rate of 1e-2; the threshold and the interval are ours.

    Example:
        >>> rates, sizes = (one.ravel() for one in np.meshgrid(np.logspace(-3, 0, 7), [16, 24, 32, 48]))
        >>> norms = 20.0 * rates * sizes
        >>> answer = diverging_rate(rates, sizes, norms, norms > 100, size=100)
        >>> round(answer.rate, 2)
        0.05
    """
    eta, n, norm = (np.asarray(one, dtype=np.float64) for one in (rates, sizes, norms))
    bad = np.asarray(failed, dtype=np.bool_)
    if not eta.shape == n.shape == norm.shape == bad.shape:
        raise BadInput(f"{eta.size} rates, {n.size} sizes, {norm.size} norms, {bad.size} ends", where="diverging_rate")
    finite = np.isfinite(norm)
    if (eta <= 0.0).any() or (n <= 0.0).any() or (norm[finite] <= 0.0).any():
        raise BadInput("rates, sizes and norms must be above zero", where="diverging_rate")
    bad = bad | ~finite
    if min(bad.sum(), bad.size - bad.sum()) < 2:
        return Undecided(f"{bad.sum()} of {bad.size} runs failed", "two runs that failed and two that did not")
    if np.unique(n[finite]).size < _SIZES or finite.sum() < 8:
        return Undecided(f"{np.unique(n[finite]).size} sizes, {finite.sum()} finite norms", "three sizes, eight norms")
    logs = np.log(np.where(finite, norm, 1.0))
    (below, threshold, above), mistaken = _threshold(np.where(finite, logs, np.inf), bad)
    if mistaken > 0.2:
        return Undecided(f"the norm puts {mistaken:.0%} on the wrong side", "a norm that tells failures apart")
    fit = _Fit(np.log(eta[finite]), np.log(n[finite]), logs[finite])
    ends = float(np.log(eta.min() / _BEYOND)), float(np.log(eta.max() * _BEYOND))
    grid = np.linspace(ends[0], ends[1], _GRID)
    middle, reach = fit.at(grid, float(np.log(size)), level)
    passed = np.flatnonzero((middle[1:] > threshold) & (middle[:-1] <= threshold))
    if not passed.size:
        return Undecided(f"the forecast passes {np.exp(threshold):.3g} at no rate near those swept", "other rates")
    i = int(passed[0]) + 1
    not_yet, surely = np.flatnonzero((middle + reach)[:i] <= below), np.flatnonzero((middle - reach)[i:] > above)
    low = float(np.exp(grid[not_yet[-1]])) if not_yet.size else None
    high = float(np.exp(grid[i + surely[0]])) if surely.size else None
    return DivergingRate(float(np.exp(grid[i])), low, high, float(np.exp(threshold)), mistaken, fit.error)


def _threshold(logs: Array, bad: Flags) -> tuple[tuple[float, float, float], float]:
    """The cut with the smallest share on the wrong side of either kind, between its neighbours; and that share."""
    values = np.unique(logs[np.isfinite(logs)])
    values = np.append(values, values[-1])
    cuts = (values[1:] + values[:-1]) / 2.0
    wrong = [float((logs[bad] <= cut).mean() + (logs[~bad] > cut).mean()) / 2.0 for cut in cuts]
    best = int(np.argmin(wrong))
    return (float(values[best]), float(cuts[best]), float(values[best + 1])), wrong[best]


class _Fit:
    """Least squares of a parabola in two logarithms."""

    def __init__(self, rate: Array, size: Array, norm: Array) -> None:
        self.centre = float(rate.mean()), float(size.mean())
        design = self._terms(rate, size)
        self.inverse = np.linalg.pinv(design.T @ design)
        self.weights = self.inverse @ design.T @ norm
        self.degrees = norm.size - int(np.linalg.matrix_rank(design))
        rest = norm - design @ self.weights
        self.error = float(np.sqrt(float(rest @ rest) / max(self.degrees, 1)))

    def _terms(self, rate: Array, size: Array) -> Array:
        a, b = rate - self.centre[0], size - self.centre[1]
        return np.stack([np.ones_like(a), a, b, a * a, a * b, b * b], axis=1)

    def at(self, rate: Array, size: float, level: float) -> tuple[Array, Array]:
        """The forecast at rates and how far its interval reaches, in the logarithm."""
        terms = self._terms(rate, np.full_like(rate, size))
        spread = self.error * np.sqrt(1.0 + np.einsum("ij,jk,ik->i", terms, self.inverse, terms))
        return terms @ self.weights, float(special.stdtrit(max(self.degrees, 1), 0.5 + level / 2)) * spread
