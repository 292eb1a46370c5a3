"""Cases to learn from: recorded curves shown up to random origins, bent in ways that runs differ, and invented ones.

A net that sees only recorded curves knows the sources by heart and fails on the next one. Recorded curves are therefore
also shown stretched in x, bent in y, noisier, thinned, with their start cut off, and a tenth of them turned over (a
gain that is lost); and a tenth of all cases are invented: level, wandering, power and exponential laws, learning-rate
laws under random schedules, curves that turn, and late jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, Curve, Schedule
from forerun.forecast.forecaster import origins
from forerun.forecast.nets.features import COUNT, describe
from forerun.synthetic import shapes
from forerun.synthetic.noise import autoregression, wandering

Rng = np.random.Generator
_LEAST = 4
_TURNED = 0.1  # share of bent curves whose direction is turned over
_TO_END = 0.7  # share of random cases whose target is the end
_WHOLE = 0.8  # share of random cases in which the end is the run's own and not an earlier point


@dataclass(frozen=True)
class Cases:
    """Features (n, COUNT) and outcomes z (n,), up is better."""

    features: NDArray[np.float32]
    outcome: NDArray[np.float32]

    @classmethod
    def of(cls, pairs: Sequence[tuple[Array, float]]) -> Cases:
        # half the room; they are rounded anyway
        features = np.array([f for f, _ in pairs], np.float32).reshape(-1, COUNT)
        return cls(features, np.array([z for _, z in pairs], np.float32).reshape(-1))


@dataclass(frozen=True)
class _Bare:
    """A curve as bare arrays; sign is 1 when higher is better."""

    x: Array
    y: Array
    sign: float
    schedule: Schedule | None


def at_origins(curve: Curve, schedule: Schedule | None) -> Cases:
    """The end of a curve as seen from the origins of the backtest."""
    bare = _bare(curve, schedule)
    return Cases.of([_case(bare, n, bare.x.size - 1, bare.x.size - 1) for n in origins(bare.x.size, least=_LEAST)])


def at_random(curve: Curve, schedule: Schedule | None, rng: Rng, n: int) -> Cases:
    """Random points of a curve as seen from random origins."""
    bare = _bare(curve, schedule)
    return Cases.of([pair for _ in range(n) for pair in _try(bare, rng)])


def bent(curve: Curve, schedule: Schedule | None, rng: Rng, n: int) -> Cases:
    """As `at_random`, of bent copies of the curve."""
    bare = _bare(curve, schedule)
    return Cases.of([pair for _ in range(n) for pair in _try(_bend(bare, rng), rng)])


def invented(rng: Rng, n: int) -> Cases:
    """As `at_random`, of invented curves."""
    return Cases.of([pair for _ in range(n) for pair in _try(_invent(rng), rng)])


def _bare(curve: Curve, schedule: Schedule | None) -> _Bare:
    usable = np.isfinite(curve.y) & (curve.x > 0)
    return _Bare(curve.x[usable], curve.y[usable], 1.0 if curve.direction == "max" else -1.0, schedule)


def _case(bare: _Bare, shown: int, target: int, end: int) -> tuple[Array, float]:
    at = np.unique(bare.x[[target, end]])
    described = describe(bare.x[:shown], bare.y[:shown], bare.sign, at, bare.schedule)
    return described.features[0], float(bare.sign * described.scale.to_z(bare.y[target]))


def _try(bare: _Bare, rng: Rng) -> Iterator[tuple[Array, float]]:
    n = bare.x.size
    if n <= _LEAST + 1:
        return
    end: int = n - 1 if rng.random() < _WHOLE else int(rng.integers(max(_LEAST + 1, n // 3), n))
    even = rng.random() < 0.5
    early = float(np.log(0.05))
    shown = int(rng.integers(_LEAST, end + 1)) if even else round(end * float(np.exp(rng.uniform(early, 0.0))))
    shown = min(max(shown, _LEAST), end)
    target = end if rng.random() < _TO_END else int(rng.integers(shown, end + 1))
    features, z = _case(bare, shown, target, end)
    if np.isfinite(features).all() and np.isfinite(z):
        yield features, z


def _bend(bare: _Bare, rng: Rng) -> _Bare:
    x, y, schedule = bare.x, bare.y, bare.schedule
    low, high = np.quantile(y, [0.02, 0.98])
    span = float(high - low) if high > low else max(abs(float(low)), 1e-8)
    if rng.random() < 0.5:
        power, share = np.exp(rng.uniform(-0.9, 0.9)), np.clip((y - low) / span, -0.5, 1.5)
        y = _signed_power(share, power) if rng.random() < 0.5 else 1.0 - _signed_power(1.0 - share, power)
        y, span = y + rng.uniform(-2.0, 2.0), 1.0
    if rng.random() < 0.35:
        y = y + _coloured(rng, y.size) * span * np.exp(rng.uniform(-6.0, -2.0))
    if rng.random() < 0.5 and x.size:
        power, last = np.exp(rng.uniform(-0.6, 0.6)), x[-1]
        x = last * (x / last) ** power
        if schedule is not None:
            at = last * (np.maximum(np.asarray(schedule.params["x"], float), 0.0) / last) ** power
            schedule = Schedule("path", {"x": at, "value": schedule.params["value"]}, schedule.axis)
    if rng.random() < 0.2 and x.size > 24:
        cut = int(rng.integers(1, x.size // 3))
        x, y = x[cut:], y[cut:]
    if rng.random() < 0.2 and x.size > 40:
        every = int(rng.integers(2, max(3, x.size // 14)))
        x, y = x[::-1][::every][::-1], y[::-1][::every][::-1]
    return _Bare(x, y, bare.sign * (-1.0 if rng.random() < _TURNED else 1.0), schedule)


def _signed_power(v: Array, power: float) -> Array:
    return np.sign(v) * np.abs(v) ** power


def _coloured(rng: Rng, n: int) -> Array:
    """Unit noise, independent or following itself by 0.5 or 0.9."""
    follow = float(rng.choice([0.0, 0.0, 0.5, 0.9]))
    return autoregression(rng.standard_normal(n) * np.sqrt(1.0 - follow**2), follow)


def _invent(rng: Rng) -> _Bare:
    n = int(np.exp(rng.uniform(float(np.log(12)), float(np.log(400)))))
    t = np.arange(1, n + 1) / n
    kinds: list[Callable[[Array, Rng], tuple[Array, Schedule | None]]] = [
        _level, _wandering, _families, _families, _annealed, _annealed, _annealed, _turning, _jumping,
    ]  # fmt: skip
    y, schedule = kinds[rng.integers(len(kinds))](t, rng)
    span = float(np.ptp(y)) or 1.0
    y = y + _coloured(rng, n) * span * np.exp(rng.uniform(-7.0, -1.5))
    if rng.random() < 0.4:
        y = y + wandering(n, rng) * span * np.exp(rng.uniform(-5.0, -1.5))
    y = y + rng.uniform(0.0, 4.0) * span
    worse = rng.random() < 0.15  # what falls here is a gain, so the run gets worse
    mirrored = rng.random() < 0.3
    sign = 1.0 if worse != mirrored else -1.0
    return _Bare(1000.0 * t, -y if mirrored else y, sign, schedule)


def _level(t: Array, rng: Rng) -> tuple[Array, None]:
    return np.zeros(t.size), None


def _wandering(t: Array, rng: Rng) -> tuple[Array, None]:
    return wandering(t.size, rng), None


def _families(t: Array, rng: Rng) -> tuple[Array, None]:
    y = np.zeros(t.size)
    for _ in range(rng.integers(1, 3)):
        which = rng.integers(4)
        if which == 0:
            shift = rng.choice([0.0, 0.01, 0.1])
            shape = shapes.power(t, np.exp(rng.normal(-0.9, 0.7)), shift)
        elif which == 1:
            rate = np.exp(rng.uniform(0.0, 3.5))
            shape = shapes.stretched(t, rate, np.exp(rng.normal(0.0, 0.4)))
        elif which == 2:
            middle = np.exp(rng.uniform(-3.0, 0.0))
            shape = shapes.hill(t, middle, np.exp(rng.normal(0.5, 0.5)))
        else:
            shape = shapes.logarithm(t, 0.01)
        y += rng.random() * (shape - shape[-1]) / (shape[0] - shape[-1] + 1e-9)
    return y, None


def _turning(t: Array, rng: Rng) -> tuple[Array, None]:
    fall = t ** -np.exp(rng.normal(-0.7, 0.5))
    rise = np.maximum(0.0, t - rng.uniform(0.1, 0.9)) ** rng.choice([1, 2])
    return (fall - fall[-1]) / (fall[0] - fall[-1]) + rng.uniform(0.05, 1.0) * rise, None


def _jumping(t: Array, rng: Rng) -> tuple[Array, None]:
    jump = 1.0 / (1.0 + np.exp((t - rng.uniform(0.1, 1.2)) * np.exp(rng.uniform(2.0, 5.0))))
    return jump + rng.uniform(0.0, 0.5) * t**-0.3, None


def _annealed(t: Array, rng: Rng) -> tuple[Array, Schedule | None]:
    """The multi-power law (Luo et al. 2025) under a random schedule, told in most cases."""
    fine = np.arange(1, 1001) / 1000.0
    rate = _random_schedule(fine, rng)
    area = np.cumsum(rate) / fine.size  # step by step, no `RatePath`: the shipped nets were learned on these curves
    fall = (area + rng.choice([0.003, 0.01, 0.03])) ** -np.exp(rng.normal(-0.7, 0.4))
    fall = (fall - fall[-1]) / (fall[0] - fall[-1] + 1e-9)
    quick, power = np.exp(rng.uniform(2.0, 4.5)), rng.uniform(0.4, 0.8)
    drop, gain = np.concatenate([[0.0], -np.diff(rate)]), np.zeros(fine.size)
    warm = int(np.argmax(rate))
    for i in np.flatnonzero(np.abs(drop) > 1e-9):
        if i > warm:
            gain[i:] += drop[i] * (1.0 - (1.0 + quick * (area[i:] - area[i] + rate[i] / fine.size)) ** -power)
    loss = fall - np.exp(rng.normal(-1.7, 0.7)) * gain
    schedule = Schedule("path", {"x": 1000.0 * fine, "value": rate}) if rng.random() < 0.7 else None
    return np.interp(t, fine, np.asarray(loss)), schedule


def _random_schedule(t: Array, rng: Rng) -> Array:
    """Constant, cosine, linear, or stable with a linear, stepped or exponential cooldown; warm-up in most."""
    which, floor, cool = rng.integers(6), rng.choice([0.0, 0.1]), rng.uniform(0.05, 0.5)
    rate = np.ones(t.size)
    if which == 1:
        rate = floor + (1.0 - floor) * 0.5 * (1.0 + np.cos(np.pi * t))
    elif which == 2:
        rate = 1.0 - t * (1.0 - floor)
    elif which == 3:
        rate = np.minimum(1.0, (1.0 - t) / cool)
    elif which == 4:
        for cut in rng.uniform(0.2, 0.95, rng.integers(1, 4)):
            rate = np.where(t > cut, rate * rng.choice([0.1, 0.3, 0.5]), rate)
    elif which == 5:
        rate = np.where(t < 1.0 - cool, 1.0, np.exp(-(t - 1.0 + cool) / cool * rng.uniform(1.0, 4.0)))
    warm = rng.choice([0.0, 0.01, 0.05, 0.1])
    return np.maximum(rate * np.minimum(1.0, t / warm) if warm else rate, 0.0)
