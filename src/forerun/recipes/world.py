"""What passes between a world and those who train on it: moments, batches, predictions, answers, comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

Criterion = Literal["cross_entropy", "squared", "frobenius", "absolute", "logistic"]
"""How a prediction is scored: classes by logits, numbers by their squared or absolute error, a matrix by half the
squared Frobenius distance, signs by the logistic loss."""
History = Sequence[Mapping[str, float]]
"""What was logged so far, a record an evaluation, each with its ``step``."""


@dataclass(frozen=True)
class Moment:
    """Where a training stands: at a step, counted from 1, of so many planned."""

    step: int
    steps: int


@dataclass(frozen=True)
class Batch:
    """What one step is taken on, and how much of the data that is.

    Args:
        data: the tensors that the world's ``predict`` takes.
        samples: how many examples. tokens: how many tokens, where they are counted.
        index: of the examples, shape (samples,), where the training set is finite.
    """

    data: tuple[Tensor, ...]
    samples: int
    tokens: int = 0
    index: Tensor | None = None


@dataclass(frozen=True)
class Predicted:
    """What a model makes of a batch, beside what is right.

    Args:
        outputs: shape (..., classes), or that of the targets.
        targets: classes as integers, numbers, or signs -1 and 1; shape (...).
        mask: shape (...), true where a target counts; None where all do.
        index: of the examples in the training set, shape (b,), where it is finite.
    """

    outputs: Tensor
    targets: Tensor
    mask: Tensor | None = None
    index: Tensor | None = None


@dataclass(frozen=True)
class PolicyAnswers:
    """What a policy did, an answer a row.

    Args:
        data: the tensors that the world's ``score`` takes: what was seen and what was done.
        reward: of each answer, shape (b,), or of each of its moves, shape (b, t).
        group: answers to one prompt, side by side.
        tokens: symbols that were sampled, all answers together. samples: answers.
    """

    data: tuple[Tensor, ...]
    reward: Tensor
    group: int
    samples: int
    tokens: int


@dataclass(frozen=True)
class AnswerScores:
    """What a policy makes of answers now: log-probabilities of what was done, entropies, estimates; all (b, t)."""

    logp: Tensor
    entropy: Tensor
    values: Tensor | None = None


@dataclass(frozen=True)
class Comparisons:
    """Pairs of answers to a prompt, and which an annotator prefers: sign 1 where the first, -1 where the second."""

    prompts: Tensor
    first: Tensor
    second: Tensor
    sign: Tensor
