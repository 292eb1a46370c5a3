"""How many bits of knowledge a model stores, and how many per parameter."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, BadInput, Card, Range, Table, Undecided
from forerun.laws.law import columns
from forerun.laws.question import Question, in_words

CARD = Card(
    name="knowledge_capacity",
    does="Bits of knowledge a parameter that models store when given more than they can hold.",
    source="Allen-Zhu and Li 2024 (Physics of language models 3.3)",
    assumes="Facts drawn evenly and independently; every model trained to its fill.",
    needs="Columns params, bits (learned) and available (bits of the set); 3 sizes given more than they could hold.",
    promises="The median over sizes with a bootstrap range.",
    known_answer="Models that store 2 bits a parameter give 2.",
    control="Sizes that learned all there was tell no capacity.",
)
_FULL = 0.9  # share of the facts' bits beyond which a model had no more to learn, so that it tells no capacity
_DRAWS = 2000


def bits_learned(facts: float, bits_per_fact: float, nats_lost: float) -> float:
    """Bits of a fact set that a model holds: those there are, less what its loss on the facts leaves unknown.

    Args:
        facts: how many there are, each drawn evenly and independently.
        bits_per_fact: entropy of one (log2 of the number of possible values).
        nats_lost: mean summed loss of the model over the value's tokens, in nats per fact.

    Raises:
        BadInput: a number that is negative.

    Source: Allen-Zhu and Li 2024 (Physics of language models 3.3), the value part of its bit-complexity bound; the
    names' own bits are left out.

    Example:
        >>> bits_learned(1000, 10.0, 0.0), round(bits_learned(1000, 10.0, 10 * np.log(2)), 6)
        (10000.0, 0.0)
    """
    if min(facts, bits_per_fact, nats_lost) < 0:
        raise BadInput(
            f"facts, bits_per_fact and nats_lost must not be negative: {facts:g}, {bits_per_fact:g}, {nats_lost:g}"
        )
    return float(facts * max(bits_per_fact - nats_lost / np.log(2.0), 0.0))


def knowledge_capacity(table: Table, *, seed: int = 0) -> Range | Undecided:
    """Bits per parameter that models of a family store when given more than they can hold.

    A model's capacity is the most that it learned from any of the fact sets. A size that learned over 90% of the
    largest set it was given tells no capacity, only that it is no smaller, and is left out.

    Args:
        table: columns params, bits (learned) and available (bits of the set); one row a model and fact set.

    Returns:
        A `Range`, the median over sizes with the 80% range of a bootstrap over sizes; `Undecided` below 3 sizes that
        were filled.

    Raises:
        BadInput: a column is missing or not positive.

    Source: Allen-Zhu and Li 2024, who report 2 bits a parameter after 1,000 exposures, 1 after 100.

    Example:
        >>> N = np.repeat([1e6, 2e6, 4e6, 8e6], 3)
        >>> facts = np.tile([1e6, 1e7, 1e8], 4)
        >>> found = knowledge_capacity(Table({"params": N, "bits": np.minimum(2 * N, facts), "available": facts}))
        >>> found.estimate
        2.0
    """
    X = columns(table, ("params", "bits", "available"), "knowledge_capacity")
    sizes = np.unique(X["params"])
    ratios: list[float] = []
    for N in sizes.tolist():
        rows = X["params"] == N
        if (X["bits"] / X["available"])[rows][np.argmax(X["available"][rows])] <= _FULL:
            ratios.append(float(X["bits"][rows].max()) / N)
    if len(ratios) < 3:
        return Undecided(
            f"{len(ratios)} of {sizes.size} sizes were given more than they could hold", "3 sizes that were"
        )
    rng = np.random.default_rng(seed)
    drawn = np.median(rng.choice(ratios, size=(_DRAWS, len(ratios))), axis=1)
    low, high = np.quantile(drawn, [0.1, 0.9])
    return Range(float(np.median(ratios)), float(low), float(high), "bits per parameter")


def answer(table: Table, *, seed: int = 0) -> Answer | Undecided:
    """Bits a parameter; drawn as bits learned by size."""
    ratio = knowledge_capacity(table, seed=seed)
    if isinstance(ratio, Undecided):
        return ratio
    N = np.asarray(table.columns["params"], float)
    rows = {"params": N, "measured": table.columns["bits"], "predicted": ratio.estimate * N}
    rows |= {"low": ratio.low * N, "high": ratio.high * N}
    says = f"{in_words(ratio)} bits a parameter"
    return Answer(CARD.name, "1", says, {"capacity": ratio}, Table(rows).take(np.argsort(N, kind="stable")))


QUESTION = Question(card=CARD, version="1", columns=("params", "bits", "available"), answer=answer)
