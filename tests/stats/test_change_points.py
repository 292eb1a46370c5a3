"""Restarted Bayesian change-point detection: against its definition, its rate, its delay, and other libraries."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, t

from forerun.stats.change_points import Array, Detection, Segments, kinds, numbers


def of_definition(values: Array, segments: Segments, threshold: float) -> list[tuple[int, int]]:
    """Alarms and their starts by the recursion of Alami et al. 2020: a weight a start, multiplied by its forecasts."""

    def forecast(past: Array, value: float) -> float:
        """The logarithm of a value's predictive chance after a segment's past."""
        before, after = (segments.statistics(one).sum(axis=0) for one in (past, np.append(past, value)))
        n = np.array([past.size, past.size + 1.0])
        return float(np.diff(segments.evidence(n, np.stack([before, after])))[0])

    alarms, r, weights = list[tuple[int, int]](), 0, dict[int, float]()
    for at, value in enumerate(values):
        weights[at] = sum(forecast(values[r:i], values[i]) for i in range(r, at)) - threshold * (at > r)
        weights = {start: weight + forecast(values[start:at], value) for start, weight in weights.items()}
        best = max(weights, key=lambda start: weights[start])
        if weights[best] > weights[r]:
            alarms.append((at, best))
            r, weights = at + 1, {}
    return alarms


@pytest.mark.parametrize("kind", ["numbers", "yes or no", "kinds"])
def test_the_closed_form_is_the_recursion_of_the_paper(kind: str) -> None:
    rng = np.random.default_rng(4)
    segments = {"numbers": numbers(), "yes or no": kinds(2), "kinds": kinds(4)}[kind]
    values = np.concatenate([
        rng.normal(size=30) if kind == "numbers" else rng.integers(0, 2, 30),
        rng.normal(2.0, size=15) if kind == "numbers" else np.ones(15),
        rng.normal(-1.0, size=15) if kind == "numbers" else np.zeros(15),
    ])  # fmt: skip
    detection = Detection(segments, rate=0.01, longest=16)  # up to 16 points ago every start is tried
    alarms = [(one.at, one.start) for one in detection.changes(values)]
    assert alarms
    assert alarms == of_definition(values, segments, detection.threshold)


def test_evidence_is_that_of_known_distributions() -> None:
    assert kinds(2).evidence(np.float64(7), np.array([4.0, 3.0])) + math.log(math.comb(7, 3)) == pytest.approx(
        betabinom(7, 1, 1).logpmf(3)
    )
    one = numbers(mean_points=2.0, sd_points=6.0).statistics(np.array([0.7]))[0]
    predictive = t(6, scale=math.sqrt(1.5)).logpdf(0.7)
    assert numbers(mean_points=2.0, sd_points=6.0).evidence(np.float64(1), one) == pytest.approx(predictive)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 600), max_size=8))
def test_one_value_or_many_at_a_time_it_is_the_same(seed: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.normal(size=300), rng.normal(2.0, size=150), rng.normal(size=150)])
    detection = Detection(numbers(), rate=1e-2)
    state, changes = detection.start(), []
    for part in np.split(values, sorted(cuts)):
        state, more = detection.follow(json.loads(json.dumps(state)), part)
        changes += more
    assert changes == detection.changes(values)


def test_false_alarms_come_at_the_rate_that_is_set() -> None:
    """400 are expected in 400,000 normal values; a count beyond 400 ± 70 is an accident of chance below .001."""
    rng = np.random.default_rng(11)
    alarms = [len(Detection(numbers(), rate=1e-3).changes(rng.normal(size=100_000))) for _ in range(4)]
    assert 330 <= sum(alarms) <= 470


@pytest.mark.parametrize(("k", "chances"), [(2, [0.5, 0.5]), (2, [0.9, 0.1]), (5, [0.8, 0.1, 0.05, 0.03, 0.02])])
def test_of_kinds_the_rate_is_a_bound(k: int, chances: list[float]) -> None:
    """100 are expected at most in 100,000 values; more than 130 are an accident of chance below .002."""
    values = np.random.default_rng(12).choice(k, size=100_000, p=chances)
    assert len(Detection(kinds(k), rate=1e-3).changes(values)) <= 130


def test_a_rate_a_hundred_times_as_high_alarms_more_often() -> None:
    """The control of both: the threshold is what keeps the rate."""
    values = np.random.default_rng(11).normal(size=100_000)
    few, many = (len(Detection(numbers(), rate=rate).changes(values)) for rate in (1e-4, 1e-2))
    assert many > 30 * max(few, 1)


def test_a_jump_of_one_sd_is_told_within_twenty_points() -> None:
    """Mean delay of 400 streams, one missed within 300 points counting as 300; its standard error is .7."""
    rng, detection = np.random.default_rng(13), Detection(numbers(), rate=1e-4)
    delays = list[float]()
    for _ in range(400):
        values = rng.normal(size=500)
        values[200:] += 1.0
        delays.append(next((one.at - 199.0 for one in detection.changes(values) if one.at >= 200), 300.0))
    assert np.mean(delays) <= 20.0


def test_the_start_is_where_an_offline_search_has_it() -> None:
    """By ruptures, of the same points: least squares and a Student-t may differ by a point or two."""
    ruptures = pytest.importorskip("ruptures", reason="needs the extra [test]")
    rng, apart = np.random.default_rng(14), list[int]()
    for _ in range(20):
        values = rng.normal(size=200)
        values[120:] += 3.0
        (change, *_) = [one for one in Detection(numbers(), rate=1e-4).changes(values) if one.at >= 120]
        known = values[: change.at + 1]
        apart.append(abs(ruptures.Dynp(model="l2", min_size=1, jump=1).fit(known).predict(n_bkps=1)[0] - change.start))
    assert np.median(apart) == 0
    assert max(apart) <= 3


def test_it_is_sooner_than_adwin_and_raises_no_more() -> None:
    drift = pytest.importorskip("river.drift", reason="needs the extra [clients]")
    rng, ours, theirs = np.random.default_rng(15), list[float](), list[float]()
    for _ in range(40):
        values = rng.normal(size=500)
        values[200:] += 1.0
        adwin = drift.ADWIN()
        alarms = [i for i, value in enumerate(values) if adwin.update(value) or adwin.drift_detected]
        theirs.append(next((at - 199.0 for at in alarms if at >= 200), 300.0))
        changes = Detection(numbers(), rate=1e-4).changes(values)
        ours.append(next((one.at - 199.0 for one in changes if one.at >= 200), 300.0))
    assert np.mean(ours) < np.mean(theirs)


def test_a_change_beyond_reach_is_not_told_and_a_reach_is_what_it_costs() -> None:
    values = np.append(np.tile([-1.0, 1.0], 200), np.tile([-0.6, 1.4], 500))
    assert Detection(numbers(), longest=64).changes(values) == []
    (change,) = Detection(numbers(), longest=1024).changes(values)[:1]
    assert abs(change.start - 400) < 100
    state, _ = Detection(numbers(), longest=64).follow(Detection(numbers()).start(), values)
    assert len(state["sums"]) == 64
