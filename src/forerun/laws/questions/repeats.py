"""Double descent in repeats: whether loss peaks at a middle number of repeats, and where.

When a share of the training tokens is spent on a small part repeated many times, a middle number of repeats hurts most
(Hernandez et al. 2022: the part can be memorised, and memorising it takes capacity). No closed law is known, so this
measures: it fits nothing beyond the largest number of repeats seen, and says nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Answer, Array, Card, Range, Table, Undecided
from forerun.laws.law import columns
from forerun.laws.question import Question, in_words

CARD = Card(
    name="repeats",
    does="Whether loss peaks at a middle number of repeats of a part of the data, and where.",
    source="the phenomenon, Hernandez et al. 2022; the measurement is ours",
    assumes="All else is equal but how often the part is repeated.",
    needs="Columns repeats and y; 4 numbers of repeats; noise, or several runs of some; params for a peak a size.",
    promises="On runs trained with half of their tokens repeated the peak is told, inside both ends: "
    "evidence/laws/trained_repeats.md.",
    known_answer="A planted peak lies in its range.",
    control="A loss that only rises has no peak.",
)
_DRAWS = 2000


@dataclass(frozen=True)
class Peak:
    """A peak of loss over repeats.

    Args:
        at: repeats at the peak; ``height``: log loss there less the mean of both ends. 80% ranges.
        p_interior: share of the draws with a peak that stands above both ends.
    """

    at: Range
    height: Range
    p_interior: float


def peak(table: Table, *, noise: float | None = None, seed: int = 0) -> Peak | Undecided:
    """Whether and where loss peaks over the number of repeats of a small part, all else equal.

    The highest of the measured numbers of repeats is refined by the parabola through it and its neighbours in log
    repeats; draws move each mean by its standard error.

    Args:
        table: columns repeats and y, one row a run; 4 numbers of repeats or more.
        noise: sd of log y between runs alike; measured from numbers of repeats with several runs where not given.

    Returns:
        A `Peak`; `Undecided` where under 90% of the draws have one inside, or the noise is not known.

    Raises:
        BadInput: a column is missing or not positive.

    Source: the phenomenon, Hernandez et al. 2022 (Scaling laws and interpretability of learning from repeated data);
    the measurement is ours.

    Example:
        >>> r = np.geomspace(1, 1e4, 9)
        >>> y = 3.0 + 0.4 * np.exp(-((np.log10(r) - 2) ** 2))
        >>> found = peak(Table({"repeats": r, "y": y}), noise=0.01)
        >>> 50 < found.at.low < 100 < found.at.high < 200
        True
    """
    X = columns(table, ("repeats", "y"), "repeats")
    at, which, n = np.unique(X["repeats"], return_inverse=True, return_counts=True)
    if at.size < 4:
        return Undecided(f"{at.size} different numbers of repeats", "4")
    log_y = np.log(X["y"])
    mean = np.bincount(which, log_y) / n
    spread = noise if noise is not None else _noise(log_y - mean[which], int((n - 1).sum()))
    if spread is None:
        return Undecided("one run for every number of repeats: its noise is not known", "a few repeated, or noise=")
    rng = np.random.default_rng(seed)
    drawn = np.vstack([mean, mean + rng.normal(size=(_DRAWS, at.size)) * spread / np.sqrt(n)])
    where, height, inside = _highest(np.log(at), drawn)
    share = float(inside[1:].mean())
    if not inside[0] or share < 0.9:
        return Undecided(f"{share:.0%} of draws have a peak between {at[0]:g} and {at[-1]:g} repeats", "more runs")
    return Peak(_range(np.exp(where), inside, "repeats"), _range(height, inside, "log y"), share)


def peak_by_size(table: Table, *, noise: float | None = None, seed: int = 0) -> Table | Undecided:
    """The peak of every size: columns params, repeats, low, high. Sizes without a told peak are left out.

    Args:
        table: columns params, repeats and y.

    Raises:
        BadInput: a column is missing or not positive.
    """
    N = columns(table, ("params",), "repeats")["params"]
    peaks: list[tuple[float, float, float, float]] = []
    for size in np.unique(N).tolist():
        rows = size == N
        one = Table({name: np.asarray(table.columns[name], float)[rows] for name in ("repeats", "y")})
        top = peak(one, noise=noise, seed=seed)
        if isinstance(top, Peak):
            peaks.append((size, top.at.estimate, top.at.low, top.at.high))
    if not peaks:
        return Undecided(f"no peak told at any of {np.unique(N).size} sizes", "more runs a size")
    return Table(dict(zip(("params", "repeats", "low", "high"), np.array(peaks, float).T, strict=True)))


def _noise(residual: Array, free: int) -> float | None:
    return float(np.sqrt((residual**2).sum() / free)) if free else None


def _highest(log_at: Array, y: Array) -> tuple[Array, Array, np.ndarray]:
    """Of each row the place of its highest point, its height over the ends' mean, and whether it lies inside."""
    i = np.clip(np.argmax(y, axis=1), 1, log_at.size - 2)
    rows = np.arange(len(y))
    inside = (y[rows, i] > y[:, 0]) & (y[rows, i] > y[:, -1])
    x = log_at[i[:, None] + np.array([-1, 0, 1])]
    v = y[rows[:, None], i[:, None] + np.array([-1, 0, 1])]
    left, right = (v[:, 1] - v[:, 0]) / (x[:, 1] - x[:, 0]), (v[:, 2] - v[:, 1]) / (x[:, 2] - x[:, 1])
    bend = (right - left) / (x[:, 2] - x[:, 0])
    top = (x[:, 0] + x[:, 1]) / 2.0 - left / (2.0 * np.where(bend < 0, bend, np.nan))
    top = np.clip(np.where(np.isfinite(top), top, x[:, 1]), x[:, 0], x[:, 2])
    return top, y[rows, i] - (y[:, 0] + y[:, -1]) / 2.0, inside


def _range(values: Array, inside: np.ndarray, unit: str) -> Range:
    low, high = np.quantile(values[1:][inside[1:]], [0.1, 0.9])
    return Range(float(values[0]), float(low), float(high), unit)


def answer(table: Table, *, noise: float | None = None, seed: int = 0) -> Answer | Undecided:
    """The peak over all runs; where there is a column params, of every size."""
    if "params" in table.columns:
        sizes = peak_by_size(table, noise=noise, seed=seed)
        if isinstance(sizes, Undecided):
            return sizes
        rows = Table({"params": sizes.columns["params"], "measured": sizes.columns["repeats"],
                      "low": sizes.columns["low"], "high": sizes.columns["high"]})  # fmt: skip
        return Answer(CARD.name, "1", f"a peak at {sizes.n_rows} sizes", {"sizes": float(sizes.n_rows)}, rows)
    top = peak(table, noise=noise, seed=seed)
    if isinstance(top, Undecided):
        return top
    values = {"at": top.at, "height": top.height, "chance": top.p_interior}
    rows = Table({"repeats": table.columns["repeats"], "measured": table.columns["y"]})
    return Answer(CARD.name, "1", f"loss peaks at {in_words(top.at)} repeats", values, rows)


QUESTION = Question(card=CARD, version="1", columns=("repeats", "y"), answer=answer)
