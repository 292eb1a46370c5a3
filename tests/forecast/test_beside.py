"""What forecasts lean on: the runs shown to a forecaster, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from forerun import api
from forerun.core import Curve, Forecast, Run
from forerun.forecast import FORECASTERS
from forerun.forecast.run_forecasts.basis import MOST_SIBLINGS, bases_of


@pytest.fixture(autouse=True)
def _leaning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORECASTERS.table, "leaning", "tests.leaning:LEANING")


def run(id: str, level: float, n: int, status: str = "ended", *, size: float = 1.0) -> Run:
    x = np.arange(1, n + 1)
    return Run(id, {"loss": Curve(x, level + size / x, metric="loss")}, "csv", status=status)  # type: ignore[arg-type]


def forecast(runs: Sequence[Run], method: str, **settings: object) -> Forecast:
    """Of the last one, at step 60."""
    answer = api.predict(runs, at=60, method=method, **settings)[-1].answer  # type: ignore[call-overload]
    assert isinstance(answer, Forecast)
    return answer


OVER = [run(f"run-{i}", i / 10, 60, "crashed" if i == 3 else "ended", size=1 + abs(i - 6)) for i in range(1, 8)]
GOING = run("run-8", 0.61, 20, "running")


def test_so_many_are_shown_at_most_and_none_of_a_run_that_is_not_forecast() -> None:
    done = run("run-0", 0.0, 60, "finished")
    many = [run(f"run-{i}", i / 10, 60) for i in range(1, 50)] + [run("run-50", 0.6, 20, "running"), done]
    going, finished = bases_of([(many[-2], "loss"), (done, "loss")], many)
    assert [one.run for one in going.siblings] == [f"run-{i}" for i in range(49, 49 - MOST_SIBLINGS, -1)]
    assert finished.siblings == ()
    assert len(bases_of([(done, "loss")], many, at=90)[0].siblings) == MOST_SIBLINGS


def test_what_a_run_was_before_it_was_resumed_is_shown_where_that_went_further() -> None:
    now, before = run("a", 0.5, 30, "running"), run("a", 0.4, 50).curves["loss"]
    for stretches, shown in (([before], ["a before it was resumed"]), ([], []), ([part(before, 30)], [])):
        resumed = replace(now, segments={"loss": (*stretches, now.curves["loss"])})
        (basis,) = bases_of([(resumed, "loss")], [resumed, OVER[0]])
        assert [one.run for one in basis.siblings] == [*shown, "run-1"]
    assert basis.siblings[-1].curve == OVER[0].curves["loss"]


def part(curve: Curve, n: int) -> Curve:
    return Curve(curve.x[:n], curve.y[:n], metric=curve.metric)


@pytest.mark.parametrize(("method", "first"), [("siblings", "run-6"), ("gp", "run-1"), ("leaning", "run-7")])
def test_a_forecast_says_on_which_it_leaned_the_largest_share_first(method: str, first: str) -> None:
    """By likeness so far, all the same, and by place."""
    shares = forecast([*OVER, GOING], method).events["leaned_on"]
    assert next(iter(shares)) == first
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert sorted(shares) == [one.id for one in OVER]
    assert sum(shares.values()) == pytest.approx(1.0)
    assert "leaned_on" not in forecast([GOING], "gp").events


def test_alone_is_as_if_nothing_lay_beside() -> None:
    """Where a run ends, those beside it tell all the same."""
    runs = [*OVER, GOING]
    for method in ("gp", "leaning"):
        assert forecast(runs, method, alone=True) == forecast([GOING], method) != forecast(runs, method)
    leant, alone = (api.predict(runs, method="leaning", alone=alone)["run-8"] for alone in (False, True))
    assert (leant.at, leant.end_by) == (alone.at, alone.end_by) == (60.0, "siblings")
    assert isinstance(alone.answer, Forecast)
    assert leant.answer.events["alone"] == alone.answer.median  # type: ignore[union-attr]
    assert not {"leaned_on", "alone"} & set(alone.answer.events)


def test_what_it_would_be_alone_is_said_only_of_the_median_it_compares_with() -> None:
    runs = [*OVER, run("run-8", 0.0, 20, "running")]  # which is better now than it is forecast to be
    best = forecast(runs, "leaning", of="best")
    assert [("leaned_on" in one.events, "alone" in one.events) for one in (forecast(runs, "leaning"), best)] == [
        (True, True),
        (True, False),
    ]
    made = api.calibrate([run(f"c{i}", i / 10, 60) for i in range(12)], "mine", method="leaning")
    assert "alone" not in forecast(runs, "leaning", calibration=replace(made, shift=0.5)).events
