"""Does imitating a stronger model give what it can do, or its manner alone?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement

CARD = Card(
    name="imitation",
    does="Parts what more imitation data gives in style from what it gives in accuracy outside of the imitated tasks, "
    "and sets a larger base model beside it.",
    source="Gudibande et al. 2023; slopes by least squares ours",
    assumes="Style and accuracy are shares, straight in the logarithm of the data over the range looked at, and runs "
    "are independent.",
    needs="4 runs of 2 amounts of data or more",
    promises="Slopes of straight lines are exact; intervals are Student's.",
    known_answer="Style that gains 0.1 a tenfold and accuracy that gains nothing are 0.1 apart.",
    control="Where accuracy outside gains as style does, style is not called misleading.",
)
_FACTOR = 30.0  # more data, which a doubling of the base is set beside; the range of Gudibande et al. 2023, section 5


def imitation(
    items: ArrayLike, style: ArrayLike, outside: ArrayLike, base: ArrayLike | None = None, *, tolerated: float = 0.01
) -> AuditResult | Undecided:
    """What tenfold more imitation data gives, in style and outside of the imitated tasks.

    Args:
        items: shape (n,), imitated answers that a student was trained on, above 0.
        style: shape (n,), how much a student answers in the manner of the stronger model, 0 to 1.
        outside: shape (n,), accuracy on tasks that were not imitated, 0 to 1.
        base: shape (n,), size of the student, above 0; None where all are of one size.
        tolerated: difference of gains a tenfold that does no harm; one point.

    Returns:
        the gain of style that accuracy does not share, both gains, and what a base twice as large gives outside of the
        imitated tasks less what 30 times the data gives. Undecided with too few runs.

    Raises:
        BadInput: shapes that differ, or sizes of 0 or less.

    Example:
        >>> n = np.array([100, 300, 1000, 3000] * 2)
        >>> result = imitation(n, 0.2 + 0.1 * np.log10(n), 0.4 + np.array([0.001, -0.001, -0.001, 0.001] * 2))
        >>> result.verdict, round(result["style, a tenfold"].estimate, 2)
        ('faulty', 0.1)
    """
    x, s, a = (np.asarray(one, np.float64) for one in (items, style, outside))
    size = np.ones(x.size) if base is None else np.asarray(base, np.float64)
    if x.ndim != 1 or any(one.shape != x.shape for one in (s, a, size)):
        raise BadInput(f"every run has its data, style and accuracy, but there are {x.size}, {s.size} and {a.size}")
    if min(x.min(initial=1.0), size.min(initial=1.0)) <= 0.0:
        raise BadInput(f"data and sizes must be above 0, but one is {min(x.min(), size.min()):g}")
    design = np.column_stack([np.ones(x.size), np.log10(x), *([np.log2(size)] if np.unique(size).size > 1 else [])])
    if x.size < 4 or x.size <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return Undecided(f"{x.size} runs of {np.unique(x).size} amounts of data", "4 runs of 2 amounts or more")
    per_tenfold = np.eye(design.shape[1])[1]
    measurements = [
        _contrast("style beyond accuracy, a tenfold", design, s - a, per_tenfold, (-tolerated, tolerated)),
        _contrast("style, a tenfold", design, s, per_tenfold),
        _contrast("accuracy outside, a tenfold", design, a, per_tenfold),
    ]
    if design.shape[1] > 2:
        beside = np.array([0.0, -np.log10(_FACTOR), 1.0])
        name = f"accuracy outside, a base twice as large less {_FACTOR:g} times the data"
        measurements.append(_contrast(name, design, a, beside))
    return AuditResult(tuple(measurements), Table({"items": x, "style": s, "outside": a, "base": size}))


def _contrast(
    name: str, design: Array, y: Array, weights: Array, tolerated: tuple[float, float] | None = None
) -> Measurement:
    """A combination of least-squares slopes with Student's interval."""
    inverse = np.linalg.inv(design.T @ design)
    slopes = inverse @ design.T @ y
    df = y.size - design.shape[1]
    error = float(np.sqrt(((y - design @ slopes) ** 2).sum() / df * (weights @ inverse @ weights)))
    estimate, half = float(weights @ slopes), float(special.stdtrit(df, 0.975)) * error
    return Measurement(
        name, estimate, estimate - half, estimate + half, y.size, "least squares, Student's t", tolerated
    )


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("items", "imitated answers that the student was trained on"),
        Column("style", "how much it answers in the stronger model's manner, 0 to 1"),
        Column("outside", "its accuracy on tasks that were not imitated, 0 to 1"),
        Column("base", "size of the student", needed=False),
    ),
    look=imitation,
)
