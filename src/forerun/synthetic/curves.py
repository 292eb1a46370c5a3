"""Learning curves with known truth: the level without noise, and what happens to it and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Curve, Schedule
from forerun.core.curve import Direction
from forerun.synthetic import shapes
from forerun.synthetic.noise import NOISES, NoiseName, following

Rng = np.random.Generator


@dataclass(frozen=True)
class KnownEvent:
    """Something that happens to a curve, as a detector should find it.

    Args:
        kind: as detectors call it: ``"spike"``, ``"plateau"``, ``"rising"``, ``"non_finite"``.
        start: the x at which it begins.
        end: the x at which it is over; None where it lasts.
    """

    kind: str
    start: float
    end: float | None = None


@dataclass(frozen=True)
class KnownCurve:
    """A curve whose truth is known.

    Args:
        curve: as it would be logged.
        level: shape (n,), its values without noise.
        events: what happens to it, in order.
        schedule: the learning rate that it follows, where it follows one.
    """

    curve: Curve
    level: Array
    events: tuple[KnownEvent, ...] = ()
    schedule: Schedule | None = None


def falling(
    n: int, rng: Rng, *, floor: float = 1.0, drop: float = 1.0, exponent: float = 0.5, sd: float = 0.02,
    follow: float = 0.0,
) -> KnownCurve:  # fmt: skip
    """A loss that falls by a power law to a floor, and to which nothing happens.

    Args:
        n: points, logged at steps 1 to n.
        floor, drop: the level is floor + drop x^-exponent.
        sd: of the noise. follow: its correlation from point to point.

    Example:
        >>> known = falling(100, np.random.default_rng(0), sd=0.0)
        >>> float(known.curve.y[-1]), known.events
        (1.1, ())
    """
    return _known(_fall(_steps(n), floor, drop, exponent), rng, sd, follow)


def stalled(
    n: int, rng: Rng, *, at: int, floor: float = 1.0, drop: float = 1.0, exponent: float = 0.5, sd: float = 0.01,
    noise: NoiseName = "normal",
) -> KnownCurve:  # fmt: skip
    """A loss that falls as in `falling` and stands still from step ``at`` on, under noise of a family of `NOISES`.

    Example:
        >>> known = stalled(100, np.random.default_rng(0), at=25, sd=0.0)
        >>> known.curve.y[[24, 99]].tolist(), known.events
        ([1.2, 1.2], (KnownEvent(kind='plateau', start=25.0, end=None),))
    """
    level = _fall(np.minimum(_steps(n), at), floor, drop, exponent)
    return _known(level, rng, sd, events=[KnownEvent("plateau", float(at))], noise=noise)


def overfit(
    n: int, rng: Rng, *, turns: float = 1 / 3, floor: float = 0.6, drop: float = 0.4, exponent: float = 0.5,
    rise: float = 0.3, sd: float = 0.01, metric: str = "val/loss", noise: NoiseName = "normal",
) -> KnownCurve:  # fmt: skip
    """A validation loss that falls by a power law, to which a straight rise is added from a share of the run on.

    Args:
        turns: that share; there the level is floor + drop. Where the rise outweighs the fall lies the best.
        rise: how much it adds up to at the end.
        noise: a family of `NOISES`.

    Example:
        >>> known = overfit(90, np.random.default_rng(0), sd=0.0)
        >>> known.events, round(float(known.level[-1] - known.level[35]), 2)
        ((KnownEvent(kind='rising', start=36.0, end=None),), 0.14)
    """
    t = _steps(n) / (turns * n)
    level = _fall(t, floor, drop, exponent) + rise * shapes.turn(t, 1.0) / (1.0 / turns - 1.0)
    best = KnownEvent("rising", float(np.argmin(level) + 1))
    return _known(level, rng, sd, events=[best], metric=metric, noise=noise)


def spiked(
    n: int, rng: Rng, *, at: Sequence[int], height: float = 0.5, fade: float = 3.0, length: int = 10,
    floor: float = 1.0, drop: float = 1.0, exponent: float = 0.5, sd: float = 0.02, noise: NoiseName = "normal",
) -> KnownCurve:  # fmt: skip
    """A loss that falls as in `falling`, with spikes that fade.

    Args:
        at: the steps at which spikes begin, at least ``length`` apart.
        height: of the first point of each.
        fade: points in which a spike falls to a 1/e of its height. length: points it lasts.
        noise: a family of `NOISES`.

    Example:
        >>> known = spiked(100, np.random.default_rng(0), at=(50,), height=2.0, sd=0.0)
        >>> round(float(known.curve.y[49] - known.curve.y[48]), 2), known.events[0].end
        (2.0, 60.0)
    """
    level = _fall(_steps(n), floor, drop, exponent)
    shape = height * np.exp(-np.arange(length) / fade)
    for step in at:
        if not 1 <= step <= n:
            raise BadInput(f"a spike at step {step} does not lie within 1 to {n}", where="synthetic curve")
        level[step - 1 : step - 1 + length] += shape[: n - step + 1]
    spikes = [KnownEvent("spike", float(s), float(s + length)) for s in at]
    return _known(level, rng, sd, events=spikes, noise=noise)


def broken_off(
    n: int, rng: Rng, *, at: int, floor: float = 1.0, drop: float = 1.0, exponent: float = 0.5, sd: float = 0.02
) -> KnownCurve:
    """A loss that falls as in `falling` and is NaN from step ``at`` on.

    Example:
        >>> known = broken_off(10, np.random.default_rng(0), at=8)
        >>> np.flatnonzero(np.isnan(known.curve.y)).tolist(), known.events[0].kind
        ([7, 8, 9], 'non_finite')
    """
    level = _fall(_steps(n), floor, drop, exponent)
    level[at - 1 :] = np.nan
    return _known(level, rng, sd, events=[KnownEvent("non_finite", float(at))])


def returns(
    n: int, rng: Rng, *, start: float = -1500.0, gain: float = 1000.0, slow: float = 40.0, sd: float = 50.0,
    follow: float = 0.5,
) -> KnownCurve:  # fmt: skip
    """The return of an agent that learns: it rises to a level, under noise that follows itself.

    Args:
        slow: points in which all but a 1/e of the gain is made.

    Example:
        >>> known = returns(400, np.random.default_rng(0))
        >>> known.curve.direction, round(float(known.level[-1]))
        ('max', -500)
    """
    level = start + gain * (1.0 - shapes.stretched(np.arange(float(n)), 1.0 / slow))
    return _known(level, rng, sd, follow, metric="eval/return", direction="max")


def annealed(
    n: int, rng: Rng, *, cooldown: float | None = 0.3, peak: float = 3e-4, every: float = 100.0, floor: float = 2.5,
    drop: float = 0.5, exponent: float = 0.4, gain: float = 0.25, sd: float = 0.005, metric: str = "train/loss",
) -> KnownCurve:  # fmt: skip
    """A loss that follows its learning rate: a power of the area under it, less what its fall gives at once.

    Args:
        cooldown: the share of the run over which the rate falls to nothing in a straight line; None keeps it.
        every: steps between points.
        gain: what a cooldown to nothing gives.

    Example:
        >>> cooled, level = (annealed(100, np.random.default_rng(0), cooldown=c).level[-1] for c in (0.3, None))
        >>> bool(cooled < level - 0.2)
        True
    """
    share = _steps(n) / n
    rate = np.ones(n) if cooldown is None else np.minimum(1.0, (1.0 - share) / cooldown)
    level = floor + drop * shapes.power(np.cumsum(rate) / n, exponent, 0.01) - gain * (1.0 - rate)
    x = every * _steps(n)
    known = _known(level, rng, sd, metric=metric)
    schedule = Schedule("path", {"x": x, "value": peak * rate})
    return KnownCurve(Curve(x, known.curve.y, metric=metric), level, (), schedule)


def _steps(n: int) -> Array:
    return np.arange(1.0, n + 1.0)


def _fall(t: Array, floor: float, drop: float, exponent: float) -> Array:
    return floor + drop * shapes.power(t, exponent)


def _known(
    level: Array, rng: Rng, sd: float, follow: float = 0.0, *, events: Sequence[KnownEvent] = (), metric: str = "loss",
    direction: Direction = "min", noise: NoiseName = "normal",
) -> KnownCurve:  # fmt: skip
    """The level under noise, logged at steps 1 to n."""
    drawn = following(level.size, rng, follow) if noise == "normal" else NOISES[noise](level.size, rng)
    y = level + sd * drawn
    return KnownCurve(Curve(_steps(level.size), y, metric=metric, direction=direction), level, tuple(events))
