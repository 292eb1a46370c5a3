"""Rising: over-fitting is found, noise is not; what it says names the best checkpoint."""

from __future__ import annotations

import numpy as np
import pytest

from forerun import synthetic
from forerun.core import Curve, Finding
from forerun.monitor import replay
from tests.cards import control, known_answer


def rising(y: np.ndarray, metric: str = "val/loss", direction: str = "min") -> list[Finding]:
    return replay(Curve(np.arange(1, len(y) + 1), y, metric=metric, direction=direction), "rising")  # type: ignore[arg-type]


def overfit(rng: np.random.Generator, n: int, sd: float, rise: float = 0.3) -> np.ndarray:
    """A loss that falls by a power law to about 1 at a third of the run, and rises by ``rise`` to its end."""
    return synthetic.overfit(n, rng, rise=rise, sd=sd).curve.y


def falling(rng: np.random.Generator, n: int, sd: float) -> np.ndarray:
    return synthetic.falling(n, rng, floor=0.5, drop=1.5, exponent=rng.uniform(0.3, 0.8), sd=sd).curve.y


def v_shape(top: float = 1.3) -> np.ndarray:
    return np.concatenate([np.linspace(2.8, 1.0, 10), np.linspace(1.0, top, 21)[1:]])


@known_answer("rising")
def test_the_known_answer() -> None:
    (found,) = rising(v_shape())
    assert (found.start, found.end) == (10, None)
    assert (found.evidence["best_x"], found.evidence["best"]) == (10, 1.0)
    assert found.alarm < 22


def test_the_message_says_where_the_best_checkpoint_lies() -> None:
    assert rising(v_shape())[0].message.startswith("val/loss has risen since step 10: best 1 at step 10, 1.")
    assert rising(v_shape())[0].message.endswith("the best checkpoint lies there")
    assert rising(v_shape(), "train/loss")[0].message.startswith("train/loss has been rising since step 10: ")
    accuracy = np.repeat(1 - 0.2 * v_shape(1.9), 2)
    assert rising(accuracy, "val/acc", "max")[0].message.startswith("val/acc has fallen since step 19: ")


def test_the_best_checkpoint_is_said_to_lie_in_an_interval_where_noise_leaves_it_open() -> None:
    """Of 50 intervals of 80% at least 30 hold the place of the lowest true loss: fewer is a chance below 1e-3."""
    raised = [rising(overfit(np.random.default_rng(seed), 90, 0.05)) for seed in range(60)]
    firsts = [findings[0] for findings in raised if findings][:50]
    ends = [one.evidence["best_between"] for one in firsts]
    assert len(firsts) == 50
    assert sum(low - 1 <= 36 <= high + 1 for low, high in ends) >= 30  # bins of two points
    assert np.median([high - low for low, high in ends]) < 40
    low, high = ends[0]
    assert firsts[0].message.endswith(f"; the best checkpoint lies between step {low + 0.5:g} and {high + 0.5:g}")


def test_it_ends_when_the_best_is_reached_again_and_can_be_raised_anew() -> None:
    again = np.concatenate([v_shape(), np.linspace(1.25, 0.9, 12), np.linspace(0.9, 1.3, 20)])
    first, second = rising(again)
    assert (first.start, second.start, second.end) == (10, 42, None)
    assert first.end is not None
    assert 36 <= first.end <= 43
    assert f"back by step {first.end:g}" in first.message


@pytest.mark.parametrize(("n", "sd"), [(12, 0.0), (12, 0.01), (30, 0.02), (200, 0.05)])
def test_overfitting_is_found(n: int, sd: float) -> None:
    """50 runs that end 30% above their best; were the rate 90%, fewer than 38 would be a chance below .002."""
    rng = np.random.default_rng(0)
    found = [rising(overfit(rng, n, sd)) for _ in range(50)]
    assert sum(bool(one) and one[-1].end is None for one in found) >= 38


@control("rising")
@pytest.mark.parametrize(("n", "sd"), [(12, 0.05), (30, 0.05), (100, 0.01), (300, 0.05)])
def test_a_loss_that_only_falls_is_left_alone_where_patience_is_not(n: int, sd: float) -> None:
    """100 runs; were the rate 2%, more than 6 would be a chance below .005. Patience is the control."""
    rng = np.random.default_rng(1)
    curves = [falling(rng, n, sd) for _ in range(100)]
    assert sum(bool(rising(y)) for y in curves) <= 6
    if n >= 30:
        assert np.mean([_patience(y, 3) for y in curves]) > 0.9


def _patience(y: np.ndarray, most: int) -> bool:
    better = np.flatnonzero(np.diff(np.minimum.accumulate(y), prepend=np.inf) < 0)
    return bool((np.diff(np.append(better, y.size)) > most).any())


def test_returns_that_wander_are_left_alone() -> None:
    """50 rising returns whose noise (5% of the gain) follows itself; were the rate 10%, over 11 would be below .01."""
    rng = np.random.default_rng(2)
    assert sum(bool(rising(synthetic.returns(150, rng).curve.y, "return", "max")) for _ in range(50)) <= 11


def test_dust_is_not_told() -> None:
    fell = np.concatenate([np.geomspace(2, 0.001, 20), np.linspace(0.001, 0.004, 20)])
    assert rising(fell) == []
    assert rising(np.concatenate([fell, np.linspace(0.004, 0.1, 20)])) != []


def test_a_loss_that_rises_from_its_first_point_is_told() -> None:
    (found,) = rising(np.linspace(1, 1.5, 12))
    assert found.start == 1


def test_a_steady_rise_of_five_evaluations_is_told() -> None:
    (found,) = rising(np.array([0.321, 0.3585, 0.3937, 0.4123, 0.42]))
    assert (found.start, found.evidence["best"]) == (1, 0.321)
    assert rising(np.array([0.321, 0.3585, 0.34, 0.4123, 0.36])) == []
    assert rising(np.array([0.321, 0.322, 0.323, 0.324, 0.325])) == []


def test_one_low_point_in_noise_is_no_best() -> None:
    """100 losses of 60 points, 5% noise, and one low point; were the rate 5%, more than 11 would be below .01."""
    rng = np.random.default_rng(3)
    curves = np.array([falling(rng, 60, 0.05) for _ in range(100)])
    curves[:, 25] -= 0.2
    assert sum(bool(rising(y)) for y in curves) <= 11


@pytest.mark.parametrize("sd", [0.02, 0.05])
def test_a_slow_rise_under_heavy_noise_is_told_by_its_trend(sd: float) -> None:
    """50 losses that rise by 15% over two thirds of the run; were the rate 80%, fewer than 33 would be below .01."""
    rng = np.random.default_rng(4)
    found = [rising(overfit(rng, 120, sd, rise=0.25)) for _ in range(50)]
    assert sum(bool(one) for one in found) >= 33


def test_a_constant_is_left_alone() -> None:
    assert rising(np.ones(100)) == []
    assert rising(np.zeros(100), "return", "max") == []


def test_a_flat_noisy_loss_is_left_alone() -> None:
    """60 losses under noise of a tenth of their level; were the rate 10%, more than 13 would be below .005."""
    rng = np.random.default_rng(7)
    assert sum(bool(rising(1 + 0.1 * rng.normal(size=60))) for _ in range(60)) <= 13


def test_nothing_is_said_of_a_return_that_is_called_better_when_lower() -> None:
    assert rising(np.linspace(-20, -10, 60), "rollout/ep_rew_mean", "min") == []
    assert rising(np.linspace(-10, -20, 60), "rollout/ep_rew_mean", "max") != []
