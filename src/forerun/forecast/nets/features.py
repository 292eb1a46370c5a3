"""What a learned forecaster is told of a curve: numbers without a unit, turned so that up is better.

A curve is described by its seen part in the scale of `forerun.stats.zscale` (levels over the run so far, the last
values, noise), by how simple curves would continue it, by where the target and the end lie, and by the learning rate
where a schedule is known. Multiplying the metric or the axis by a constant changes nothing, nor does turning a loss
into a gain: what is near zero or one is told relative to the spread seen.

All curves are described at once: one after another, nearly all of the time would go into calling numpy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Schedule
from forerun.forecast.nets.movement import movement
from forerun.forecast.nets.simple_curves import continued
from forerun.schedules import value_held
from forerun.stats.ragged import Ints, Ragged
from forerun.stats.zscale import ZScale, center_and_scale

_EDGES = np.array([0, 0.004, 0.0156, 0.03, 0.0625, 0.09, 0.125, 0.18, 0.25, 0.35, 0.5, 0.6, 0.71, 0.82, 0.9, 0.95, 1.0])
_MIDDLES = (_EDGES[1:] + _EDGES[:-1]) / 2.0
_LAST = 8  # values told one by one
_PARTS = 6  # of equally many points
_FIT_POINTS = 40  # condensed points that simple curves are fitted to
_WINDOWS = (0.0, 0.3)  # simple curves are fitted to all that was seen, and to what lies after this share of x
_FAR = 8.0  # no feature in z is larger
_GRID = 64  # points a schedule is read at
_AT_ONCE = 128  # curves, so that what is made of them stays in the cache

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
class Shown:
    """What is shown of a curve, and the points asked; the last of them is taken to be where the run ends.

    Args:
        x, y: shape (n,), finite, n ≥ 3.
        sign: 1 when higher is better, -1 when lower is.
        at: shape (m,), increasing, beyond x.
        schedule: the planned learning rate on the curve's axis, or None.
    """

    x: Array
    y: Array
    sign: float
    at: Array
    schedule: Schedule | None


@dataclass(frozen=True)
class Description:
    """Features (m, COUNT) at m points asked, and the scale in which answers are given."""

    features: Array
    scale: ZScale


def describe(x: Array, y: Array, sign: float, at: Array, schedule: Schedule | None) -> Description:
    """Features of one curve at every point asked; arguments as those of `Shown`.

    Example:
        >>> t = np.arange(1.0, 21.0)
        >>> one = describe(t, 1.0 / t, -1.0, np.array([40.0]), None)
        >>> two = describe(t, -3.0 / t, 1.0, np.array([40.0]), None)
        >>> one.features.shape == (1, COUNT), bool(np.allclose(one.features, two.features))
        (True, True)
    """
    return describe_all([Shown(x, y, sign, at, schedule)])[0]


def describe_all(curves: Sequence[Shown]) -> list[Description]:
    """Features of each curve at every point asked of it: `describe` of all at once.

    Example:
        >>> t = np.arange(1.0, 21.0)
        >>> every = describe_all([Shown(t[:n], 1.0 / t[:n], -1.0, np.array([40.0]), None) for n in (10, 20, 10)])
        >>> bool((every[0].features == every[2].features).all())
        True
    """
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for i, one in enumerate(curves):
        alike[one.at.size].append(i)
    described: dict[int, Description] = {}
    for which in alike.values():
        for batch in (which[i : i + _AT_ONCE] for i in range(0, len(which), _AT_ONCE)):
            described |= zip(batch, _described([curves[i] for i in batch]), strict=True)
    return [described[i] for i in range(len(curves))]


def _described(curves: Sequence[Shown]) -> list[Description]:
    """Features of curves that are asked for equally many points, m."""
    x, y = Ragged.of([one.x for one in curves]), Ragged.of([one.y for one in curves])
    at, sign = np.stack([one.at for one in curves]), np.array([one.sign for one in curves])
    first, last = x.first(), x.last()
    shift = np.where(first > 0, 0.0, x.steps().over(np.minimum) - first)
    t = x.like((x.values + x.each(shift)) / x.each(last + shift))
    ahead = (at + shift[:, None]) / (last + shift)[:, None]
    center, scale = center_and_scale(y)
    up = y.like(y.each(sign) * y.values)
    u = y.like(np.clip(y.each(sign) * (y.values - y.each(center)) / y.each(scale), -1e6, 1e6))
    begin = (first + shift) / (last + shift)
    place = np.stack([np.log(x.size), np.log(np.maximum(begin, 1e-4))], axis=1)
    own = np.concatenate([_levels(t, u), _bounds(up, u, scale), movement(up, scale), place], axis=1)
    columns = [
        np.broadcast_to(own[:, None], (*at.shape, own.shape[1])),
        _lead(begin, t.steps().median(), ahead),
        _fits(t, u, ahead),
        _planned([one.schedule for one in curves], first, last, at),
    ]
    scales = [ZScale(*pair) for pair in zip(center.tolist(), scale.tolist(), strict=True)]
    features: Array = np.concatenate(columns, axis=2)
    return [Description(features[i], one) for i, one in enumerate(scales)]


def _z(u: Array) -> Array:
    return np.clip(np.arcsinh(2.0 * u), -_FAR, _FAR)


def _levels(t: Ragged, u: Ragged) -> Array:
    """Mean level between fixed shares of x, the last values one by one, and means of equally many points, (c, 30)."""
    cut = np.stack([np.searchsorted(row, _EDGES * (1.0 + 1e-9), side="right") for row in t.rows()])
    cut[:, 0], cut[:, -1] = 0, u.size
    between = np.stack([np.interp(_MIDDLES, *pair) for pair in zip(t.rows(), u.rows(), strict=True)])
    last = u.at(np.maximum(u.size[:, None] + np.arange(-_LAST, 0), 0))
    even = np.stack([_even(size) for size in u.size.tolist()])
    parts = _means(u, even, u.at(even[:, :-1]))
    return _z(np.concatenate([_means(u, cut, between), last, parts], axis=1))


def _means(rows: Ragged, cut: Ints, empty: ArrayLike) -> Array:
    """Means between cuts (c, k + 1), and where no value lies between two, those of ``empty``, (c, k)."""
    count = np.diff(cut, axis=1)
    return np.where(count > 0, rows.totals(cut) / np.maximum(count, 1), empty)


def _bounds(up: Ragged, u: Ragged, scale: Array) -> Array:
    """Best and worst so far, when the best was, and how far zero and one lie where all values keep to one side of them.

    Args:
        up: values turned so that higher is better.

    Returns:
        (c, 7).
    """
    last = up.last()
    low, high = up.over(np.minimum), up.over(np.maximum)
    one_sided, share = (low > 0) | (high < 0), (low >= 0) & (high <= 1)
    size = np.log(scale / np.maximum(np.maximum(np.abs(last), 1e-3 * scale), 1e-300))
    columns = [
        _z(u.over(np.maximum)),
        _z(u.over(np.minimum)),
        np.array([row.argmax() for row in u.rows()]) / np.maximum(u.size - 1, 1),
        one_sided.astype(np.float64),
        np.where(one_sided, _z((0.0 - last) / scale), 0.0),
        np.where(share, _z((1.0 - last) / scale), _FAR),
        np.clip(size, -_FAR, _FAR),
    ]
    return np.stack(columns, axis=1)


def _lead(begin: Array, pace: Array, ahead: Array) -> Array:
    """Where the points asked and the end lie, against all that was seen and against the pace of points, (c, m, 5).

    Args:
        begin, pace: shape (c,), the first time and the median step, as shares of the last time.
        ahead: shape (c, m), times asked.
    """
    beyond, end = ahead - 1.0, ahead[:, -1:]
    columns = [
        np.log(ahead),
        np.broadcast_to(np.log(end), ahead.shape),
        np.log(beyond / (1.0 - begin + 1e-9)[:, None] + 1e-6),
        np.log(np.maximum(beyond / pace[:, None], 1e-3)),
        ahead / end,
    ]
    return np.stack(columns, axis=2)


def _fits(t: Ragged, u: Ragged, ahead: Array) -> Array:
    """Where simple curves with free offset and size would go, in z, and the log of what they leave, (c, m, 28)."""
    cut = np.stack([_bins(n) for n in t.size.tolist()])
    near = u.like(np.clip(u.values, -50.0, 50.0))
    time, level = _means(t, cut, 1.0), _means(near, cut, 0.0)  # empty bins have no weight
    return continued(time, level, np.diff(cut, axis=1), ahead, _WINDOWS)


@lru_cache(maxsize=4096)
def _even(n: int) -> Ints:
    """Where n points are cut into `_PARTS` of equally many."""
    return np.round(np.linspace(0, n, _PARTS + 1)).astype(np.intp)


@lru_cache(maxsize=4096)
def _bins(n: int) -> Ints:
    """Where n points are cut into at most `_FIT_POINTS` bins, half of them even in the index and half in its logarithm.

    Shape (_FIT_POINTS + 1,), from 0 to n; the bins that are not needed are empty and last.
    """
    half = _FIT_POINTS // 2 + 1
    cut = np.concatenate([np.linspace(0, n, half), np.geomspace(1, n, half)]).astype(np.intp)
    cut = np.arange(n + 1) if n <= _FIT_POINTS else np.unique(cut)
    return np.pad(cut, (0, _FIT_POINTS + 1 - cut.size), constant_values=n)


def _planned(schedules: Sequence[Schedule | None], first: Array, last: Array, at: Array) -> Array:
    """What is told of the learning rates, (c, m, SCHEDULE); zeros where none is known.

    Args:
        first, last: shape (c,), where each curve's points begin and end.
        at: shape (c, m), the points asked.
    """
    columns = np.zeros((*at.shape, SCHEDULE))
    planned = [i for i, one in enumerate(schedules) if one is not None]
    if not planned:
        return columns
    first, last = first[planned], last[planned]
    begin = np.where(first > 0, np.minimum(first, np.maximum(0.02 * last, 0.0)), first)
    so_far = np.linspace(begin, last, _GRID + 1, axis=1)
    later = np.linspace(np.broadcast_to(last[:, None], at[planned].shape), at[planned], _GRID // 2 + 1, axis=2)
    rate, ahead = (_rates([schedules[i] for i in planned], grid) for grid in (so_far, later))
    known = np.isfinite(ahead).all(axis=(1, 2)) & (rate.max(axis=1) > 0)
    rows = np.array(planned)[known]
    columns[rows] = _schedule(rate[known], ahead[known], (last - begin)[known], at[rows] - last[known, None])
    return columns


def _rates(schedules: Sequence[Schedule | None], t: Array) -> Array:
    """The learning rate of each schedule at its own points, the shape of t."""
    return np.stack([value_held(one, points) for one, points in zip(schedules, t, strict=True) if one is not None])


def _schedule(rate: Array, ahead: Array, gone: Array, lead: Array) -> Array:
    """The learning rate now, ahead and at each point asked, as shares of its peak so far, (c, m, SCHEDULE).

    Args:
        rate: shape (c, g), so far, on an even grid, its largest above zero.
        ahead: shape (c, m, h), from the last point seen to each point asked.
        gone: shape (c,), from the start to the last point seen.
        lead: shape (c, m), from the last point seen to each point asked.
    """
    peak = rate.max(axis=1, keepdims=True)
    rate, ahead = rate / peak, np.minimum(ahead / peak[..., None], 3.0)
    now, mean, area = rate[:, -1:], ahead[..., 1:].mean(axis=2), rate.mean(axis=1, keepdims=True) * gone[:, None]
    more = np.divide(mean * lead, area, out=np.zeros_like(mean), where=area > 0)
    columns = [
        np.ones(()),
        now,
        ahead[..., -1],
        mean,
        ahead[..., 1:].max(axis=2),
        np.log1p(more),
        np.log((ahead[..., -1] + 1e-3) / (now + 1e-3)),
        rate[:, int(0.8 * _GRID) :].mean(axis=1, keepdims=True) - now,
        ahead[:, -1:, -1],
        rate.mean(axis=1, keepdims=True),
    ]
    return np.stack([np.broadcast_to(one, lead.shape) for one in columns], axis=2)
