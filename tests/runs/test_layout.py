"""Tables of nothing but plain numbers are read as the long way round reads them."""

from __future__ import annotations

from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forerun.runs.readers import numbers
from forerun.runs.readers.columns import number
from forerun.runs.readers.tables import layout
from forerun.runs.readers.tables.layout import layout_of

NAMES = ("step", "epoch", "loss", "time", "run", "index", "")
CELLS = (
    "1",
    "-2.5",
    "1.234",
    "1.000",
    " 7 ",
    "3e-4",
    "900",
    "0.",
    "+4",
    "12.345.678",
    "nan",
    "",
    "5k",
    "3s",
    "a",
    "0,5",
)


@given(st.data())
def test_the_short_way_finds_the_same_layout(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
    some = st.sampled_from(CELLS[: data.draw(st.sampled_from((8, len(CELLS))))])
    rows = data.draw(st.lists(st.lists(some, min_size=len(names), max_size=len(names)), min_size=1, max_size=8))
    head = "\n".join(";".join(cells) for cells in (names, *rows)).encode() + b"\n"
    layout_of.cache_clear()
    short = layout_of(head)
    layout_of.cache_clear()
    with mock.patch.object(layout, "_is_plain", lambda cells: False):
        assert layout_of(head) == short


def test_cells_that_hold_a_line_break_are_not_plain() -> None:
    assert layout._is_plain(["1", "2.5e-3", " 7"])
    assert not layout._is_plain(["1\n2", "3"]) and not layout._is_plain(["1", "nan"]) and not layout._is_plain([""])


@given(st.lists(st.sampled_from((*CELLS, "1_0", "-1.#IND", "2.5D-02", "9" * 70)), min_size=1, max_size=4))
def test_a_row_of_bare_numbers_is_what_its_cells_are(cells: list[str]) -> None:
    line = " ".join(cells)
    values = [number(cell) for cell in line.split()]
    row = numbers._row(line, None, comma=False)
    if None in values:
        assert row is None
    else:
        np.testing.assert_array_equal(np.array(row), np.array(values, float))
