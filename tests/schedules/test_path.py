"""The logged path of a learning rate."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Schedule, UnknownName
from forerun.schedules import SCHEDULES, value
from tests.cards import control, known_answer


def path(past_end: str = "hold") -> Schedule:
    return Schedule("path", {"x": np.array([10.0, 20.0]), "value": np.array([0.1, 0.01])}, past_end=past_end)  # type: ignore[arg-type]


@known_answer("path")
def test_a_path_holds_each_value_until_the_next() -> None:
    assert np.array_equal(value(path(), [5, 10, 15, 20, 99]), [np.nan, 0.1, 0.1, 0.01, 0.01], equal_nan=True)


@control("path")
def test_what_happens_past_the_end_is_explicit() -> None:
    assert value(path("zero"), [20, 21]).tolist() == [0.01, 0.0]
    with pytest.raises(BadInput, match="t=21 lies past the end, 20"):
        value(path("error"), [20, 21])


def test_an_unknown_schedule_lists_the_known() -> None:
    with pytest.raises(UnknownName, match=f"no schedule 'cosin'; there are: {', '.join(SCHEDULES.table)}"):
        value(Schedule("cosin"), 1)
