"""A round of self-training: does it explore, does its reward tell right from wrong, are the two in balance."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, FrozenMap, Undecided

_ENOUGH = 8  # right answers a query: the n* of the paper


@dataclass(frozen=True)
class Attempts:
    """The answers to one query.

    Args:
        answers: what was written, at least one.
        right: whether each is right.
        rewards: what the selection goes by, one an answer.
    """

    answers: tuple[Hashable, ...]
    right: tuple[bool, ...]
    rewards: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.answers or not len(self.answers) == len(self.right) == len(self.rewards):
            sizes = f"{len(self.answers)} answers, {len(self.right)} marks, {len(self.rewards)} rewards"
            raise BadInput(sizes, where="Attempts")


@dataclass(frozen=True)
class RoundScores:
    """What a round's answers say, each a mean over queries with one value a query.

    Args:
        solved: share of queries with a right answer (pass@K, K the answers sampled): exploration.
        distinct: different right answers a query: exploration.
        separation: how often a right answer's reward is above a wrong one's to the same query, ties half: exploitation;
            None where no query has both.
        best: share of queries whose highest reward is a right answer's, ties shared: exploitation.
        chosen: answers above the threshold a query, each different one once: the yield.
        balance: min(n' / 8, 1) n' / n of the n chosen, n' of them right; 0 where none is chosen.
        by_query: of each of these but the separation one value a query, for `stalled`.
    """

    solved: float
    distinct: float
    separation: float | None
    best: float
    chosen: float
    balance: float
    by_query: FrozenMap[str, tuple[float, ...]]


def round_scores(queries: Sequence[Attempts], *, threshold: float = float("-inf")) -> RoundScores | Undecided:
    """Exploration, exploitation and their balance in one round.

    Rounds compare at the same queries and the same number of answers a query. The published code counts the reference
    answer among the chosen ones of every query, which makes the balance of a policy that solves nothing positive; here
    only what was sampled counts.

    Args:
        queries: the answers to each query.
        threshold: of the reward; answers above it are chosen.

    Returns:
        Undecided without queries.

    Source: Zeng et al. 2024, arXiv 2412.17256 (B-STaR); formula and n* = 8 as in its code.

    Example:
        >>> scores = round_scores([Attempts(("a", "b", "c", "a"), (True, True, False, True), (0.9, 0.2, 0.5, 0.9))])
        >>> scores.distinct, round(scores.separation, 3), scores.best, round(scores.balance, 3)
        (2.0, 0.667, 1.0, 0.167)
    """
    if not queries:
        return Undecided("no query was answered", "one query or more")
    selected, right = chosen(queries, threshold)
    columns = {
        "solved": [float(any(one.right)) for one in queries],
        "distinct": [_distinct(one) for one in queries],
        "best": [_best(one) for one in queries],
        "chosen": selected.tolist(),
        "balance": balances(selected, right).tolist(),
    }
    pairs = [one for one in map(_separation, queries) if one is not None]
    means = {name: float(np.mean(values)) for name, values in columns.items()}
    by_query = FrozenMap({name: tuple(values) for name, values in columns.items()})
    return RoundScores(separation=float(np.mean(pairs)) if pairs else None, by_query=by_query, **means)


def chosen(queries: Sequence[Attempts], threshold: float) -> tuple[Array, Array]:
    """Of each query how many different answers have a reward above the threshold, and how many of those are right.

    Example:
        >>> chosen([Attempts((1, 1, 2), (True, True, False), (0.9, 0.8, 0.7))], 0.5)
        (array([2.]), array([1.]))
    """
    counts = np.zeros((2, len(queries)))
    for i, one in enumerate(queries):
        above = {a: good for a, good, r in zip(one.answers, one.right, one.rewards, strict=True) if r > threshold}
        counts[:, i] = len(above), sum(above.values())
    return counts[0], counts[1]


def balances(selected: ArrayLike, right: ArrayLike, *, enough: int = _ENOUGH) -> Array:
    """The balance score of each query, min(n' / n*, 1) n' / n; 0 where none was selected.

    Args:
        selected: shape (queries,), n: answers that training would be given.
        right: shape (queries,), n': how many of them are right.
        enough: n*, right answers beyond which more are worth nothing.

    Raises:
        BadInput: more right than selected, or unlike lengths.

    Source: Zeng et al. 2024, arXiv 2412.17256, and its code.

    Example:
        >>> balances([8, 16, 4, 0], [8, 8, 4, 0])
        array([1. , 0.5, 0.5, 0. ])
    """
    n, good = np.asarray(selected, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if n.shape != good.shape or (good > n).any() or (good < 0.0).any() or enough < 1:
        raise BadInput("right answers are between 0 and those selected, one pair a query", where="balances")
    return np.minimum(good / enough, 1.0) * good / np.maximum(n, 1.0)


def _distinct(one: Attempts) -> float:
    return float(len({answer for answer, right in zip(one.answers, one.right, strict=True) if right}))


def _best(one: Attempts) -> float:
    rewards = np.asarray(one.rewards)
    return float(np.asarray(one.right, dtype=np.float64)[rewards == rewards.max()].mean())


def _separation(one: Attempts) -> float | None:
    rewards, right = np.asarray(one.rewards), np.asarray(one.right, dtype=np.bool_)
    if right.all() or not right.any():
        return None
    return float((np.sign(rewards[right][:, None] - rewards[~right][None, :]) + 1.0).mean() / 2.0)
