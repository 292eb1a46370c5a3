"""Blocks of one layout read at once are what each of their rows says, or are not read at once."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forerun.runs.log import Log
from forerun.runs.readers import blocks
from forerun.runs.readers.flat_blocks import stretch

FRAME = "-" * 30
CELLS = ("1", "-2.5", " 7", "nan", "inf", "1e+05", "1_0", "", "5%", "1,234", "fast", "9" * 65, "| 1", "-", "\u0663")
LINES = (
    FRAME,
    "-" * 31,
    "",
    "epoch 3",
    "| loss | 1 |",
    "| time/ | |",
    "| loss | 1",
    "--------  --------",
    " | a | 1 |",
    "=====",
)
ROWS = (("train/", ""), ("   loss", "{y}"), ("time/", ""), ("   total_timesteps", "{x}"), ("fps", "60"))


def printed(n: int, twice: bool) -> list[str]:
    """The lines of n blocks, with one frame between two of them or each in its own two."""
    lines = [FRAME]
    for i in range(n):
        lines += [FRAME] if twice and i else []
        lines += [f"| {key:<18} | {cell.format(x=2048 * i, y=1 / (i + 1)):<10} |" for key, cell in ROWS] + [FRAME]
    return lines


def read(lines: list[str]) -> tuple[Log, blocks._At]:
    at = blocks._At()
    return blocks._log(lines, at, False, Path("out.txt"), 1), at


def row_by_row(lines: list[str]) -> tuple[Log, blocks._At]:
    with mock.patch.object(blocks, "stretch", lambda lines: None):
        return read(lines)


def same(first: tuple[Log, blocks._At], second: tuple[Log, blocks._At]) -> None:
    (a, at), (b, other) = first, second
    assert repr(at) == repr(other)
    assert (a.n, a.axis, a.directions, a.damage, a.unfit) == (b.n, b.axis, b.directions, b.damage, b.unfit)
    assert repr(a.config) == repr(b.config)  # a setting that is NaN equals itself
    assert list(a.axes) == list(b.axes) and list(a.series) == list(b.series)
    for name, column in a.axes.items():
        np.testing.assert_array_equal(column, b.axes[name])
    for name, (rows, values) in a.series.items():
        np.testing.assert_array_equal(rows, b.series[name][0])
        np.testing.assert_array_equal(values, b.series[name][1])


@pytest.mark.parametrize("twice", [False, True])
def test_blocks_of_one_layout_are_read_at_once(twice: bool) -> None:
    lines = ["begun", *printed(50, twice), "| train/ | |", "|    loss | 9 |"]
    alike = stretch(lines)
    assert alike is not None and (alike.begin, alike.end) == (2, len(lines) - 2)
    log, at = read(lines)
    assert log.n == at.row == 50 and at.cells == {"train/loss": "9"}
    assert log.axes["step"].tolist() == [2048.0 * i for i in range(50)]
    assert log.series["train/loss"][1].tolist() == [1 / (i + 1) for i in range(50)]
    same((log, at), row_by_row(lines))


@given(st.data())
def test_what_is_read_at_once_is_what_its_rows_say(data: st.DataObject) -> None:
    lines = printed(data.draw(st.integers(8, 14)), data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(("cell", "line", "gone"))):
            case "cell":
                lines[at] = f"{lines[at][:23]} {data.draw(st.sampled_from(CELLS))} |"
            case "line":
                lines.insert(at, data.draw(st.sampled_from(LINES)))
            case _:
                del lines[at]
    same(read(lines), row_by_row(lines))


def test_a_setting_that_is_nan_is_read_at_once_too() -> None:
    lines = printed(8, twice=False)
    del lines[22]
    lines[19] = f"| {'train/':<18} | {'nan':<10} |"
    log, at = read(lines)
    same((log, at), row_by_row(lines))
    assert np.isnan(log.config["train/"])


@pytest.mark.parametrize("portion", [7, 64, 65])
def test_portions_that_are_read_at_once_change_nothing(portion: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(60, twice=True)
    lines[100:100] = ["epoch 7", "| loss | 1"]
    whole = row_by_row(lines)
    monkeypatch.setattr(blocks, "_PORTION", portion)
    same(read(lines), whole)


@pytest.mark.parametrize("cell", ["fast", "", "1_0", "9" * 65, "1e+05 | 2"])
def test_blocks_with_another_cell_are_not_read_at_once(cell: str) -> None:
    lines = printed(20, twice=True)
    lines[2] = f"{lines[2][:23]} {cell} |"
    alike = stretch(lines)
    assert alike is None or blocks._columns(alike) == {}
