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
from forerun.forecast.nets.sibling_net import HIGH, LOW, MIDDLE, Weights, corrected, unpacked
from forerun.stats.zscale import ZScale

Alone = Callable[[Sequence[Request]], Sequence[tuple[ZScale, Array]]]
"""What a forecaster says of curves without siblings: the scale of z, and quantiles (m, levels), up is better."""

LEAST = 4  # points of a sibling that is forecast
_AT_ONCE = 64  # runs put through the nets at once
_HEEDED = 0.05  # share of all weight from which siblings are said to have been leaned on


@dataclass(frozen=True)
class Correction:
    """Corrected quantiles (m, levels) in z, and what is said of the siblings leaned on, for a forecast's events."""

    quantiles: Array
    events: Mapping[str, Any]


@lru_cache(maxsize=8)
def _nets(text: str) -> tuple[Weights, ...]:
    return unpacked(text)


def corrections(
    nets: str, requests: Sequence[Request], said: Sequence[tuple[ZScale, Array]], alone: Alone
) -> list[Correction | None]:
    """What siblings make of each forecast; None for a run that has none.

    Args:
        nets: packed.
        requests, said: what was asked, and what ``alone`` answered.
    """
    beside = [usable(one) for one in requests]
    missed = misses(list(zip(requests, beside, strict=True)), alone)
    corrigible = [i for i, siblings in enumerate(beside) if siblings]
    answers: list[Correction | None] = [None] * len(requests)
    for begin in range(0, len(corrigible), _AT_ONCE):
        some = corrigible[begin : begin + _AT_ONCE]
        rows = [numbers(requests[i], said[i][0], beside[i], missed[i]) for i in some]
        made = _together(_nets(nets), rows, [said[i][1] for i in some], [beside[i] for i in some])
        for i, answer in zip(some, made, strict=True):
            answers[i] = answer
    return answers


def _together(
    nets: tuple[Weights, ...],
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
    heeded = every.weight[ends - 1] >= _HEEDED
    return [
        Correction(part, leaned_on(siblings, every.shares[end - 1, : len(siblings)]) if heeds else {})
        for part, siblings, end, heeds in zip(
            np.split(every.quantiles, ends[:-1]), beside, ends.tolist(), heeded.tolist(), strict=True
        )
    ]


def usable(request: Request) -> list[Sibling]:
    """The siblings that can be learned from: of two finite points or more, and not the run itself."""
    return [
        one for one in request.siblings if np.isfinite(one.curve.y).sum() > 1 and not _is_itself(request, one.curve)
    ]


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


def misses(pairs: Sequence[tuple[Request, Sequence[Sibling]]], alone: Alone) -> list[list[Miss | None]]:
    """How forecasts of siblings alone did, each made at the origin of the backtest nearest to where its run stands.

    Every sibling is forecast once an origin, however many runs it is beside.
    """
    places = [[_standing(request, one.curve) for one in siblings] for request, siblings in pairs]
    wanted = {
        (id(one.curve), n): one
        for (_, siblings), standing in zip(pairs, places, strict=True)
        for one, n in zip(siblings, standing, strict=True)
        if n is not None
    }
    known = dict(zip(wanted, _missed([(one, n) for (_, n), one in wanted.items()], alone), strict=True))
    return [
        [None if n is None else known[id(one.curve), n] for one, n in zip(siblings, standing, strict=True)]
        for (_, siblings), standing in zip(pairs, places, strict=True)
    ]


def _standing(request: Request, other: Curve) -> int | None:
    """How many of a sibling's finite points to show for it to stand as the run does; None where that cannot be."""
    x = _ended(other).x
    shown = origins(x.size, least=LEAST)
    if not shown or x[-1] <= 0 or request.x[-1] <= 0 or x[shown[0] - 1] <= 0:
        return None
    share = np.log(request.x[-1] / request.at[-1])
    return min(shown, key=lambda n: abs(float(np.log(x[n - 1] / x[-1]) - share)))


def _missed(shown: Sequence[tuple[Sibling, int]], alone: Alone) -> list[Miss]:
    ended = [_ended(one.curve) for one, _ in shown]
    requests = [
        Request(own.x[:n], own.y[:n], own.x[-1:], one.curve, one.schedule)
        for own, (one, n) in zip(ended, shown, strict=True)
    ]
    said: Sequence[tuple[ZScale, Array]] = alone(requests) if requests else []
    return [
        miss_of(request.sign * float(scale.to_z(own.y[-1])), z[-1])
        for own, request, (scale, z) in zip(ended, requests, said, strict=True)
    ]


def miss_of(outcome: float, quantiles: Array) -> Miss:
    """By how much a forecast (levels,) missed an outcome in z."""
    width = max(float(quantiles[HIGH] - quantiles[LOW]), 1e-3)
    return Miss((outcome - float(quantiles[MIDDLE])) / width, width)
