"""Verbose answers: token recall against the reference and precision against the passage, beside exact match and F1."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Card, Table
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import association_of, mean_of
from forerun.stats.bootstrap import Index, bootstrap_interval
from forerun.stats.ranks import rank_correlation, ranks

CARD = Card(
    name="faithful",
    does="Scores verbose answers by token recall and grounded precision beside exact match and F1, and says which "
    "follow people's judgement.",
    source="Adlakha et al. 2024, Evaluating Correctness and Faithfulness (InstructQA); tokens as in Rajpurkar 2016",
    assumes="References are short, and what stands in the passage counts as grounded word by word.",
    needs="answers and references; with people's judgement, how the metrics rank is compared",
    promises="The metrics are arithmetic; the gain in rank correlation over exact match has a bootstrap over items.",
    known_answer="'It is the city of Paris, France' for 'Paris': recall 1, exact match 0, F1 2/7.",
    control="A wrong answer of many words has recall 0, and one that quotes nothing has grounded precision 0.",
)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def tokens(text: str) -> list[str]:
    """Words in small letters, without punctuation and articles.

    Source: Rajpurkar et al. 2016.

    Example:
        >>> tokens("The city of Paris!")
        ['city', 'of', 'paris']
    """
    bare = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return _ARTICLES.sub(" ", bare).split()


def recall(answer: str, reference: str) -> float:
    """Share of the reference's tokens that stand in the answer.

    Example:
        >>> recall("It is the city of Paris, France", "Paris")
        1.0
    """
    wanted = tokens(reference)
    return sum((Counter(tokens(answer)) & Counter(wanted)).values()) / len(wanted) if wanted else 1.0


def precision(answer: str, passage: str) -> float:
    """Share of the answer's tokens that stand in the passage.

    Example:
        >>> precision("Paris is nice", "Paris is the capital")
        0.6666666666666666
    """
    return recall(passage, answer)


def f1(answer: str, reference: str) -> float:
    """Harmonic mean of precision and recall against the reference.

    Example:
        >>> round(f1("It is the city of Paris, France", "Paris"), 3)
        0.286
    """
    p, r = precision(answer, reference), recall(answer, reference)
    return 2.0 * p * r / (p + r) if p + r else 0.0


def exact_match(answer: str, reference: str) -> float:
    """Whether both have the same tokens in the same order."""
    return float(tokens(answer) == tokens(reference))


def faithful(
    answer: Sequence[str],
    reference: Sequence[str],
    passage: Sequence[str] | None = None,
    correct: ArrayLike | None = None,
    grounded: ArrayLike | None = None,
    *,
    seed: int = 0,
) -> AuditResult:
    """Four metrics of every answer, and with people's judgement which follow it.

    Args:
        answer, reference: shape (n,), texts.
        passage: shape (n,), what the answer was to rest on.
        correct: shape (n,), people's judgement of correctness, higher is better.
        grounded: shape (n,), people's judgement of faithfulness to the passage.
        seed: of the bootstrap.

    Returns:
        as rows the metrics an answer. Exact match is faulty where token recall follows people better.

    Example:
        >>> result = faithful(["It is Paris", "Rome"], ["Paris", "Paris"])
        >>> result["token recall"].estimate, result["exact match"].estimate
        (0.5, 0.0)
    """
    pairs = list(zip(answer, reference, strict=True))
    rows = {"recall": np.array([recall(*pair) for pair in pairs]), "f1": np.array([f1(*pair) for pair in pairs]),
            "exact_match": np.array([exact_match(*pair) for pair in pairs])}  # fmt: skip
    if passage is not None:
        rows["grounded_precision"] = np.array([precision(a, p) for a, p in zip(answer, passage, strict=True)])
    names = {"recall": "token recall", "f1": "F1", "exact_match": "exact match",
             "grounded_precision": "grounded precision"}  # fmt: skip
    measurements = [mean_of(names[name], values) for name, values in rows.items()]
    if correct is not None:
        measurements = _judged(rows, "recall", correct, "correctness", seed) + measurements
    if grounded is not None and passage is not None:
        measurements = _judged(rows, "grounded_precision", grounded, "faithfulness", seed) + measurements
    return AuditResult(tuple(measurements), Table(rows))


def _judged(rows: dict[str, Array], better: str, people: ArrayLike, what: str, seed: int) -> list[Measurement]:
    """How each metric ranks answers beside people, and what the better one gains over exact match and F1."""
    gold = np.asarray(people, np.float64)
    gains: list[Measurement] = []
    for other in ("exact_match", "f1"):

        def gain(index: Index, other: str = other) -> float:
            return _spearman(rows[better][index], gold[index]) - _spearman(rows[other][index], gold[index])

        low, high = bootstrap_interval(gain, gold.size, seed=seed)
        name = f"rank correlation with {what} that {better} gains over {other}"
        gains.append(Measurement(name, gain(np.arange(gold.size)), low, high, gold.size, "bootstrap over answers",
                              (-np.inf, 0.0)))  # fmt: skip
    each = [association_of(f"rank correlation of {name} with {what}", rank_correlation(values, gold), "Spearman")
            for name, values in rows.items()]  # fmt: skip
    return gains + each


def _spearman(a: Array, b: Array) -> float:
    """0 where a metric says the same of every answer: it ranks nothing."""
    x, y = ranks(a), ranks(b)
    return float(np.corrcoef(x, y)[0, 1]) if x.std() and y.std() else 0.0


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("answer", "what the system said", "word"),
        Column("reference", "the right answer", "word"),
        Column("passage", "what the answer was to rest on", "word", needed=False),
        Column("correct", "people's judgement of correctness", needed=False),
        Column("grounded", "people's judgement of faithfulness", needed=False),
    ),
    look=faithful,
)
