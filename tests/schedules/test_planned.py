"""Schedules of a planned length: the values their cards state, and what all of them keep."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forerun.core import BadInput, Schedule
from forerun.schedules import value
from tests.cards import control, known_answer

NAMES = ["constant", "linear", "cosine", "wsd"]


def planned(name: str, past_end: Any = "hold", **more: Any) -> Schedule:
    cooldown = {"cooldown": 20} if name == "wsd" else {}
    return Schedule(name, {"peak": 0.1, "steps": 110, "warmup": 10} | cooldown | more, past_end=past_end)


@known_answer("constant", "linear", "cosine", "wsd")
@pytest.mark.parametrize(
    ("name", "t", "told"),
    [
        ("constant", [0, 5, 10, 110], [0, 0.05, 0.1, 0.1]),
        ("linear", [0, 5, 10, 60, 110], [0, 0.05, 0.1, 0.05, 0]),
        ("cosine", [5, 10, 35, 60, 110], [0.05, 0.1, 0.05 * (1 + np.sqrt(0.5)), 0.05, 0]),
        ("wsd", [5, 10, 90, 100, 110], [0.05, 0.1, 0.1, 0.05, 0]),
    ],
)
def test_the_values_the_card_states(name: str, t: list[float], told: list[float]) -> None:
    assert value(planned(name), t).tolist() == pytest.approx(told, abs=1e-15)


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_end_is_a_share_of_the_peak(name: str) -> None:
    assert float(value(planned(name, final=0.1), 110)) == pytest.approx(0.01)


@control("constant", "linear", "cosine")
@pytest.mark.parametrize("name", NAMES)
def test_what_happens_past_the_end_is_explicit(name: str) -> None:
    end = float(value(planned(name), 110))
    assert value(planned(name), [111, 999]).tolist() == pytest.approx([end, end])
    assert value(planned(name, "zero"), [109, 111])[1] == 0.0
    with pytest.raises(BadInput, match="t=111 lies past the end, 110"):
        value(planned(name, "error"), [110, 111])


@pytest.mark.parametrize("name", NAMES)
def test_a_schedule_without_warmup_starts_at_its_peak(name: str) -> None:
    assert float(value(planned(name, warmup=0), 0)) == 0.1


@control("wsd")
def test_parameters_that_mean_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match="schedule 'linear': steps must be a number from 0 on, but is None"):
        value(Schedule("linear", {"peak": 0.1}), 1)
    with pytest.raises(BadInput, match="peak must be a number from 0 on, but is -1"):
        value(planned("cosine", peak=-1), 1)
    with pytest.raises(BadInput, match="a warmup of 200 is longer than 110 steps"):
        value(planned("constant", warmup=200), 1)
    with pytest.raises(BadInput, match="a warmup of 10 and a cooldown of 105 do not fit into 110 steps"):
        value(planned("wsd", cooldown=105), 1)
