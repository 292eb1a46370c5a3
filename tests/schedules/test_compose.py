"""Schedules compose: one and then another, and times a constant; as data that JSON carries."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Schedule, UnknownName, codec
from forerun.schedules import end, value
from tests.cards import control, known_answer

LINE = Schedule("linear", {"peak": 1.0, "steps": 10})
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


@known_answer("sample", "rebase")
def test_a_line_is_sampled_and_taken_up_halfway() -> None:
    assert LINE.sample(every=5).lr([0, 4, 5, 9, 10]).tolist() == [1.0, 1.0, 0.5, 0.5, 0.0]
    assert LINE.rebase(at=5).lr([0, 2.5, 5]).tolist() == [0.5, 0.25, 0.0]
    assert LINE.rebase(at=5).end == 5.0


def test_a_sampled_schedule_changes_at_the_step_that_is_a_multiple_and_not_one_later() -> None:
    """Where the span is no binary fraction too: 0.3 / 0.1 falls short of 3."""
    epochs = Schedule("linear", {"peak": 1.0, "steps": 1.0}, axis="epoch").sample(every=0.1)
    assert epochs.lr(np.arange(11) / 10) == pytest.approx(1 - np.arange(11) / 10)


def test_a_cycle_starts_again_and_has_no_end() -> None:
    cycle = Schedule("linear", {"peak": 1.0, "steps": 4}, past_end="cycle")
    assert cycle.lr(np.arange(9)).tolist() == [1.0, 0.75, 0.5, 0.25] * 2 + [1.0]
    assert cycle.end == end(cycle.scale(2.0)) == end(cycle.rebase(at=3)) == float("inf")
    assert cycle.rebase(at=3).lr([0, 1, 2]).tolist() == [0.25, 1.0, 0.75]
    assert cycle.then(LINE, at=6).lr([5, 6, 11]).tolist() == [0.75, 1.0, 0.5]
    with pytest.raises(BadInput, match="schedule 'then': the first has no end: say at"):
        cycle.then(LINE).lr(1)


def test_a_new_horizon_reaches_what_a_schedule_is_made_of() -> None:
    wsd = Schedule("wsd", {"peak": 1.0, "steps": 100, "cooldown": 20})
    plan = LINE.then(wsd.scale(2.0), at=4).rebase(at=2)
    longer = plan.extend(202, "hold")
    assert (plan.end, longer.end) == (102.0, 202.0)
    assert longer.lr([0, 2, 182, 192, 202]).tolist() == [0.8, 2.0, 2.0, 1.0, 0.0]
    assert wsd.extend(200, "stretch").lr([160, 180]).tolist() == [1.0, 0.5]


def test_an_extension_that_means_nothing_says_what_would() -> None:
    cosine = Schedule("cosine", {"peak": 1.0, "steps": 100, "warmup": 10})
    with pytest.raises(BadInput, match="schedule 'cosine': it cannot be extended by 'hold', only by: stretch"):
        cosine.extend(200, "hold")
    with pytest.raises(BadInput, match="a warmup of 10 is longer than 5 steps"):
        cosine.extend(5, "stretch")
    with pytest.raises(BadInput, match="'stretch' takes no factor"):
        cosine.extend(200, "stretch", factor=0.5)
    with pytest.raises(BadInput, match="put another schedule after it"):
        Schedule("path", {"x": [0], "value": [1]}).extend(5, "hold")
    with pytest.raises(BadInput, match="the second begins at 10, after the new end 5"):
        STABLE.then(COOLED).extend(5, "stretch")


def test_parameters_and_policies_that_do_not_exist_are_named() -> None:
    with pytest.raises(UnknownName, match="'linear': no parameter 'warmpu'; there are: peak, steps, warmup"):
        Schedule("linear", {"peak": 1, "steps": 2, "warmpu": 1}).lr(0)
    with pytest.raises(BadInput, match="no policy past the end 'clamp'; there are: hold, zero, error, cycle"):
        Schedule("linear", {"peak": 1, "steps": 2}, past_end="clamp")  # type: ignore[arg-type]


@control("sample", "rebase")
def test_a_span_of_nothing_and_a_point_before_the_start_are_refused() -> None:
    with pytest.raises(BadInput, match="every must be a number above 0, but is 0"):
        LINE.sample(every=0)
    with pytest.raises(BadInput, match="say either every, a span, or at, the points"):
        LINE.sample()
    with pytest.raises(BadInput, match="at must increase from 0 on"):
        LINE.sample(at=[5, 5])
    with pytest.raises(BadInput, match="at must be a finite number from 0 on, but is -1"):
        LINE.rebase(at=-1)


@control("then", "scale")
def test_what_cannot_be_composed_is_refused() -> None:
    with pytest.raises(BadInput, match="a schedule over step cannot go on over tokens"):
        STABLE.then(Schedule("linear", {"peak": 0.1, "steps": 10}, axis="tokens"))
    with pytest.raises(BadInput, match="at must be a finite number from 0 on, but is -1"):
        STABLE.then(COOLED, at=-1)
    with pytest.raises(BadInput, match="scaled by a finite number, not by nan"):
        STABLE.scale(float("nan"))
