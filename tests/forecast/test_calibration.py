"""Calibrations: intervals that are too narrow or too wide hold what they promise, on groups not seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from forerun import api
from forerun.core import LEVELS, BadInput, Curve, Forecast, Run, Undecided, UnknownName
from forerun.forecast.auto import AUTO
from forerun.forecast.postprocess.calibration import Calibration, Outcome, learn
from forerun.forecast.postprocess.chances import best_so_far, chances
from forerun.runs.store import Store


def outcomes(n_groups: int, told_sd: float, seed: int = 0, each: int = 6) -> list[Outcome]:
    """Level runs whose end is normal with sd 1, forecast with another sd."""
    rng = np.random.default_rng(seed)
    found: list[Outcome] = []
    for group in range(n_groups):
        for _ in range(each):
            seen = Curve(np.arange(1, 9), np.tile([4.0, -4.0], 4), metric="loss")
            quantiles = (told_sd * ndtri(LEVELS))[None]
            forecast = Forecast("loss", "step", "min", 8, [10], LEVELS, quantiles, AUTO.name, AUTO.version)
            found.append(Outcome(seen, forecast, float(rng.normal()), f"g{group}"))
    return found


def coverage(calibration: Calibration | None, told_sd: float, seed: int) -> float:
    fresh = outcomes(100, told_sd, seed)
    answers = [o.forecast if calibration is None else calibration.applied(o.curve, o.forecast) for o in fresh]
    return float(np.mean([f.low <= o.y <= f.high for f, o in zip(answers, fresh, strict=True)]))


@pytest.mark.parametrize("told_sd", [0.5, 1.0, 3.0])
def test_recalibrated_intervals_hold_on_groups_not_seen(told_sd: float) -> None:
    """600 outcomes at 80%, outside by accident with chance below 1e-3.

    Scores beyond 3 sds count as 3, so that intervals of half the width are not wholly mended.
    """
    made = learn("mine", outcomes(60, told_sd))
    assert 0.72 <= coverage(made, told_sd, seed=1) <= 0.86


@pytest.mark.parametrize("direction", ["min", "max"])
def test_recalibration_mends_a_bias_in_either_direction(direction: Any) -> None:
    """Outcomes lie one sd above what is forecast; the calibrated median is that far up, whichever way is better."""
    rng, found = np.random.default_rng(2), []
    for i in range(300):
        seen = Curve(np.arange(1, 9), np.tile([4.0, -4.0], 4), metric="m", direction=direction)
        told = Forecast("m", "step", direction, 8, [10], LEVELS, ndtri(LEVELS)[None], "auto", "2")
        found.append(Outcome(seen, told, 1.0 + float(rng.normal()), f"g{i}"))
    made = learn("mine", found)
    assert made.applied(found[0].curve, found[0].forecast).median == pytest.approx(1.0, abs=0.25)
    assert made.coverage["0.8"] > made.before["0.8"] + 0.1


def test_as_they_are_they_do_not() -> None:
    assert coverage(None, 0.3, seed=1) < 0.4
    assert coverage(None, 3.0, seed=1) > 0.97


def test_too_little_or_another_method_is_refused() -> None:
    with pytest.raises(BadInput, match="6 forecasts of 1 runs or tasks are too few"):
        learn("mine", outcomes(1, 1.0))
    made = learn("mine", outcomes(10, 1.0))
    other = Forecast("loss", "step", "min", 8, [10], LEVELS, ndtri(LEVELS)[None], "gp", "1")
    with pytest.raises(BadInput, match="made for auto 5, not for gp 1"):
        made.applied(Curve([1, 2], [1.0, 2.0], metric="loss"), other)


def runs(n: int, status: Any = "finished") -> list[Run]:
    rng, steps = np.random.default_rng(0), np.arange(1, 61)
    losses = [1 + steps**-0.5 + 0.05 * rng.normal(size=60) for _ in range(n)]
    return [Run(f"r{i}", {"loss": Curve(steps, y, metric="loss")}, "x", status=status) for i, y in enumerate(losses)]


def test_a_calibration_is_kept_in_a_store_and_used(tmp_path: Path) -> None:
    made = api.calibrate(runs(12), "mine")
    with Store(tmp_path / "s.forerun") as store:
        store.calibrations.keep("mine", made.as_json(), at=1.0)
        again = Calibration.of_json(store.calibrations.get("mine"))
        assert again == made
        with pytest.raises(UnknownName, match="no calibration 'yours'; there are: mine"):
            store.calibrations.get("yours")
    (running,) = runs(1, "running")
    (plain,), (used,) = (api.predict(running, at=90, calibration=c) for c in (None, again))
    assert isinstance(used.answer, Forecast)
    assert used.answer.events["coverage"]["measured"]["0.8"] == made.coverage["0.8"]
    assert used.answer.quantiles.tolist() != plain.answer.quantiles.tolist()  # type: ignore[union-attr]


def test_a_calibration_that_stretches_is_refused() -> None:
    """One kept by a version that knew another way, which would be read as none."""
    former = learn("mine", outcomes(10, 1.0)).as_json() | {"way": "conformal", "stretch": [[1.0] * LEVELS.size] * 3}
    with pytest.raises(BadInput, match=r"calibration 'mine'.*calibrate again"):
        Calibration.of_json(former)


def test_what_the_other_runs_tell_needs_no_calibration() -> None:
    """Runs that all drop late: beside one another that is foreseen, so the calibration makes less of it than alone."""
    steps = np.arange(1, 61)
    rng = np.random.default_rng(3)

    def late(i: int, folder: str) -> Run:
        y = 1 + steps**-0.5 - 0.4 * (steps > 50) + 0.01 * rng.normal(size=60)
        return Run(f"{folder}/run.csv", {"loss": Curve(steps, y, metric="loss")}, "x", status="finished")

    beside = api.calibrate([late(i, f"sweep/lr_{i}") for i in range(12)], "beside")
    apart = api.calibrate([late(i, f"{i}/apart_{i}") for i in range(12)], "apart")
    assert abs(beside.shift) < 0.5 * abs(apart.shift)
    assert beside.before["0.8"] > apart.before["0.8"] + 0.2


def test_runs_that_still_go_teach_nothing() -> None:
    with pytest.raises(BadInput, match="0 forecasts of 0 runs or tasks are too few"):
        api.calibrate(runs(12, "running"), "mine")


def test_prospects_of_a_run_past_its_best_and_of_one_that_improves() -> None:
    rises = Curve([1, 2, 3, 4, 5], [3.0, 1.0, 2.0, 2.1, 2.2], metric="loss")
    fan = Forecast("loss", "step", "min", 5, [6, 7], [0.1, 0.5, 0.9], [[2.1, 2.2, 2.4], [1.5, 2.5, 3.5]], "m", "1")
    told = chances(rises, fan)
    assert told["p_past_best"] == 1.0  # no level of the fan reaches the best, 1.0
    assert told["p_diverges"] == pytest.approx(0.3, abs=0.01)  # 3.0 lies half-way from the 0.5 to the 0.9 level
    best = best_so_far(rises, fan)
    assert best.of == "best"
    assert best.quantiles.max() == 1.0


def test_siblings_are_the_finished_runs_forecast_together_with_a_run() -> None:
    over = runs(8)
    going = Run("going", {"loss": Curve(np.arange(1, 31), 1 + np.arange(1, 31) ** -0.5, metric="loss")}, "x")
    (*_, told) = api.predict([*over, going], at=60, method="siblings")
    assert isinstance(told.answer, Forecast)
    assert told.answer.median == pytest.approx(1 + 60**-0.5, abs=0.06)
    (alone,) = api.predict(going, at=60, method="siblings")
    assert alone.status == "undecided"


def test_a_run_that_has_not_started_is_expected_to_end_as_those_like_it() -> None:
    def past(k: float) -> Run:
        y = [3.0, 2.5, 1.0 + abs(k + 2.5)]
        return Run(
            f"r{k}", {"loss": Curve([1, 2, 30], y, metric="loss")}, "x", status="finished", config={"lr": 10.0**k}
        )

    known = [past(k) for k in np.linspace(-4, -1, 40)]
    good, bad = (api.expect({"lr": rate}, known) for rate in (10**-2.5, 10**-3.8))
    assert isinstance(good, Forecast)
    assert isinstance(bad, Forecast)
    assert (good.metric, good.axis, good.at[-1]) == ("loss", "step", 30.0)
    assert good.high < bad.low
    assert isinstance(api.expect({"lr": 1.0}, known[:5]), Undecided)
