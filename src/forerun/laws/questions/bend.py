"""Whether rates of success by size follow the law `pass_until`, or bend away from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Answer, BadInput, Card, Range, Table, Undecided
from forerun.laws.question import Question

CARD = Card(
    name="bend",
    does="Whether log(-log rate) is a straight line in log N, or bends: concave is accelerated emergence.",
    source="Hu et al. 2023 (PassUntil)",
    assumes="Rates strictly between 0 and 1, each known about as well.",
    needs="Columns params and rate; 4 sizes or more.",
    promises="The sign of the second-order coefficient beyond its 95% interval.",
    known_answer="Planted bends are told.",
    control="A straight line is called linear.",
)


_INTERVAL = ("the curvature has a 95% interval",)


@dataclass(frozen=True)
class Bend:
    """How log(-log rate) bends in log N.

    Args:
        kind: ``linear`` (the law holds within noise), ``concave`` (rates rise faster than the law, and ever faster:
            accelerated emergence), ``convex`` (they slow down).
        curvature, low, high: second-order coefficient, and its 95% interval.
    """

    kind: str
    curvature: float
    low: float
    high: float


def bend(params: ArrayLike, rate: ArrayLike) -> Bend | Undecided:
    """Whether rates by size follow the law, or bend away from it.

    Args:
        params, rate: shape (sizes,), rates strictly between 0 and 1.

    Example:
        >>> N = np.geomspace(1e8, 1e10, 8)
        >>> bend(N, np.exp(-200 * N**-0.2)).kind, bend(N, np.exp(-20 * np.exp(-(N / 3e9)))).kind
        ('linear', 'concave')
    """
    N, p = np.asarray(params, float), np.asarray(rate, float)
    if not ((p > 0) & (p < 1)).all():
        raise BadInput(
            f"rates must lie between 0 and 1, but one is {p[(p <= 0) | (p >= 1)][0]:g}; sample until success"
        )
    if np.unique(N).size < 4:
        return Undecided(f"{np.unique(N).size} sizes do not tell a bend from noise", "4 sizes or more")
    x, F = np.log(N) - np.log(N).mean(), np.log(-np.log(p))
    basis = np.stack([np.ones_like(x), x, x**2], axis=1)
    coefficients, *_ = np.linalg.lstsq(basis, F, rcond=None)
    rest = F - basis @ coefficients
    variance = max(float(rest @ rest), 1e-20 * float(F @ F) + 1e-20) / (x.size - 3)
    error = np.sqrt(variance * np.linalg.inv(basis.T @ basis)[2, 2])
    wide = float(special.stdtrit(x.size - 3, 0.975) * error)
    curved = float(coefficients[2])
    kind = "concave" if curved < -wide else "convex" if curved > wide else "linear"
    return Bend(kind, curved, curved - wide, curved + wide)


def answer(table: Table) -> Answer | Undecided:
    """The kind of bend and its curvature (95% interval)."""
    N, rate = (np.asarray(table.columns[name], float) for name in ("params", "rate"))
    shape = bend(N, rate)
    if isinstance(shape, Undecided):
        return shape
    values = {"kind": shape.kind, "curvature": Range(shape.curvature, shape.low, shape.high, "per squared e-fold")}
    return Answer(CARD.name, "1", f"{shape.kind} in log N", values, Table({"params": N, "measured": rate}), _INTERVAL)


QUESTION = Question(card=CARD, version="1", columns=("params", "rate"), answer=answer)
