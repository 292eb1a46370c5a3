"""Points of two roles joined, and looks that do not depend on how the points came."""

from __future__ import annotations

import numpy as np

from forerun.core import Card, Curve
from forerun.monitor.binned import Judge, Sight, View, binned

CARD = Card("any", *["none"] * 7)


def seen(fast: Curve, slow: Curve, least: int) -> View:
    """What the first look saw."""
    views: list[View] = []
    judge = Judge(lambda view: views.append(view), lambda view, sight: None, "none", "slow", ("fast", "slow"), least)
    binned(CARD, "1", judge, lambda names: []).replay({"fast": fast, "slow": slow})
    return views[0]


def test_a_slow_point_is_joined_with_the_mean_of_the_fast_ones_since_the_last() -> None:
    fast = Curve([1, 2, 3, 4, 9], [1.0, 3.0, 5.0, np.nan, 7.0], metric="loss")
    slow = Curve([2, 4, 6, 8], [10.0, 20.0, 30.0, 40.0], metric="norm")
    view = seen(fast, slow, 4)
    assert (view.x.tolist(), view.y["slow"].tolist()) == ([2, 4, 6, 8], [10, 20, 30, 40])
    assert view.y["fast"].tolist() == [2, 5, 5, 5]
    assert (view.first, view.now, view.interval) == ({"fast": 5.0, "slow": 25.0}, 8.0, 2.0)


def test_a_slow_point_before_any_fast_one_is_left_out_and_one_beyond_the_last_waits() -> None:
    view = seen(Curve([5, 6, 7], [1.0, 2.0, 3.0], metric="a"), Curve([4, 6, 7, 8], [0.0, 1.0, 2.0, 3.0], metric="b"), 2)
    assert (view.x.tolist(), view.y["fast"].tolist()) == ([6, 7], [1.5, 3.0])


def test_curves_on_different_axes_are_not_joined() -> None:
    judge = Judge(lambda view: Sight(0, 1, 1, "told"), lambda *_: None, "none", "b", ("a", "b"), 2)
    detector = binned(CARD, "1", judge, lambda names: [])
    x, y = np.arange(9.0), np.ones(9)
    assert detector.replay({"a": Curve(x, y, metric="a"), "b": Curve(x, y, metric="b")}) != []
    assert detector.replay({"a": Curve(x, y, metric="a"), "b": Curve(x, y, metric="b", axis="epoch")}) == []


def test_an_alarm_takes_two_looks_that_agree() -> None:
    looks: list[float] = []

    def sees(view: View) -> Sight | None:
        looks.append(view.now)
        return Sight(view.now, 1.0, 0.5, "told") if len(looks) in (2, 4, 5) else None

    detector = binned(CARD, "1", Judge(sees, lambda view, sight: None, "none", least=10), lambda names: [])
    (found,) = detector.replay({"value": Curve(range(40), np.zeros(40), metric="share")})
    assert (found.alarm, looks[:5]) == (looks[4], [9, 10, 12, 14, 16])
