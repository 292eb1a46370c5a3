"""Does a score fall where items became public after the model's data ended, by more than they get harder?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from forerun.core import Array, BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import association_of, mean_of, plain
from forerun.stats.proportions import fisher, unpaired_proportions
from forerun.stats.ranks import rank_correlation

CARD = Card(
    name="contamination",
    does="Compares scores, or completions of partial prompts, of items from before and after a model's data ended, "
    "with and without the drift of scores over release dates.",
    source="Wu et al. 2025, Reasoning or Memorization; time splits as in Roberts et al. 2023",
    assumes="Items from before and after are alike but for having been public; where they get harder, steadily so.",
    needs="a score and a release date an item, 5 items on both sides",
    promises="Of items whose difficulty drifts steadily and that nobody leaked, a drop beyond the drift is called in "
    "at most 1 of 40 sets; measured in evidence/audits.",
    known_answer="6 of 30 completions before and none of 30 after: a drop of 0.2, p = 0.0237.",
    control="Scores that fall steadily with the date drop at the cutoff, but not beyond their drift.",
)
Mask = NDArray[np.bool_]
_FEWEST = 5  # items on a side; arbitrary


def contamination(
    score: ArrayLike, released: Sequence[str] | ArrayLike, *, cutoff: str, tolerated: float = 0.02
) -> AuditResult | Undecided:
    """The drop of a score at a cutoff.

    Args:
        score: shape (n,), of an item: right or not, or whether its rest was completed from a part of it.
        released: shape (n,), when it became public: a number, such as a year, or a date (2024-05-01).
        cutoff: when the model's data ended, in the same way.
        tolerated: drop that does no harm; arbitrary.

    Returns:
        the drop, the drop beyond the drift, the exact test where scores are 0 and 1. Undecided with fewer than five
        items on a side.

    Raises:
        BadInput: a date that is none, or columns of different lengths.

    Example:
        >>> result = contamination([1] * 6 + [0] * 54, [2024] * 30 + [2025] * 30, cutoff="2024.5")
        >>> print(result["drop at the cutoff"])
        drop at the cutoff 0.2 (0.04541 to 0.3731), n = 60: faulty
    """
    v, when, edge = np.asarray(score, np.float64), _dates(released), _date(cutoff)
    if v.shape != when.shape:
        raise BadInput(f"every score needs a date, but there are {v.size} and {when.size}")
    before = when < edge
    if min(before.sum(), (~before).sum()) < _FEWEST:
        return Undecided(
            f"{int(before.sum())} items before and {int((~before).sum())} after", f"{_FEWEST} on each side"
        )
    measurements = [_drop(v, before, tolerated)]
    if np.isin(v, (0.0, 1.0)).all():
        p = fisher(int(v[before].sum()), int(before.sum()), int(v[~before].sum()), int((~before).sum()))
        measurements.append(plain("p-value of the drop", p, v.size, "Fisher's exact test"))
    drifts = np.unique(when[before]).size > 1 and np.unique(when[~before]).size > 1
    if drifts:
        measurements.insert(0, _beyond_drift(v, when - edge, before, tolerated))
        drift = rank_correlation(when, v, before)
        measurements.append(
            association_of("correlation with the date, on either side", drift, "Spearman, within sides")
        )
    measurements += [mean_of("score before", v[before]), mean_of("score after", v[~before])]
    warnings = () if drifts else ("one date on a side: how difficulty drifts cannot be told from the drop",)
    return AuditResult(tuple(measurements), warnings=warnings)


def _drop(v: Array, before: Mask, tolerated: float) -> Measurement:
    name, a, b = "drop at the cutoff", v[before], v[~before]
    bounds = (-np.inf, tolerated)
    if np.isin(v, (0.0, 1.0)).all():
        drop, low, high = (float(x) for x in unpaired_proportions(a.sum(), a.size, b.sum(), b.size))
        return Measurement(name, drop, low, high, v.size, "Newcombe", bounds)
    parts = np.array([a.var(ddof=1) / a.size, b.var(ddof=1) / b.size])
    df = float(parts.sum() ** 2 / (parts**2 / (np.array([a.size, b.size]) - 1.0)).sum()) if parts.sum() else 1.0
    half = float(special.stdtrit(df, 0.975) * np.sqrt(parts.sum()))
    drop = float(a.mean() - b.mean())
    return Measurement(name, drop, drop - half, drop + half, v.size, "Welch's t", bounds)


def _beyond_drift(v: Array, when: Array, before: Mask, tolerated: float) -> Measurement:
    """The step at the cutoff of a straight line over dates, its error robust to unequal variances (HC3)."""
    design = np.column_stack([np.ones(v.size), when, before])
    inverse = np.linalg.pinv(design.T @ design)
    weights = inverse @ design.T
    rest = (v - design @ (weights @ v)) / np.maximum(1.0 - (design * weights.T).sum(axis=1), 1e-9)
    step, error = float(weights[2] @ v), float(np.sqrt((weights[2] ** 2) @ rest**2))
    half = float(special.stdtrit(v.size - 3, 0.975)) * error
    return Measurement("drop beyond the drift", step, step - half, step + half, v.size,
                    "step of a line over dates, HC3", (-np.inf, tolerated))  # fmt: skip


def _dates(values: Sequence[str] | ArrayLike) -> Array:
    return np.array([_date(one) for one in np.asarray(values).tolist()])


def _date(value: str | float) -> float:
    """A year as a number; of a date, with its day as a part of it."""
    try:
        return float(value)
    except ValueError:
        pass
    try:
        day = dt.date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise BadInput(f"{value!r} is neither a number nor a date such as 2024-05-01") from error
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("score", "of the item, or whether its rest was completed: 0 to 1"),
        Column("released", "when it became public: a year or a date", "word"),
    ),
    look=contamination,
)
