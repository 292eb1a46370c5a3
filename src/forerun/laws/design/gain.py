"""What a run would gain by another learning rate than the one that is planned, before a law can be fitted to it.

The multi-power law with its shape averaged: for each of a grid of shapes (α, C, β, γ) the loss is linear in L₀, A and
B, so that all that the run and those beside it tell of these is had in closed form (Rasmussen and Williams 2006, eq.
2.9), a thousandth of what a fit costs. The gain is a difference of two ends, in two parts: what more area under the
rate gives, and what its falls give. The law gets each part wrong by a share (`ERROR`), whatever the coefficients.

Where no run has cooled down, what falls give is a guess. Then a gain is told only where both parts have one sign.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from forerun.core import Array, Range, Schedule, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws.design.nodes import ending_of
from forerun.laws.path.base import Paths, read
from forerun.laws.path.base.law import applies
from forerun.laws.path.multi_power import kernel

ERROR = 0.2
"""Share of each part of a gain that the law gets wrong, sd; evidence/rate_gains, where it is chosen on other models."""
_ALPHAS = np.geomspace(0.15, 1.2, 10)
_SHAPES = np.array(list(itertools.product([0.5, 2.0, 8.0], [0.15, 0.3, 0.6], [0.4, 0.65, 0.9])))  # C, β, γ
# L₀, A and B as shares of the last loss (A times what is left of the fall, B times the peak rate), and their sds
_MEAN, _SD = np.array([0.8, 0.2, 0.06]), np.array([0.5, 0.5, 0.04])
_WORTH = 0.3  # of a point: neighbours are not independent, and no shape is right
_POINTS = 40  # of a run; more tell no more
_NOISE = 5e-4  # of a loss, least sd of a point, and of what will be measured
_COOLED = 0.1  # of the peak, by which a rate must have fallen to tell what falls give
_OF_MATTER = 0.01  # of the other part, below which one is none
_FEWEST = 8
_ROUNDS = 2  # for the sd of what a shape leaves
_SAME_PEAK = 0.02  # as laws along a path
_REACH = 1.2815515594457831  # of a normal's 80% interval


@dataclass(frozen=True, eq=False)
class RateGain(Noun):
    """By how much another rate ends lower than the one that is planned.

    Args:
        gain: the loss that is planned less that of the other, 80%.
        by_area, by_falls: its two parts.
        chance: that it is above 0.
        has_cooldown: whether any run has cooled down.
    """

    gain: Range
    by_area: float
    by_falls: float
    chance: float
    has_cooldown: bool


def rate_gain(
    table: Table, run: str, planned: Schedule, other: Schedule, *, guess: bool = False
) -> RateGain | Undecided:
    """What a run would gain by another rate.

    Args:
        table: columns run, step, rate and y: the run so far, and such as went its way until their rates parted.
        run: which of them it is.
        planned, other: whole rates over steps, from 0 to where each ends.
        guess: tell it too where nothing tells what falls of the rate give; signs are then often wrong.

    Returns:
        `Undecided` where there are too few points, the peaks differ, or nothing tells what falls of the rate give.

    Example:
        >>> step = np.arange(100.0, 5001.0, 100.0)
        >>> cooled, falling = np.clip((5000 - step) / 1000, 0, 1), 2.5 + 20 * step**-0.5
        >>> table = Table({"run": ["own"] * 50 + ["beside"] * 50, "step": np.tile(step, 2),
        ...                "rate": 1e-3 * np.append(np.ones(50), cooled),
        ...                "y": np.append(falling, falling - 0.15 * (1 - cooled))})
        >>> stays = Schedule("constant", {"peak": 1e-3, "steps": 6000})
        >>> cools = stays.then(Schedule("linear", {"peak": 1e-3, "steps": 1000}), at=5000)
        >>> found = rate_gain(table, "own", stays, cools)
        >>> found.gain.low < 0.15 < found.gain.high, found.chance > 0.99
        (True, True)
    """
    X, y = _points(read(table), np.asarray(table.columns["y"], dtype=np.float64))
    own = np.flatnonzero(np.array(X.names)[X.run] == run)
    if y.size < _FEWEST or own.size < 2:
        return Undecided(f"{y.size} points beyond the first phase of training", f"at least {_FEWEST}")
    ends = (ending_of(planned), ending_of(other))
    peaks = [float(X.peak.max()), *(float(end.peak[0]) for end in ends)]
    if max(peaks) > (1.0 + _SAME_PEAK) * min(peaks):
        return Undecided("the rates have other peaks than the runs", "a rate that does not go above what it was")
    has_cooldown = _fell(X) >= _COOLED
    means, variances, parts = _averaged(X, y, int(own[-1]), ends)
    area, falls = (float(part) for part in parts)
    if not (has_cooldown or guess) and area * falls < 0 and abs(falls) > _OF_MATTER * abs(area):
        return Undecided(
            "no run beside has cooled down, so that what a falling rate gives is not known",
            "a run of the same model and peak rate that has cooled down",
        )
    noise = _NOISE * float(y[own[-1]])
    sd = sqrt(variances + (ERROR * area) ** 2 + (ERROR * falls) ** 2 + 2.0 * noise**2)
    gain = Range(means, means - _REACH * sd, means + _REACH * sd, "loss")
    return RateGain(gain, area, falls, 0.5 * (1.0 + erf(means / sd / sqrt(2.0))), has_cooldown)


def _points(X: Paths, y: Array) -> tuple[Paths, Array]:
    """At most so many of each run, beyond the early phase and finite."""
    good = applies(X) & np.isfinite(y) & (y > 0)
    chosen: list[int] = []
    for run in np.unique(X.run):
        rows = np.flatnonzero(good & (X.run == run))
        evenly = np.linspace(0, max(rows.size - 1, 0), _POINTS).round().astype(int)
        chosen += rows[np.unique(evenly)].tolist() if rows.size else []
    return X.take(np.array(chosen, int)), y[chosen]


def _fell(X: Paths) -> float:
    """By how much of its peak any run's rate fell, as far as its points go."""
    return max((1.0 - float(X.rate[X.run == i].min()) / float(X.peak[i]) for i in np.unique(X.run)), default=0.0)


