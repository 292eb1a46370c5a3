"""Whether a run is still going, and where it was to end."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.runs.horizon import horizon_of
from forerun.runs.status import LONG_SILENT

DAY = 86_400.0


def log(path: Path, begin: float, n: int = 30) -> Path:
    path.write_text("step,timestamp,loss\n" + "".join(f"{i},{begin + 10 * i},{1 + 1 / (i + 1)}\n" for i in range(n)))
    return path


@pytest.mark.parametrize(("silent", "status"), [(60, "running"), (3600, "stalled"), (3 * DAY, "ended")])
def test_the_clock_tells_how_long_a_run_has_been_silent(tmp_path: Path, silent: float, status: str) -> None:
    file = log(tmp_path / "a.csv", 1_700_000_000)
    last = 1_700_000_000 + 290
    os.utime(file, (last, last))
    assert api.read(file, now=last + silent)[0].status == status


def test_a_logs_own_clock_tells_that_the_file_is_a_copy(tmp_path: Path) -> None:
    file = log(tmp_path / "a.csv", 1_700_000_000)
    copied = 1_700_000_000 + 30 * DAY
    os.utime(file, (copied, copied))
    assert api.read(file, now=copied + 5)[0].status == "ended"
    zone = 1_700_000_000 + 290 + 9 * 3600  # a clock nine hours off is a time zone as likely
    os.utime(file, (zone, zone))
    assert api.read(file, now=zone + 5)[0].status == "running"


def test_a_pause_between_records_is_waited_for(tmp_path: Path) -> None:
    rows = "".join(f"{i},{1_700_000_000 + 7200 * i},{2 - i / 50}\n" for i in range(20))
    file = tmp_path / "a.csv"
    file.write_text("epoch,timestamp,loss\n" + rows)
    last = 1_700_000_000 + 7200 * 19
    os.utime(file, (last, last))
    assert api.read(file, now=last + 6 * 3600)[0].status == "running"
    assert api.read(file, now=last + LONG_SILENT + 7200)[0].status == "stalled"


@pytest.mark.parametrize(
    ("config", "horizon"),
    [
        ({"trainer.max_epochs": 10}, {"epoch": 10.0, "step": 1000.0}),
        ({"trainer": {"max_steps": 500}}, {"step": 500.0, "epoch": 5.0}),
        ({"args/num_train_epochs": "3"}, {"epoch": 3.0, "step": 300.0}),
        ({"max-iters": 200, "max_epochs": -1}, {"step": 200.0, "epoch": 2.0}),
        ({"eval": {"max_steps": 50}, "warmup.total_steps": 9}, {}),
        ({"epochs": True, "max_steps": "many"}, {}),
    ],
)
def test_settings_name_the_planned_end(config: dict[str, object], horizon: dict[str, float]) -> None:
    axes = {"step": np.array([100.0, 200.0, 300.0]), "epoch": np.array([1.0, 2.0, 3.0])}
    assert horizon_of({}, config, axes) == horizon


def test_epochs_counted_from_zero_end_one_before_their_number(tmp_path: Path) -> None:
    for first, status in ((0, "finished"), (1, "finished")):
        file = tmp_path / f"{first}.jsonl"
        rows = [f'{{"epoch": {first + i}, "loss": {1 / (i + 1)}}}' for i in range(10)]
        file.write_text("\n".join(['{"config": {"epochs": 10}}', *rows]) + "\n")
        assert api.read(file)[0].status == status
        file.write_text("\n".join(['{"config": {"epochs": 10}}', *rows[:9]]) + "\n")
        assert api.read(file)[0].status == "running"


def test_a_folder_that_was_checked_out_is_not_running(tmp_path: Path) -> None:
    """Files all of one moment are a copy's; where the log is younger than what lies beside it, it may go on."""
    for name in ("a", "b"):
        rows = "".join(f"{i},{1 + 1 / (i + 1)}\n" for i in range(30))
        (tmp_path / f"{name}.csv").write_text("step,loss\n" + rows)
    for name in ("README.md", "config.yaml"):
        (tmp_path / name).write_text("text\n")
    for file in tmp_path.iterdir():
        os.utime(file, (1000.0, 1000.0))
    assert {run.status for run in api.read(tmp_path, now=1100.0)} == {"ended"}
    assert {run.status for run in api.read(tmp_path, now=1030.0)} == {"running"}
    os.utime(tmp_path / "config.yaml", (100.0, 100.0))
    assert {run.status for run in api.read(tmp_path, now=1100.0)} == {"running"}
    decisions = api.advise(api.read(tmp_path, now=1000.0 + 3 * DAY))
    assert {one.answer.action for one in decisions} <= {"leave", "resume"}  # type: ignore[union-attr]
