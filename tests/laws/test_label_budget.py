"""What labels to buy: one kind or both, as the price has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.core import Answer, BadInput, Table, Undecided
from forerun.laws.questions import QUESTIONS
from tests.cards import control
from tests.laws.known import label_quality
from tests.laws.known_questions import RANDOM_LABELS


def bought(table: Table, **settings: Any) -> Answer:
    answer = QUESTIONS.load("label_budget").ask(table, budget=1000.0, **settings)
    assert isinstance(answer, Answer), answer
    return answer


def test_of_labels_wrong_at_random_one_kind_is_bought_on_either_side_of_what_they_are_worth() -> None:
    """A noisy label is worth a fifth of a clean one, so that they tie at a price of 5."""
    table = Table(RANDOM_LABELS)
    for price, regime in ((1.0, "quality"), (4.0, "quality"), (6.0, "quantity"), (30.0, "quantity")):
        assert bought(table, clean_price=price).values["regime"] == regime


def test_where_noise_has_a_bias_both_kinds_are_bought_at_a_price_between() -> None:
    """The pick is the least of the formula itself over all whole splits, to a thousandth of its error."""
    law = label_quality.law
    regimes: list[Any] = []
    for price in (1.0, 30.0, 1000.0):
        answer = bought(label_quality.TABLE, clean_price=price)
        clean = np.arange(0.0, 1000.0 // price + 1)
        splits = {"clean": clean, "noisy": 1000.0 - price * clean}
        y = law.predict(np.array(label_quality.PARAMS), splits)[0]
        picked = {name: np.array([float(answer.values[name])]) for name in splits}  # type: ignore[arg-type]
        assert law.predict(np.array(label_quality.PARAMS), picked)[0][0] <= y.min() * 1.001
        regimes.append(answer.values["regime"])
    assert regimes == ["quality", "mixed", "quantity"]


@control("label_budget")
def test_pilots_of_one_kind_tell_nothing_of_the_other() -> None:
    table = Table(RANDOM_LABELS)
    for kind, other in (("clean", "noisy"), ("noisy", "clean")):
        alone = table.take(table.columns[other] == 0)
        answer = api.ask("label_budget", alone, budget=1000.0, clean_price=10.0)
        assert isinstance(answer, Undecided) and answer.why == f"no pilot has {other} labels", kind


def test_no_more_is_bought_than_there_is_money_or_are_items() -> None:
    answer = bought(label_quality.TABLE, clean_price=7.0, noisy_price=2.0, items=150.0)
    clean, noisy = answer.rows.columns["clean"], answer.rows.columns["noisy"]
    assert (7.0 * clean + 2.0 * noisy <= 1000.0).all() and (clean + noisy <= 150.0).all()
    with pytest.raises(BadInput, match="prices must be above 0"):
        bought(label_quality.TABLE, clean_price=0.0)
    assert isinstance(
        api.ask("label_budget", label_quality.TABLE, budget=1.0, clean_price=9.0, noisy_price=2.0), Undecided
    )
