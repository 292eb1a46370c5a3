"""Quantiles corrected by the finished runs beside a run, as small nets learned to.

A net sees of every sibling where it would lead the run, how alike the two are, and by how much the forecast of the
sibling alone, made where it stood as the run stands now, missed its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from forerun.core import Array, Curve
from forerun.forecast.forecaster import Request, Sibling, leaned_on, origins
from forerun.forecast.nets.sibling_features import CONTEXT, COUNT, Ended, Miss, Under, context, of_siblings
from forerun.forecast.nets.sibling_net import HEEDED, HIGH, LOW, MIDDLE, Weights, corrected, together, unpacked
from forerun.stats.zscale import ZScale

Alone = Callable[[Sequence[Request]], Sequence[tuple[ZScale, Array]]]
"""What a forecaster says of curves without siblings: the scale of z, and quantiles (m, levels), up is better."""

LEAST = 4  # points of a sibling that is forecast
_AT_ONCE = 64  # runs put through the nets at once


@dataclass(frozen=True)
class Correction:
    """Corrected quantiles (m, levels) in z, and what is said of the siblings leaned on, for a forecast's events."""

    quantiles: Array
    events: Mapping[str, Any]


@lru_cache(maxsize=8)
def _nets(text: str) -> Weights:
    return together(unpacked(text))


def corrections(
    nets: str, requests: Sequence[Request], alone: Alone
) -> tuple[Sequence[tuple[ZScale, Array]], list[Correction | None]]:
    """What a forecaster says of each run alone, and what its siblings make of that; None for a run that has none.

    Args:
        nets: packed.
    """
    beside = [usable(one) for one in requests]
    standings = Standings(list(zip(requests, beside, strict=True)))
    said = alone([*requests, *standings.requests])
    missed = standings.missed(said[len(requests) :])
    corrigible = [i for i, siblings in enumerate(beside) if siblings]
    answers: list[Correction | None] = [None] * len(requests)
    for begin in range(0, len(corrigible), _AT_ONCE):
        some = corrigible[begin : begin + _AT_ONCE]
        rows = [numbers(requests[i], said[i][0], beside[i], missed[i]) for i in some]
        made = _together(_nets(nets), rows, [said[i][1] for i in some], [beside[i] for i in some])
        for i, answer in zip(some, made, strict=True):
            answers[i] = answer
    return said[: len(requests)], answers


def _together(
    nets: Weights,
    rows: Sequence[tuple[Array, Array]],
    quantiles: Sequence[Array],
    beside: Sequence[Sequence[Sibling]],
) -> list[Correction]:
    most = max(siblings.shape[1] for _, siblings in rows)
    padded = [np.pad(siblings, ((0, 0), (0, most - siblings.shape[1]), (0, 0))) for _, siblings in rows]
    points = np.array([len(own) for own, _ in rows])
    lengths: Array = np.repeat(np.array([float(len(siblings)) for siblings in beside]), points)
    present = np.arange(float(most)) < lengths[:, None]
    run = np.concatenate([own for own, _ in rows])
    every = corrected(nets, np.concatenate(quantiles), run, np.concatenate(padded), present)
    ends = np.cumsum(points)
    heeded = every.weight[ends - 1] > HEEDED
    return [
        Correction(part, leaned_on(siblings, every.shares[end - 1, : len(siblings)]) if heeds else {})
        for part, siblings, end, heeds in zip(
            np.split(every.quantiles, ends[:-1]), beside, ends.tolist(), heeded.tolist(), strict=True
        )
    ]


def usable(request: Request) -> list[Sibling]:
    """The siblings that can be learned from: of two finite points or more, and not the run itself.

    None on an axis that has not come above zero, of which no share of a run can be told.
    """
    return [one for one in request.siblings if _tells(request, one.curve) and not _is_itself(request, one.curve)]


