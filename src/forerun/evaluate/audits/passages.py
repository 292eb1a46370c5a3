"""Questions among conflicting and useless passages: does the useful one's place matter, and do samples help?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import mean_of
from forerun.stats.bootstrap import Index, bootstrap_interval

CARD = Card(
    name="passages",
    does="Says how accuracy goes with the place of the useful passage among others, and whether it rises with samples.",
    source="Pham et al. 2025, SealQA; Liu et al. 2024, Lost in the Middle",
    assumes="Every row is an answer; rows of one item are drawn together.",
    needs="a score and a place, or a number of samples, an answer; 3 places or 2 numbers",
    promises="Spread and slope have a bootstrap over items; a slope whose interval holds 0 is flat or unknown.",
    known_answer="Right at the ends and wrong in the middle of five places: a spread of 1; a gain of 0.1 a doubling.",
    control="Scores that have nothing to do with place or samples have a slope with 0 in its interval.",
)


def passages(
    score: ArrayLike,
    place: ArrayLike | None = None,
    samples: ArrayLike | None = None,
    item: ArrayLike | None = None,
    *,
    seed: int = 0,
) -> AuditResult | Undecided:
    """Accuracy by place of the useful passage, and its slope over doublings of samples.

    Args:
        score: shape (n,), of the answer.
        place: shape (n,), of the useful passage among all, from 0.
        samples: shape (n,), how many were drawn at test time.
        item: shape (n,), which question; drawn whole.
        seed: of the bootstrap.

    Returns:
        as rows the places with their means. Undecided with one place and one number of samples.

    Raises:
        BadInput: neither is given, or columns of different lengths.

    Example:
        >>> passages([0.5] * 5 + [0.6] * 5 + [0.7] * 5, samples=[1] * 5 + [2] * 5 + [4] * 5).measurements[0].estimate
        0.1
    """
    v = np.asarray(score, np.float64)
    groups = None if item is None else np.asarray(item).astype(str)
    given = [np.asarray(one, np.float64) for one in (place, samples) if one is not None]
    if not given or any(one.shape != v.shape for one in given):
        raise BadInput("every answer needs a place of the useful passage, or a number of samples")
    measurements: list[Measurement] = []
    rows = Table()
    if samples is not None and np.unique(samples).size > 1:
        measurements.append(_slope(v, np.log2(np.asarray(samples, np.float64)), groups, seed))
    if place is not None and np.unique(place).size > 1:
        at = np.asarray(place, np.float64)
        measurements.append(_spread(v, at, groups, seed))
        places = np.unique(at)
        means = np.array([v[at == one].mean() for one in places])
        rows = Table({"place": places, "score": means, "n": np.array([(at == one).sum() for one in places], float)})
    if not measurements:
        return Undecided("one place and one number of samples", "several of either")
    return AuditResult((*measurements, mean_of("score", v, groups)), rows)


def _slope(v: Array, doublings: Array, groups: ArrayLike | None, seed: int) -> Measurement:
    """By least squares; sound where accuracy rises, faulty where it falls."""

    def slope(rows: Index) -> float:
        x = doublings[rows] - doublings[rows].mean()
        power = float(x @ x)
        return float(x @ v[rows]) / power if power > 0.0 else float("nan")

    low, high = bootstrap_interval(slope, v.size, groups=groups, seed=seed)
    return Measurement("gain a doubling of samples", round(slope(np.arange(v.size)), 12), low, high, v.size,
                       "least squares, bootstrap over items", (0.0, np.inf))  # fmt: skip


def _spread(v: Array, place: Array, groups: ArrayLike | None, seed: int) -> Measurement:
    places = np.unique(place)

    def spread(rows: Index) -> float:
        here = [v[rows][place[rows] == one] for one in places]
        return float(np.ptp([one.mean() for one in here])) if all(one.size for one in here) else float("nan")

    low, high = bootstrap_interval(spread, v.size, groups=groups, seed=seed)
    return Measurement("best less worst place", spread(np.arange(v.size)), low, high, v.size,
                       "bootstrap over items; above 0 by chance too")  # fmt: skip


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("score", "of the answer"),
        Column("place", "of the useful passage among all, from 0", needed=False),
        Column("samples", "drawn at test time", needed=False),
        Column("item", "which question", "word", needed=False),
    ),
    look=passages,
)
