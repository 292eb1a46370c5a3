"""Bits of inductive bias: how unlikely it is that a random hypothesis that fits the training data is as good."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import plain
from forerun.stats.bootstrap import Index, bootstrap_interval

CARD = Card(
    name="bias",
    does="Says how many bits of inductive bias a test error takes, from test errors of random hypotheses that fit.",
    source="Boopathy et al. 2024, Towards Exact Computation of Inductive Bias; the fit of moments is ours",
    assumes="Test errors of random hypotheses are those of a scaled chi-square: sums of squares of many small parts.",
    needs="test errors of 50 random hypotheses that fit the training data",
    promises="Within 10% of the closed form of linear hypotheses, where errors are exactly a chi-square.",
    known_answer="Random linear hypotheses in d dimensions: -log2 of the chi-square's tail below the error.",
    control="An error that half of the random hypotheses reach takes one bit, whatever the dimension.",
)
_FEWEST = 50


def bias(error: ArrayLike, *, at: float, seed: int = 0) -> AuditResult | Undecided:
    """Bits that reaching a test error takes.

    Args:
        error: shape (n,), mean squared test errors of random hypotheses that fit the training data.
        at: the error that is reached.
        seed: of the bootstrap.

    Returns:
        bits with an interval over hypotheses. Undecided of fewer than fifty.

    Raises:
        BadInput: errors that are not positive.

    Example:
        >>> errors = np.random.default_rng(0).chisquare(10, 4000)
        >>> round(bias(errors, at=float(np.median(errors)))["bits"].estimate, 1)
        1.0
    """
    v = np.asarray(error, np.float64)
    if v.ndim != 1 or not (v > 0.0).all() or not at > 0.0:
        raise BadInput("errors must be above 0")
    if v.size < _FEWEST:
        return Undecided(f"{v.size} hypotheses", f"{_FEWEST} or more")

    def of(rows: Index) -> float:
        return bits(v[rows], at)

    low, high = bootstrap_interval(of, v.size, seed=seed)
    reached = float((v <= at).mean())
    measurements = (
        Measurement("bits", of(np.arange(v.size)), low, high, v.size, "scaled chi-square, bootstrap over hypotheses"),
        plain("hypotheses that reach the error", reached, v.size, "share"),
        plain("degrees of freedom", 2.0 * float(v.mean()) ** 2 / float(v.var()), v.size, "of the chi-square"),
    )
    far = () if reached > 0.0 else ("none reaches the error: the bits rest on the form of the tail",)
    return AuditResult(measurements, warnings=far)


def bits(errors: Array, at: float) -> float:
    """Minus log2 of the chance of such an error or less, by the chi-square with the same mean and variance.

    Far in the tail the chance is below what a number holds; there its logarithm is summed as a series.
    """
    mean, variance = float(errors.mean()), float(errors.var(ddof=1))
    shape, scale = mean**2 / variance, variance / mean
    return -_log_lower(shape, at / scale) / float(np.log(2.0))


def _log_lower(a: float, x: float) -> float:
    """Log of the regularised lower incomplete gamma function."""
    direct = float(special.gammainc(a, x))
    if direct > 1e-200:
        return float(np.log(direct))
    terms = np.cumsum(np.log(x) - np.log(a + np.arange(1, 500)))
    return a * float(np.log(x)) - x - float(special.gammaln(a + 1.0)) + float(np.log1p(np.exp(terms).sum()))


AUDIT = Audit(
    card=CARD,
    columns=(Column("error", "mean squared test error of a random hypothesis that fits the training data"),),
    look=bias,
)
