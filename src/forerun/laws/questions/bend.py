"""Whether rates of success by size follow the law `pass_until`, or bend away from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.laws.question import Question

CARD = Card(
    name="bend",
    does="Whether log(-log rate) is a straight line in log N, or bends: concave is accelerated emergence. A stretch "
    "that is flat before the rates rise, or after, is told too.",
    source="Hu et al. 2023 (PassUntil): the second-order term; flat stretches, and one test for both, ours",
    assumes="Rates strictly between 0 and 1, each known about as well.",
    needs="Columns params and rate; 4 sizes or more.",
    promises="At most 1 straight line in 20 is called bent; how often bends are told: evidence/laws/bends.md. A floor "
    "of the loss that is small beside the noise is not told (other_truths.md).",
    known_answer="Planted bends are told, and floors.",
    control="Straight lines are called linear.",
)
_LEVEL = 0.05  # share of straight lines that are called bent
_DRAWS = 2000  # straight lines drawn to hold that level, at each slope
_SLOPES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0)  # of these lines, in sds of noise over half the sizes' span
_EXACT = 1e-20  # squared, in shares of what is fitted: below it, what a model leaves is rounding
_INTERVAL = ("the curvature has a 95% interval",)


@dataclass(frozen=True)
class Bend:
    """How log(-log rate) bends in log N.

    Args:
        kind: ``linear`` (the law holds within noise), ``concave`` (rates rise faster than the law, and ever faster:
            accelerated emergence), ``convex`` (they slow down).
        curvature, low, high: second-order coefficient, and its 95% interval.
        p_value: chance that a straight line looks as bent.
        flat: the stretch of sizes that is flat where that says it better than a parabola: ``(least, most)``.
    """

    kind: str
    curvature: float
    low: float
    high: float
    p_value: float
    flat: tuple[float, float] | None


def bend(params: ArrayLike, rate: ArrayLike, *, seed: int = 0) -> Bend | Undecided:
    """Whether rates by size follow the law, or bend away from it.

    The line is held against every curve of three parameters that bends smoothly (a parabola) or at once (flat up to a
    size and then a line, or a line and then flat), by the ratio of the squares that the line and the best of them
    leave. Its chance under straight lines is drawn, at the slope where it is largest.

    Args:
        params, rate: shape (sizes,), rates strictly between 0 and 1.
        seed: of the straight lines drawn.

    Example:
        >>> N = np.geomspace(1e8, 1e10, 8)
        >>> bend(N, np.exp(-200 * N**-0.2)).kind, bend(N, np.exp(-20 * np.exp(-(N / 3e9)))).kind
        ('linear', 'concave')
        >>> late = bend(N, [2e-4, 2.1e-4, 1.9e-4, 2e-4, 2.1e-4, 2e-4, 2e-3, 1e-2])
        >>> late.kind, [f"{size:.0e}" for size in late.flat]
        ('concave', ['1e+08', '3e+09'])
    """
    N, p = np.asarray(params, float), np.asarray(rate, float)
    if not ((p > 0) & (p < 1)).all():
        raise BadInput(
            f"rates must lie between 0 and 1, but one is {p[(p <= 0) | (p >= 1)][0]:g}; sample until success"
        )
    if np.unique(N).size < 4:
        return Undecided(f"{np.unique(N).size} sizes do not tell a bend from noise", "4 sizes or more")
    return bend_of(N, np.log(-np.log(p)), seed=seed)


def bend_of(params: Array, values: Array, *, seed: int = 0) -> Bend:
    """As `bend`, of values along which the law is a line, at 4 sizes or more."""
    order = np.argsort(params)
    N, F = params[order], values[order]
    x = np.log(N) - np.log(N).mean()
    curved, wide = _curvature(x, F)
    shapes = _shapes(x)
    bent = np.array([_left(F[:, None], shape.basis)[0] for shape in shapes])
    best = shapes[int(np.argmin(bent))]
    p_value = _chance(float(_left(F[:, None], _line(x))[0] / bent.min()), x, seed)
    if p_value > _LEVEL:
        return Bend("linear", curved, curved - wide, curved + wide, p_value, None)
    last = float(np.linalg.lstsq(best.basis, F, rcond=None)[0][-1])
    kind = "concave" if last * best.sign < 0 else "convex"
    flat = None if best.flat is None else (float(N[best.flat[0]]), float(N[best.flat[1]]))
    return Bend(kind, curved, curved - wide, curved + wide, p_value, flat)


def _curvature(x: Array, F: Array) -> tuple[float, float]:
    """The second-order coefficient, and how far its 95% interval reaches."""
    basis = np.stack([np.ones_like(x), x, x**2], axis=1)
    coefficients, *_ = np.linalg.lstsq(basis, F, rcond=None)
    rest = F - basis @ coefficients
    variance = max(float(rest @ rest), _EXACT * float(F @ F) + _EXACT) / (x.size - 3)
    error = np.sqrt(variance * np.linalg.inv(basis.T @ basis)[2, 2])
    return float(coefficients[2]), float(special.stdtrit(x.size - 3, 0.975) * error)


class _Shape(NamedTuple):
    """A curve of three parameters: its basis (the sign of its bend is that of the last column, times ``sign``), and
    the first and last of the sizes where it is flat."""

    basis: Array
    sign: float
    flat: tuple[int, int] | None


def _line(x: Array) -> Array:
    return np.stack([np.ones_like(x), x], axis=1)


def _shapes(x: Array) -> list[_Shape]:
    """A parabola, and what is flat up to or from a size or the middle between two; two sizes are left to the slope, as
    one alone is no more than an outlier."""
    sizes = np.unique(x)
    knots = np.sort(np.append(sizes[1:-1], (sizes[2:-1] + sizes[1:-2]) / 2.0))
    shapes = [_Shape(np.column_stack([_line(x), x**2]), 1.0, None)]
    for knot in knots:
        upto, since = int((x <= knot).sum()), int((x < knot).sum())
        if (sizes > knot).sum() >= 2:
            shapes.append(_Shape(_line(np.maximum(x - knot, 0.0)), 1.0, (0, upto - 1)))
        if (sizes < knot).sum() >= 2:
            shapes.append(_Shape(_line(np.minimum(x - knot, 0.0)), -1.0, (since, x.size - 1)))
    return shapes


def _left(Y: Array, basis: Array) -> Array:
    """Squares that a model leaves of each column of Y."""
    Q = np.linalg.qr(basis)[0]
    left = Y - Q @ (Q.T @ Y)
    return (left**2).sum(axis=0) + _EXACT * (Y**2).sum(axis=0) + _EXACT


@lru_cache(maxsize=32)
def _ratios(sizes: tuple[float, ...], seed: int) -> Array:
    """Ratios of noisy straight lines, shape (slopes, draws)."""
    x = np.array(sizes)
    noise = np.random.default_rng(seed).standard_normal((x.size, _DRAWS))
    Y = np.concatenate([noise + slope * x[:, None] for slope in _SLOPES], axis=1)
    least = np.min([_left(Y, shape.basis) for shape in _shapes(x)], axis=0)
    return (_left(Y, _line(x)) / least).reshape(len(_SLOPES), _DRAWS)


def _chance(ratio: float, x: Array, seed: int) -> float:
    """Share of noisy straight lines whose ratio is as high, at the slope where it is largest."""
    as_high = (_ratios(tuple((x / (np.ptp(x) / 2.0)).tolist()), seed) >= ratio).sum(axis=1)
    return float((as_high.max() + 1) / (_DRAWS + 1))


def answer(table: Table, *, seed: int = 0) -> Answer | Undecided:
    """The kind of bend, its chance under straight lines, its curvature (95% interval), and where rates are flat."""
    N, rate = (np.asarray(table.columns[name], float) for name in ("params", "rate"))
    shape = bend(N, rate, seed=seed)
    if isinstance(shape, Undecided):
        return shape
    curvature = Range(shape.curvature, shape.low, shape.high, "per squared e-fold")
    values: dict[str, Range | float | str] = {"kind": shape.kind, "p_value": shape.p_value, "curvature": curvature}
    says = f"{shape.kind} in log N"
    if shape.flat is not None:
        values |= {"flat_from": shape.flat[0], "flat_to": shape.flat[1]}
        says += f", flat from {shape.flat[0]:.3g} to {shape.flat[1]:.3g} parameters"
    return Answer(CARD.name, QUESTION.version, says, values, Table({"params": N, "measured": rate}), _INTERVAL)


QUESTION = Question(card=CARD, version="2", columns=("params", "rate"), answer=answer)
