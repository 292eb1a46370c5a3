"""A fan opens from the level seen and has no notches; its last point, the forecast, is the forecaster's own."""

from __future__ import annotations

import numpy as np
import pytest

from forerun import Curve, Forecast, api
from forerun.forecast import FORECASTERS
from forerun.forecast.postprocess.fan import as_one


def curve(noise: float) -> Curve:
    x = np.arange(1.0, 301)
    return Curve(x, 1 + 2 * x**-0.5 + noise * np.random.default_rng(0).standard_normal(300), metric="loss")


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.05])
def test_a_fan_only_opens_at_its_beginning_and_turns_nowhere_sharply(noise: float) -> None:
    seen = curve(noise)
    answer = api.predict(seen, at=375.0)
    assert isinstance(answer, Forecast)
    width = np.array([np.interp(0.9, answer.levels, q) - np.interp(0.1, answer.levels, q) for q in answer.quantiles])
    assert (np.diff(width[:6]) >= -1e-12).all()
    median = np.array([np.interp(0.5, answer.levels, q) for q in answer.quantiles])
    turns = np.abs(np.diff(median, 2))[:-1]  # the last point is not moved
    assert turns.max() <= 0.25 * width[-1]
    (alone,) = FORECASTERS.load("auto").predict(FORECASTERS.load("auto").default(), [seen], [[375.0]])
    assert np.allclose(answer.quantiles[-1], alone.quantiles[-1])


def test_quantiles_of_a_fan_do_not_cross_and_a_notch_goes() -> None:
    rng = np.random.default_rng(1)
    rough = np.sort(rng.standard_normal((24, 25)).cumsum(axis=0), axis=1)
    smooth = as_one(rough, 0.0)
    assert (np.diff(smooth, axis=1) >= 0).all()
    assert (smooth[-1] == rough[-1]).all()
    notch = np.tile(np.linspace(-1, 1, 25), (24, 1))
    notch[0] *= 3.0
    assert np.abs(as_one(notch, 0.0)[0]).max() <= 1.0


def test_a_fan_stays_where_its_points_are() -> None:
    """A loss whose last values happen to be low opens from there, and not below zero."""
    rows = np.linspace(0.01, 2.0, 25) * np.ones((24, 1))
    assert as_one(rows, 0.02).min() >= 0.01


def test_a_few_points_are_left_as_they_are() -> None:
    rows = np.array([[0.0, 5.0, 9.0], [1.0, 1.1, 1.2], [0.0, 2.0, 3.0]])
    assert (as_one(rows, 0.0) == rows).all()
