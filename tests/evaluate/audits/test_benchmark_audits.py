"""Audits about benchmarks: hardening, shortcuts, faulty procedures, and the expectation that holds the judged."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Undecided
from forerun.evaluate.audits.baseline import baseline
from forerun.evaluate.audits.distractors import PROCEDURES, distractors, faulty_items
from forerun.evaluate.audits.filter import filter_items
from forerun.evaluate.audits.harden import harden, kept
from tests.cards import control, known_answer


def answered(v: np.ndarray) -> tuple[list[str], list[str], np.ndarray]:
    systems, items = np.indices(v.shape)
    return [f"s{i:02d}" for i in systems.ravel()], [f"i{i:03d}" for i in items.ravel()], v.ravel().astype(float)


@known_answer("audit/harden")
def test_dropping_what_all_solve_doubles_differences() -> None:
    level = np.linspace(0.1, 0.9, 10)[:, None]
    hard = (level > np.linspace(0, 1, 40)).astype(float)
    v = np.concatenate([hard, np.ones((10, 40))], axis=1)
    result = harden(*answered(v))
    assert result["items that stay"].estimate <= 40
    assert 1.8 < result["separation gained"].estimate < 2.5 and result["separation gained"].low > 1.5


@control("audit/harden")
def test_dropping_at_random_leaves_differences_as_they_are() -> None:
    rng = np.random.default_rng(0)
    v = rng.random((16, 200)) < np.clip(np.linspace(0.3, 0.9, 16)[:, None] + 0.2 * rng.normal(size=200), 0.02, 0.98)
    result = harden(*answered(v))
    assert result["the same, as many dropped at random"].estimate == pytest.approx(1.0, abs=0.1)
    assert isinstance(harden(*answered(v[:3])), Undecided)


def test_items_that_stronger_systems_miss_more_are_dropped() -> None:
    rng = np.random.default_rng(1)
    skill = np.linspace(-2, 2, 12)[:, None]
    v = (rng.random((12, 60)) < 1 / (1 + np.exp(-2 * skill * np.where(np.arange(60) < 50, 1, -1)))).astype(float)
    stay = kept(v)
    assert stay[:50].mean() > 0.9 and stay[50:].mean() < 0.2


def shortcut(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """300 items, of which the first 100 give their answer away in one feature; the last is the others' absence."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 300)
    x = rng.normal(size=(300, 6))
    leaks = np.arange(300) < 100
    x[:, 0] = np.where(leaks, 6 * (2 * y - 1), 0.3 * x[:, 0])
    return x, y, leaks


@known_answer("audit/filter")
def test_planted_shortcuts_leave() -> None:
    x, y, leaks = shortcut(0)
    result = filter_items(x, y)
    gone = result.rows.columns["item"].astype(int)
    assert leaks[gone].sum() >= 98 and leaks[gone[:100]].mean() > 0.95
    assert result["accuracy of the shortcut after"].high < result["accuracy of the shortcut before"].low


@control("audit/filter")
def test_dropping_as_many_at_random_leaves_the_shortcut() -> None:
    result = filter_items(*shortcut(0)[:2])
    random = result["the same, as many dropped at random"]
    assert abs(random.estimate - result["accuracy of the shortcut before"].estimate) < 0.08
    assert isinstance(filter_items(np.zeros((20, 1)), np.arange(20) % 2), Undecided)


@known_answer("audit/distractors")
def test_named_procedures_make_the_answers_that_they_are_known_for() -> None:
    made = {name: procedure(52, 17) for name, (_, procedure) in PROCEDURES.items()}
    assert made["smaller_from_larger"] == 45 and made["no_borrow"] == 45 and made["reversed"] == -35
    assert made["no_carry"] == 69 and PROCEDURES["no_carry"][1](58, 17) == 65
    assert made["adds_instead"] == 69 and made["only_last_digit"] == 52 * 7


def test_every_item_has_one_wrong_answer_that_one_procedure_alone_gives() -> None:
    items = faulty_items(120, seed=1)
    assert {one.procedure for one in items} == set(PROCEDURES) - {"no_borrow"} | ({"no_borrow"})
    for one in items:
        a, sign, b = one.question.split()
        givers = [name for name, (op, f) in PROCEDURES.items() if op == sign and f(int(a), int(b)) == one.wrong]
        assert givers == [one.procedure] and one.right != one.wrong
    with pytest.raises(BadInput, match="2 digits"):
        faulty_items(1, digits=1)


@control("audit/distractors")
def test_who_names_both_alike_has_no_gap() -> None:
    named = (np.arange(80) % 4 > 0).astype(float)
    result = distractors(named, named, ["no_carry"] * 80)
    gap = result["right less faulty"]
    assert gap.estimate == 0.0 and gap.low < 0 < gap.high
    assert result["named: no_carry"].estimate == 0.75


@known_answer("audit/baseline")
def test_ones_own_tries_in_the_baseline_take_away_their_share() -> None:
    """A share of one in four of all tries: a gain of 0.2 appears as 0.15."""
    name, outcome = ["a"] * 100 + ["b"] * 300, [1] * 50 + [0] * 50 + [1] * 90 + [0] * 210
    result = baseline(name, outcome)
    assert result["gain a try of a"].estimate == pytest.approx(0.2)
    assert result["the same with its own tries in the baseline"].estimate == pytest.approx(0.2 * 0.75)


@control("audit/baseline")
def test_who_is_no_better_is_not_called_so() -> None:
    """200 sets of a player like the others: 95% of intervals hold 0; fewer than 180 has chance 0.003."""
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        hard = rng.integers(0, 2, 600)
        y = rng.random(600) < np.where(hard > 0, 0.2, 0.5)
        rows = baseline(np.where(np.arange(600) < 120, "a", "b"), y, hard.astype(str)).rows.columns
        i = rows["name"].index("a")
        covered += rows["low"][i] <= 0 <= rows["high"][i]
    assert 180 <= covered <= 199


def test_the_published_spread_of_goals_above_expectation() -> None:
    """Davis and Robberechts 2024: of players without skill the sums scatter by 1.39 at 25 shots, 3.43 at 150; the
    binomial of one mean chance gives both."""
    chance = 1.39**2 / 25
    assert np.sqrt(150 * chance) == pytest.approx(3.43, abs=0.03)


def test_a_stratum_that_one_alone_has_tried_cannot_be_expected() -> None:
    with pytest.raises(BadInput, match="only b has tries of stratum 2"):
        baseline(["a", "b", "b"], [1, 0, 1], ["1", "1", "2"])
