"""What every schedule keeps, whatever its form."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forerun.core import BadInput, Schedule, codec
from forerun.schedules import SCHEDULES, value
from tests.counts import COUNTS
from tests.schedules.plans import AXIS, PARAMS, grid, plans, simple

COMPOSED = {"then", "scale", "sample", "rebase", "on"}
CLOSE = {"rel": 1e-12, "abs": 1e-15}


def test_every_form_is_tested() -> None:
    assert PARAMS.keys() | COMPOSED == set(SCHEDULES.table)
    assert len(SCHEDULES.table) == COUNTS["schedule"]
    assert all(not SCHEDULES.load(name).axes or AXIS[name] in SCHEDULES.load(name).axes for name in PARAMS)


@given(plans())
def test_values_are_finite_and_never_negative(plan: Schedule) -> None:
    values = plan.lr(grid(plan))
    assert (np.isfinite(values) & (values >= 0)).all()


@given(plans())
def test_json_gives_the_same_values_to_the_bit(plan: Schedule) -> None:
    t = grid(plan)
    again = codec.loads(codec.dumps(plan))
    assert again == plan
    assert again.lr(t).tolist() == plan.lr(t).tolist() == value(plan, t).tolist()


@given(plans())
def test_a_value_depends_on_its_t_alone(plan: Schedule) -> None:
    """One by one, in any order and any shape, after whatever else was asked."""
    t = grid(plan)
    order = np.random.default_rng(len(t)).permutation(t.size)
    alone = np.array([float(plan.lr(t[i])) for i in order])
    assert alone == pytest.approx(plan.lr(t)[order], **CLOSE)
    assert plan.lr(t[: 2 * (t.size // 2)].reshape(2, -1)).shape == (2, t.size // 2)


@given(plans(), st.floats(0.0, 1e3))
def test_scaling_multiplies_every_value(plan: Schedule, by: float) -> None:
    t = grid(plan)
    assert (plan.scale(by).lr(t) == by * plan.lr(t)).all()


@given(simple([name for name in PARAMS if name not in ("power", "knots", "path")]), st.floats(1e-3, 1e3))
def test_a_higher_peak_scales_the_whole(plan: Schedule, by: float) -> None:
    t = grid(plan)
    higher = plan.with_params(peak=plan.params["peak"] * by)
    assert higher.lr(t) == pytest.approx(by * plan.lr(t), rel=1e-9, abs=1e-15)


@given(simple([name for name in PARAMS if name not in ("knots", "path")]))
def test_the_peak_is_never_passed(plan: Schedule) -> None:
    assert (plan.lr(grid(plan)) <= plan.params["peak"] * (1 + 1e-12)).all()


@given(plans(), st.integers(0, 400))
def test_what_remains_is_what_would_have_come(plan: Schedule, at: int) -> None:
    t = np.arange(0.0, 300.0)
    rest = plan.rebase(at=at)
    assert rest.lr(t).tolist() == plan.lr(at + t).tolist()
    assert rest.end == max(plan.end - at, 0.0)


@given(plans(), st.integers(1, 100), st.integers(0, 50))
def test_rebasing_twice_is_rebasing_once(plan: Schedule, first: int, second: int) -> None:
    t = np.arange(0.0, 200.0)
    assert plan.rebase(at=first).rebase(at=second).lr(t).tolist() == plan.rebase(at=first + second).lr(t).tolist()


@given(plans(), simple(), st.integers(0, 300))
def test_one_and_then_another_are_each_themselves(first: Schedule, second: Schedule, at: int) -> None:
    second = replace(second, axis=first.axis) if second.name != "power" else first
    both, t = first.then(second, at=at), np.arange(0.0, 600.0)
    assert both.lr(t[:at]).tolist() == first.lr(t[:at]).tolist()
    assert both.lr(t[at:]).tolist() == second.lr(t[at:] - at).tolist()


@given(plans(), st.integers(1, 60))
def test_sampling_holds_the_value_of_the_latest_multiple(plan: Schedule, every: int) -> None:
    t = np.arange(0.0, 1.0 + min(plan.end, 300.0))
    t = t[t <= plan.end]
    assert plan.sample(every=every).lr(t).tolist() == plan.lr(t // every * every).tolist()
    multiples = np.arange(every, 301, every)
    assert plan.sample(at=multiples).lr(t).tolist() == plan.sample(every=every).lr(t).tolist()


@given(plans(), st.floats(0.01, 1e6))
def test_on_another_axis_the_same_values_stand_elsewhere(plan: Schedule, per: float) -> None:
    """At every whole t of the old axis to the bit, where rounding would put it before a cut too."""
    t = np.arange(0.0, 400.0)
    assert plan.on("samples", per=per).lr(t * per).tolist() == plan.lr(t).tolist()


@given(simple())
def test_past_the_end_the_policy_says_what_comes(plan: Schedule) -> None:
    held, zero, strict, cycle = (replace(plan, past_end=policy) for policy in ("hold", "zero", "error", "cycle"))
    last = held.end
    if math.isinf(last):
        assert (held.lr([1e9, 1e15]) == strict.lr([1e9, 1e15])).all()
        return
    later = last + np.array([1.0, 2.0, 1e9])
    assert held.lr(later) == pytest.approx(float(held.lr(last)), **CLOSE)
    assert (zero.lr(later) == 0).all() and zero.lr(last) == held.lr(last) == strict.lr(last)
    with pytest.raises(BadInput, match="lies past the end"):
        strict.lr(later)
    if last:
        inside = np.linspace(0.0, last, 7)[:-1]
        assert cycle.lr(np.floor(inside) + 3 * last) == pytest.approx(held.lr(np.floor(inside)), **CLOSE)


LONGER = ["constant", "sgdr", "step", "multistep", "exponential", "inverse_sqrt", "inverse_time", "infinite", "cyclic"]
WAYS = {
    "hold": [*LONGER, "wsd", "wsd_s", "two_stage", "power"],
    "stretch": ["constant", "linear", "cosine", "polynomial", "rex", "onecycle", "wsd", "knots", "refined"],
    "two_stage": ["wsd"],
    "again": ["wsd_s", "rewarm"],
}


@pytest.mark.parametrize("how", WAYS)
@given(st.data())
def test_another_horizon_is_reached_and_what_is_over_stays_as_it_was(how: str, data: st.DataObject) -> None:
    """All up to the cooldown that is held back for the new end; but stretching changes the past."""
    plan = replace(data.draw(simple(WAYS[how])), past_end="hold")
    if not 0 < plan.end < math.inf:
        return
    longer = plan.extend(plan.end + 600, how, factor=0.5 if how == "two_stage" else None)
    assert longer.end == plan.end + 600
    falls = 0 if how == "again" else plan.params.get("anneal" if plan.name == "infinite" else "cooldown", 0)
    before = np.linspace(0.0, plan.end - falls, 50)[:-1]
    if how != "stretch":
        assert longer.lr(before) == pytest.approx(plan.lr(before), **CLOSE)


@given(simple(), st.sampled_from(list(WAYS)))
def test_a_way_that_a_form_does_not_have_is_refused(plan: Schedule, how: str) -> None:
    if plan.name not in WAYS[how]:
        with pytest.raises(
            BadInput, match="no other horizon" if plan.name == "path" else f"cannot be extended by '{how}'"
        ):
            plan.extend(1000, how)


@given(simple(["linear", "cosine", "polynomial", "rex", "onecycle", "refined", "knots", "wsd"]), st.integers(2, 9))
def test_a_stretched_schedule_without_a_warmup_is_the_same_on_a_longer_axis(plan: Schedule, by: int) -> None:
    plan = replace(plan.with_params(**({"warmup": 0, "start": 0} if "warmup" in plan.params else {})), past_end="hold")
    if plan.params.get("shape") == "half_life" or plan.end == 0:
        return
    t = np.linspace(0.0, plan.end, 40)[:-1]
    assert plan.extend(plan.end * by, "stretch").lr(t * by) == pytest.approx(plan.lr(t), rel=1e-9, abs=1e-12)


@given(simple(["constant", "linear", "cosine", "rex", "wsd"]))
def test_a_warmup_that_begins_above_0_wastes_no_update(plan: Schedule) -> None:
    """By equal steps from the first update on, or from any share of the peak."""
    warmup = plan.params["warmup"]
    if warmup:
        even = plan.with_params(start=1.0 / warmup)
        assert float(even.lr(0)) == pytest.approx(plan.params["peak"] / warmup)
        assert float(plan.with_params(start=0.01).lr(0)) == pytest.approx(0.01 * plan.params["peak"])
