"""Cases to learn from: recorded curves shown up to random origins, and bent in ways that runs differ.

A net that sees only recorded curves knows the sources by heart and fails on the next one. Recorded curves are therefore
also shown stretched in x, bent in y, noisier, thinned, with their start cut off, and a tenth of them turned over (a
gain that is lost); a tenth of all cases are invented (`forerun.forecast.nets.invented`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, Curve, Schedule
from forerun.forecast.forecaster import origins
from forerun.forecast.nets.features import COUNT, Description, Shown, describe_all
from forerun.synthetic.noise import autoregression

Rng = np.random.Generator
_LEAST = 4
_AT_ONCE = 512  # cases described at once, so that few bent copies lie in memory
_TURNED = 0.1  # share of bent curves whose direction is turned over
_TO_END = 0.7  # share of random cases whose target is the end
_WHOLE = 0.8  # share of random cases in which the end is the run's own and not an earlier point


@dataclass(frozen=True)
class Glimpse:
    """What is shown of a curve, and the value that came at the first point asked."""

    shown: Shown
    came: float


@dataclass(frozen=True)
class Cases:
    """Features (n, COUNT) and outcomes z (n,), up is better."""

    features: NDArray[np.float32]
    outcome: NDArray[np.float32]

    @classmethod
    def of(cls, cases: Iterable[Glimpse]) -> Cases:
        """All cases, described many at once; those in which anything is not finite are left out."""
        every, parts = iter(cases), [Cases(np.zeros((0, COUNT), np.float32), np.zeros(0, np.float32))]
        while some := list(islice(every, _AT_ONCE)):
            parts += cls.of_each([some])
        return cls(np.concatenate([p.features for p in parts]), np.concatenate([p.outcome for p in parts]))

    @classmethod
    def of_each(cls, groups: Sequence[Sequence[Glimpse]]) -> list[Cases]:
        """As `of`, of each group of cases, all described at once."""
        described = iter(describe_all([case.shown for group in groups for case in group]))
        return [cls._of_rows([_row(case, next(described)) for case in group]) for group in groups]

    @classmethod
    def _of_rows(cls, rows: Sequence[tuple[Array, float]]) -> Cases:
        # half the room; they are rounded anyway
        features = np.array([f for f, _ in rows], np.float32).reshape(-1, COUNT)
        outcome = np.array([z for _, z in rows], np.float32)
        finite = np.isfinite(features).all(axis=1) & np.isfinite(outcome)
        return cls(features[finite], outcome[finite])


def _row(case: Glimpse, described: Description) -> tuple[Array, float]:
    return described.features[0], float(case.shown.sign * described.scale.to_z(case.came))


@dataclass(frozen=True)
class Bare:
    """A curve as bare arrays; sign is 1 when higher is better."""

    x: Array
    y: Array
    sign: float
    schedule: Schedule | None

    @classmethod
    def of(cls, curve: Curve, schedule: Schedule | None) -> Bare:
        usable = np.isfinite(curve.y) & (curve.x > 0)
        return cls(curve.x[usable], curve.y[usable], 1.0 if curve.direction == "max" else -1.0, schedule)

    def case(self, shown: int, target: int, end: int) -> Glimpse:
        """The value at one place as seen from the first points, where the run ends at another."""
        at = np.unique(self.x[[target, end]])
        return Glimpse(Shown(self.x[:shown], self.y[:shown], self.sign, at, self.schedule), float(self.y[target]))


def at_origins(curve: Curve, schedule: Schedule | None) -> list[Glimpse]:
    """The end of a curve as seen from the origins of the backtest."""
    bare = Bare.of(curve, schedule)
    end = bare.x.size - 1
    return [bare.case(n, end, end) for n in origins(bare.x.size, least=_LEAST)]


def at_random(curve: Curve, schedule: Schedule | None, rng: Rng, n: int) -> list[Glimpse]:
    """Random points of a curve as seen from random origins."""
    bare = Bare.of(curve, schedule)
    return [case for _ in range(n) for case in anywhere(bare, rng)]


def bent(curve: Curve, schedule: Schedule | None, rng: Rng, n: int) -> list[Glimpse]:
    """As `at_random`, of bent copies of the curve."""
    bare = Bare.of(curve, schedule)
    return [case for _ in range(n) for case in anywhere(_bend(bare, rng), rng)]


def anywhere(bare: Bare, rng: Rng) -> Iterator[Glimpse]:
    """A random point as seen from a random origin; nothing where there are too few points."""
    n = bare.x.size
    if n <= _LEAST + 1:
        return
    end: int = n - 1 if rng.random() < _WHOLE else int(rng.integers(max(_LEAST + 1, n // 3), n))
    even = rng.random() < 0.5
    early = float(np.log(0.05))
    shown = int(rng.integers(_LEAST, end + 1)) if even else round(end * float(np.exp(rng.uniform(early, 0.0))))
    shown = min(max(shown, _LEAST), end)
    yield bare.case(shown, end if rng.random() < _TO_END else int(rng.integers(shown, end + 1)), end)


def _bend(bare: Bare, rng: Rng) -> Bare:
    x, y, schedule = bare.x, bare.y, bare.schedule
    low, high = np.quantile(y, [0.02, 0.98])
    span = float(high - low) if high > low else max(abs(float(low)), 1e-8)
    if rng.random() < 0.5:
        power, share = np.exp(rng.uniform(-0.9, 0.9)), np.clip((y - low) / span, -0.5, 1.5)
        y = _signed_power(share, power) if rng.random() < 0.5 else 1.0 - _signed_power(1.0 - share, power)
        y, span = y + rng.uniform(-2.0, 2.0), 1.0
    if rng.random() < 0.35:
        y = y + coloured(rng, y.size) * span * np.exp(rng.uniform(-6.0, -2.0))
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
    return Bare(x, y, bare.sign * (-1.0 if rng.random() < _TURNED else 1.0), schedule)


def _signed_power(v: Array, power: float) -> Array:
    return np.sign(v) * np.abs(v) ** power


def coloured(rng: Rng, n: int) -> Array:
    """Unit noise, independent or following itself by 0.5 or 0.9."""
    follow = float(rng.choice([0.0, 0.0, 0.5, 0.9]))
    return autoregression(rng.standard_normal(n) * np.sqrt(1.0 - follow**2), follow)
