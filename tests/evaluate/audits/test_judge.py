"""Judges of two answers: the published rates, a judge without a place, and who should see which item."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput
from forerun.evaluate.audits.judge import judge
from tests.cards import control, known_answer


@known_answer("audit/judge")
def test_a_judge_that_takes_the_first_place_sixty_six_times_of_eighty() -> None:
    """The counts behind the rates of Wang et al. 2023: conflicts 82.5%, a win rate that place moves."""
    a_first = ["a"] * 66 + ["a"] * 4 + ["b"] * 10
    b_first = ["b"] * 66 + ["a"] * 4 + ["b"] * 10
    result = judge(a_first, b_first)
    assert result["conflict rate"].estimate == pytest.approx(0.825)
    assert result["win rate that the first place gains"].estimate == pytest.approx(0.825)
    assert result["win rate of A, places balanced"].estimate == pytest.approx(37 / 80)
    assert result.verdict == "faulty"


@control("audit/judge")
def test_a_judge_that_looks_at_the_answers_alone_is_sound() -> None:
    rng = np.random.default_rng(0)
    verdicts = rng.choice(["a", "b"], 400).tolist()
    result = judge(verdicts, verdicts)
    assert result["conflict rate"].estimate == 0.0 and result.verdict == "sound"


def test_chance_alone_conflicts_but_likes_no_place() -> None:
    """Verdicts by coin: half conflict, neither place wins; beyond the 95% interval in 1 of 20 seeds."""
    rng = np.random.default_rng(3)
    result = judge(*(rng.choice(["a", "b"], 2000).tolist() for _ in range(2)))
    assert abs(result["conflict rate"].estimate - 0.5) < 0.04
    assert result["win rate that the first place gains"].low < 0 < result["win rate that the first place gains"].high


def planted(rng: np.random.Generator, items: int, tries: int) -> dict[str, list[str]]:
    """A judge of several tries that sees quality with noise and adds a bonus to the first place."""
    quality = rng.normal(size=items).repeat(tries)
    noise = [rng.normal(size=items * tries) for _ in range(2)]
    a_first = np.where(quality + 0.6 + noise[0] > 0, "a", "b")
    b_first = np.where(quality - 0.6 + noise[1] > 0, "a", "b")
    return {"a_first": a_first.tolist(), "b_first": b_first.tolist(),
            "item": np.arange(items).repeat(tries).astype(str).tolist(),
            "gold": np.where(quality > 0, "a", "b").tolist()}  # fmt: skip


def test_balancing_agrees_with_people_more_and_entropy_points_at_the_wrong_verdicts() -> None:
    columns = planted(np.random.default_rng(1), 300, 3)
    result = judge(**columns)
    assert result["agreement with people gained by balancing"].low > 0
    gold = dict(zip(columns["item"], columns["gold"], strict=True))
    rows = result.rows.columns
    wrong = np.array([("a" if a > b else "b") != gold[i] for i, a, b in
                      zip(rows["item"], rows["a"], rows["b"], strict=True)])  # fmt: skip
    sent = np.asarray(rows["to_people"]) > 0
    assert sent.sum() == 60 and wrong[sent].mean() > 2 * wrong[~sent].mean()


def test_a_verdict_is_one_of_three_words() -> None:
    with pytest.raises(BadInput, match=r"a_first\[1\] is 'c'"):
        judge(["A", "c"], ["b", "tie"])
