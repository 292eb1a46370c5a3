"""Cases to learn from, of invented curves.

Level, wandering, power and exponential laws, learning-rate laws under random schedules, curves that turn, and late
jumps: what few recorded sources hold enough of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from forerun.core import Array, Schedule
from forerun.forecast.nets.cases import Bare, Glimpse, Rng, anywhere, coloured
from forerun.synthetic import shapes
from forerun.synthetic.noise import wandering


def invented(rng: Rng, n: int) -> Iterator[Glimpse]:
    """Random points of so many invented curves as seen from random origins."""
    return (case for _ in range(n) for case in anywhere(_invent(rng), rng))


def _invent(rng: Rng) -> Bare:
    n = int(np.exp(rng.uniform(float(np.log(12)), float(np.log(400)))))
    t = np.arange(1, n + 1) / n
    kinds: list[Callable[[Array, Rng], tuple[Array, Schedule | None]]] = [
        _level, _wandering, _families, _families, _annealed, _annealed, _annealed, _turning, _jumping,
    ]  # fmt: skip
    y, schedule = kinds[rng.integers(len(kinds))](t, rng)
    span = float(np.ptp(y)) or 1.0
    y = y + coloured(rng, n) * span * np.exp(rng.uniform(-7.0, -1.5))
    if rng.random() < 0.4:
        y = y + wandering(n, rng) * span * np.exp(rng.uniform(-5.0, -1.5))
    y = y + rng.uniform(0.0, 4.0) * span
    worse = rng.random() < 0.15  # what falls here is a gain, so the run gets worse
    mirrored = rng.random() < 0.3
    sign = 1.0 if worse != mirrored else -1.0
    return Bare(1000.0 * t, -y if mirrored else y, sign, schedule)


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
