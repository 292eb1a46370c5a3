"""Entropy, wasted samples and growth: known answers, false alarms at their stated rates, and controls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from forerun.core import Curve, Finding
from forerun.monitor import replay
from forerun.monitor.values.entropy_collapse import policy_entropies
from forerun.monitor.values.growth import growing
from forerun.monitor.values.wasted import wasted_shares
from forerun.synthetic import noise
from tests.cards import control, known_answer
from tests.monitor.eventful import curve, ramp

NOISES: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "normal": noise.white,
    "t4": noise.heavy,
    "ar": lambda n, rng: noise.following(n, rng, 0.5),
}
T = np.arange(400.0)


def told(name: str, metric: str, level: np.ndarray, sd: float, kind: str, runs: int = 100) -> int:
    """How many runs raise it."""
    rng = np.random.default_rng(7)
    return sum(bool(replay(curve(metric, level + sd * NOISES[kind](level.size, rng)), name)) for _ in range(runs))


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize(
    ("name", "metric", "level", "sd"),
    [
        ("entropy_collapse", "policy/entropy", 2 * (0.125 + 0.875 * np.exp(-T / 40)), 0.025),
        ("wasted", "frac_reward_zero_std", np.full(400, 0.45), 0.05),
        ("growth", "objective/kl", np.full(400, 2.0), 0.2),
    ],
)
def test_false_alarms_keep_their_rate(name: str, metric: str, level: np.ndarray, sd: float, kind: str) -> None:
    """100 runs; were the rate 2%, more than 7 would be an accident of chance below .001."""
    assert told(name, metric, level, sd, kind) <= 7


@pytest.mark.parametrize("power", [0.5, 1.0])
def test_growth_stays_silent_where_growth_slows_down(power: float) -> None:
    """100 runs; were the rate 2%, more than 7 would be an accident of chance below .001."""
    rng = np.random.default_rng(8)
    grown = [(T + 1) ** power * np.exp(0.1 * noise.following(400, rng, 0.5)) for _ in range(100)]
    assert sum(bool(replay(curve("objective/kl", y), "growth")) for y in grown) <= 7


def only(found: list[Finding]) -> Finding:
    (one,) = found
    return one


@known_answer("entropy_collapse")
@control("entropy_collapse")
def test_entropy_that_falls_to_nothing_collapses_and_a_quarter_does_not() -> None:
    y = 2 * np.exp(-T[:200] / 50)
    found = only(replay(curve("policy/entropy", y), "entropy_collapse"))
    assert 115 < found.start < found.alarm < 200
    assert found.message.startswith("policy/entropy is 0.")
    assert "began with, and has been below 10% since step 1" in found.message
    assert replay(curve("train/entropy_loss", -y), "entropy_collapse")[0].start == found.start
    assert replay(curve("policy/entropy", 2 * (0.25 + 0.75 * np.exp(-T / 40))), "entropy_collapse") == []


def test_entropy_that_comes_back_ends_it_and_one_below_zero_says_nothing() -> None:
    y = 2 - 1.9 * ramp(400, 0, 100) + 1.5 * ramp(400, 250, 300)
    assert 250 < (only(replay(curve("policy/entropy", y), "entropy_collapse")).end or 0) < 400
    gaussian = 3 - 4 * ramp(400, 0, 200)
    assert replay(curve("policy/entropy", gaussian), "entropy_collapse") == []


@known_answer("wasted")
@control("wasted")
def test_most_groups_without_advantage_are_told_and_two_fifths_are_not() -> None:
    y = 0.2 + 0.6 * ramp(400, 0, 200)
    found = only(replay(curve("frac_reward_zero_std", y), "wasted"))
    assert 115 < found.alarm < 200
    assert "of the groups have one reward for every answer, and give no gradient" in found.message
    assert replay(curve("frac_reward_zero_std", np.full(400, 0.4)), "wasted") == []
    assert replay(curve("frac_reward_zero_std", np.full(400, 40.0)), "wasted") == []  # is no share of one


@known_answer("growth")
@control("growth")
def test_what_doubles_and_doubles_is_told_and_a_root_is_not() -> None:
    found = only(replay(curve("max_attention_logit", np.exp(T / 100)), "growth"))
    assert found.alarm <= 200
    assert found.evidence["doubles_every"] == pytest.approx(100 * np.log(2), rel=0.01)
    assert "and doubles every 69 steps" in found.message
    assert replay(curve("max_attention_logit", T**0.5 + 1e-9), "growth") == []


def test_a_kl_that_moves_nothing_is_not_told() -> None:
    assert replay(curve("train/approx_kl", 1e-5 * np.exp(T / 100)), "growth") == []
    assert replay(curve("objective/kl", np.exp(T / 100)), "growth") != []


def test_names_as_trainers_write_them() -> None:
    trl = (
        "entropy frac_reward_zero_std clip_ratio/region_mean completions/clipped_ratio kl reward loss grad_norm".split()
    )
    assert policy_entropies(trl) == [{"value": "entropy"}]
    assert wasted_shares(trl) == ["frac_reward_zero_std", "clip_ratio/region_mean", "completions/clipped_ratio"]
    assert growing(trl) == ["kl"]
    verl = (
        "actor/entropy actor/pg_clipfrac actor/pg_clipfrac_lower actor/ppo_kl actor/kl_loss critic/vf_clipfrac".split()
    )
    assert policy_entropies(verl) == [{"value": "actor/entropy"}]
    assert wasted_shares([*verl, "response_length/clip_ratio", "prompt_length/clip_ratio"]) == [
        "actor/pg_clipfrac",
        "response_length/clip_ratio",
    ]
    assert growing(verl) == ["actor/ppo_kl"]
    sb3 = "rollout/ep_rew_mean train/entropy_loss train/clip_fraction train/approx_kl train/clip_range".split()
    assert policy_entropies(sb3) == [{"value": "train/entropy_loss"}]
    assert wasted_shares(sb3) == ["train/clip_fraction"]
    assert (policy_entropies(["train/loss", "val/pred_entropy"]), growing(["logits/chosen", "vae/kl_loss"])) == ([], [])


def test_a_short_curve_says_nothing() -> None:
    assert replay(Curve(range(31), [0.9] * 31, metric="frac_reward_zero_std"), "wasted") == []
