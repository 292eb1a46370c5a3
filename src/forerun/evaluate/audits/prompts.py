"""How much of a score is the prompt: its variance over ways to ask the same items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.crossing import crossed_columns
from forerun.evaluate.audits.measurements import mean_of, plain
from forerun.stats.variance_components import crossed_variance

CARD = Card(
    name="prompts",
    does="Estimates how far a system's score moves with the wording of the prompt, beside what its items leave open.",
    source="Searle, Casella and McCulloch 1992; the question of Wang et al. 2024 (MMLU-Pro) and Sclar et al. 2024",
    assumes="Prompts are a sample of those that could be used, and every prompt asked every item.",
    needs="3 prompts and 2 items, each pair once",
    promises="The interval of the spread over prompts holds in 93% or more of simulated sets of 5 to 24 prompts; "
    "measured in evidence/audits.",
    known_answer="Prompts that add 0, 0.1 and 0.2 to every item have a spread of 0.1.",
    control="Where only chance parts the prompts, the interval of their spread begins at 0.",
)
_FEWEST = 3


def prompts(
    item: Sequence[str], prompt: Sequence[str], score: ArrayLike, *, tolerated: float = 0.01
) -> AuditResult | Undecided:
    """The spread of a score over prompts, what chance adds taken away.

    Args:
        item, prompt: shape (n,), which item was asked by which prompt.
        score: shape (n,).
        tolerated: standard deviation over prompts that does no harm; arbitrary.

    Returns:
        as rows the prompts with their means. Undecided with fewer than three prompts.

    Raises:
        BadInput: a pair of item and prompt that is missing or stands twice.

    Example:
        >>> item, prompt = ["1", "2"] * 3, ["p", "p", "q", "q", "r", "r"]
        >>> round(prompts(item, prompt, [0.2, 0.4, 0.3, 0.5, 0.4, 0.6])["spread over prompts"].estimate, 3)
        0.1
    """
    items, names, (matrix,) = crossed_columns(item, prompt, score, words=("item", "prompt"))
    if len(names) < _FEWEST:
        return Undecided(f"{len(names)} prompts", f"{_FEWEST} prompts or more")
    means = matrix.mean(axis=0)
    measurements = (
        _spread(matrix, tolerated),
        plain("best less worst prompt", float(np.ptp(means)), len(names), "grows with the number of prompts"),
        mean_of("score", matrix.mean(axis=1)),
        plain("standard error by items", float(matrix.mean(axis=1).std(ddof=1) / np.sqrt(len(items))), len(items),
              "of the mean over prompts"),
    )  # fmt: skip
    order = np.argsort(-means, kind="stable")
    return AuditResult(measurements, Table({"prompt": [names[i] for i in order.tolist()], "score": means[order]}))


def _spread(matrix: Array, tolerated: float) -> Measurement:
    """The standard deviation over prompts; that of their means, less what items leave, has a chi-square interval."""
    n, m = matrix.shape
    parts = crossed_variance(matrix)
    noise, means = parts.rest / n, float(matrix.mean(axis=0).var(ddof=1))
    bounds = [(m - 1) * means / float(special.chdtri(m - 1, q)) for q in (0.025, 0.975)]
    low, high = (float(np.sqrt(max(v - noise, 0.0))) for v in bounds)
    estimate = float(np.sqrt(max(parts.columns, 0.0)))
    return Measurement(
        "spread over prompts", estimate, low, high, m, "standard deviation, chi-square", (0.0, tolerated)
    )


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("item", "which item", "word"),
        Column("prompt", "which way to ask it", "word"),
        Column("score", "of the answer"),
    ),
    look=prompts,
)
