"""How to keep a tuned peak rate best for a longer run: a longer cooldown, or a lower rate for the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize

from forerun.core import Answer, BadInput, Card, Table
from forerun.core.display import number
from forerun.laws.path.convex_bound import best, trapezoid
from forerun.laws.question import Question

CARD = Card(
    name="longer_run",
    does="For a tuned run that is to go on longer: the cooldown, or the factor on the rate, that keeps its peak best.",
    source="Schaipp et al. 2025, section 5, on the bound of `convex_bound`",
    assumes="Training behaves as the convex bound says.",
    needs="Columns steps and cooldown (a share of them) of tuned runs; setting longer, the steps of the longer run.",
    promises="Exact for the bound; on recorded runs no better than a square root (tests), on short trained ones no "
    "better than the old rate: evidence/laws/trained_schedules.md.",
    known_answer="400 steps at a cooldown of 0.2 to 800: 0.62 and 0.54.",
    control="A run hardly longer keeps its cooldown and its rate.",
)


def same_rate_cooldown(steps: int, longer: int, cooldown: float) -> float:
    """The share of a longer run to cool down over, so that the peak that is best for a shorter one stays best.

    Args:
        steps, cooldown: the run for which the peak was tuned.
        longer: steps of the longer run.

    Returns:
        A share in [cooldown, 1]; 1 where even a linear decay over the whole run would want a lower peak.

    Source: Schaipp et al. 2025, section 5.

    Example:
        >>> round(same_rate_cooldown(400, 800, 0.2), 2)
        0.62
    """
    tuned = best(trapezoid(steps, cooldown))[0]

    def short(share: float) -> float:
        return best(trapezoid(longer, share))[0] - tuned

    if short(1.0) < 0:
        return 1.0
    return _root(short, cooldown, 1.0)


def two_stage_factor(steps: int, longer: int, cooldown: float) -> float:
    """By what to multiply the rate when a run is extended at the step where it would have cooled down.

    The peak that was best for ``steps`` then stays best for ``longer`` with the same share of cooldown.

    Example:
        >>> round(two_stage_factor(400, 800, 0.2), 2)
        0.54
    """
    tuned = best(trapezoid(steps, cooldown))[0]
    since = round(steps * (1.0 - cooldown))

    def off(factor: float) -> float:
        return best(trapezoid(longer, cooldown, stable=factor, since=since))[0] - tuned

    # from above: very small factors waste the second stage, and satisfy it again
    factors: list[float] = np.linspace(1.0, 0.1, 19).tolist()
    over = next((i for i, factor in enumerate(factors) if off(factor) >= 0), None)
    if over is None:
        raise BadInput(f"no factor keeps the peak tuned at {steps:g} steps best for {longer:g}; ask for fewer steps")
    return _root(off, factors[over], factors[max(over - 1, 0)]) if over else 1.0


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    scipy: Any = optimize
    return float(scipy.brentq(of, low, high, xtol=1e-4))


def answer(table: Table, *, longer: float) -> Answer:
    """Both ways, for every run of the table."""
    steps, cooldown = (np.asarray(table.columns[name], float) for name in ("steps", "cooldown"))
    runs = list(zip(steps.round().astype(int).tolist(), cooldown.tolist(), strict=True))
    shares = np.array([same_rate_cooldown(n, round(longer), share) for n, share in runs])
    factors = np.array([two_stage_factor(n, round(longer), share) for n, share in runs])
    values = {"cooldown": float(shares[0]), "factor": float(factors[0])}
    says = f"cool down over {shares[0]:.0%} of {number(longer)} steps, or go on at {factors[0]:.2f} of the rate"
    return Answer(CARD.name, "1", says, values, Table({"steps": steps, "predicted": shares, "factor": factors}))


QUESTION = Question(card=CARD, version="1", columns=("steps", "cooldown"), answer=answer)
