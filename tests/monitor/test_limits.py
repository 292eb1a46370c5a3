"""How far noise reaches, told by how far it has: against the known quantiles, in bursts, one point at a time."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from forerun.core import Curve
from forerun.monitor.limits import limits, nothing
from forerun.monitor.values.spike import spike
from forerun.stats.reach import EDGES, reach


@pytest.mark.parametrize(("degrees", "far"), [(1e6, 1.15), (4.0, 1.4), (2.0, 1.8)])
def test_many_values_tell_the_quantile_of_their_own_noise(degrees: float, far: float) -> None:
    """The 1 in 10,000 of noise in sds by its median deviation, within a factor; 20,000 values, one seed."""
    values = stats.t.rvs(degrees, size=20_000, random_state=1) / (1.4826 * stats.t.ppf(0.75, degrees))
    counts = np.histogram(values, EDGES)[0][None].astype(float)
    answer = reach(counts, np.array([20_000.0]), np.array([1e-4]))[0]
    truth = stats.t.isf(1e-4, degrees) / (1.4826 * stats.t.ppf(0.75, degrees))
    assert truth / far < answer < truth * far


def test_nothing_known_is_told_by_the_prior_and_rarer_is_further() -> None:
    often, seldom = reach(np.zeros((2, 11)), np.zeros(2), np.array([1e-3, 1e-5]))
    assert 3.0 < often < seldom < 60.0


def test_scores_that_come_in_bursts_raise_the_limit_of_two_in_a_row_alone() -> None:
    scores = np.random.default_rng(0).normal(size=4000)
    bursts = scores.copy()
    places = np.arange(100, 3900, 100)
    bursts[places] = bursts[places + 1] = 3.5
    alone = scores.copy()
    alone[places] = alone[places + 50] = 3.5
    of_bursts, of_singles = limits(nothing(), bursts)[1][-1], limits(nothing(), alone)[1][-1]
    assert of_bursts[0] == pytest.approx(of_singles[0], rel=0.3)
    assert of_bursts[1] > 1.3 * of_singles[1]


def test_limits_come_out_the_same_however_scores_are_cut() -> None:
    rng = np.random.default_rng(2)
    scores = rng.standard_t(3, size=3000)
    whole, state, begin, pieces = limits(nothing(), scores)[1], nothing(), 0, list[np.ndarray]()
    while begin < scores.size:
        end = begin + int(rng.integers(1, 90))
        state, rows = limits(json.loads(json.dumps(state)), scores[begin:end])
        pieces.append(rows)
        begin = end
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_single_points_of_ten_sds_are_found_under_normal_noise() -> None:
    """120 points; were 99% found, fewer than 116 would be an accident of chance .005."""
    y = 2 + 8 * (np.arange(50_000) + 20.0) ** -0.35 + 0.05 * np.random.default_rng(6).normal(size=50_000)
    places = np.arange(1900, 49_900, 400)
    y[places] += 0.5
    found = spike(one_by_one=10**9).replay({"value": Curve(np.arange(50_000.0), y, metric="loss")})
    assert np.isin(places, [one.alarm for one in found]).sum() >= 116
    assert {one.alarm for one in found} <= set(places.astype(float))
