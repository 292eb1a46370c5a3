"""Which way a scaling curve goes: improving, inverse, U, inverted U, or unclear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.laws.question import Question

CARD = Card(
    name="shape",
    does="Which way a score goes over sizes: improving, inverse, U, inverted U, or unclear.",
    source="Simonsohn 2018 (two lines); the rule from its description",
    assumes="Scores at different sizes err alike, or their sd is given.",
    needs="Columns size and score (higher is better), and sd where known; 6 sizes or more.",
    promises="97.0% of planted curves told, 94.6% of ties refused: evidence/laws/shapes.md. A trained inverse curve is "
    "told: trained_suite.md.",
    known_answer="Planted curves of all four kinds are told.",
    control="A saturating curve, on which a quadratic turns, is no inverted U.",
)
LEAST = 6
"""Distinct sizes below which two lines leave no freedom."""
_INNER = 0.1  # share of the seen log sizes at each end within which a turning point is not interior; arbitrary


@dataclass(frozen=True)
class Slope:
    """A slope of score per e-fold of size, with its interval."""

    value: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 or -1 where the interval leaves 0 out, else 0."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True)
class Shape:
    """The shape of a scaling curve and what it rests on.

    Args:
        kind: ``improving``, ``inverse``, ``u``, ``inverted-u`` or ``unclear``.
        trend: over all sizes. left, right: of the two lines, about ``turn`` (a size); None where no quadratic turns
            within the sizes.
    """

    kind: str
    trend: Slope
    left: Slope | None
    right: Slope | None
    turn: float | None
    why: str


def shape(size: ArrayLike, score: ArrayLike, *, sd: ArrayLike | None = None, level: float = 0.95) -> Shape | Undecided:
    """The shape of scores (higher is better) over sizes, claimed only where it cannot well be noise.

    A U (or its inverse) is claimed where a quadratic in log size turns within the sizes and two lines, parted near
    the turn, slope opposite ways, each beyond doubt; a quadratic alone calls every saturating curve a U. Improving and
    inverse are the sign of the trend where neither line contradicts it. The break is set by Simonsohn's Robin Hood
    rule: in the flat middle, nearer the line with the weaker case.

    Args:
        size: shape (n,), positive; several scores may share a size. score: shape (n,).
        sd: standard deviation of each score, where known (√(p (1-p) / items)); else the lines' own scatter tells.
        level: confidence of each slope's interval.

    Returns:
        `Shape`, or `Undecided` for fewer than 6 sizes, or scores all alike.

    Raises:
        BadInput: sizes not positive, or values not finite.

    Source: Simonsohn 2018, Two Lines; the rule and its thresholds from its description, no code followed.

    Example:
        >>> N, wiggle = np.geomspace(1e7, 1e10, 9), 0.002 * np.cos(np.arange(9.0) * 2.5)
        >>> U = (np.log10(N) - 8.5) ** 2 / 10
        >>> shape(N, U + wiggle).kind, shape(N, np.log10(N) / 20 + wiggle).kind, shape(N, wiggle).kind
        ('u', 'improving', 'unclear')
    """
    x, y, s = _checked(size, score, sd)
    if np.unique(x).size < LEAST:
        return Undecided(f"{np.unique(x).size} sizes do not tell a turn from noise", f"{LEAST} sizes or more")
    if np.ptp(y) == 0.0:
        return Undecided("every size scores alike", "a score that moves, or more items")
    trend = _slopes(np.stack([np.ones_like(x), x], axis=1), y, s, level)[1]
    turn, curve = _quadratic(x, y, s)
    inner = _INNER * np.ptp(x)
    if not x.min() + inner < turn < x.max() - inner:
        return _monotone(trend, None, None, None)
    left, right = _two_lines(x, y, s, _robin_hood(x, y, s, turn, curve, level), level)
    if left.sign * right.sign < 0:
        kind = "u" if right.sign > 0 else "inverted-u"
        return Shape(kind, trend, left, right, float(np.exp(turn)), "both lines slope beyond doubt, opposite ways")
    return _monotone(trend, left, right, float(np.exp(turn)))


def _checked(size: ArrayLike, score: ArrayLike, sd: ArrayLike | None) -> tuple[Array, Array, Array | None]:
    N, y = np.asarray(size, float), np.asarray(score, float)
    s = None if sd is None else np.broadcast_to(np.asarray(sd, float), y.shape)
    if N.shape != y.shape or not ((N > 0) & np.isfinite(N) & np.isfinite(y)).all():
        raise BadInput("sizes must be positive and scores finite, as many of one as of the other")
    if s is not None and not (s > 0).all():
        raise BadInput(f"sd must be positive, but one is {s.min():g}")
    return np.log(N), y, s


def _monotone(trend: Slope, left: Slope | None, right: Slope | None, turn: float | None) -> Shape:
    against = [line for line in (left, right) if line is not None and line.sign * trend.sign < 0]
    if trend.sign == 0 or against:
        why = "no slope beyond doubt" if trend.sign == 0 else "the trend is there, but one part goes against it"
        return Shape("unclear", trend, left, right, turn, why)
    return Shape("improving" if trend.sign > 0 else "inverse", trend, left, right, turn, "the trend is beyond doubt")


def _weighted(basis: Array, y: Array, s: Array | None) -> tuple[Array, Array, float]:
    """Coefficients, their standard errors, and the degrees of freedom that tell the noise (inf where it is known)."""
    w = np.ones_like(y) if s is None else 1.0 / s
    B, z = basis * w[:, None], y * w
    inverse = np.linalg.pinv(B.T @ B)
    c = inverse @ B.T @ z
    freedom = max(y.size - basis.shape[1], 1)
    variance = float(((z - B @ c) ** 2).sum()) / freedom if s is None else 1.0
    return c, np.sqrt(np.maximum(np.diag(inverse) * variance, 0.0)), float(freedom) if s is None else np.inf


def _slopes(basis: Array, y: Array, s: Array | None, level: float) -> list[Slope]:
    c, error, freedom = _weighted(basis, y, s)
    wide = special.stdtrit(freedom, 0.5 + level / 2) * error
    return [Slope(float(v), float(v - e), float(v + e)) for v, e in zip(c, wide, strict=True)]


def _quadratic(x: Array, y: Array, s: Array | None) -> tuple[float, Array]:
    """Where a quadratic turns (inf where it does not), and its values."""
    u = x - x.mean()
    basis = np.stack([np.ones_like(u), u, u**2], axis=1)
    c = _weighted(basis, y, s)[0]
    return (float(x.mean() - c[1] / (2.0 * c[2])) if c[2] != 0 else np.inf), basis @ c


def _two_lines(x: Array, y: Array, s: Array | None, part: float, level: float) -> tuple[Slope, Slope]:
    """Slopes below and above a break; the lines need not meet, and the break's own point belongs to the upper."""
    high = (x >= part).astype(float)
    below, above = (x - part) * (1.0 - high), (x - part) * high
    _, left, right, _ = _slopes(np.stack([np.ones_like(x), below, above, high], axis=1), y, s, level)
    return left, right


