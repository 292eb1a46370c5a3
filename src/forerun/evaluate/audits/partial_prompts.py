"""Items that a model completes from their beginning have been in its data: the partial-prompt check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput


@dataclass(frozen=True, eq=False)
class Completions:
    """What a model made of the rests of texts.

    Args:
        exact: shape (n,), 1 where the rest was given word for word. overlap: shape (n,), ROUGE-L of the rests.
    """

    exact: Array
    overlap: Array


def completions(texts: Sequence[str], complete: Callable[[str, int], str], *, share: float = 0.6) -> Completions:
    """Show the first part of each text and compare what follows with the rest.

    Scores of texts from before and after a model's data ended go to `contamination`.

    Args:
        texts: of the items.
        complete: the model: the first part and the length of the rest, in characters, to its greedy continuation.
        share: of a text's characters that is shown; 0.4, 0.6 and 0.8 in the source.

    Raises:
        BadInput: a share that shows nothing or everything.

    Source: Wu et al. 2025, Reasoning or Memorization, section 3.1.

    Example:
        >>> known = "the cat sat on the mat"
        >>> result = completions([known, "a dog ran off again"], lambda start, n: known[len(start):])
        >>> result.exact.tolist()
        [1.0, 0.0]
    """
    if not 0.0 < share < 1.0:
        raise BadInput(f"share is between 0 and 1, not {share:g}")
    parts = [(text[: round(share * len(text))], text[round(share * len(text)) :]) for text in texts]
    answers = [complete(start, len(rest))[: len(rest)] for start, rest in parts]
    exact = [float(answer.strip() == rest.strip()) for answer, (_, rest) in zip(answers, parts, strict=True)]
    overlap = [rouge_l(answer, rest) for answer, (_, rest) in zip(answers, parts, strict=True)]
    return Completions(np.array(exact), np.array(overlap))


def rouge_l(answer: str, reference: str) -> float:
    """F1 of the longest common subsequence of words.

    Source: Lin 2004, with precision and recall weighing the same.

    Example:
        >>> rouge_l("the cat sat", "the big cat sat down")
        0.75
    """
    a, b = answer.split(), reference.split()
    if not a or not b:
        return float(a == b)
    row = [0] * (len(b) + 1)
    for word in a:
        before = row
        row = [0]
        for j, other in enumerate(b):
            row.append(before[j] + 1 if word == other else max(row[j], before[j + 1]))
    return 2.0 * row[-1] / (len(a) + len(b))
