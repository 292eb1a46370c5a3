"""Runs side by side tell where one of them ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forerun import api, live
from forerun.core import Curve, Run
from forerun.forecast.run_forecasts.ends import End, ends_of
from forerun.runs.siblings import Siblings


def run(id: str, n: int, status: str = "running", **more: object) -> Run:
    x = np.arange(1, n + 1)
    return Run(id, {"loss": Curve(x, 1 + 1 / x, metric="loss")}, "csv", status=status, **more)  # type: ignore[arg-type]


def ends(runs: list[Run]) -> list[End]:
    return ends_of([(one, "loss") for one in runs], Siblings(runs))


def test_runs_of_one_folder_and_of_folders_alike_are_siblings() -> None:
    runs = [run(id, 10) for id in ("s/a/log.csv", "s/b/log.csv", "s/b/other.csv", "t/log.csv")]
    assert [other.id for other in Siblings(runs).beside(runs[1])] == ["s/a/log.csv", "s/b/other.csv"]
    table = [run("x", 10, source="s", task="t"), run("y", 10, source="s", task="t"), run("z", 10, source="s", task="u")]
    assert [other.id for other in Siblings(table).beside(table[0])] == ["y"]


def test_a_run_is_forecast_where_those_beside_it_ended() -> None:
    """Two that are over at one x, or one that reached its planned end; one that was stopped somewhere tells nothing."""
    assert ends([run("a", 100, "ended"), run("b", 100, "ended"), run("c", 40)])[2] == End(100.0, "siblings")
    assert ends([run("a", 100, "finished"), run("c", 40)])[1] == End(100.0, "siblings")
    assert ends([run("a", 100, "ended"), run("c", 40)])[1].by == "assumed"
    apart = [run("a", 100, "ended"), run("b", 70, "ended"), run("d", 50, "ended"), run("c", 40)]
    assert ends(apart)[3].by == "assumed"
    assert ends([run("a", 100), run("b", 100), run("c", 40)])[2].by == "assumed"  # they go on


def test_thousands_of_runs_of_one_folder_are_looked_up_once() -> None:
    for name in ("{}.csv", "{}/log.csv"):
        many = [run(name.format(i), 3) for i in range(2000)]
        assert {end.at for end in ends(many)} == {3.75}


def test_a_sweep_has_one_assumed_end_and_two_runs_are_no_sweep() -> None:
    assert [end.at for end in ends([run("a", 100), run("b", 80), run("c", 60)])] == [125.0] * 3
    assert [end.at for end in ends([run("a", 100), run("b", 80)])] == [125.0, 100.0]
    over = [run("a", 100, "ended"), run("b", 80, "ended"), run("c", 60, "crashed")]
    assert [end.at for end in ends(over)] == [125.0, 100.0, 75.0]  # each ended where it was stopped
    assert ends([run("a", 100), run("b", 80), run("c", 60), run("d", 10)])[3].at == 12.5  # just begun, or killed early


def test_the_log_wins_over_the_runs_beside_it() -> None:
    runs = [run("a", 100, "ended"), run("b", 100, "ended"), run("c", 40, horizon={"step": 60.0})]
    assert ends(runs)[2] == End(60.0, "log")


def test_an_assumed_end_does_not_move_with_every_record(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = [f"{i},{1 + 1 / i}\n" for i in range(1, 201)]
    shown = iter((44, 48, 50, 55))
    file.write_text("step,loss\n" + "".join(rows[:40]))

    def wait(_: float) -> None:
        file.write_text("step,loss\n" + "".join(rows[: next(shown)]))

    seen = list(live.watch(tmp_path, polls=5, wait=wait, clock=lambda: 5.0))
    assert [look.looks[0].forecast.at for look in seen if look.looks[0].forecast] == [50.0, 50.0, 50.0, 62.5, 62.5]
    assert api.predict(tmp_path)[0].at == 1.25 * 55


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6, 1e9])
def test_moments_of_a_clock_end_a_quarter_of_their_span_further(size: float) -> None:
    x = (1.7e9 + 60.0 * np.arange(21)) * size
    loss = Curve(x, 1 / np.arange(1, 22), metric="loss")
    assert ends([Run("a", {"loss": loss}, "csv")]) == [End((1.7e9 + 1.25 * 1200) * size, "assumed")]


def test_counts_as_large_as_moments_end_at_a_multiple_of_the_last() -> None:
    tokens = Curve([1.7e9, 1.71e9], [2.0, 1.0], metric="loss", axis="tokens")
    steps = Curve([1.7e9, 2.4e9], [2.0, 1.0], metric="loss")  # twenty years, were they seconds
    for curve in (tokens, steps):
        assert ends([Run("a", {"loss": curve}, "csv")]) == [End(1.25 * curve.x[-1], "assumed")]
