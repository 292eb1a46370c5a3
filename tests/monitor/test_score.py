"""How detectors are judged: known delays and rates, and words where nothing can be counted."""

from __future__ import annotations

import pytest

from forerun.core import BadInput
from forerun.monitor.score import Judged, score


def test_an_alarm_is_of_the_event_it_follows_and_else_false() -> None:
    one = score([Judged([10, 52, 55, 90], 100, events=[50, 80], patience=8)])
    assert (one.events, one.detected, one.delay) == (2, 0.5, 2.0)
    assert (one.false_per_run, one.false_per_1e5) == (1.0, 2000.0)


def test_an_alarm_after_the_next_event_begins_is_of_that_one() -> None:
    one = score([Judged([80.0], 100, events=[50, 80])])
    assert (one.detected, one.delay, one.false_per_run) == (0.5, 0.0, 0.0)


def test_false_alarms_are_counted_per_point_and_per_run() -> None:
    one = score([Judged([1, 2, 3], 100), Judged([], 300)])
    assert (one.false_per_run, one.false_per_1e5) == (0.5, 750.0)
    assert (one.detected, one.delay) == (None, None)
    assert one.undefined == {"detected": "no events", "delay": "no events"}


def test_what_cannot_be_counted_has_a_word() -> None:
    assert set(score([]).undefined) == {"detected", "delay", "false_per_run", "false_per_1e5"}
    missed = score([Judged([], 10, events=[5])])
    assert (missed.detected, missed.undefined) == (0.0, {"delay": "no event was found"})
    with pytest.raises(BadInput, match="patience is 0"):
        score([Judged([], 10, [1], patience=0)])
