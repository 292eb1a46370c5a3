"""What all items asked of one model share beyond the law fitted to each: noise of training, and the law's own error.

Noise of sampling falls with every draw and says nothing of these, and a suite's items are asked of the same few models.
So a model is a random effect: the scatter of mean rates about the law, beyond sampling (Paule and Mandel 1982), is
noise of training, and the next model has its share of it. What a size shares is shrunk by its sampling noise, and a
line through that moves the law; Student's t has as many degrees of freedom as there are sizes beyond that line. The
law's own error is the larger of what the fitter measures for laws in general (`misfit`) and of what a second-order term
shows beyond its noise. That it is the larger, and that the law is moved, was chosen on generated suites:
evidence/laws/other_truths.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Table
from forerun.laws.fitter import Fit, fit, misfit
from forerun.stats.random_effects import between_variance

_LEAST, _MOST = 1e-300, 1.0 - 1e-15  # rates of which the logarithms are taken


def loglog(rate: Array) -> Array:
    """log(-log rate), in which the law is a line."""
    return np.log(-np.log(np.clip(rate, _LEAST, _MOST)))


@dataclass(frozen=True, eq=False)
class BetweenSizes:
    """What sizes share, on the scale log(-log rate) and over log(N / N0).

    Args:
        params, off: shape (sizes,), by how much measured mean rates are off the law of items.
        line: level and slope by which the law is moved.
        noise: sd of a model around the law so moved: noise of training.
        spread: covariance (2, 2) of the line, in units of noise².
        bend: second-order coefficient, as far as it is beyond its own noise.
        parabola: shape (3,), of what it multiplies: 1, x and x², such that no fitted line has a part of it.
        law: the law fitted to mean rates; its ``misfit`` is the error that laws in general make.
        df: sizes beyond the line.
        centre: log N0.
    """

    params: Array
    off: Array
    line: Array
    noise: float
    spread: Array
    bend: float
    parabola: Array
    law: Fit
    df: int
    centre: float

    def at(self, params: float) -> tuple[float, float]:
        """By how much the law is moved at a size, and the sd of a model there around it."""
        x = np.log(params) - self.centre
        basis = np.array([1.0, x])
        training = self.noise**2 * (1.0 + basis @ self.spread @ basis)
        distance = misfit.beyond(self.law.support, np.array([params]))
        general = float(misfit.law_error(self.law.misfit, distance)[0])
        bent = self.bend * float(self.parabola @ [1.0, x, x**2])
        return float(self.line @ basis), float(np.hypot(np.sqrt(training), max(general, abs(bent))))


def between_sizes(params: Array, rate: Array, variance: Array, predicted: Array, centre: float) -> BetweenSizes:
    """What the sizes share.

    Args:
        params: shape (sizes,), 3 or more.
        rate, variance: shape (sizes,), mean rates measured, between 0 and 1, and the variance of their sampling.
        predicted: shape (sizes,), the mean rates that the law of items has.
        centre: log N0.
    """
    x = np.log(params) - centre
    basis = np.stack([np.ones_like(x), x], axis=1)
    off, error = loglog(rate) - loglog(predicted), variance / (rate * np.log(rate)) ** 2
    training = between_variance(off, error, basis)
    shared = training / (training + error + 1e-300) * off
    parabola, across = _across(x, basis)
    curved, blur = float(across @ off), float(across**2 @ (error + training))
    law = fit("pass_until", Table({"params": params, "y": -np.log(rate)}), draws=0)
    assert isinstance(law, Fit)  # 3 sizes are more than its 2 parameters
    return BetweenSizes(
        params=params,
        off=off,
        line=np.asarray(np.linalg.lstsq(basis, shared, rcond=None)[0], float),
        noise=float(np.sqrt(training)),
        spread=np.asarray(np.linalg.inv(basis.T @ basis), float),
        bend=float(np.sqrt(max(curved**2 - blur, 0.0))),
        parabola=parabola,
        law=law,
        df=x.size - 2,
        centre=centre,
    )


def _across(x: Array, basis: Array) -> tuple[Array, Array]:
    """The parabola orthogonal to lines, and the weights of values in its coefficient."""
    level, slope = np.linalg.lstsq(basis, x**2, rcond=None)[0]
    parabola = np.array([-level, -slope, 1.0])
    left = x**2 - basis @ [level, slope]
    return parabola, left / (left @ left)
