"""Resumes, repeats and late points: the latest wins, nothing vanishes uncounted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forerun.runs.segments import resolve


@pytest.mark.parametrize(
    ("x", "kept", "segments", "repeated", "superseded", "late"),
    [
        ([1, 2, 3], [0, 1, 2], 1, 0, 0, 0),
        ([1, 2, 3, 4, 2, 3, 4, 5], [0, 4, 5, 6, 7], 2, 0, 3, 0),  # crash at 4, resume at 2
        ([10, 20, 30, 15, 40], [0, 3, 1, 2, 4], 1, 0, 0, 1),  # one late record is no resume
        ([0, 0, 1, 1, 2], [1, 3, 4], 1, 2, 0, 0),  # logged twice at one step
        ([1, 2, 3, 1, 2, 3], [3, 4, 5], 2, 0, 3, 0),  # a second run appended to the file
        ([1, 2, 3, 4, 3, 4, 2, 3], [0, 6, 7], 3, 0, 5, 0),  # two resumes, the second further back
        ([600, 500, 510, 520], [1, 2, 3], 2, 0, 1, 0),
        ([], [], 1, 0, 0, 0),
    ],
)
def test_known_orders(
    x: list[float], kept: list[int], segments: int, repeated: int, superseded: int, late: int
) -> None:
    found = resolve(np.array(x, float))
    assert found.kept.tolist() == kept
    assert (len(found.segments), found.repeated, found.superseded, found.late) == (segments, repeated, superseded, late)


@given(st.lists(st.integers(0, 20), max_size=60))
def test_every_record_is_kept_or_counted(steps: list[int]) -> None:
    x = np.array(steps, float)
    found = resolve(x)
    assert (np.diff(x[found.kept]) > 0).all()
    assert found.kept.size + found.repeated + found.superseded == x.size
    assert sum(map(len, found.segments)) == x.size


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_the_last_record_always_survives(steps: list[int]) -> None:
    assert len(steps) - 1 in resolve(np.array(steps, float)).kept
