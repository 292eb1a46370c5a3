"""Jumps told apart by how they recover: spike, level shift, divergence."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import Curve, Finding
from forerun.monitor import DETECTORS, replay
from forerun.monitor.jumps import jumps, nothing
from forerun.monitor.values.spike import spike
from forerun.monitor.watched import findings_in
from forerun.synthetic import curves, noise
from tests.cards import control, known_answer

KINDS = ("spike", "level_shift", "divergence")
NOISE = {"normal": noise.white, "t4": noise.heavy}


def curve(y: np.ndarray) -> Curve:
    return Curve(np.arange(1.0, y.size + 1), y, metric="loss")


def told(y: np.ndarray) -> list[Finding]:
    return findings_in([curve(y)], [DETECTORS.load(kind) for kind in KINDS])


def with_jump(kind: str, seed: int, draw: str = "normal") -> np.ndarray:
    """A falling loss, with a jump of ten sds at point 400 of 700."""
    y = 2 + 8 * (np.arange(700) + 20.0) ** -0.35 + 0.05 * NOISE[draw](700, np.random.default_rng(seed))
    after = np.arange(300.0)
    jumps = {"spike": 0.5 * np.exp(-after / 3), "level_shift": 0.5 + 0 * after, "divergence": 0.025 * after}
    y[400:] += jumps[kind]
    return y


@known_answer("level_shift", "divergence")
@control("level_shift", "divergence")
@pytest.mark.parametrize("kind", KINDS)
def test_the_three_are_told_apart_and_each_once(kind: str) -> None:
    (found,) = told(with_jump(kind, 1))
    assert (found.kind, found.end is None) == (kind, kind != "spike")
    assert 400 <= found.start <= 430
    assert found.alarm == 401 if kind == "spike" else found.alarm <= 401 + 30 + 48


@pytest.mark.parametrize("draw", NOISE)
@pytest.mark.parametrize("kind", KINDS)
def test_ten_sds_are_told_as_what_they_are(kind: str, draw: str) -> None:
    """40 jumps of each; were 95% told, fewer than 34 would be an accident of chance .014."""
    right = [{one.kind for one in told(with_jump(kind, seed, draw)) if one.alarm > 400} for seed in range(40)]
    assert sum(one == {kind} for one in right) >= 34


@pytest.mark.parametrize("draw", NOISE)
def test_noise_alone_keeps_every_rate(draw: str) -> None:
    """200,000 points; were the rate 5 per 100,000, more than 18 would be an accident of chance .007."""
    y = 2 + 8 * (np.arange(200_000) + 20.0) ** -0.35 + 0.05 * NOISE[draw](200_000, np.random.default_rng(3))
    assert len(replay(curve(y), spike(one_by_one=10**9))) <= 18
    assert replay(curve(y), "level_shift") == replay(curve(y), "divergence") == []


@pytest.mark.parametrize("draw", NOISE)
def test_a_spike_of_ten_sds_is_found(draw: str) -> None:
    """320 spikes that fade; were 99% found, fewer than 312 would be an accident of chance .01."""
    steps = range(1000, 129_000, 400)
    known = curves.spiked(130_000, np.random.default_rng(4), at=[*steps], height=0.5, sd=0.0)
    y = known.curve.y + 0.05 * NOISE[draw](130_000, np.random.default_rng(5))
    alarms = np.array([one.alarm for one in replay(curve(y), spike(one_by_one=10**9))])
    assert sum(((alarms >= step) & (alarms < step + 10)).any() for step in steps) >= 312


def test_a_level_that_comes_back_ends_the_shift() -> None:
    y = with_jump("level_shift", 2)
    y[600:] -= 0.5
    (found,) = told(y)
    assert found.kind == "level_shift"
    assert 601 <= (found.end or 0) <= 606
    assert found.message.startswith("loss stays at a worse level since step 401: 3.009 before, 3.415 when")


def test_all_gain_lost_is_a_divergence_though_it_stays() -> None:
    y = with_jump("spike", 3)
    y[400:] = 12 + 0.05 * np.random.default_rng(0).normal(size=300)
    assert [one.kind for one in told(y)] == ["divergence"]


def test_what_comes_down_slowly_is_waited_for_and_no_shift() -> None:
    y = with_jump("spike", 4)
    y[400:] += 2 * np.exp(-np.arange(300) / 40)
    assert {one.kind for one in told(y)} == {"spike"}


def test_after_a_shift_spikes_are_told_again() -> None:
    y = with_jump("level_shift", 5)
    y[600] += 1.0
    assert [one.start for one in replay(curve(y), "spike")] == [401, 601]


def test_a_jump_is_dust_beside_what_a_loss_has_fallen_by_but_not_beside_a_perplexity() -> None:
    """A hundredth of the fall, ten times the level: told of what begins high by its nature alone."""
    x = np.arange(1.0, 301)
    rng = np.random.default_rng(0)
    y = 1e-3 + np.exp(-x / 4.0) + 1e-5 * rng.normal(size=x.size)
    y[250] += 0.01
    told = {name: [f.start for f in replay(Curve(x, y, metric=name), "spike")] for name in ("loss", "val_ppl")}
    assert told == {"loss": [], "val_ppl": [251.0]}


def test_the_fewer_values_tell_the_noise_the_more_sds_a_jump_must_have() -> None:
    """Of 5.5 sds, times 1 + 12/n for n values: 16 of them let twice as many jumps of t4 noise through without."""
    y = 10.0 + np.random.default_rng(0).normal(size=600)
    threshold = jumps(nothing(), np.arange(600.0), y, sds=5.5, matters=0.0, rises=True)[1].threshold
    assert np.isinf(threshold[:16]).all()
    assert threshold[[16, 599]] == pytest.approx([5.5 * (1 + 12 / 16), 5.5 * (1 + 12 / 256)])
