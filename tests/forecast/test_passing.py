"""An end that nobody planned is a value in passing, with wider intervals; one that is planned or asked for is not."""

from __future__ import annotations

import numpy as np

from forerun import Curve, Forecast, Run, api
from forerun.forecast.postprocess.passing import WIDER, in_passing


def run(horizon: float | None = None) -> Run:
    x = np.arange(1.0, 101)
    noise = 0.01 * np.random.default_rng(0).standard_normal(100)
    curve = Curve(x, 1 + 2 * x**-0.5 + noise, metric="val/loss")
    return Run("r", {"val/loss": curve}, "example", horizon={} if horizon is None else {"step": horizon})


def answer(one: Run, at: float | None = None) -> Forecast:
    found = api.predict([one], at=at)[0].answer
    assert isinstance(found, Forecast)
    return found


def test_an_assumed_end_has_wider_intervals_about_the_same_median() -> None:
    planned, assumed = answer(run(horizon=125.0)), answer(run())
    assert assumed.at[-1] == planned.at[-1] == 125.0
    assert np.isclose(assumed.median, planned.median)
    assert np.isclose(assumed.high - assumed.low, WIDER * (planned.high - planned.low))


def test_an_end_that_is_asked_for_is_taken_as_said() -> None:
    assert np.allclose(answer(run(), at=125.0).quantiles[-1], answer(run(horizon=125.0)).quantiles[-1])


def test_wider_intervals_stay_within_the_metrics_bounds() -> None:
    seen = Curve([1, 2, 3], [0.3, 0.2, 0.1], metric="loss")
    told = Forecast("loss", "step", "min", 3, [4], [0.1, 0.5, 0.9], [[0.01, 0.05, 0.4]], "auto", "3")
    wide = in_passing(seen, told, 5.0).quantiles[0]
    assert 0.0 < wide[0] < 0.01 < 0.05 == wide[1] and wide[2] > 1.0