def _averaged(X: Paths, y: Array, now: int, ends: tuple[Paths, Paths]) -> tuple[float, float, tuple[float, float]]:
    """Of the gain: mean, variance, and its parts by area and by falls."""
    last, area = float(y[now]), float(X.area[now])
    z = y / last
    drop, at_ends = _drops(X, float(X.peak.max())), [_drops(end, float(X.peak.max()))[:, 0] for end in ends]
    evidence, mean, variance, by_area, by_falls = (list[float]() for _ in range(5))
    for alpha in _ALPHAS:
        fall = (X.area / area) ** -alpha
        less = [float((end.area[0] / area) ** -alpha) for end in ends]
        for k in range(len(_SHAPES)):
            likelihood, beta, covariance = _coefficients(np.stack([np.ones(z.size), fall, -drop[k]], axis=1), z)
            apart = np.array([0.0, less[0] - less[1], at_ends[1][k] - at_ends[0][k]])
            evidence.append(likelihood)
            mean.append(float(apart @ beta))
            variance.append(float(apart @ covariance @ apart))
            by_area.append(float(apart[1] * beta[1]))
            by_falls.append(float(apart[2] * beta[2]))
    weight = np.exp(np.array(evidence) - max(evidence))
    weight /= weight.sum()
    middle = float(weight @ mean)
    spread = float(weight @ (np.array(variance) + (np.array(mean) - middle) ** 2))
    return last * middle, last**2 * spread, (last * float(weight @ by_area), last * float(weight @ by_falls))


def _drops(X: Paths, peak: float) -> Array:
    """What falls have given at every point, in peaks of the rate, shape (shapes, points)."""
    C, beta, gamma = _SHAPES.T[..., None]
    return kernel(C, beta, gamma, X)[0] / peak


def _coefficients(x: Array, z: Array) -> tuple[float, Array, Array]:
    """Log evidence of a shape, and mean and covariance of its coefficients; with them the sd of what it leaves."""
    prior = np.diag(_SD**-2.0)
    gram, moment, sd = x.T @ x, x.T @ z, 0.004  # where the search for the sd begins: of no matter
    precision: Array = prior
    beta: Array = _MEAN
    for _ in range(_ROUNDS):
        precision = prior + _WORTH * gram / sd**2
        beta = np.asarray(np.linalg.solve(precision, prior @ _MEAN + _WORTH * moment / sd**2), np.float64)
        rest = z - x @ beta
        sd = max(float(np.sqrt(rest @ rest / max(z.size - 3, 1))), _NOISE)
    off = beta - _MEAN
    evidence = -_WORTH * z.size * np.log(sd) - 0.5 * float(off @ prior @ off)
    covariance = np.asarray(np.linalg.inv(precision), np.float64)
    return evidence - 0.5 * float(np.linalg.slogdet(precision)[1]), beta, covariance
