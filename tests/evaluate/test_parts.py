"""Work in parts: on again after a kill, with the same end; and a backtest that is killed in the middle."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from forerun import api
from forerun.api.parts import done_in_parts
from forerun.core import BadInput
from forerun.evaluate.forecasts.backtest import Score
from tests.evaluate.small_table import write_table

METHODS = ["last_value", "power_law", "parametric"]


def counted(value: int, log: Path) -> int:
    with log.open("a") as file:
        file.write(f"{value}\n")
    return value * value


def test_what_a_journal_holds_is_not_done_again(tmp_path: Path) -> None:
    log, journal = tmp_path / "log", tmp_path / "journal"
    parts = {f"part {i}": (i, log) for i in range(5)}
    assert done_in_parts(counted, dict(list(parts.items())[:3]), journal=journal) == [0, 1, 4]
    assert done_in_parts(counted, parts, journal=journal) == [0, 1, 4, 9, 16]
    assert log.read_text().split() == ["0", "1", "2", "3", "4"]


def test_a_last_line_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    log, journal = tmp_path / "log", tmp_path / "journal"
    parts = {f"part {i}": (i, log) for i in range(3)}
    done_in_parts(counted, parts, journal=journal)
    journal.write_bytes(journal.read_bytes()[:-7])
    assert done_in_parts(counted, parts, journal=journal) == [0, 1, 4]
    assert [json.loads(line)["result"] for line in journal.read_text().splitlines()] == [0, 1, 4]


@pytest.mark.parametrize("text", ["[]\n", '{"loss": 1}\n', "step,loss\n1,2\n"])
def test_what_is_no_journal_is_refused_and_left(tmp_path: Path, text: str) -> None:
    journal = tmp_path / "journal"
    journal.write_text(text)
    with pytest.raises(BadInput, match="no journal of a backtest"):
        done_in_parts(counted, {}, journal=journal)
    assert journal.read_text() == text


def scores(table: Path, **more: object) -> list[Score]:
    return api.backtest(table, method=METHODS, leave_out="each", clock=lambda: 0.0, **more)  # type: ignore[arg-type]


def test_a_backtest_that_was_killed_goes_on_to_the_same_scores(tmp_path: Path) -> None:
    """Killed twice after a number of parts that is drawn, of eight; then to the end."""
    table, journal = write_table(tmp_path / "table.csv"), tmp_path / "journal"
    code = """
import os, signal, sys
from forerun.api import backtesting
answered, left = backtesting._answered, [int(sys.argv[3])]
def dying(*part):
    left[0] -= 1
    os.kill(os.getpid(), signal.SIGKILL) if left[0] < 0 else None
    return answered(*part)
backtesting._answered = dying
from tests.evaluate.test_parts import scores
scores(sys.argv[1], journal=sys.argv[2])
"""
    draws, lengths = random.Random(0), [0]
    for _ in range(2):
        command = [sys.executable, "-c", code, str(table), str(journal), str(draws.randrange(1, 4))]
        done = subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
        assert done.returncode == -signal.SIGKILL, done.stderr
        lengths.append(len(journal.read_text().splitlines()))
    assert 0 < lengths[1] < lengths[2] < 8
    assert scores(table, journal=journal) == scores(table)
    assert len(journal.read_text().splitlines()) == 8
