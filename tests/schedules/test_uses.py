"""What schedules are used for besides a learning rate, rules for their peaks, and what other schedulers get wrong."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest

from forerun.core import BadInput, Schedule
from forerun.schedules import rates, value
from forerun.schedules.rates import for_batch, step_law_batch, step_law_rate

STEPS = np.arange(101.0)


def test_a_weight_decay_that_rises_along_half_a_cosine() -> None:
    """As self-supervised vision trainings raise it, .04 to .4: the share at the end may lie above 1."""
    decay = Schedule("cosine", {"peak": 0.04, "steps": 100, "final": 10})
    assert value(decay, [0, 50, 100]).tolist() == pytest.approx([0.04, 0.22, 0.4])


def test_a_momentum_that_goes_down_as_the_rate_goes_up() -> None:
    """One cycle: .95 to .85 and back, in step with the rate."""
    rate = Schedule("onecycle", {"peak": 1.0, "steps": 100})
    momentum = Schedule("onecycle", {"peak": 0.85, "steps": 100, "start": 0.95 / 0.85, "final": 0.95 / 0.85})
    assert value(momentum, [0, 30, 100]).tolist() == pytest.approx([0.95, 0.85, 0.95])
    assert np.argmin(value(momentum, STEPS)) == np.argmax(value(rate, STEPS))


def test_a_batch_that_grows_with_the_tokens() -> None:
    """A ramp from 256 to 1024 over 1e9 tokens, and a batch doubled where the rate would be halved."""
    ramp = Schedule("constant", {"peak": 1024, "steps": 8e9, "warmup": 1e9, "start": 0.25}, axis="tokens")
    assert np.rint(value(ramp, [0, 5e8, 1e9, 8e9])).tolist() == [256, 640, 1024, 1024]
    doubled = Schedule("multistep", {"peak": 32, "steps": 100, "milestones": [40, 80], "factor": 2})
    assert value(doubled, [39, 40, 80]).tolist() == [32, 64, 128]


def test_several_values_of_one_run_share_their_horizon() -> None:
    """Extended together, they still end together."""
    shared = {"steps": 100, "cooldown": 20}
    rate, decay = (Schedule("wsd", shared | {"peak": peak}) for peak in (1e-3, 0.1))
    longer = [plan.extend(200, "hold").lr(STEPS * 2) for plan in (rate, decay)]
    assert longer[0] / 1e-3 == pytest.approx(longer[1] / 0.1)


def test_published_peaks_and_batches() -> None:
    assert step_law_rate(1e9, 1e11) == pytest.approx(1.79 * 10 ** (-0.713 * 9 + 0.307 * 11))
    assert step_law_batch([1e10, 1e11]) == pytest.approx([0.58 * 10**5.71, 0.58 * 10**6.281])


def test_a_batch_four_times_as_large_has_twice_the_rate_and_as_many_updates() -> None:
    steps = Schedule("wsd", {"peak": 0.1, "steps": 100, "cooldown": 20})
    samples = steps.on("samples", per=256)
    larger, longer = for_batch(steps, batch=1024, tuned=256), for_batch(samples, batch=1024, tuned=256)
    assert larger.end == 100 and larger.lr(STEPS) == pytest.approx(2 * steps.lr(STEPS))
    assert longer.end == 100 * 1024 and longer.lr(STEPS * 1024) == pytest.approx(larger.lr(STEPS))
    with pytest.raises(BadInput, match="batches must be above 0, but are 0 and 256"):
        for_batch(steps, batch=0, tuned=256)


def test_the_example_of_the_rules_runs() -> None:
    assert doctest.testmod(rates).failed == 0


@pytest.mark.parametrize("name", ["cosine", "linear", "polynomial", "onecycle", "rex"])
def test_past_its_end_nothing_climbs_back_and_nothing_raises_unasked(name: str) -> None:
    """torch's and Transformers' cosines climb to the peak again past their end, and torch's OneCycleLR raises."""
    plan = Schedule(name, {"peak": 1.0, "steps": 10})
    assert (plan.lr(np.arange(10, 40)) == plan.lr(10)).all()


def test_groups_keep_their_ratio() -> None:
    """pytorch_optimizer's REXScheduler sets all groups to one rate, and the first update to 0."""
    rex = Schedule("rex", {"peak": 1.0, "steps": 10})
    head, body = rex, rex.scale(0.1)
    assert body.lr(STEPS) == pytest.approx(0.1 * head.lr(STEPS))
    assert float(head.lr(0)) == 1.0


def test_composing_leaves_what_is_composed_alone() -> None:
    """torch's SequentialLR past its end, and one within another, change the schedulers that they are made of."""
    first, second = (Schedule("cosine", {"peak": peak, "steps": 10}) for peak in (1.0, 0.5))
    before = first.lr(STEPS).tolist()
    nested = first.then(second).then(first.then(second, at=5), at=12)
    assert nested.lr([25, 99]).tolist() == [pytest.approx(float(second.lr(8))), pytest.approx(0.0, abs=1e-16)]
    assert first.lr(STEPS).tolist() == before


def test_where_a_cooldown_lies_is_said_once() -> None:
    """timm counts its steps up to the cooldown and Transformers to the end of it: here steps are always the whole."""
    for name, more in (("wsd", {}), ("two_stage", {"first": 5, "factor": 1.0}), ("wsd_s", {"ends": [5]})):
        plan = Schedule(name, {"peak": 1.0, "steps": 16, "cooldown": 4} | more)
        assert (plan.end, plan.lr([12, 14, 16]).tolist()) == (16, [1.0, 0.5, 0.0])


def test_a_warmup_wastes_its_first_update_only_where_it_starts_at_0() -> None:
    """lr(t) is a straight line from ``start`` at t = 0, by default 0: Transformers' warmup, step by step. ``start`` of
    1 / warmup gives every update something to do, and 1% is that of Hägele et al. 2024: (t / w) + (1 - t / w) / 100."""
    plan = Schedule("constant", {"peak": 1.0, "steps": 100, "warmup": 10})
    assert plan.lr([0, 1, 10]).tolist() == [0.0, 0.1, 1.0]
    assert plan.with_params(start=0.1).lr([0, 5, 10]).tolist() == pytest.approx([0.1, 0.55, 1.0])
    t = np.arange(11)
    assert plan.with_params(start=0.01).lr(t) == pytest.approx(t / 10 + (1 - t / 10) / 100)


def test_a_horizon_that_changes_changes_the_values() -> None:
    """torch's state overwrites a new T_max in silence; here the horizon is a parameter, and there is no state."""
    plan = Schedule("cosine", {"peak": 1.0, "steps": 10})
    assert float(plan.extend(20, "stretch").lr(10)) == pytest.approx(0.5)
    assert math.isclose(float(plan.lr(10)), 0.0, abs_tol=1e-16)