def _tells(request: Request, other: Curve) -> bool:
    return request.x[-1] > 0 and other.x[-1] > 0 and bool(np.isfinite(other.y).sum() > 1)


def _is_itself(request: Request, other: Curve) -> bool:
    """Whether a curve begins with all points of the run: the run itself, under this or another name."""
    n = len(request.curve)
    return (
        len(other) >= n
        and bool(np.array_equal(other.x[:n], request.curve.x))
        and bool(np.array_equal(other.y[:n], request.curve.y, equal_nan=True))
    )


def numbers(
    request: Request, scale: ZScale, siblings: Sequence[Sibling], missed: Sequence[Miss | None]
) -> tuple[Array, Array]:
    """What a net is told of a run, (m, CONTEXT), and of its siblings, (m, k, COUNT)."""
    run = Under(request.x, request.y, request.at, request.sign, scale)
    ended = [_ended(one.curve) for one in siblings]
    return context(run).reshape(-1, CONTEXT), of_siblings(run, ended, missed).reshape(len(request.at), -1, COUNT)


_ENDED: dict[int, tuple[Curve, Ended]] = {}
_MOST_ENDED = 4096


def _ended(curve: Curve) -> Ended:
    """A curve's finite points, worked out once for all runs beside it."""
    known = _ENDED.get(id(curve))
    if known is None or known[0] is not curve:
        if len(_ENDED) >= _MOST_ENDED:
            _ENDED.clear()
        known = _ENDED[id(curve)] = curve, Ended.of_curve(curve)
    return known[1]


class Standings:
    """Siblings as they stood where the run beside them stands now: at the nearest origin of the backtest.

    Every sibling is forecast once an origin, however many runs it is beside.

    Args:
        pairs: runs and their siblings.
    """

    def __init__(self, pairs: Sequence[tuple[Request, Sequence[Sibling]]]) -> None:
        shown = [[(one, _standing(request, one.curve)) for one in siblings] for request, siblings in pairs]
        self._keys = [[None if n is None else (id(one.curve), n) for one, n in siblings] for siblings in shown]
        wanted = {(id(one.curve), n): one for siblings in shown for one, n in siblings if n is not None}
        self._places = {key: i for i, key in enumerate(wanted)}
        self.requests = [_as_it_stood(one, n) for (_, n), one in wanted.items()]

    def missed(self, said: Sequence[tuple[ZScale, Array]]) -> list[list[Miss | None]]:
        """By run how the forecast of each sibling did, ``said`` being that of each of ``requests``."""
        each = [_miss(request, *answer) for request, answer in zip(self.requests, said, strict=True)]
        return [[None if key is None else each[self._places[key]] for key in keys] for keys in self._keys]


def _as_it_stood(sibling: Sibling, n: int) -> Request:
    """What is asked of a sibling of which n points are shown: its last."""
    own = _ended(sibling.curve)
    return Request(own.x[:n], own.y[:n], own.x[-1:], sibling.curve, sibling.schedule)


def _miss(request: Request, scale: ZScale, z: Array) -> Miss:
    outcome = request.sign * float(scale.to_z(_ended(request.curve).y[-1]))
    return miss_of(outcome, z[-1])


def _standing(request: Request, other: Curve) -> int | None:
    """How many of a sibling's finite points to show for it to stand as the run does; None where that cannot be."""
    x = _ended(other).x
    shown = origins(x.size, least=LEAST)
    if not shown or x[shown[0] - 1] <= 0:
        return None
    share = np.log(request.x[-1] / request.at[-1])
    return min(shown, key=lambda n: abs(float(np.log(x[n - 1] / x[-1]) - share)))


def miss_of(outcome: float, quantiles: Array) -> Miss:
    """By how much a forecast (levels,) missed an outcome in z."""
    width = max(float(quantiles[HIGH] - quantiles[LOW]), 1e-3)
    return Miss((outcome - float(quantiles[MIDDLE])) / width, width)
