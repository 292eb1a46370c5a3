"""Detectors: replay equals live, promises hold at their stated rates, and controls fail."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from forerun import api, synthetic
from forerun.core import Curve, Finding, part
from forerun.monitor import DETECTORS, latest, replay
from forerun.monitor.values.spike import spike
from forerun.stats.robust import robust_sd
from forerun.synthetic import noise
from tests.cards import control, known_answer
from tests.counts import COUNTS

NAMES = [name for name in DETECTORS.table if DETECTORS.load(name).roles == ("value",)]
NOISE = {"normal": noise.white, "t4": noise.heavy}


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
    state, found, begin = detector.start({"value": part(whole, slice(0, 0))}), [], 0
    for cut in [*cuts, len(whole)]:
        state = json.loads(json.dumps(state))
        state, raised = detector.update(state, {"value": part(whole, slice(begin, begin + cut))}, None)
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


def test_the_count_is_that_of_the_table() -> None:
    assert len(DETECTORS.table) == COUNTS["detector"]


@known_answer("non_finite")
@control("non_finite")
def test_non_finite_is_exact() -> None:
    found = replay(curve(np.array([1.0, np.nan, np.inf, 2.0, 1e308, -np.inf])), "non_finite")
    assert [(f.start, f.end) for f in found] == [(2, 4), (6, None)]


def trend(n: int) -> np.ndarray:
    return 2 + 8 * (np.arange(n) + 20.0) ** -0.35


@control("spike")
@pytest.mark.parametrize(("kind", "promised"), [("normal", 2), ("t4", 40)])
def test_spike_keeps_its_false_alarm_rate(kind: str, promised: int) -> None:
    """400,000 points. Were the rate the promised one, passing 1.5 times it is a chance below 0.02 (Poisson)."""
    y = trend(400_000) + 0.05 * NOISE[kind](400_000, np.random.default_rng(0))
    found = replay(curve(y), spike(one_by_one=10**9))
    assert len(found) <= 4 * promised * 1.5
    if kind == "normal":
        fixed = (y - trend(400_000)) / robust_sd(y - trend(400_000)) > 3
        assert fixed.sum() > 50 * max(1, len(found))


def test_spike_finds_spikes_and_only_on_the_bad_side() -> None:
    every = spike(one_by_one=10**9)
    rng = np.random.default_rng(1)
    y = trend(60_000) + 0.05 * rng.normal(size=60_000)
    places = np.arange(1000, 59_000, 400)
    up, down = y.copy(), y.copy()
    for k in range(10):
        up[places + k] += 0.5 * np.exp(-k / 3)
        down[places + k] -= 0.5 * np.exp(-k / 3)
    alarms = np.array([f.alarm for f in replay(curve(up), every)]) - 1
    found = [((alarms >= place) & (alarms < place + 10)).any() for place in places]
    assert np.mean(found) >= 0.93  # promised 95%; 145 spikes, sd 1.8%
    assert len(replay(curve(down), every)) <= 1
    assert len(replay(curve(-up, "max"), every)) == len(alarms)


@known_answer("spike")
def test_one_point_far_up_is_one_finding_of_one_point() -> None:
    y = np.random.default_rng(6).normal(size=300)
    y[200] = 20.0
    assert [(f.start, f.end, f.alarm) for f in replay(curve(y), "spike")] == [(201, 202, 201)]


def test_a_spike_ends_when_it_is_back() -> None:
    rng = np.random.default_rng(2)
    y = 1 + 0.01 * rng.normal(size=300)
    y[200:204] += 1
    assert [(f.start, f.end) for f in replay(curve(y), "spike")] == [(201, 205)]


def spiky(seed: int, n: int = 1200) -> Curve:
    """Noise with eight spikes of a point, one far larger, and a step up that comes back after 40 points."""
    rng = np.random.default_rng(seed)
    y = 1 + 0.02 * rng.normal(size=n)
    y[np.arange(100, 900, 100)] += 0.5
    y[950] += 3
    y[1050:1090] += 0.5
    return curve(y)


def test_after_three_spikes_further_ones_are_counted_unless_larger_or_lasting() -> None:
    *first, large, lasting = replay(spiky(0), "spike")
    assert [f.start for f in first] == [101, 201, 301]
    assert first[2].evidence == {"more": 5, "until": 801.0}
    assert first[2].message.endswith("; 5 more like it, the last at step 801")
    assert (large.start, large.alarm) == (951, 951)
    assert (lasting.start, lasting.alarm, lasting.end) == (1051, 1067, 1091)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(1, 90), max_size=12), cut=st.integers(0, 1200))
def test_counted_spikes_are_the_same_live_and_of_a_prefix(seed: int, cuts: list[int], cut: int) -> None:
    whole = spiky(seed)
    assert live("spike", whole, cuts) == replay(whole, "spike")
    alarms = [(f.start, f.alarm) for f in replay(part(whole, slice(0, cut)), "spike")]
    assert alarms == [(f.start, f.alarm) for f in replay(whole, "spike") if f.alarm <= cut]


@pytest.mark.parametrize(("jump", "is_told"), [(0.09, False), (0.2, True)])
def test_jumps_under_a_tenth_of_the_range_are_not_told(jump: float, is_told: bool) -> None:
    rng = np.random.default_rng(8)
    y = 10 + np.exp(-np.arange(600) / 40) + 0.002 * rng.normal(size=600)
    y[500] += jump
    assert bool(replay(curve(y), "spike")) is is_told


def power_law(rng: np.random.Generator, sd: float, n: int, stop: int | None = None) -> np.ndarray:
    fall = {"floor": 1.5, "drop": 2.0, "exponent": rng.uniform(0.3, 0.8), "sd": sd}
    known = synthetic.falling(n, rng, **fall) if stop is None else synthetic.stalled(n, rng, at=stop, **fall)
    return known.curve.y


@pytest.mark.parametrize("sd", [0.002, 0.01, 0.05])
def test_plateau_stays_silent_on_curves_that_never_end(sd: float) -> None:
    """300 curves; were the rate 5%, more than 26 would be an accident of chance below 0.005."""
    rng = np.random.default_rng(3)
    assert sum(bool(replay(curve(power_law(rng, sd, 200)), "plateau")) for _ in range(300)) <= 26


@pytest.mark.parametrize(("exponent", "share", "lag"), [(1.0, 0.01, 0.9), (1.0, 0.003, 0.8), (0.8, 0.03, 0.5)])
def test_plateau_stays_silent_under_noise_that_follows_itself(exponent: float, share: float, lag: float) -> None:
    """200 power laws; were the rate 5%, more than 20 would be an accident of chance below .002."""
    rng = np.random.default_rng(20)
    told = 0
    for _ in range(200):
        shocks = rng.normal(size=200) * np.sqrt(1 - lag**2)
        shocks[0] = rng.normal()
        noise = lfilter([1.0], [1.0, -lag], shocks)
        told += bool(replay(curve(1.5 + 2 * np.arange(1.0, 201.0) ** -exponent + 2 * share * noise), "plateau"))
    assert told <= 20


def test_a_value_that_never_changes_is_a_plateau_unless_it_is_the_best_there_can_be() -> None:
    stuck = replay(curve(np.full(300, np.log(2))), "plateau")
    assert [(found.end, found.alarm <= 111) for found in stuck] == [(None, True)]
    assert replay(curve(np.full(90, np.log(2))), "plateau") == []
    assert replay(curve(np.zeros(300)), "plateau") == []
    solved = Curve(np.arange(300), np.ones(300), metric="val/acc", direction="max")
    assert replay(solved, "plateau") == []
    (ended,) = replay(curve(np.concatenate([np.full(200, 0.7), np.geomspace(0.7, 0.1, 200)])), "plateau")
    assert ended.end is not None


@known_answer("plateau")
@control("plateau")
def test_plateau_is_found_and_patience_is_the_control() -> None:
    rng = np.random.default_rng(4)
    flat = [replay(curve(power_law(rng, 0.01, 400, stop=60)), "plateau") for _ in range(50)]
    assert np.mean([bool(found) for found in flat]) >= 0.95
    assert np.median([found[0].alarm for found in flat if found]) < 150

    def patience(y: np.ndarray) -> bool:
        best = np.minimum.accumulate(y)
        return bool((np.diff(np.flatnonzero(np.append(np.diff(best, prepend=np.inf) < 0, True))) > 10).any())

    assert np.mean([patience(power_law(rng, 0.01, 200)) for _ in range(100)]) > 0.9


def test_scan_looks_only_as_far_as_it_is_told() -> None:
    whole = curve(np.array([1.0, 2.0, np.nan, 1.0]))
    assert api.scan(whole, until=2) == ()
    assert [f.end for f in api.scan(whole, until=3)] == [None]


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


@pytest.mark.parametrize("ends", ["not finite", "worse"])
def test_an_open_plateau_ends_where_the_run_diverges(ends: str) -> None:
    rng = np.random.default_rng(9)
    flat = np.concatenate([np.geomspace(3, 1, 60), 1 + 0.01 * rng.normal(size=241)])
    (open_one,) = replay(curve(flat), "plateau")
    assert open_one.end is None
    after = [np.nan, np.nan] if ends == "not finite" else [1.4, 8.0, 90.0]
    whole = curve(np.concatenate([flat, after]))
    (found,) = replay(whole, "plateau")
    assert found.end == (302 if ends == "not finite" else 304)
    assert found.message.endswith("where it is not finite" if ends == "not finite" else "where it gets worse")
    assert live("plateau", whole, [50, 1, 248, 1, 1]) == [found]


def test_a_plateau_is_never_told_of_a_diverged_run() -> None:
    """20 runs that fall, and from point 100 blow up, to a level that stays or to values that are not finite."""
    rng = np.random.default_rng(10)
    for _ in range(20):
        fall = np.geomspace(3, 1, 100) * (1 + 0.01 * rng.normal(size=100))
        for after in (np.geomspace(1, 50, 20), np.full(20, np.nan)):
            level = 50 + rng.normal(size=300) if np.isfinite(after[0]) else np.full(300, np.nan)
            found = replay(curve(np.concatenate([fall, after, level])), "plateau")
            assert [one for one in found if one.end is None or one.alarm > 100] == []


def test_scan_looks_first_at_the_metric_the_project_names(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    y = 1 + 0.01 * rng.normal(size=(300, 2))
    y[200] += 1
    rows = [f"{i},{a},{b}" for i, (a, b) in enumerate(y, 1)]
    (tmp_path / "run.csv").write_text("\n".join(["step,val_loss,val_other_loss", *rows]))
    (plain,) = api.scan(tmp_path, detector="spike")
    (tmp_path / "forerun.toml").write_text('metric = "val_other_loss"\n')
    (named,) = api.scan(tmp_path, detector=["spike"])
    assert [f.metric for f in plain.findings] == ["val_loss"]
    assert [f.metric for f in named.findings] == ["val_other_loss"]
