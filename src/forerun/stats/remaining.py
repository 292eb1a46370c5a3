"""How likely a falling curve still improves: a posterior over power laws that go on or have stopped.

The curve's last stretch is c - b g(t), g(t) = (1 - t^-a) / a, either throughout or until a time from which it stands
still. All (a, time) of a grid are weighed by how well they fit; c and b are integrated over in closed form, b evenly
between nothing and all that was gained. Noise that follows itself counts as fewer points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from forerun.stats.robust import robust_sd

Array = NDArray[np.float64]
_EXPONENTS: Array = np.array([-1.0, 1e-9, 0.3, 0.6, 1.0, 1.5])  # a line, a logarithm, power laws
_STRETCHES = (8.0, 4.0, 2.0)  # the last stretch is all after an eighth of the time, or less where no shape fits that
_STOPS = 12  # times at which it may have stopped, now among them, which is to go on
_GOES_ON = 0.5  # prior probability of that
_FAR = 4.0  # robust sds beside the best fit that a value is drawn in to, so that one spike decides nothing
_INDEPENDENT = 20.0  # points that a stretch must be worth; where no shape fits, what is left follows itself
_QUIET = 10.0  # or so many sds of what is left must lie below what is asked about: then it can hide nothing
_LAG_SDS, _LAG_MOST = 1.5, 0.97  # how far above its estimate the noise's correlation is taken to lie, and at most


@dataclass(frozen=True)
class Remaining:
    """What is said of the improvement still to come.

    Args:
        chance: probability that it is more than what was asked about.
        since: t from which the curve stands still, if it does: the median over all that have stopped.
    """

    chance: float
    since: float


def remaining(t: Array, y: Array, *, until: float, worth: float, gain: float) -> Remaining | None:
    """The probability that a curve falls by more than ``worth`` between its last point and ``until``.

    Args:
        t: shape (n,), increasing, above zero, of which at least 8 lie after an eighth of the last.
        y: shape (n,), finite; lower is better.
        until: the t that is asked about, beyond the last.
        worth: the improvement that is asked about, in the unit of y.
        gain: all improvement so far, above zero: the stretch is not taken to have gained more, or more than it spans.

    Returns:
        None where no last stretch is worth twenty independent points, unless what shapes leave is far below `worth`.

    Source: ours; regression with a conjugate prior (Gelman et al. 2013, chapter 14), over a grid of shapes.

    Example:
        >>> t = np.arange(1.0, 201.0)
        >>> noise = 0.001 * np.random.default_rng(0).normal(size=200)
        >>> falls, stands = (1.0 + np.minimum(t, stop) ** -0.5 + noise for stop in (200.0, 60.0))
        >>> [round(remaining(t, y, until=400.0, worth=0.01, gain=0.9).chance, 3) for y in (falls, stands)]
        [1.0, 0.0]
    """
    answers = (_remaining(t, y, until, worth, gain, stretch) for stretch in _STRETCHES)
    return next((one for one in answers if one is not None), None)


def _remaining(t: Array, y: Array, until: float, worth: float, gain: float, stretch: float) -> Remaining | None:
    late = t >= t[-1] / stretch
    s, y = t[late] / float(t[-1]), y[late]
    if s.size < _INDEPENDENT:
        return None
    gain, shapes = max(gain, float(np.ptp(y))), _shapes(s.tobytes())
    fit = _fit(shapes, y)
    off = y - fit.best
    far = _FAR * robust_sd(off)
    if (np.abs(off) > far).any():
        fit = _fit(shapes, fit.best + np.clip(off, -far, far))
    if fit.points < _INDEPENDENT and _QUIET * robust_sd(y - fit.best) > worth:
        return None
    weights = _weights(fit, gain)
    goes_on: Array = weights[-1] * _above(fit, worth / shapes.ahead(until / float(t[-1])), gain)
    stopped: Array = np.cumsum(weights[:-1].sum(axis=1))
    since = shapes.stops[int((stopped < stopped[-1] / 2.0).sum())]
    return Remaining(float(goes_on.sum()), float(since * t[-1]))


@dataclass(frozen=True)
class _Fit:
    """Of each shape, (stops, exponents): what it gains over the stretch, that number's sd, and how ill it fits."""

    gains: Array
    sds: Array
    misfit: Array
    best: Array
    points: float


