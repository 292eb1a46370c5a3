"""From updates to a schedule's axis, and the tables that compiled steps look rates up in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forerun.adapters.clock import Clock, clock_of
from forerun.adapters.rates import RateLookup, RateTable
from forerun.core import BadInput, Schedule
from tests.schedules.examples import EXAMPLES, PER_STEP

LINEAR = Schedule("linear", {"peak": 1.0, "steps": 4})
OPEN = Schedule("infinite", {"peak": 1.0, "warmup": 2, "cooldown": 4})


@given(st.integers(1, 10_000), st.integers(0, 300))
def test_whole_epochs_are_whole(updates: int, epochs: int) -> None:
    """And the last update of so many epochs is the one at their end."""
    clock = Clock(per_step=1 / updates)
    assert float(clock.t(updates * epochs)) == epochs
    assert clock.last(float(epochs)) == updates * epochs


@given(st.floats(1e-3, 1e5), st.floats(1e-3, 1e5), st.integers(0, 1000), st.integers(0, 1000))
def test_a_change_of_pace_leaves_where_it_stands(first: float, second: float, n: int, more: int) -> None:
    turned = Clock(per_step=first).turned(n, second)
    assert float(turned.t(n)) == float(Clock(per_step=first).t(n))
    assert float(turned.t(n + more)) == pytest.approx(float(turned.t(n)) + more * second, rel=1e-12)


@given(st.floats(1e-3, 1e5), st.floats(0.0, 1e6))
def test_the_last_update_lies_at_the_end_or_before(pace: float, end: float) -> None:
    clock = Clock(per_step=pace)
    last = int(clock.last(end))
    assert clock.t(last) <= end < clock.t(last + 1)


def test_a_pace_must_be_positive() -> None:
    with pytest.raises(BadInput, match="per_step must be a positive finite number, but is 0"):
        clock_of(LINEAR, 0.0)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_table_holds_every_value_and_what_comes_after(name: str) -> None:
    plan, per = EXAMPLES[name], PER_STEP.get(name, 1.0)
    table = RateTable.of(plan, Clock(per))
    assert table.values.tolist() == plan.lr(per * np.arange(table.values.size)).tolist()
    assert table.values.size == plan.end // per + 2
    assert plan.lr(per * 1e6) == table.values[-1]


def test_what_is_zero_past_its_end_or_begins_again_is_so_in_a_table() -> None:
    assert RateTable.of(replace(LINEAR, past_end="zero"), Clock()).values.tolist() == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    cycling = RateTable.of(replace(LINEAR, past_end="cycle"), Clock())
    assert (cycling.values.tolist(), cycling.cycles) == ([1.0, 0.75, 0.5, 0.25], True)


def test_an_end_between_two_updates_is_reached_by_the_later_one() -> None:
    """At 4.5 the value is that of the end, 4, and not that of 3."""
    plan = Schedule("linear", {"peak": 1.0, "steps": 4}, axis="samples")
    assert RateTable.of(plan, Clock(1.5)).values.tolist() == [1.0, 0.625, 0.25, 0.0]


def test_what_has_no_end_is_followed_for_so_many_updates() -> None:
    with pytest.raises(BadInput, match="schedule 'infinite': it ends nowhere that an update falls; say updates"):
        RateTable.of(OPEN, Clock())
    assert RateTable.of(OPEN, Clock(), 9).values.tolist() == OPEN.lr(np.arange(9)).tolist()
    assert [RateLookup(OPEN, Clock()).at(n) for n in (1, 5000)] == OPEN.lr([1, 5000]).tolist()


def test_what_no_compiled_step_can_do_is_refused() -> None:
    with pytest.raises(BadInput, match="a compiled step cannot raise past the end; give it past_end='hold'"):
        RateTable.of(replace(LINEAR, past_end="error"), Clock())
    with pytest.raises(BadInput, match="it ends nowhere that an update falls"):
        RateTable.of(replace(LINEAR, past_end="cycle"), Clock(1.5))
    with pytest.raises(BadInput, match="a table has from 1 to 67108864 updates, not 1000000002"):
        RateTable.of(LINEAR.with_params(steps=1e9), Clock())


def test_a_path_without_a_value_is_refused_and_not_followed_into_nan() -> None:
    late = Schedule("path", {"x": [5, 9], "value": [0.1, 0.2]})
    for follow in (lambda: RateLookup(late, Clock()).at(0), lambda: RateTable.of(late, Clock())):
        with pytest.raises(BadInput, match="schedule 'path': it has no value at update 0: let it begin at 0"):
            follow()
