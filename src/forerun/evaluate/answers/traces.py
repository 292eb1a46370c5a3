"""Whether the steps of a trace narrow down its answer, and where to cut those that do not."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Undecided


def answer_entropy(answers: Sequence[Hashable]) -> float | Undecided:
    """Entropy in nats of the answer that follows a prefix, from answers sampled after it; at most log n of n.

    The plain share of each answer is biased low by about (kinds - 1) / 2n; Miller's correction adds that, up to log n.

    Args:
        answers: one a sample, equal where they mean the same.

    Returns:
        Undecided of fewer than two answers.

    Source: Miller 1955 (correction); ours for the question of Guo 2025, arXiv 2508.20395, which takes the mean over the
    tokens of the known right answer, fed in one by one, of the entropy of another model's next token. That asks for
    logits and the right answer, this for samples alone.

    Example:
        >>> answer_entropy(["4", "4", "4", "4"]), round(answer_entropy(["4", "5"] * 8), 3)
        (0.0, 0.724)
    """
    if len(answers) < 2:
        return Undecided(f"{len(answers)} answers", "2 answers or more, 16 are usual")
    number = {answer: i for i, answer in enumerate(dict.fromkeys(answers))}
    counts = np.bincount([number[answer] for answer in answers])
    n, share = len(answers), counts / len(answers)
    plain = float(special.entr(share).sum())
    return min(plain + (counts.size - 1) / (2.0 * n), float(np.log(n)))


def entropy_of(probabilities: ArrayLike) -> Array:
    """Entropy in nats of known distributions over answers, for example where a model scores each choice.

    Args:
        probabilities: shape (..., answers), each row summing to one.

    Example:
        >>> entropy_of([[0.5, 0.5], [1.0, 0.0]]).round(3)
        array([0.693, 0.   ])
    """
    return special.entr(np.asarray(probabilities, dtype=np.float64)).sum(axis=-1)


def entropy_slope(entropies: ArrayLike) -> float | Undecided:
    """Change of the entropy a step, in nats, by least squares; below zero where the steps narrow the answer down.

    Compare it between traces by `stats.ranks.auc`: traces that end right should lie below those that end wrong.

    Args:
        entropies: shape (steps + 1,), before the first step and after each.

    Returns:
        Undecided of fewer than three values.

    Example:
        >>> entropy_slope([2.0, 1.5, 1.0, 0.5])
        -0.5
    """
    values = np.asarray(entropies, dtype=np.float64)
    if values.size < 3:
        return Undecided(f"{values.size} entropies", "3 or more: before the first step and after two")
    t = np.arange(values.size) - (values.size - 1) / 2.0
    return float(t @ values) / float(t @ t)


def cut_off(entropies: ArrayLike, *, patience: int = 2, least: float = 0.0) -> int | None:
    """The step after which a trace is cut: the last of so many in which the entropy fell by no more than the least.

    It sees no later step, so it can be used while a trace is written. None where it is never cut.

    Args:
        entropies: shape (steps + 1,), before the first step and after each.
        patience: steps over which the entropy has to fall; 2, as arbitrary as any.
        least: nats by which it has to fall over them.

    Raises:
        BadInput: a patience under one step.

    Example:
        >>> cut_off([2.0, 1.5, 1.5, 1.6, 1.2]), cut_off([2.0, 1.5, 1.0, 0.5])
        (3, None)
    """
    if patience < 1:
        raise BadInput(f"patience {patience}; one step or more", where="cut_off")
    values = np.asarray(entropies, dtype=np.float64)
    stuck = np.flatnonzero(values[patience:] >= values[:-patience] - least)
    return int(stuck[0]) + patience if stuck.size else None


@dataclass(frozen=True)
class Saving:
    """What a rule that cuts traces saves and costs.

    Args:
        cut: share of traces that were cut before their end.
        saved: share of all steps that were not written.
        accuracy, accuracy_cut: share of right answers of whole traces, and of traces that answer where they are cut.
        lost, low, high: accuracy - accuracy_cut over the same traces, with its interval.
    """

    cut: float
    saved: float
    accuracy: float
    accuracy_cut: float
    lost: float
    low: float
    high: float


def saving(
    entropies: Sequence[ArrayLike],
    right: Sequence[ArrayLike],
    *,
    patience: int = 2,
    least: float = 0.0,
    level: float = 0.95,
) -> Saving | Undecided:
    """Cut each trace by its entropies, let it answer there, and count.

    Args:
        entropies: of each trace shape (steps + 1,).
        right: of each trace shape (steps + 1,), how likely its answer is right if it answers there.
        patience, least: of `cut_off`; choose them on other traces.
        level: of the interval, Student's over traces.

    Returns:
        Undecided of fewer than two traces.

    Raises:
        BadInput: unlike numbers of traces or steps.

    Example:
        >>> answer = saving([[2, 1, 0], [2, 2, 2, 2]], [[0, 0, 1], [0.25, 0.25, 0.25, 0.25]])
        >>> answer.cut, answer.saved, answer.lost
        (0.5, 0.2, 0.0)
    """
    curves = [np.asarray(one, dtype=np.float64) for one in entropies]
    chances = [np.asarray(one, dtype=np.float64) for one in right]
    if [one.size for one in curves] != [one.size for one in chances] or any(one.size < 2 for one in curves):
        raise BadInput("one entropy and one chance for each prefix, two or more a trace", where="saving")
    if len(curves) < 2:
        return Undecided(f"{len(curves)} traces", "2 traces or more")
    ends = np.array([one.size - 1 for one in curves])
    stops = [cut_off(one, patience=patience, least=least) for one in curves]
    at = np.array([end if stop is None else stop for stop, end in zip(stops, ends.tolist(), strict=True)])
    whole = np.array([float(one[-1]) for one in chances])
    early = np.array([float(one[i]) for one, i in zip(chances, at.tolist(), strict=True)])
    lost = whole - early
    error = float(lost.std(ddof=1)) / np.sqrt(lost.size)
    reach = float(special.stdtrit(lost.size - 1, 0.5 + level / 2)) * error
    return Saving(
        cut=float((at < ends).mean()),
        saved=float((ends - at).sum() / ends.sum()),
        accuracy=float(whole.mean()),
        accuracy_cut=float(early.mean()),
        lost=float(lost.mean()),
        low=float(lost.mean()) - reach,
        high=float(lost.mean()) + reach,
    )
