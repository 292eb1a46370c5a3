"""Continual evaluation: values computed by hand, the trap of the paper's own code, and windows that are steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forerun.core import BadInput
from forerun.evaluate.streams.continual import (
    interval,
    lowest_since_learned,
    min_acc,
    stability_gap,
    windowed_forgetting,
    windowed_plasticity,
    worst_case_acc,
)

NAN = float("nan")
ACCURACY = [
    [0.2, 0.9, 0.6, 0.8, 0.7, 0.5],
    [0.1, 0.1, 0.5, 0.9, 0.3, 0.6],
    [0.0, 0.0, 0.1, 0.1, 0.4, 0.8],
]
LEARNED = [0, 0, 1, 1, 2, 2]


def test_worst_cases_are_those_while_other_tasks_are_learned() -> None:
    np.testing.assert_array_equal(lowest_since_learned(ACCURACY, LEARNED), [0.5, 0.3, NAN])
    assert min_acc(ACCURACY, LEARNED) == pytest.approx((0.5 + 0.3) / 2)
    assert worst_case_acc(ACCURACY, LEARNED) == pytest.approx(0.8 / 3 + (2 / 3) * 0.4)


def test_the_first_task_has_no_worst_case() -> None:
    assert np.isnan(min_acc([[0.2, 0.9]], [0, 0]))
    assert worst_case_acc([[0.2, 0.9]], [0, 0]) == 0.9


def test_a_task_that_is_learned_again_counts_only_while_others_are() -> None:
    assert lowest_since_learned([[0.9, 0.7, 0.1], [0.0, 0.8, 0.6]], [0, 1, 0]).tolist() == [0.7, 0.6]


def test_windowed_plasticity_is_not_that_of_the_papers_code() -> None:
    """Its skip rule, copied from forgetting, gives .4 here; the largest later-minus-earlier difference is .8."""
    assert windowed_plasticity([0, 1, 2], [[0.5, 0.1, 0.9]], steps=2) == pytest.approx(0.8)
    assert windowed_forgetting([0, 1, 2], [[0.5, 0.1, 0.9]], steps=2) == pytest.approx(0.4)


def test_a_window_is_in_steps_and_tasks_are_averaged() -> None:
    x = [0, 100, 200, 300]
    falls = [[0.9, 0.8, 0.6, 0.3], [0.5, 0.5, 0.5, 0.5]]
    assert windowed_forgetting(x, falls, steps=100) == pytest.approx(0.3 / 2)
    assert windowed_forgetting(x, falls, steps=300) == pytest.approx(0.6 / 2)
    assert windowed_forgetting(x, falls, steps=99) == 0.0
    assert windowed_plasticity(x, falls, steps=300) == 0.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(1, 20))
def test_windows_agree_with_all_pairs(values: list[float], steps: int) -> None:
    x = np.arange(len(values))
    pairs = [(i, j) for j in range(len(values)) for i in range(j + 1) if j - i <= steps]
    forgetting = max(values[i] - values[j] for i, j in pairs)
    assert windowed_forgetting(x, [values], steps=steps) == pytest.approx(forgetting)
    assert windowed_plasticity(x, [values], steps=steps) == pytest.approx(max(values[j] - values[i] for i, j in pairs))


def test_evaluations_a_task_misses_are_passed_over() -> None:
    assert windowed_forgetting([0, 1, 2], [[0.9, NAN, 0.4]], steps=2) == pytest.approx(0.5)


def test_a_gap_has_depth_recovery_area_and_what_is_forgotten() -> None:
    gap = stability_gap([0, 10, 20, 30, 40], [0.5, 0.9, 0.3, 0.7, 0.85], switch=10)
    assert (gap.before, gap.lowest, gap.recovery) == (0.9, 0.3, None)
    assert (gap.depth, gap.relative_depth) == (pytest.approx(0.6), pytest.approx(2 / 3))
    assert gap.unrecovered == pytest.approx(0.05)
    assert gap.area == pytest.approx(10 * (0.3 + 0.4 + 0.125))
    assert stability_gap([0, 10, 20, 30, 40], [0.5, 0.9, 0.3, 0.7, 0.85], switch=10, tolerance=0.06).recovery == 30


def test_evaluation_at_the_end_of_tasks_does_not_see_the_gap() -> None:
    x = np.arange(0, 101, 5.0)
    y = np.where((x > 50) & (x < 80), 0.4, 0.9)
    assert stability_gap(x, y, switch=50).depth == pytest.approx(0.5)
    ends = np.isin(x, [50, 100])
    assert stability_gap(x[ends], y[ends], switch=50).depth == 0.0
    assert (interval(x), interval(x[ends])) == (5.0, 50.0)


def test_what_cannot_be_computed_says_why() -> None:
    with pytest.raises(BadInput, match="both sides of step 90"):
        stability_gap([0, 10], [0.5, 0.9], switch=90)
    with pytest.raises(BadInput, match="2 tasks for 3 evaluations"):
        min_acc([[0.1, 0.2, 0.3]], [0, 0])
    with pytest.raises(BadInput, match="tasks are 0 to 0, not 0 to 1"):
        min_acc([[0.1, 0.2]], [0, 1])
