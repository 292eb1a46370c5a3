"""Schedules compose: one and then another, and times a constant; as data that JSON carries."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Schedule, codec
from forerun.schedules import end, value
from tests.cards import control, known_answer

STABLE = Schedule("constant", {"peak": 0.1, "steps": 10})
COOLED = Schedule("linear", {"peak": 0.1, "steps": 10})


@known_answer("then")
def test_one_and_then_another_gives_the_values_the_card_states() -> None:
    plan = STABLE.then(COOLED)
    assert value(plan, [9, 10, 15, 20]).tolist() == pytest.approx([0.1, 0.1, 0.05, 0.0])
    assert end(plan) == 20.0


def test_a_run_can_be_cooled_down_from_where_it_stands() -> None:
    """The second takes over at a point before or beyond the first one's end, which is held until then."""
    early, late = (STABLE.then(COOLED, at=at) for at in (4, 30))
    assert value(early, [3, 4, 9, 14]).tolist() == pytest.approx([0.1, 0.1, 0.05, 0.0])
    assert value(late, [20, 29, 35, 40]).tolist() == pytest.approx([0.1, 0.1, 0.05, 0.0])


@known_answer("scale")
def test_a_cosine_scaled_is_the_cosine_of_the_smaller_peak() -> None:
    t = np.linspace(0, 120, 50)
    whole, half = (Schedule("cosine", {"peak": peak, "steps": 110, "warmup": 10}) for peak in (0.1, 0.05))
    assert value(whole.scale(0.5), t) == pytest.approx(value(half, t), abs=1e-17)


def test_composing_is_associative_and_scaling_goes_through() -> None:
    t = np.linspace(0, 35, 71)
    third = Schedule("constant", {"peak": 0.02, "steps": 10})
    left, right = STABLE.then(COOLED).then(third), STABLE.then(COOLED.then(third))
    assert value(left, t).tolist() == value(right, t).tolist()
    assert value(left.scale(3.0), t) == pytest.approx(value(STABLE.scale(3.0).then(COOLED.then(third).scale(3.0)), t))


def test_what_comes_past_the_end_is_the_last_ones_to_say() -> None:
    zero, strict = (Schedule("constant", {"peak": 0.1, "steps": 10}, past_end=policy) for policy in ("zero", "error"))
    assert value(STABLE.then(zero), [20, 21]).tolist() == [0.1, 0.0]
    assert value(zero.then(STABLE), [10, 25]).tolist() == [0.1, 0.1]
    assert value(zero.scale(2.0), [10, 11]).tolist() == [0.2, 0.0]
    with pytest.raises(BadInput, match="schedule 'then': t=21 lies past the end, 20"):
        value(STABLE.then(strict), [20, 21])


def test_a_composed_schedule_is_data() -> None:
    plan = STABLE.then(COOLED, at=5).scale(0.5)
    again = codec.loads(codec.dumps(plan))
    assert again == plan
    assert value(again, [2, 10]).tolist() == value(plan, [2, 10]).tolist()
    assert Schedule("constant", {"peak": 0.1, "steps": 10}) == STABLE  # composing changed nothing


@control("then", "scale")
def test_what_cannot_be_composed_is_refused() -> None:
    with pytest.raises(BadInput, match="a schedule over step cannot go on over tokens"):
        STABLE.then(Schedule("linear", {"peak": 0.1, "steps": 10}, axis="tokens"))
    with pytest.raises(BadInput, match="at must be a finite number from 0 on, but is -1"):
        STABLE.then(COOLED, at=-1)
    with pytest.raises(BadInput, match="scaled by a finite number, not by nan"):
        STABLE.scale(float("nan"))
