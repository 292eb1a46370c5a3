"""Detectors: replay equals live, promises hold at their stated rates, and controls fail."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import Curve, Finding, part
from forerun.monitor import DETECTORS, latest, replay
from forerun.stats.robust import robust_sd

NAMES = list(DETECTORS.table)


def curve(y: np.ndarray, direction: str = "min") -> Curve:
    return Curve(np.arange(1, len(y) + 1), y, metric="loss", direction=direction)  # type: ignore[arg-type]


def eventful(seed: int, n: int = 600) -> Curve:
    """Noise on a falling trend with a spike, a stretch of NaN, an infinity and a flat end."""
    rng = np.random.default_rng(seed)
    y = 1 + np.maximum(np.arange(1, n + 1), 1) ** -0.5 + 0.02 * rng.normal(size=n)
    hit = rng.integers(100, n - 60)
    y[hit : hit + 5] += 3
    y[rng.integers(0, n) :][:7] = np.nan
    y[rng.integers(0, n)] = np.inf
    return curve(y)


def live(name: str, whole: Curve, cuts: list[int]) -> list[Finding]:
    """The findings of a watch that is fed piece by piece and restarted from JSON between pieces."""
    detector = DETECTORS.load(name)
    state, found, begin = detector.start(part(whole, slice(0, 0))), [], 0
    for cut in [*cuts, len(whole)]:
        state = json.loads(json.dumps(state))
        state, raised = detector.update(state, part(whole, slice(begin, begin + cut)))
        found, begin = found + raised, begin + cut
    return latest(found)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(1, 90), max_size=12))
def test_live_equals_replay(name: str, seed: int, cuts: list[int]) -> None:
    whole = eventful(seed)
    assert live(name, whole, cuts) == replay(whole, name)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.integers(0, 600))
def test_a_prefix_raises_what_the_whole_raised_by_then(name: str, seed: int, cut: int) -> None:
    whole = eventful(seed)
    alarms = [(f.kind, f.start, f.alarm) for f in replay(part(whole, slice(0, cut)), name)]
    assert alarms == [(f.kind, f.start, f.alarm) for f in replay(whole, name) if f.alarm <= cut]


@pytest.mark.parametrize("name", NAMES)
def test_scale_does_not_matter(name: str) -> None:
    whole = eventful(3)
    scaled = Curve(whole.x, 1e4 * whole.y, metric="loss")
    assert [(f.start, f.end) for f in replay(whole, name)] == [(f.start, f.end) for f in replay(scaled, name)]


def test_there_are_four() -> None:
    assert NAMES == ["non_finite", "spike", "plateau", "rising"]


def test_non_finite_is_exact() -> None:
    found = replay(curve(np.array([1.0, np.nan, np.inf, 2.0, 1e308, -np.inf])), "non_finite")
    assert [(f.start, f.end) for f in found] == [(2, 4), (6, None)]


def noise(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=n) if kind == "normal" else rng.standard_t(4, size=n) / np.sqrt(2)


def trend(n: int) -> np.ndarray:
    return 2 + 8 * (np.arange(n) + 20.0) ** -0.35


@pytest.mark.parametrize(("kind", "promised"), [("normal", 2), ("t4", 40)])
def test_spike_keeps_its_false_alarm_rate(kind: str, promised: int) -> None:
    """400,000 points. Were the rate the promised one, passing 1.5 times it is a chance below 0.02 (Poisson)."""
    y = trend(400_000) + 0.05 * noise(kind, 400_000, np.random.default_rng(0))
    found = replay(curve(y), "spike")
    assert len(found) <= 4 * promised * 1.5
    if kind == "normal":
        fixed = (y - trend(400_000)) / robust_sd(y - trend(400_000)) > 3
        assert fixed.sum() > 50 * max(1, len(found))


def test_spike_finds_spikes_and_only_on_the_bad_side() -> None:
    rng = np.random.default_rng(1)
    y = trend(60_000) + 0.05 * rng.normal(size=60_000)
    places = np.arange(1000, 59_000, 400)
    up, down = y.copy(), y.copy()
    for k in range(10):
        up[places + k] += 0.5 * np.exp(-k / 3)
        down[places + k] -= 0.5 * np.exp(-k / 3)
    alarms = np.array([f.alarm for f in replay(curve(up), "spike")]) - 1
    found = [((alarms >= place) & (alarms < place + 10)).any() for place in places]
    assert np.mean(found) >= 0.93  # promised 95%; 145 spikes, sd 1.8%
    assert len(replay(curve(down), "spike")) <= 1
    assert len(replay(curve(-up, "max"), "spike")) == len(alarms)


def test_a_spike_ends_when_it_is_back() -> None:
    rng = np.random.default_rng(2)
    y = 1 + 0.01 * rng.normal(size=300)
    y[200:204] += 1
    assert [(f.start, f.end) for f in replay(curve(y), "spike")] == [(201, 205)]


def power_law(rng: np.random.Generator, sd: float, n: int, stop: float = np.inf) -> np.ndarray:
    t = np.minimum(np.arange(1, n + 1), stop)
    return 1.5 + 2 * t ** -rng.uniform(0.3, 0.8) + sd * rng.normal(size=n)


@pytest.mark.parametrize("sd", [0.002, 0.01, 0.05])
def test_plateau_stays_silent_on_curves_that_never_end(sd: float) -> None:
    """300 curves; were the rate 5%, more than 26 would be an accident of chance below 0.005."""
    rng = np.random.default_rng(3)
    assert sum(bool(replay(curve(power_law(rng, sd, 200)), "plateau")) for _ in range(300)) <= 26


def test_plateau_is_found_and_patience_is_the_control() -> None:
    rng = np.random.default_rng(4)
    flat = [replay(curve(power_law(rng, 0.01, 400, stop=60)), "plateau") for _ in range(50)]
    assert np.mean([bool(found) for found in flat]) >= 0.95
    assert np.median([found[0].alarm for found in flat if found]) < 160

    def patience(y: np.ndarray) -> bool:
        best = np.minimum.accumulate(y)
        return bool((np.diff(np.flatnonzero(np.append(np.diff(best, prepend=np.inf) < 0, True))) > 10).any())

    assert np.mean([patience(power_law(rng, 0.01, 200)) for _ in range(100)]) > 0.9


def test_scan_looks_only_up_to_the_horizon() -> None:
    whole = curve(np.array([1.0, 2.0, np.nan, 1.0]))
    assert api.scan(whole, horizon=2)[""] == []
    assert [f.end for f in api.scan(whole, horizon=3)[""]] == [None]


def test_spike_works_from_sixteen_points_on_a_steep_start() -> None:
    """40 steep losses with 4% noise, 1.7 times the level at point 33; were the rate 80%, under 24 is below .01."""
    count, extra = 0, 0
    rng = np.random.default_rng(0)
    for _ in range(40):
        y = (0.4 + 2 * np.arange(1, 61) ** -0.8) * (1 + 0.04 * rng.normal(size=60))
        extra += len(replay(curve(y), "spike"))
        y[32] *= 1.7
        count += any(found.start == 33 for found in replay(curve(y), "spike"))
    assert count >= 24
    assert extra == 0


@pytest.mark.parametrize("level", [0.0, 1e-9, 0.5, 100.0])
def test_the_last_digit_and_dust_are_no_spikes(level: float) -> None:
    rng = np.random.default_rng(5)
    rounded = level + np.round(0.004 * rng.normal(size=400), 2)
    assert replay(curve(rounded), "spike") == []
    dust = level + 1.0 + 1e-7 * rng.normal(size=400)
    dust[300] += 1e-5
    assert replay(curve(dust), "spike") == []


def test_a_plateau_is_not_told_of_what_diverged_arrived_or_never_moved() -> None:
    rng = np.random.default_rng(7)
    fallen = np.concatenate([np.geomspace(3, 1, 60), np.linspace(1, 2, 60), 2 + 0.01 * rng.normal(size=300)])
    assert replay(curve(fallen), "plateau") == []
    arrived = 0.5 * np.exp(-np.arange(400) / 20) + 0.0003 + 1e-6 * rng.normal(size=400)
    assert replay(curve(arrived), "plateau") == []
    accuracy = 1 - 0.9 * np.exp(-np.arange(400) / 20) - 0.002
    assert replay(Curve(np.arange(400), accuracy, metric="val/acc", direction="max"), "plateau") == []
    dust = 1e-4 * np.exp(-np.arange(400) / 20) + 1 + 1e-7 * rng.normal(size=400)
    assert replay(curve(dust), "plateau") == []
    assert replay(curve(arrived + 0.2), "plateau") != []
