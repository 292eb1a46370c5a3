"""What a report opens with: who needs someone now and why, who can be extended, who is likely to end first."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest

from forerun import api
from forerun.core import Curve, Run, Runs, Table
from forerun.core.settings import Settings
from forerun.figures import report
from forerun.figures.sweep import NEEDS, Sweep

STEPS = np.arange(1, 201)
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def run(name: str, level: float = 1.0, *, y: np.ndarray | None = None, **more: object) -> Run:
    noise = 0.002 * np.random.default_rng(len(name)).normal(size=STEPS.size)
    values = level + STEPS**-0.5 + noise if y is None else y
    more = {"horizon": {"step": 400.0}, **more}
    return Run(f"s/{name}.csv", {"val/loss": Curve(STEPS, values, metric="val/loss")}, "csv", **more)  # type: ignore[arg-type]


def sweep_of(*runs: Run, **setup: object) -> Sweep:
    return Sweep.of(api.looks(runs, api.ForecastSetup(**setup)))  # type: ignore[arg-type]


def test_a_healthy_run_needs_nobody_and_the_chances_sum_to_one() -> None:
    places = sweep_of(run("a"), run("bb"), run("ccc")).places
    assert [place.needs for place in places] == [(), (), ()]
    assert sum(place.first.order for place in places) == pytest.approx(1.0)  # type: ignore[misc]
    assert not any(place.extend for place in places)


def test_each_reason_to_look_is_named() -> None:
    y = run("x").curves["val/loss"].y
    lost = np.append(y[:190], [np.nan] * 10)
    rising = y + np.clip((STEPS - 80) / 100, 0, None)
    made = (run("fine"), run("lost", y=lost), run("rising", y=rising), run("silent", status="stalled"), run("far", 2.0))
    fine, lost_, rising_, silent, far = sweep_of(*made).places
    assert fine.needs == ()
    assert lost_.needs[0] == "not finite"
    assert rising_.needs[0] == "rising"
    assert silent.needs[0] == "stalled"
    assert far.needs == ("dominated",)
    assert (far.first.text, far.first.order) == ("under 1%", 0.0)
    assert [NEEDS.index(place.needs[0]) for place in (lost_, rising_, silent, far)] == sorted(
        place.urgency for place in (lost_, rising_, silent, far)
    )


def test_of_two_runs_none_is_dominated_and_the_worse_is_asked_about() -> None:
    assert [place.needs for place in sweep_of(run("near"), run("far", 2.0)).places] == [(), ("ask",)]


def test_a_target_that_is_likely_missed_needs_someone_before_it_is_hopeless() -> None:
    (place,) = Sweep.of(api.looks([run("only")], api.ForecastSetup(target=1.02))).places
    assert place.needs == ("target likely missed",)
    (easy,) = Sweep.of(api.looks([run("only")], api.ForecastSetup(target=1.2))).places
    assert easy.needs == ()


def test_what_is_over_needs_nobody_and_is_extended_only_where_it_may_end_first() -> None:
    ended = [run(name, level, status="ended") for name, level in (("a", 1.0), ("bb", 1.0), ("far", 2.0))]
    looks = api.looks(ended, api.ForecastSetup())
    assert [look.decision.action for look in looks] == ["resume"] * 3  # type: ignore[union-attr]
    assert [(place.needs, place.extend) for place in Sweep.of(looks).places] == [((), True), ((), True), ((), False)]


def test_settings_that_differ_are_columns_and_secrets_are_not() -> None:
    made = [
        run(f"r{i}", config={"seed": i, "lr": 0.1 * (i % 2), "batch_size": 8, "api_key": f"k{i}"}) for i in range(4)
    ]
    sweep = sweep_of(*made)
    assert sweep.columns == ("lr", "seed")
    assert [place.settings for place in sweep.places] == [("0", "0"), ("0.1", "1"), ("0", "2"), ("0.1", "3")]


def test_time_left_is_told_where_the_log_has_a_clock_and_summed_over_what_is_to_stop() -> None:
    clock = Table({"step": STEPS, "seconds": 36.0 * STEPS})  # 200 steps to go: 2 hours
    made = [run(name, level, positions=clock) for name, level in (("a", 1.0), ("bb", 1.0), ("far", 2.0))]
    sweep = sweep_of(*made, run("none"))
    assert [place.left.order for place in sweep.places[:3]] == pytest.approx([2.0] * 3)
    assert sweep.places[3].left.order is None
    aimed = [
        Run(one.id, one.curves, "csv", horizon=one.horizon, positions=clock, settings=Settings(target=1.3))
        for one in made
    ]
    page = report(Runs(tuple(aimed)), title="t", now=NOW)
    assert "1 to stop, 2 to continue. Stopping would save 2 h." in re.sub(r"<[^>]+>", "", page)


def test_the_first_thing_on_the_page_is_who_needs_someone() -> None:
    lost = run("lost", y=np.append(run("x").curves["val/loss"].y[:190], [np.nan] * 10))
    page = report(Runs((run("fine"), lost, run("more"))), title="t", now=NOW)
    assert page.index("Needs you now") < page.index('id="runs"')
    first = re.search(r'<ul class="needs"><li>(.*?)</li>', page)
    assert first is not None and "s/lost.csv" in first[1] and "val/loss is nan at step 191" in first[1]
    calm = report(Runs((run("fine"), run("more"))), title="t", now=NOW)
    assert "No run needs you now." in calm and "Needs you now" not in calm
