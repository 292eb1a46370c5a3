"""What a net is told of a finished run beside one that is under way: where it would lead, and how alike the two are.

All in the z of the run under way (`forerun.stats.zscale`), turned so that up is better. The first `ANCHORS` of a
sibling's numbers are places that the run would come to if it went on as the sibling did, each by another way of
carrying one run over to the other. The rest say how far the sibling can be trusted: how far the two have been apart, in
level and in shape, whether the sibling came as far, and by how much the forecast of it alone, made at a like share of
its own length, missed its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Curve
from forerun.stats.robust import noise_sd
from forerun.stats.zscale import ZScale

ANCHORS = 7
LEVEL, SHAPE = 9, 10  # root mean square distance of the two curves so far, as they are and moved to one last level
MISS = 20  # how far off the forecast of the sibling alone was, in widths of its 80% interval; two more follow
COUNT = 23
CONTEXT = 3
"""Numbers of the run itself: the share of x seen, its logarithm, and the noise."""
_FAR = 8.0
_SHARES = np.array([0.1, 0.25, 0.5, 0.75, 0.9])  # of the run so far at which two curves are compared
_RATIO = 20.0  # most by which a sibling's gains are stretched to a run's


@dataclass(frozen=True)
class Ended:
    """A finished run's finite points.

    Args:
        level: the median of the last three values at each point.
    """

    x: Array
    y: Array
    level: Array
    noise: float

    @classmethod
    def of(cls, x: Array, y: Array) -> Ended:
        return cls(x, y, trailing_median(y), noise_sd(y))

    @classmethod
    def of_curve(cls, curve: Curve) -> Ended:
        finite = np.isfinite(curve.y)
        return cls.of(curve.x[finite], curve.y[finite])


@dataclass(frozen=True)
class Miss:
    """How the forecast of a sibling alone did, made where it stood as the run stands now.

    Args:
        widths: what came less the median, in widths of the 80% interval; up is better.
        width: of that interval, in z.
    """

    widths: float
    width: float


@dataclass(frozen=True)
class Under:
    """The run under way: its finite points (n,), the points asked (m,), 1 where higher is better, and its scale."""

    x: Array
    y: Array
    at: Array
    sign: float
    scale: ZScale

    def z(self, difference: Array) -> Array:
        """A difference of two values in z, up is better."""
        return self.sign * np.arcsinh(2.0 * difference / self.scale.scale)


def trailing_median(y: Array) -> Array:
    """The median of the last three values at each point, of as many as there are at the first two.

    Example:
        >>> trailing_median(np.array([3.0, 1.0, 2.0, 9.0])).tolist()
        [3.0, 2.0, 2.0, 2.0]
    """
    if y.size < 3:
        return np.array([np.median(y[: i + 1]) for i in range(y.size)])
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(y, 3), axis=1)
    return np.concatenate([[y[0], (y[0] + y[1]) / 2.0], windows[:, 1]])


def context(run: Under) -> Array:
    """Numbers of the run at each point asked, (m, CONTEXT)."""
    share = _share(run, float(run.x[-1]))
    noise = np.full(share.size, np.arcsinh(2.0 * noise_sd(run.y) / run.scale.scale))
    return np.stack([share, np.log(share), noise], axis=1)


def of_siblings(run: Under, siblings: Sequence[Ended], misses: Sequence[Miss | None]) -> Array:
    """Numbers of each sibling at each point asked, (m, k, COUNT).

    Args:
        siblings: of at least two points each.
        misses: of each, where its own forecast could be made.

    Example:
        >>> from forerun.stats.zscale import zscale
        >>> x, y = np.arange(1.0, 5.0), np.array([4.0, 3.0, 2.0, 1.0])
        >>> run = Under(x, y, np.array([6.0]), -1.0, zscale(y))
        >>> like = Ended.of(np.arange(1.0, 7.0), np.array([4.0, 3.0, 2.0, 1.0, 0.5, 0.0]))
        >>> numbers = of_siblings(run, [like], [None])
        >>> numbers.shape == (1, 1, COUNT), float(numbers[0, 0, LEVEL])
        (True, 0.0)
    """
    read = [_read(run, one) for one in siblings]
    ahead, paced, equal = (np.stack([one[i] for one in read], axis=1) for i in range(3))  # (m, k)
    so_far = np.stack([one[3] for one in read])  # (k, shares)
    now, half, late, share, first, last, end, best, equal_x = np.stack([one[4] for one in read], axis=1)[:, None, :]
    center, scale = run.scale.center, run.scale.scale
    own = trailing_median(run.y)
    own_half, own_late = (own[_upto(run.x, part * run.x[-1])] for part in (0.5, 0.8))
    whole = _ratio(center - float(np.median(run.y[:3])), now - first, scale)
    recent = _ratio(center - own_half, now - half, scale)
    same_sign = (now * center > 0.0) & (now * ahead > 0.0)
    proportional = np.where(same_sign, center * ahead / np.where(now == 0.0, 1.0, now) - center, ahead - now)
    anchors = [
        run.z(ahead - now),  # gains as much from here on
        run.z(ahead - center),  # comes to the same level
        run.z((ahead - now) * whole),  # gains as much, in proportion to the gains so far
        run.z(paced - share),  # gains as much as from the same share of its own length on
        run.z(equal - center),  # gains as much as from the same level on
        run.z((ahead - now) * recent),  # as the third, by the gains of the second half so far
        run.z(np.clip(proportional, -1e6 * scale, 1e6 * scale)),  # by the same factor
    ]
    apart = run.scale.to_z(so_far) - run.scale.to_z(_compared(run))
    moved = run.scale.to_z(so_far + (center - now).T) - run.scale.to_z(_compared(run))
    reached = np.isfinite(equal_x)
    with np.errstate(invalid="ignore"):
        sooner = np.where(
            reached, np.clip(np.log((np.maximum(equal_x, 0.0) + 1e-9) / (run.x[-1] + 1e-9)), -4.0, 4.0), 3.0
        )
    trust = [
        reached,
        sooner,
        np.sqrt((apart**2).mean(axis=1)),
        np.sqrt((moved**2).mean(axis=1)),
        np.minimum(1.0, end / run.at[:, None]),
        np.clip(np.log(np.maximum(end, 1e-300) / run.at[:, None]), -3.0, 3.0),
        np.array([one.x[0] <= run.x[-1] for one in siblings], float),
        np.arcsinh(2.0 * np.array([one.noise for one in siblings]) / scale),
        run.z(center - own_half) - run.z(now - half),
        run.z(center - own_late) - run.z(now - late),
        run.z(best - last),
        run.sign * apart[:, -1],
        run.sign * moved[:, 0],
    ]
    known = [(np.clip(one.widths, -4.0, 4.0), np.log(one.width), 1.0) if one else (0.0, 0.0, 0.0) for one in misses]
    columns = [*anchors, *trust, *np.array(known, float).reshape(-1, 3).T]
    shape = run.at.size, len(siblings)
    return np.clip(np.stack([np.broadcast_to(column, shape) for column in columns], axis=-1), -_FAR, _FAR)


def _read(run: Under, sibling: Ended) -> tuple[Array, Array, Array, Array, Array]:
    """All that is read off a sibling, in its unit.

    Its values at the points asked, at the same shares of its own length, and as far beyond where it first was as good
    as the run is now, (m,) each; its values at the compared shares of the run so far; its levels now, at half and at
    four fifths of that and at the same share of its own length, its first, last, furthest and best, and where it first
    was as good (infinite where it never was).
    """
    x, y, now = sibling.x, sibling.y, float(run.x[-1])
    end = float(x[-1])
    share = float(_share(run, now)[-1])
    good = run.sign * y >= run.sign * run.scale.center
    equal_x = float(x[np.argmax(good)]) if good.any() else np.inf
    m, at = run.at.size, run.at
    beyond = np.minimum(equal_x + (at - now), end)
    compared = run.x[0] + (now - run.x[0]) * _SHARES
    second = run.x[min(1, run.x.size - 1)]
    values = np.interp(np.concatenate([at, end * at / at[-1], beyond, compared, [second]]), x, y)
    levels = sibling.level[[_upto(x, p) for p in (now, 0.5 * now, 0.8 * now, share * end)]]
    best = y.max() if run.sign > 0 else y.min()
    equal = values[2 * m : 3 * m] if good.any() else values[:m]
    places = np.array([*levels, values[-1], y[-1], end, best, equal_x])
    return values[:m], values[m : 2 * m], equal, values[3 * m : -1], places


def _share(run: Under, x: float) -> Array:
    """The share of x seen, of what lies up to each point asked; as long as x is positive, so is it."""
    shift = 0.0 if run.x[0] > 0 else float(np.diff(run.x).min() - run.x[0])
    return (x + shift) / (run.at + shift)


def _compared(run: Under) -> Array:
    places: Array = run.x[0] + (run.x[-1] - run.x[0]) * _SHARES
    return np.interp(places, run.x, run.y)


def _upto(x: Array, place: float) -> int:
    return max(int(np.searchsorted(x, place, side="right")) - 1, 0)


def _ratio(own: float, other: Array, scale: float) -> Array:
    """By how much the run's gain is more than the sibling's; 1 where neither can be told."""
    ratio = np.where(np.abs(other) > 1e-9 * scale, own / np.where(other == 0.0, 1.0, other), 1.0)
    return np.where(ratio > 0.0, np.clip(ratio, 1.0 / _RATIO, _RATIO), 1.0)
