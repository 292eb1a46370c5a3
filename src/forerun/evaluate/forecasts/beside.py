"""The finished runs that a case of the backtest is given beside it, chosen so that two parties choose the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from forerun.core.frozen import same
from forerun.evaluate.forecasts.backtest import Past


def with_others(pasts: Sequence[Past], others: Sequence[Past], k: int, *, twins: bool = True) -> list[Past]:
    """Curves with up to ``k`` others of the same source, task and metric beside each, whole.

    Of those there are, the ones of lowest SHA-1 of ``"{run}|{other run}"``. Never a copy: another name of the same
    curve, or of the same settings and seed, where a seed was logged.

    Args:
        pasts, others: as `choose` gave them; a curve is never beside itself.
        twins: whether runs of the same settings and another seed may stand there.

    Example:
        >>> from forerun.core import Curve
        >>> one, other = (Past("s", "t", run, Curve([1, 2], [2, y], "loss")) for run, y in (("a", 1), ("b", 0.5)))
        >>> [beside.run for past in with_others([one, other], [one, other], 5) for beside in past.beside]
        ['b', 'a']
    """
    groups: dict[tuple[str, str, str], list[Past]] = {}
    for other in others:
        groups.setdefault(_key(other), []).append(other)
    return [replace(past, beside=_chosen(past, groups.get(_key(past), []), k, twins)) for past in pasts]


def _chosen(past: Past, others: Sequence[Past], k: int, twins: bool) -> tuple[Past, ...]:
    digests = (hashlib.sha1(f"{past.run}|{other.run}".encode(), usedforsecurity=False).hexdigest() for other in others)
    ranked = sorted(zip(digests, range(len(others)), strict=True))
    apart = (others[i] for _, i in ranked if not _is_copy(past, others[i]) and (twins or not _is_twin(past, others[i])))
    return tuple(other for other, _ in zip(apart, range(k), strict=False))


def _key(past: Past) -> tuple[str, str, str]:
    return past.source, past.task, past.curve.metric


def _is_twin(past: Past, other: Past) -> bool:
    return bool(past.config) and past.config == other.config


def _is_copy(past: Past, other: Past) -> bool:
    if past.run == other.run or (_is_twin(past, other) and past.seed is not None and past.seed == other.seed):
        return True
    return same(past.curve.x, other.curve.x) and same(past.curve.y, other.curve.y)
