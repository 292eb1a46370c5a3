"""Smoothing for pictures against the plain sum it stands for."""

from __future__ import annotations

import numpy as np

from forerun.core import Curve
from forerun.figures.curve import curve_chart
from forerun.figures.smoothing import smoothed


def test_it_is_the_weighted_mean_of_all_before() -> None:
    y = np.random.default_rng(0).normal(size=300)
    decay = 1 - 1 / 10
    weights = decay ** np.arange(300)[::-1]
    np.testing.assert_allclose(smoothed(y)[-1], (weights * y).sum() / weights.sum(), rtol=1e-10)
    assert smoothed(y)[0] == y[0] or np.isclose(smoothed(y)[0], y[0])


def test_a_noisy_curve_is_drawn_with_its_smooth_one_and_a_smooth_curve_alone() -> None:
    steps = np.arange(1, 5001)
    calm, rng = 1 + steps**-0.5, np.random.default_rng(0)
    noisy = Curve(steps, calm + 0.2 * rng.normal(size=5000), metric="train/loss")
    chart = curve_chart(noisy)
    assert [line.name for line in chart.lines] == ["train/loss, smoothed", "train/loss"]
    line = chart.lines[0]
    assert line.x.size <= 2000
    late = line.x > 1000
    assert np.abs(line.y[late] - (1 + line.x[late] ** -0.5)).max() < 5 * 0.2 / np.sqrt(2 * 100)  # of 100 steps' average
    assert [line.name for line in curve_chart(Curve(steps, calm, metric="train/loss")).lines] == ["train/loss"]


def test_beside_a_judged_curve_a_noisy_one_is_smooth_and_its_raw_values_wait_for_the_whole() -> None:
    steps, rng = np.arange(1, 2001), np.random.default_rng(0)
    train = Curve(steps, 1 + steps**-0.5 + 0.3 * rng.normal(size=2000), metric="train/loss")
    val = Curve(steps[99::100], 1 + steps[99::100] ** -0.5, metric="val/loss")
    lines = curve_chart(val, beside=[train]).lines
    assert [(line.name, line.crowds) for line in lines] == [
        ("val/loss", False), ("train/loss, smoothed", False), ("train/loss", True),
    ]  # fmt: skip
