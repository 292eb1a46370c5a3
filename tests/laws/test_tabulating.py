"""Runs as laws read them: paths with the warm-up that a log left out, rows of settings and last values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forerun.api.fitting import fit
from forerun.api.tabulating import path_table, row_table
from forerun.core import BadInput, Curve, Run, Schedule, UnreadableLog
from forerun.runs.tables import read_table


def run(x: list[float], rate: list[float], y: list[float], axis: str = "step", **config: float) -> Run:
    curve = Curve(x, y, metric="val/loss", axis=axis)
    return Run("r", {"val/loss": curve}, "example", config=config, schedule=Schedule("path", {"x": x, "value": rate}))


def test_a_log_that_begins_after_the_warm_up_gets_it_from_the_settings() -> None:
    table = path_table([run([1000, 2000], [0.8, 0.4], [3.0, 2.5], warmup_steps=100, peak_lr=1.0)])
    step, rate = (np.asarray(table.columns[name]) for name in ("step", "rate"))
    assert np.interp([0, 50, 100, 999], step, rate).tolist() == pytest.approx([0.0, 0.5, 1.0, 0.8], abs=1e-3)
    assert np.isnan(table.columns["y"][:-2]).all()
    assert table.columns["y"][-2:].tolist() == [3.0, 2.5]


def test_a_log_that_holds_its_warm_up_is_left_as_it_is() -> None:
    table = path_table([run([0, 50, 200], [0.0, 0.5, 1.0], [9.0, 4.0, 3.0], warmup_steps=100, peak_lr=1.0)])
    assert table.columns["step"].tolist() == [0, 50, 200]
    assert table.columns["rate"].tolist() == [0.0, 0.5, 1.0]


def test_values_between_logged_rates_have_none_and_non_finite_ones_are_not_fitted_to() -> None:
    curve = Curve([10, 15, 20], [3.0, 2.8, float("inf")], metric="loss")
    made = Run("r", {"loss": curve}, "example", schedule=Schedule("path", {"x": [10, 20], "value": [0.1, 0.05]}))
    table = path_table([made])
    assert np.isnan(table.columns["rate"][1]) and table.columns["rate"][0] == 0.1
    assert np.isnan(table.columns["y"][2])


def test_a_run_that_is_judged_by_a_score_gives_its_loss_to_laws_along_a_schedule() -> None:
    x, plan = [1.0, 2.0], Schedule("path", {"x": [1, 2], "value": [0.1, 0.05]})
    curves = {
        "val/acc": Curve(x, [0.5, 0.6], metric="val/acc", direction="max"),
        "train/loss": Curve(x, [3.0, 2.5], metric="train/loss"),
    }
    assert path_table([Run("r", curves, "example", schedule=plan)]).columns["y"].tolist() == [3.0, 2.5]
    with pytest.raises(BadInput, match="a learning rate and a loss; none of 1"):
        path_table([Run("r", {"val/acc": curves["val/acc"]}, "example", schedule=plan)])


def test_no_law_along_a_schedule_is_fitted_to_two_projects_at_once() -> None:
    rows = {"run": ["a", "a", "b", "b"], "step": [1.0, 2.0] * 2, "rate": [0.1] * 4, "y": [3.0, 2.5, 4.0, 3.9]}
    with pytest.raises(
        BadInput, match=r"one project, and the runs are of 2; name one of these \(--task\).*: lm; vision"
    ):
        fit("multi_power", {**rows, "task": ["lm", "lm", "vision", "vision"]})


def test_runs_without_a_rate_on_the_metrics_axis_are_said_to_have_none() -> None:
    with pytest.raises(BadInput, match="none of 1 has both"):
        path_table([run([1, 2], [0.1, 0.1], [3.0, 2.0], axis="tokens")])


def test_rows_hold_what_every_run_has() -> None:
    table = row_table([run([1, 2], [0.1, 0.1], [3.0, 2.0], params=1e7, seed=0), run([1], [0.1], [2.5], params=1e8)])
    assert set(table.columns) == {"run", "params", "step", "y"}
    assert table.columns["y"].tolist() == [2.0, 2.5]


def test_tables_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,n,y\na,1,2.5\nb,,3\n")
    table = read_table(path)
    assert table.columns["name"] == ("a", "b")
    assert np.isnan(table.columns["n"][1]) and table.columns["y"].tolist() == [2.5, 3.0]
    with pytest.raises(BadInput, match="no row with name='c'; there are a, b"):
        read_table(path, {"name": "c"})
    (tmp_path / "empty.csv").write_text("name,n\n")
    with pytest.raises(UnreadableLog, match="a line of column names and a row"):
        read_table(tmp_path / "empty.csv")
