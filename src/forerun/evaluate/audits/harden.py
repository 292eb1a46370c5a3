"""A saturated benchmark made to tell systems apart: items that all solve, or that point the wrong way, are dropped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.crossing import crossed_columns
from forerun.evaluate.audits.measurements import plain

CARD = Card(
    name="harden",
    does="Drops trivial items and those that stronger systems miss more, chosen on half of the systems, and says on "
    "the other half how much further the benchmark parts them.",
    source="the rules of Wang et al. 2024 (MMLU-Pro); judged on systems that nothing was chosen on",
    assumes="Every system answered every item, and stronger systems are stronger on most items.",
    needs="6 systems and 20 items, scores 0 to 1",
    promises="Separation is judged on systems that no item was chosen on, over many halves.",
    known_answer="Where half of the items are solved by all, dropping them doubles differences between systems.",
    control="Dropping as many items at random leaves differences as they are, on average.",
)
_FEWEST_SYSTEMS, _FEWEST_ITEMS, _SPLITS = 6, 20, 100
_TRIVIAL = 0.95  # share of systems that solve it; arbitrary


def harden(
    system: Sequence[str], item: Sequence[str], score: ArrayLike, *, trivial: float = _TRIVIAL, seed: int = 0
) -> AuditResult | Undecided:
    """Items to drop, and what dropping does to systems that had no say in it.

    Args:
        system, item: shape (n,), which system answered which item.
        score: shape (n,), 0 to 1.
        trivial: mean score from which an item is trivial.
        seed: of the halves.

    Returns:
        the separation gained; as rows the items to drop, chosen on all systems. Undecided of few systems or items.

    Raises:
        BadInput: a system that did not answer every item once.
    """
    systems, items, (v,) = crossed_columns(system, item, score, words=("system", "item"))
    if len(systems) < _FEWEST_SYSTEMS or len(items) < _FEWEST_ITEMS:
        return Undecided(f"{len(systems)} systems and {len(items)} items", "6 systems and 20 items")
    rng = np.random.default_rng(seed)
    gains, at_random = (np.array(one) for one in zip(*(_gain(v, trivial, rng) for _ in range(_SPLITS)), strict=True))
    low, high = (float(q) for q in np.quantile(gains, [0.025, 0.975]))
    dropped = np.flatnonzero(~kept(v, trivial))
    measurements = (
        Measurement("separation gained", float(gains.mean()), low, high, len(systems),
                    f"factor, middle 95% of {_SPLITS} halves of the systems", None),
        plain("the same, as many dropped at random", float(at_random.mean()), len(systems), "the control"),
        plain("items that stay", float(len(items) - dropped.size), len(items), "chosen on all systems"),
        plain("mean score before", float(v.mean()), len(items), ""),
        plain("mean score after", float(v[:, kept(v, trivial)].mean()), len(items), ""),
    )  # fmt: skip
    rows = {
        "item": [items[i] for i in dropped],
        "mean": v.mean(axis=0)[dropped],
        "discrimination": against_rest(v)[dropped],
    }
    return AuditResult(measurements, Table(rows))


def kept(v: Array, trivial: float = _TRIVIAL) -> NDArray[np.bool_]:
    """Items that are neither trivial nor solved less by stronger systems, shape (items,); v is (systems, items)."""
    return (v.mean(axis=0) < trivial) & (against_rest(v) >= 0.0)


def against_rest(v: Array) -> Array:
    """Correlation of each item's scores with the systems' means over all others; 0 where either does not vary.

    Source: the corrected item-total correlation of test theory.
    """
    rest = (v.sum(axis=1, keepdims=True) - v) / max(v.shape[1] - 1, 1)
    a, b = v - v.mean(axis=0), rest - rest.mean(axis=0)
    power = np.asarray(np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)), np.float64)
    return np.where(power > 1e-12, (a * b).sum(axis=0) / np.maximum(power, 1e-12), 0.0)


def separation(v: Array) -> float:
    """Standard deviation of the systems' mean scores."""
    return float(v.mean(axis=1).std(ddof=1))


def _gain(v: Array, trivial: float, rng: np.random.Generator) -> tuple[float, float]:
    order = rng.permutation(len(v))
    first, second = v[order[: len(v) // 2]], v[order[len(v) // 2 :]]
    chosen = kept(first, trivial)
    if not chosen.any():
        return 1.0, 1.0
    drawn = rng.permutation(chosen.size)[: int(chosen.sum())]
    whole = max(separation(second), 1e-12)
    return separation(second[:, chosen]) / whole, separation(second[:, drawn]) / whole


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("system", "which system", "word"),
        Column("item", "which item", "word"),
        Column("score", "of the answer: 0 to 1"),
    ),
    look=harden,
)
