"""What sampling until success costs for a wanted error of a rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Answer, BadInput, Card, Table, Undecided
from forerun.core.display import number
from forerun.laws.question import Question

CARD = Card(
    name="sampling_budget",
    does="Successes to wait for, and draws to expect, so that rates of success are known to a relative error.",
    source="the unbiased estimate from r successes is off by about 1/√(r - 2) of itself; Hu et al. 2023",
    assumes="Draws are independent; items are alike.",
    needs="A column rate (expected, from a pilot or a law); settings relative_error and items.",
    promises="The error it promises, in a test of 4,000 repeats.",
    known_answer="Rates 1e-4 and 1e-3 to 10% over 100 items: 3 successes each.",
    control="A rate of 0 is refused.",
)


@dataclass(frozen=True)
class SamplingBudget:
    """Draws that a relative error of a rate costs: successes to wait for, and expected draws for each size."""

    successes: int
    draws: tuple[float, ...]


def budget(rates: Sequence[float], *, relative_error: float, items: int = 1) -> SamplingBudget:
    """How long to sample: the unbiased estimate from r successes is off by about 1/√(r - 2) of itself.

    Args:
        rates: expected rate of each size, from a pilot or from the law.
        relative_error: wanted, of the mean over ``items`` that are alike.

    Example:
        >>> budget([1e-4, 1e-3], relative_error=0.1, items=100)
        SamplingBudget(successes=3, draws=(3000000.0, 300000.0))
    """
    wrong = [rate for rate in rates if not 0 < rate <= 1]
    if wrong or relative_error <= 0 or items < 1:
        raise BadInput(f"a budget needs rates in 0 to 1 and a positive error, but got {wrong or relative_error}")
    successes = max(2, int(np.ceil(round(1.0 / (relative_error**2 * items) + 2, 6))))
    return SamplingBudget(successes, tuple(round(successes * items / rate, 6) for rate in rates))


def answer(table: Table, *, relative_error: float, items: int = 1) -> Answer | Undecided:
    """Successes and draws for every rate in the table."""
    rate = np.asarray(table.columns["rate"], float)
    planned = budget(rate.tolist(), relative_error=relative_error, items=items)
    draws = np.array(planned.draws)
    values = {"successes": float(planned.successes), "draws": float(draws.sum())}
    says = f"wait for {planned.successes} successes of each of {items} items: {number(float(draws.sum()))} draws in all"
    return Answer(CARD.name, "1", says, values, Table({"rate": rate, "predicted": draws}))


QUESTION = Question(card=CARD, version="1", columns=("rate",), answer=answer)