@dataclass(frozen=True)
class _Shapes:
    """Shapes over a stretch, each with a mean of nothing.

    Args:
        values: shape (stops, exponents, n); the first stop is the begin, so that its shapes stand still.
        power: shape (stops, exponents), sums of squares; 1 of those that stand still.
        gained: shape (exponents,), what each that goes on gains over the stretch before it is scaled to 1.
        stops: shape (stops,), where they stop.
    """

    values: Array
    power: Array
    gained: Array
    stops: Array

    def ahead(self, until: float) -> Array:
        """What each that goes on still gains, as a share of the stretch, up to so many times its end."""
        return (1.0 - until**-_EXPONENTS) / _EXPONENTS / self.gained


@lru_cache(maxsize=256)  # runs of a folder are logged at the same steps; tens of kB each, and so many checks a run
def _shapes(stretch: bytes) -> _Shapes:
    """Those over a stretch, given as the bytes of its times, shape (n,), the last of them 1."""
    s: Array = np.frombuffer(stretch)
    stops: Array = np.geomspace(float(s[0]), 1.0, _STOPS + 1)
    a = _EXPONENTS[:, None]
    times: Array = (1.0 - s**-a) / a
    last: Array = (1.0 - stops**-a) / a
    whole = np.minimum(times[None], last.T[:, :, None]) - times[:, :1]
    shapes = whole / np.concatenate([np.ones_like(whole[:1, :, -1:]), whole[1:, :, -1:]])
    values: Array = shapes - shapes.mean(axis=2, keepdims=True)
    power: Array = (values**2).sum(axis=2)
    power[0] = 1.0
    return _Shapes(values, power, whole[-1, :, -1], stops)


def _fit(shapes: _Shapes, y: Array) -> _Fit:
    """Least squares of each shape, with an error that heeds how the noise of the best one follows itself."""
    n, level, power = y.size, float(y.mean()), shapes.power
    beside = y - level
    gains = -(shapes.values @ beside) / power
    whole = (beside**2).sum()
    left = np.maximum(whole - np.where(gains > 0.0, gains**2 * power, 0.0), 0.0)
    i = divmod(int(left.argmin()), left.shape[1])
    best = level - max(float(gains[i]), 0.0) * shapes.values[i]
    independent = n * _independent(y - best)
    scale = max(float(left[i]) / max(n - 3, 1) * n / independent, 1e-24 * level**2, 1e-300)
    misfit = (whole - gains**2 * power) / scale
    return _Fit(gains, np.sqrt(scale / power), misfit, best, independent)


def _independent(noise: Array) -> float:
    """The share of values that noise which follows itself, an AR(1), is worth."""
    power, n = float(noise @ noise), noise.size
    lag = float(noise[1:] @ noise[:-1]) / power if power > 0.0 else 0.0
    lag = min(max(lag + (1.0 + 4.0 * lag) / n, 0.0), 0.99)
    lag = min(lag + _LAG_SDS * float(np.sqrt((1.0 - lag**2) / n)), _LAG_MOST)
    return (1.0 - lag) / (1.0 + lag)


def _weights(fit: _Fit, gain: float) -> Array:
    """Posterior probability of each shape, (stops, exponents), the last row going on."""
    prior: Array = np.full_like(fit.misfit, (1.0 - _GOES_ON) / _STOPS)
    prior[-1] = _GOES_ON
    log = np.log(prior / len(_EXPONENTS)) - fit.misfit / 2.0
    with np.errstate(divide="ignore"):
        log[1:] += (np.log(fit.sds * np.sqrt(2.0 * np.pi) / gain) + np.log(_between(fit, 0.0, gain)))[1:]
    weights = np.exp(log - log.max())
    return weights / weights.sum()


def _between(fit: _Fit, low: float | Array, high: float) -> Array:
    """Probability that each gain lies between, before it is known that it lies between nothing and all."""
    return np.maximum(special.ndtr((high - fit.gains) / fit.sds) - special.ndtr((low - fit.gains) / fit.sds), 0.0)


def _above(fit: _Fit, least: Array, gain: float) -> Array:
    """Probability that the gain of each shape that goes on is above the least that makes the difference."""
    more = _between(fit, np.minimum(least, gain), gain)[-1]
    return more / np.maximum(_between(fit, 0.0, gain)[-1], 1e-300)
