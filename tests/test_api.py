"""The verbs: defaults, targets, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput, Curve, Forecast, Run, Schedule, Undecided, UnknownName
from forerun.schedules import value


def falling(n: int = 120, sign: float = 1.0) -> Curve:
    rng = np.random.default_rng(0)
    y = 1 + np.arange(1, n + 1) ** -0.5 + 0.004 * rng.normal(size=n) - 3
    direction = "min" if sign > 0 else "max"
    return Curve(np.arange(1, n + 1), sign * y, metric="val/loss", direction=direction)  # type: ignore[arg-type]


def forecast(curve: Curve, **asked: object) -> Forecast:
    answer = api.predict(curve, **asked)  # type: ignore[call-overload]
    assert isinstance(answer, Forecast)
    return answer


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_chance_to_reach_a_target_falls_with_its_distance(sign: float) -> None:
    curve = falling(sign=sign)
    middle = forecast(curve, at=240).median
    chances = [forecast(curve, at=240, target=middle - sign * d).events["p_target"] for d in (-0.02, 0.0, 0.02, 1.0)]
    assert chances == sorted(chances, reverse=True)
    assert chances[1] == pytest.approx(0.5, abs=0.05)
    assert chances[-1] == 0.0


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_target_once_reached_stays_reached(sign: float) -> None:
    curve = falling(sign=sign)
    first = float(curve.x[np.argmax(sign * curve.y <= -1.8)])
    events = forecast(curve, at=240, target=sign * -1.8).events
    assert (events["p_target"], events["reach"]["0.5"]) == (1.0, first)


def test_when_is_a_point_on_the_way_or_a_word() -> None:
    reach = forecast(falling(), at=480, target=-1.935).events["reach"]
    assert 120 < reach["0.1"] <= reach["0.5"] <= 480
    assert (
        forecast(falling(), at=130, target=-1.95).events["reach"]["0.9"]["undefined"]
        == "not by the end of the forecast"
    )


def test_the_default_metric_and_end() -> None:
    loss, accuracy = falling(), Curve([1, 2], [0.1, 0.2], metric="val/acc", direction="max")
    run = Run("r", {"val/acc": accuracy, "val/loss": loss}, "x")
    (forecast_,) = api.predict(run)
    assert (forecast_.metric, forecast_.at, forecast_.assumed) == ("val/loss", 150.0, True)
    assert [o.metric for o in api.predict(run, metric="all")] == ["val/loss", "val/acc"]
    assert isinstance(api.predict(run, metric="val/acc")[0].answer, Undecided)


def test_a_point_behind_is_undecided_for_runs_and_refused_for_a_curve() -> None:
    (forecast_,) = api.predict(Run("r", {"val/loss": falling()}, "x"), at=50)
    assert isinstance(forecast_.answer, Undecided)
    with pytest.raises(BadInput, match="beyond the last one seen, x=120"):
        api.predict(falling(), at=50)
    with pytest.raises(BadInput, match=r"say where: predict\(curve, at=...\)"):
        api.predict(falling())  # type: ignore[call-overload]


def test_an_unknown_metric_lists_those_there_are() -> None:
    with pytest.raises(UnknownName, match="no metric 'loss'; there are: val/loss"):
        api.predict([Run("r", {"val/loss": falling()}, "x")], metric="loss")


def test_a_run_without_quality_metrics_has_no_forecast() -> None:
    run = Run("r", {"lr": Curve([1, 2], [0.1, 0.1], metric="lr")}, "x")
    assert list(api.predict(run)) == []
    assert isinstance(api.advise(run)["r"].answer, Undecided)


def test_many_runs_at_once_are_forecast_as_each_alone() -> None:
    curves = [Curve(np.arange(1, 41 + i), 2 - np.arange(1, 41 + i) ** -(0.1 + i / 20), metric="loss") for i in range(7)]
    runs = [Run(f"r{i}", {"loss": curve}, "x") for i, curve in enumerate(curves)]
    together = api.predict(runs, at=90)
    assert [forecast_.run for forecast_ in together] == [run.id for run in runs]
    for forecast_, curve in zip(together, curves, strict=True):
        assert isinstance(forecast_.answer, Forecast)
        assert np.allclose(forecast_.answer.quantiles, forecast(curve, at=90).quantiles, rtol=1e-6)


def test_the_best_so_far_is_never_worse_than_the_best_seen() -> None:
    rises = Curve(np.arange(1, 61), 1 + (np.arange(60) - 30) ** 2 / 900, metric="val/loss")
    best, value = forecast(rises, at=90, of="best"), forecast(rises, at=90)
    assert (best.of, value.of) == ("best", "value")
    assert (best.quantiles <= rises.y.min()).all()
    assert value.median > rises.y.min()
    assert best.events["best_at"]["0.5"] == 31.0
    with pytest.raises(UnknownName, match="no kind of forecast 'worst'; there are: value, best"):
        forecast(rises, at=90, of="worst")


def test_a_forecast_that_has_not_settled_is_refused_when_asked() -> None:
    calm, rng = falling(), np.random.default_rng(1)
    assert isinstance(api.predict(calm, at=240, settled=True), Forecast)
    jumps = Curve(np.arange(1, 41), np.repeat(rng.permutation(8), 5) + 0.01 * rng.normal(size=40), metric="val/loss")
    refused = api.predict(jumps, at=60, settled=True)
    assert isinstance(refused, Undecided)
    assert "have not settled" in refused.why
    assert isinstance(
        api.predict(Curve([1, 2, 3, 4, 5], [5.0, 4, 3, 2, 1], metric="loss"), at=9, settled=True), Undecided
    )


def test_a_forecast_carries_the_coverage_measured_of_its_kind() -> None:
    short, long = (forecast(falling(), at=at).events["coverage"] for at in (130, 1000))
    assert short["on"].startswith("evidence/forecast")
    assert set(short["measured"]) == {"0.5", "0.8", "0.9"}
    assert short["cases"] > 1000
    assert short["measured"] != long["measured"]
    assert 0.6 < short["measured"]["0.8"] < 0.95


def running(config: dict[str, object], n: int = 60, peak: float = 1e-3) -> Run:
    """A run half-way down a cosine, in a log that tells what its settings say."""
    steps = np.arange(1.0, n + 1)
    rate = peak * 0.5 * (1 + np.cos(np.pi * steps / 120))
    loss = Curve(steps, 2 + steps**-0.5 + 0.002 * np.random.default_rng(0).normal(size=n), metric="val/loss")
    path = Schedule("path", {"x": steps, "value": rate})
    return Run("r", {"val/loss": loss}, "x", config=config, horizon={"step": 120.0}, schedule=path)


HF = {"lr_scheduler_type": "cosine", "learning_rate": 1e-3, "max_steps": 120, "warmup_ratio": 0.0}


def test_a_schedule_that_the_settings_name_is_continued_to_the_end() -> None:
    plan = api.plan_of(running(HF))
    assert plan is not None
    assert value(plan, [60, 90, 120]).tolist() == pytest.approx([5e-4, 0.5e-3 * (1 - np.sqrt(0.5)), 0.0], abs=5e-6)
    (told,), (untold,) = api.predict(running(HF)), api.predict(running({}))
    assert isinstance(told.answer, Forecast)
    assert isinstance(untold.answer, Forecast)
    assert told.answer.median < untold.answer.median  # it knows that the rate is about to be cooled down


@pytest.mark.parametrize(
    "config",
    [{}, HF | {"lr_scheduler_type": "constant"}, HF | {"learning_rate": 2e-3}, HF | {"warmup_ratio": 0.3},
     HF | {"lr_scheduler_type": "wsd", "cooldown": 500}, HF | {"lr_scheduler_type": "polynomial"}],
)  # fmt: skip
def test_a_schedule_that_the_log_does_not_bear_out_is_not_believed(config: dict[str, object]) -> None:
    run = running(config)
    assert api.plan_of(run) is run.schedule
