"""Runs side by side tell where one of them ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
        over = Siblings([other(name.format(i), [1.0, 0.5, i], config={"i": i}) for i in range(2000)])
        assert {len(over.nearest(one, one.curves["loss"], 20)) for one in over.runs} == {20}


def other(id: str, values: Sequence[float], status: str = "ended", **more: object) -> Run:
    curve = Curve(np.arange(1, len(values) + 1), values, metric="loss")
    return Run(id, {"loss": curve}, "csv", status=status, **more)  # type: ignore[arg-type]


def near(run: Run, beside: list[Run], most: int = 20) -> list[str]:
    return [one.id for one in Siblings([run, *beside]).nearest(run, run.curves["loss"], most)]


def test_those_shown_are_over_nearest_by_name_and_of_the_own_folder_first() -> None:
    going = run("s/run-7/log.csv", 10)
    names = [f"s/run-{i}/log.csv" for i in (1, 2, 6, 9, 10, 30)]
    beside = [other(id, [3.0, 2.0, 1.0]) for id in [*names, "s/run-7/second.csv"]]
    going_on = [other("s/run-8/log.csv", [3.0], "running"), other("s/run-5/log.csv", [3.0], "stalled")]
    nearest = [f"s/run-{i}/log.csv" for i in (6, 9, 2, 10, 1, 30)]
    assert near(going, beside + going_on) == ["s/run-7/second.csv", *nearest]
    assert near(going, beside + going_on, 3) == ["s/run-7/second.csv", *nearest[:2]]


def test_a_run_that_was_stopped_early_or_crashed_is_shown() -> None:
    beside = [other("b", [2.0, 1.0], "crashed"), other("c", [3.0, 2.0, 1.5, 1.4], "finished")]
    assert near(other("a", [2.5, 1.5, 1.2], "running"), beside) == ["b", "c"]


def test_runs_of_another_folder_task_metric_or_axis_are_not_shown() -> None:
    going, loss = run("s/a/log.csv", 10), Curve([1, 2, 3], [3.0, 2.0, 1.5], metric="loss")
    far = [other(id, [3.0, 2.0]) for id in ("t/a/log.csv", "s/b/other.csv", "log.csv", "s/log.csv")]
    unlike = [
        Run("s/b/log.csv", {"acc": replace(loss, metric="acc")}, "csv", status="ended"),
        Run("s/c/log.csv", {"loss": replace(loss, axis="epoch")}, "csv", status="ended"),
        Run("s/d/log.csv", {"loss": Curve([], [], metric="loss")}, "csv", status="ended"),
    ]
    assert near(going, far + unlike) == []
    table = [other(task, [3.0, 2.0], source="s", task=task) for task in ("t", "u")]
    assert near(run("x", 10, source="s", task="t"), table) == ["t"]


def test_the_run_itself_under_another_name_is_not_shown() -> None:
    y = [3.0, 2.1, 1.7, 1.52, 1.41, 1.33]
    going = other("a", y[:4], "running", config={"lr": 0.1}, seed=1)
    mine = {"config": {"lr": 0.1}, "seed": 1}
    copies = [other("whole", y, **mine), other("cut", y[:3], **mine), other("as it is", y[:4], **mine)]
    copies.append(other("in 32 bits", np.float32(y).tolist(), **mine))
    assert near(going, copies) == []
    branch = other("branch", [*y[:4], 1.2, 1.1], config={"lr": 0.1, "cooldown": 5}, seed=1)
    again = other("again", [3.0, 2.1, 1.7, 1.53, 1.4], **mine)
    assert near(going, [branch, other("seed", y, config={"lr": 0.1}, seed=2), again]) == ["again", "branch", "seed"]


def test_runs_that_have_not_moved_yet_are_not_one() -> None:
    assert near(other("a", [0.0] * 5, "running"), [other("b", [0.0] * 5 + [0.3, 0.5])]) == ["b"]


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
