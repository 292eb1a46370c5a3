"""A schedule refined from gradient norms: its checks of known answer, and what it cannot be made of."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, codec
from forerun.schedules.refined import refine, smoothed
from tests.cards import control, known_answer

FALLING = np.concatenate([np.linspace(15.0, 1.0, 1000), np.ones(9000)])


def shares(norms: np.ndarray, optimizer: str = "sgd", points: int = 10_000) -> np.ndarray:
    return np.asarray(refine(norms, peak=1.0, steps=1.0, optimizer=optimizer, points=points).params["shares"])


@known_answer("refined")
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_equal_norms_give_linear_decay(optimizer: str) -> None:
    assert np.abs(shares(np.full(10_000, 7.0), optimizer) - np.linspace(1, 0, 10_000)).max() < 2e-16


@known_answer("refined")
def test_norms_that_fall_at_first_give_a_warmup() -> None:
    """From 15 to 1 over the first tenth: the first share is 0.0045, and the peak lies where they have fallen."""
    rate = shares(FALLING)
    assert rate[0] == pytest.approx(0.0045, abs=5e-5)
    assert rate.argmax() / rate.size == pytest.approx(0.1, abs=1e-3)
    assert (np.diff(rate[: rate.argmax()]) > 0).all() and rate[-1] == 0.0


def test_the_weights_are_those_of_the_optimizer() -> None:
    """Where norms are twice as large an update weighs a quarter for SGD, and half for Adam."""
    norms = np.where(np.arange(10_000) < 5000, 2.0, 1.0)
    for optimizer, power in (("sgd", 2), ("adam", 1)):
        weight = norms**-power
        exact = weight * (weight.sum() - np.cumsum(weight))
        assert shares(norms, optimizer) == pytest.approx(exact / exact.max(), abs=1e-12)


def test_the_unit_of_norms_and_how_often_they_were_logged_do_not_matter() -> None:
    plan = refine(FALLING, peak=0.1, steps=3000, optimizer="adam")
    t = np.linspace(0, 3000, 50)
    assert refine(1e6 * FALLING, peak=0.1, steps=3000, optimizer="adam").lr(t) == pytest.approx(plan.lr(t))
    fewer = refine(FALLING[::10], peak=0.1, steps=3000, optimizer="adam")
    assert fewer.lr(t) == pytest.approx(plan.lr(t), abs=2e-3 * 0.1)


def test_spikes_and_lost_values_do_not_show() -> None:
    norms = np.ones(2000)
    norms[[100, 700, 1500]] = [np.inf, np.nan, 1e6]
    assert shares(norms) == pytest.approx(np.linspace(1, 0, 10_000), abs=1e-12)


def test_it_smooths_over_a_tenth_of_the_run() -> None:
    step = np.where(np.arange(10_000) < 5000, 2.0, 1.0)
    step[2000:2400] = 9.0  # shorter than half the window of 1001
    assert set(smoothed(step)) == {1.0, 2.0}
    step[2000:2600] = 9.0
    assert 9.0 in set(smoothed(step))


def test_a_refined_schedule_is_data_that_a_longer_run_can_use() -> None:
    plan = refine(FALLING, peak=1e-3, steps=500, optimizer="adam", points=200)
    again = codec.loads(codec.dumps(plan))
    assert again == plan and again.lr([3, 400]).tolist() == plan.lr([3, 400]).tolist()
    assert plan.extend(1000, "stretch").lr([100, 900]) == pytest.approx(plan.lr([50, 450]))


@control("refined")
def test_norms_that_say_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match=r"around share 0\.00 of the run most gradients have norm 0"):
        refine(np.zeros(100), peak=1, steps=1, optimizer="sgd")
    with pytest.raises(BadInput, match="needs 3 or more finite gradient norms in a row, none negative"):
        refine([1, np.nan, 2], peak=1, steps=1, optimizer="sgd")
    with pytest.raises(BadInput, match="no weights for 'lion'; there are: sgd, adam"):
        refine(np.ones(9), peak=1, steps=1, optimizer="lion")
