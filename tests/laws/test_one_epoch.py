"""The adviser of size and steps: as the evidence says, its range, and what it cannot say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from forerun.core import BadInput, Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.questions.fastest import QUESTION, SoonestPlan, fastest
from tests.cards import control
from tests.laws.known_questions import TIMED

PAGES = Path(__file__).resolve().parents[2] / "evidence" / "laws"
FOUND = json.loads((PAGES / "one_epoch.json").read_text("utf-8"))


def made() -> Fit:
    rng = np.random.default_rng(0)
    noisy = TIMED | {"y": TIMED["y"] * np.exp(0.003 * rng.normal(size=TIMED["y"].size))}
    fitted = fit("chinchilla", Table(noisy), judge_beyond=False)
    assert isinstance(fitted, Fit)
    return fitted


def test_the_card_says_what_came_of_it() -> None:
    late = FOUND["fresh"]["advised, late end"]
    default = next(one for one in FOUND["adviser"]["cases"] if one["default"] == 32)
    assert default["width"] == default["best_width"] == 32  # the miss: the default was the fastest already
    assert f"{late['times_faster'][0]:.2f} times" in QUESTION.card.promises


def test_the_law_in_steps_is_nearer_than_doing_nothing() -> None:
    assert FOUND["law"]["with a floor"][0] < 0.02 and FOUND["gain_of_the_floor"]["last value"][1] > 0.0


def test_the_range_of_time_holds_the_time_and_widens_with_the_loss_asked() -> None:
    plans = [fastest(made(), loss, {n: 1e-9 * n for n in np.unique(TIMED["params"])}) for loss in (3.2, 2.6)]
    spans = [p.seconds.high / p.seconds.low for p in plans if isinstance(p, SoonestPlan)]
    assert len(spans) == 2 and 1.0 < spans[0] < spans[1]


def test_a_slow_size_is_not_chosen() -> None:
    sizes = np.unique(TIMED["params"])
    even = fastest(made(), 3.0, dict.fromkeys(sizes, 1e-6))
    assert (
        isinstance(even, SoonestPlan) and even.params == sizes[-1]
    )  # at equal pace the largest needs the fewest tokens


@control("fastest")
def test_a_loss_below_what_every_size_reaches_is_undecided() -> None:
    assert isinstance(fastest(made(), 1.6, {1e6: 1e-3}), Undecided)


def test_bad_input_is_told() -> None:
    with pytest.raises(BadInput, match="pace must be positive"):
        fastest(made(), 3.0, {1e6: -1.0})
    other = fit("regularised", Table({"params": TIMED["params"], "y": TIMED["y"]}), draws=0, judge_beyond=False)
    assert isinstance(other, Fit)
    with pytest.raises(BadInput, match="one of 'regularised'"):
        fastest(other, 3.0, {1e6: 1.0})
