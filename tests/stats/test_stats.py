"""Known answers of the numerics, against closed forms and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

from forerun.stats.bins import Bins
from forerun.stats.condense import condense
from forerun.stats.mixture import mixture_quantiles
from forerun.stats.robust import noise_sd, robust_sd
from forerun.stats.scores import at_levels, cdf, crps, interval, pinball
from forerun.stats.zscale import zscale

LEVELS = 0.025 + 0.05 * np.arange(20)


def test_crps_tends_to_the_closed_form_of_the_normal() -> None:
    """Gneiting and Raftery 2007, eq. 21: CRPS(N(0,1), y) = y (2Φ(y) - 1) + 2φ(y) - 1/√π."""
    dense = (np.arange(4000) + 0.5) / 4000
    for y in (-1.0, 0.0, 2.5):
        exact = y * (2 * special.ndtr(y) - 1) + 2 * stats.norm.pdf(y) - 1 / np.sqrt(np.pi)
        assert float(crps(dense, special.ndtri(dense), y)) == pytest.approx(exact, abs=1e-3)


def test_cdf_reads_the_quantiles_backwards_also_where_they_tie() -> None:
    """Against interpolation of one set after another; beyond the outermost it is 0 or 1."""
    rng = np.random.default_rng(0)
    fans = np.sort(rng.integers(0, 9, size=(400, LEVELS.size)).astype(float), axis=1)
    fans[0] = 4.0
    for y in (-1.0, 0.0, 3.5, 4.0, 8.0, 9.0):
        expected = [np.interp(y, one, LEVELS, left=0.0, right=1.0) for one in fans]
        assert cdf(LEVELS, fans, y).tolist() == pytest.approx(expected)
    assert cdf(LEVELS, fans, fans[:, -1]).tolist() == pytest.approx([0.975] * 400)


def test_pinball_is_least_at_the_true_quantile() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=20_000)
    losses = [float(pinball([0.9], np.full((y.size, 1), q), y).mean()) for q in (0.9, 1.2816, 1.7)]
    assert losses[1] == min(losses)


def test_intervals_interpolate_between_levels() -> None:
    low, high = interval(LEVELS, LEVELS[None, :], 0.8)
    assert (low[0], high[0]) == (pytest.approx(0.1), pytest.approx(0.9))
    assert at_levels(LEVELS, LEVELS, [0.0, 0.5, 1.0]).tolist() == pytest.approx([0.025, 0.5, 0.975])
    assert cdf([0.1, 0.9], [0.0, 1.0], -0.1) == 0.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(-1e8, 1e8))
def test_z_and_back(seen: list[float], y: float) -> None:
    scale = zscale(seen)
    assert float(scale.from_z(scale.to_z(y))) == pytest.approx(y, rel=1e-6, abs=1e-6 * max(1.0, scale.scale))


def test_z_of_the_protocol_by_hand() -> None:
    seen = [5.0, 4.0, 3.0, 2.5, 2.4, 2.6]
    scale = max(np.quantile(seen, 0.9) - np.quantile(seen, 0.1), np.median(np.abs(np.diff(seen))), 1e-3 * 2.6, 1e-8)
    assert float(zscale(seen).to_z(1.0)) == pytest.approx(float(np.arcsinh(2 * (1.0 - 2.5) / scale)))
    assert zscale([0.0, 0.0]).scale == 1e-8


def test_the_noise_of_a_trend_is_its_noise() -> None:
    rng = np.random.default_rng(1)
    y = 5 + 0.01 * np.arange(4000) + 0.3 * rng.normal(size=4000)
    assert noise_sd(y) == pytest.approx(0.3, rel=0.05)
    y[::50] += 100
    assert noise_sd(y) == pytest.approx(0.3, rel=0.15)
    assert robust_sd(rng.normal(size=4000)) == pytest.approx(1, rel=0.05)


@given(st.integers(1, 500), st.integers(2, 64))
def test_condensing_keeps_the_mean_and_counts_every_point(n: int, most: int) -> None:
    rng = np.random.default_rng(n)
    x, y = np.arange(1.0, n + 1), rng.normal(size=n)
    short = condense(x, y, most)
    assert short.x.size <= most
    assert short.count.sum() == n
    assert (np.diff(short.x) > 0).all()
    assert (short.y * short.count).sum() == pytest.approx(y.sum(), abs=1e-9)


@given(st.lists(st.integers(1, 40), max_size=40) | st.lists(st.integers(1, 900), max_size=12))
def test_bins_do_not_depend_on_how_the_stream_is_cut(cuts: list[int]) -> None:
    n = sum(cuts)
    x, y = np.arange(n, dtype=float), np.sin(np.arange(n))
    whole, pieces = Bins(most=8), Bins(most=8)
    whole.push(x, y)
    begin = 0
    for cut in cuts:
        pieces.push(x[begin : begin + cut], y[begin : begin + cut])
        begin += cut
    assert whole == pieces
    assert Bins(**whole.state()) == whole
    assert whole.count == n


def test_mixture_quantiles_against_bisection() -> None:
    rng = np.random.default_rng(2)
    weight = rng.dirichlet(np.ones(20))
    mean, sd = rng.normal(size=(20, 3)), np.exp(rng.normal(size=(20, 3)))
    got = mixture_quantiles(weight, mean, sd, LEVELS)
    for j in range(3):
        spread = np.sqrt((weight * (sd[:, j] ** 2 + mean[:, j] ** 2)).sum())
        for k in (0, 5, 10, 19):
            exact = optimize.brentq(
                lambda v, j=j, k=k: weight @ special.ndtr((v - mean[:, j]) / sd[:, j]) - LEVELS[k], -99, 99
            )
            assert abs(got[j, k] - exact) < 0.01 * spread


def test_crps_from_twenty_levels_is_near_the_integral() -> None:
    exact, _ = integrate.quad(lambda u: (special.ndtr(u) - (u >= 0.7)) ** 2, -9, 9, points=[0.7])
    assert float(crps(LEVELS, special.ndtri(LEVELS), 0.7)) == pytest.approx(exact, rel=0.02)
