"""Losses to which something happens that does not come back: a shift, a divergence, a change, a switch of tasks.

Each is a loss as in `falling` under noise of a family that is named, so that a detector can be tried where noise is not
normal, follows itself or grows smaller.
"""

from __future__ import annotations

import numpy as np

from forerun.core import Array, BadInput, Curve
from forerun.synthetic.curves import KnownCurve, KnownEvent, Rng, falling
from forerun.synthetic.noise import NOISES, NoiseName


def shifted(
    n: int, rng: Rng, *, at: int, height: float = 0.2, sd: float = 0.02, noise: NoiseName = "normal"
) -> KnownCurve:
    """A loss whose level is higher from step ``at`` on.

    Args:
        at: the step. height: how much higher.
        sd: of the noise. noise: its family.

    Example:
        >>> known = shifted(100, np.random.default_rng(0), at=50, height=1.0, sd=0.0)
        >>> round(float(known.curve.y[49] - known.curve.y[48]), 2), known.events[0].kind
        (1.0, 'level_shift')
    """
    return _with(n, rng, "level_shift", at, np.full(n, height), sd, noise)


def diverged(
    n: int, rng: Rng, *, at: int, slope: float = 0.02, sd: float = 0.02, noise: NoiseName = "normal"
) -> KnownCurve:
    """A loss that rises by a slope a point from step ``at`` on.

    Example:
        >>> known = diverged(100, np.random.default_rng(0), at=50, slope=1.0, sd=0.0)
        >>> round(float(known.curve.y[99] - known.curve.y[89])), known.events[0].start
        (10, 50.0)
    """
    return _with(n, rng, "divergence", at, slope * np.arange(float(n)), sd, noise)


def changed(n: int, rng: Rng, *, at: int, by: float = 1.0, noise: NoiseName = "normal") -> KnownCurve:
    """Noise of unit variance around nothing, and around ``by`` from step ``at`` on.

    Example:
        >>> known = changed(4000, np.random.default_rng(0), at=2000, by=3.0)
        >>> round(float(known.curve.y[2000:].mean() - known.curve.y[:1999].mean())), known.events[0].kind
        (3, 'change_point')
    """
    _check(n, at)
    level = np.where(np.arange(1, n + 1) >= at, by, 0.0)
    return _noisy(level, rng, 1.0, noise, (KnownEvent("change_point", float(at)),))


def switched(
    n: int, rng: Rng, *, every: int, height: float = 1.0, sd: float = 0.02, noise: NoiseName = "normal"
) -> KnownCurve:
    """A loss on a stream of tasks: every so many steps a new task begins, at its height, and is learned anew.

    Example:
        >>> known = switched(100, np.random.default_rng(0), every=40, sd=0.0)
        >>> [(event.kind, event.start) for event in known.events], known.level[[39, 40]].round(2).tolist()
        ([('task_switch', 41.0), ('task_switch', 81.0)], [1.16, 2.0])
    """
    if every < 1:
        raise BadInput(f"a task of {every} steps; give at least 1", where="synthetic curve")
    level = 1.0 + height * (1.0 + np.arange(float(n)) % every) ** -0.5
    begins = range(every + 1, n + 1, every)
    return _noisy(level, rng, sd, noise, tuple(KnownEvent("task_switch", float(at)) for at in begins))


def _with(n: int, rng: Rng, kind: str, at: int, after: Array, sd: float, family: NoiseName) -> KnownCurve:
    _check(n, at)
    level = falling(n, rng, sd=0.0).level.copy()
    level[at - 1 :] += after[: n - at + 1]
    return _noisy(level, rng, sd, family, (KnownEvent(kind, float(at)),))


def _check(n: int, at: int) -> None:
    if not 1 <= at <= n:
        raise BadInput(f"step {at} does not lie within 1 to {n}", where="synthetic curve")


def _noisy(level: Array, rng: Rng, sd: float, family: NoiseName, events: tuple[KnownEvent, ...]) -> KnownCurve:
    y = level + sd * NOISES[family](level.size, rng)
    return KnownCurve(Curve(np.arange(1.0, level.size + 1), y, metric="loss"), level, events)