def _robin_hood(x: Array, y: Array, s: Array | None, turn: float, curve: Array, level: float) -> float:
    """The break: within the flat stretch about the turn, by how strong each side's line is from the turn itself."""
    sizes = np.unique(x)
    turn = float(np.clip(turn, sizes[2], sizes[-3]))
    extreme = curve[np.argmin(np.abs(x - turn))]
    flat = x[np.abs(curve - extreme) <= 0.15 * max(float(np.ptp(curve)), 1e-300)]
    flat = flat[(flat >= sizes[2]) & (flat <= sizes[-3])]
    if flat.size == 0:
        return turn
    left, right = (abs(line.value) / max(line.high - line.low, 1e-300) for line in _two_lines(x, y, s, turn, level))
    return float(np.quantile(flat, right / (left + right)))


def answer(table: Table, *, level: float = 0.95) -> Answer | Undecided:
    """The shape, and the slopes that it rests on, in score per e-fold of size."""
    size, score = (np.asarray(table.columns[name], float) for name in ("size", "score"))
    form = shape(size, score, sd=table.columns.get("sd"), level=level)
    if isinstance(form, Undecided):
        return form
    slopes = {"trend": form.trend, "left": form.left, "right": form.right}
    values: dict[str, Range | float | str] = {"kind": form.kind}
    values |= {name: Range(s.value, s.low, s.high, "score per e-fold") for name, s in slopes.items() if s is not None}
    values |= {} if form.turn is None else {"turn": form.turn}
    rows = Table({"size": size, "measured": score}).take(np.argsort(size, kind="stable"))
    warnings = (f"slopes have {level:.0%} intervals",)
    return Answer(CARD.name, "1", f"{form.kind}: {form.why}", values, rows, warnings)


QUESTION = Question(card=CARD, version="1", columns=("size", "score"), answer=answer)
