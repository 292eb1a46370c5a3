"""What a learned forecaster is told of a curve: numbers without a unit, turned so that up is better.

A curve is described by its seen part in the scale of `forerun.stats.zscale` (levels over the run so far, the last
values, noise), by how simple curves would continue it, by where the target and the end lie, and by the learning rate
where a schedule is known. Multiplying the metric or the axis by a constant changes nothing, nor does turning a loss
into a gain: what is near zero or one is told relative to the spread seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Schedule
from forerun.forecast.nets.movement import movement
from forerun.forecast.nets.simple_curves import continued
from forerun.schedules import value_held
from forerun.stats.zscale import ZScale, zscale

_EDGES = np.array([0, 0.004, 0.0156, 0.03, 0.0625, 0.09, 0.125, 0.18, 0.25, 0.35, 0.5, 0.6, 0.71, 0.82, 0.9, 0.95, 1.0])
_MIDDLES = (_EDGES[1:] + _EDGES[:-1]) / 2.0
_LAST = 8  # values told one by one
_PARTS = 6  # of equally many points
_FIT_POINTS = 40  # condensed points that simple curves are fitted to
_WINDOWS = (0.0, 0.3)  # simple curves are fitted to all that was seen, and to what lies after this share of x
_FAR = 8.0  # no feature in z is larger
_GRID = 64  # points a schedule is read at

SIZES = {"levels": 16, "last": _LAST, "parts": _PARTS, "bounds": 7, "noise": 6, "place": 2, "lead": 5, "fits": 28}
"""Features that speak of the curve alone, by group, in order; `SCHEDULE` more follow."""
SCHEDULE = 10
COUNT = sum(SIZES.values()) + SCHEDULE


def group(*names: str) -> list[int]:
    """Where the features of some groups stand.

    Example:
        >>> group("last")[0], len(group("schedule"))
        (16, 10)
    """
    starts = dict(zip([*SIZES, "schedule"], np.cumsum([0, *SIZES.values()]).tolist(), strict=True))
    sizes = {**SIZES, "schedule": SCHEDULE}
    return [starts[name] + i for name in names for i in range(sizes[name])]


@dataclass(frozen=True)
class Description:
    """Features (m, COUNT) at m points asked, and the scale in which answers are given."""

    features: Array
    scale: ZScale


def describe(x: Array, y: Array, sign: float, at: Array, schedule: Schedule | None) -> Description:
    """Features of one curve at every point asked; the last point asked is taken to be where the run ends.

    Args:
        x, y: shape (n,), finite, n ≥ 3.
        sign: 1 when higher is better, -1 when lower is.
        at: shape (m,), increasing, beyond x.
        schedule: the planned learning rate on the curve's axis, or None.

    Example:
        >>> t = np.arange(1.0, 21.0)
        >>> one = describe(t, 1.0 / t, -1.0, np.array([40.0]), None)
        >>> two = describe(t, -3.0 / t, 1.0, np.array([40.0]), None)
        >>> one.features.shape == (1, COUNT), bool(np.allclose(one.features, two.features))
        (True, True)
    """
    scale = zscale(y)
    shift = 0.0 if x[0] > 0 else float(np.diff(x).min() - x[0])
    last = float(x[-1] + shift)
    t, ahead = (x + shift) / last, (at + shift) / last
    u = np.clip(sign * (y - scale.center) / scale.scale, -1e6, 1e6)
    up = sign * y
    curve = np.concatenate([_levels(t, u), _bounds(up, u, scale.scale), movement(up, scale.scale)])
    place = [np.log(t.size), np.log(max(float(t[0]), 1e-4))]
    pace = float(np.median(np.diff(t)))
    lead = np.stack(
        [
            np.log(ahead),
            np.full(ahead.size, np.log(ahead[-1])),
            np.log((ahead - 1.0) / (1.0 - t[0] + 1e-9) + 1e-6),
            np.log(np.maximum((ahead - 1.0) / pace, 1e-3)),
            ahead / ahead[-1],
        ],
        axis=1,
    )
    own = np.broadcast_to(np.concatenate([curve, place]), (at.size, curve.size + 2))
    rate = _schedule(schedule, float(x[0]), float(x[-1]), at)
    return Description(np.concatenate([own, lead, _fits(t, u, ahead), rate], axis=1), scale)


def _z(u: Array | float) -> Array:
    return np.clip(np.arcsinh(2.0 * u), -_FAR, _FAR)


def _levels(t: Array, u: Array) -> Array:
    """Mean level between fixed shares of x, the last values one by one, and means of equally many points."""
    n = u.size
    total = np.concatenate([[0.0], np.cumsum(u)])
    cut = np.searchsorted(t, _EDGES * (1.0 + 1e-9), side="right")
    cut[0], cut[-1] = 0, n
    count = np.diff(cut)
    levels = np.where(count > 0, np.diff(total[cut]) / np.maximum(count, 1), np.interp(_MIDDLES, t, u))
    last = u[-_LAST:] if n >= _LAST else np.concatenate([np.full(_LAST - n, u[0]), u])
    even = np.round(np.linspace(0, n, _PARTS + 1)).astype(int)
    many = np.diff(even)
    parts = np.where(many > 0, np.diff(total[even]) / np.maximum(many, 1), u[np.minimum(even[:-1], n - 1)])
    return _z(np.concatenate([levels, last, parts]))


def _bounds(up: Array, u: Array, scale: float) -> list[float]:
    """Best and worst so far, when the best was, and how far zero and one lie where all values keep to one side of them.

    Args:
        up: shape (n,), values turned so that higher is better.
    """
    one_sided = bool((up > 0).all() or (up < 0).all())
    share = bool(((up >= 0) & (up <= 1)).all())
    zero, one = (float(_z((bound - up[-1]) / scale)) for bound in (0.0, 1.0))
    size = float(np.log(scale / max(abs(float(up[-1])), 1e-3 * scale, 1e-300)))
    return [
        float(_z(u.max())),
        float(_z(u.min())),
        float(np.argmax(u)) / max(u.size - 1, 1),
        float(one_sided),
        zero if one_sided else 0.0,
        one if share else _FAR,
        float(np.clip(size, -_FAR, _FAR)),
    ]


def _fits(t: Array, u: Array, ahead: Array) -> Array:
    """Where simple curves with free offset and size would go, in z, and the log of what they leave, (m, 28)."""
    t, u, count = _thin(t, np.clip(u, -50.0, 50.0))
    return continued(t, u, count, ahead, _WINDOWS)


def _thin(t: Array, u: Array) -> tuple[Array, Array, Array]:
    """At most `_FIT_POINTS` means, half of the bins even in the index and half in its logarithm."""
    if t.size <= _FIT_POINTS:
        return t, u, np.ones(t.size)
    half = _FIT_POINTS // 2 + 1
    cut = np.unique(np.concatenate([np.linspace(0, t.size, half)[:-1], np.geomspace(1, t.size, half)[:-1]]).astype(int))
    count = np.diff(np.append(cut, t.size)).astype(float)
    return np.add.reduceat(t, cut) / count, np.add.reduceat(u, cut) / count, count


def _schedule(schedule: Schedule | None, first: float, last: float, at: Array) -> Array:
    """The learning rate now, ahead and at each point, as shares of its peak so far; zeros where it is not known."""
    columns = np.zeros((at.size, SCHEDULE))
    if schedule is None:
        return columns
    so_far = np.linspace(min(first, max(last * 0.02, 0.0)) if first > 0 else first, last, _GRID + 1)
    rate, ahead = (
        value_held(schedule, so_far),
        value_held(schedule, last + (at[:, None] - last) * np.linspace(0, 1, _GRID // 2 + 1)),
    )
    peak = rate.max()
    if not np.isfinite(ahead).all() or not peak > 0:
        return columns
    rate, ahead = rate / peak, np.minimum(ahead / peak, 3.0)
    area = rate.mean() * (last - so_far[0])
    more = ahead[:, 1:].mean(axis=1) * (at - last)
    columns[:, 0] = 1.0
    columns[:, 1] = rate[-1]
    columns[:, 2] = ahead[:, -1]
    columns[:, 3] = ahead[:, 1:].mean(axis=1)
    columns[:, 4] = ahead[:, 1:].max(axis=1)
    columns[:, 5] = np.log1p(more / area) if area > 0 else 0.0
    columns[:, 6] = np.log((ahead[:, -1] + 1e-3) / (rate[-1] + 1e-3))
    columns[:, 7] = rate[int(0.8 * _GRID) :].mean() - rate[-1]
    columns[:, 8] = ahead[-1, -1]
    columns[:, 9] = rate.mean()
    return columns
