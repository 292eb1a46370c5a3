"""Prompts, label words: known components, the interval's coverage, habits against instructions."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Undecided
from forerun.evaluate.audits.prompts import prompts
from forerun.evaluate.audits.verbalizers import verbalizers
from tests.cards import control, known_answer


def asked(matrix: np.ndarray) -> tuple[list[str], list[str], np.ndarray]:
    """Columns of a matrix, items by prompts."""
    items, names = np.indices(matrix.shape)
    return items.ravel().astype(str).tolist(), names.ravel().astype(str).tolist(), matrix.ravel()


@known_answer("audit/prompts")
def test_prompts_that_add_a_tenth_and_two_have_a_spread_of_a_tenth() -> None:
    matrix = np.array([0.1, 0.3, 0.7])[:, None] + np.array([0.0, 0.1, 0.2])
    result = prompts(*asked(matrix))
    assert result["spread over prompts"].estimate == pytest.approx(0.1)
    assert result["best less worst prompt"].estimate == pytest.approx(0.2)
    assert result.rows.columns["prompt"] == ("2", "1", "0")


def drawn(seed: int, spread: float, n: int = 200, m: int = 8) -> np.ndarray:
    rng = np.random.default_rng(seed)
    chance = np.clip(rng.uniform(0.2, 0.8, (n, 1)) + spread * rng.normal(size=m), 0, 1)
    return (rng.random((n, m)) < chance).astype(float)


@control("audit/prompts")
def test_where_chance_alone_parts_prompts_the_interval_begins_at_nothing() -> None:
    """40 sets without a spread: one whose interval leaves 0 has chance 1 in 40 each, beyond 5 of them 0.0003."""
    spans = [prompts(*asked(drawn(seed, 0.0)))["spread over prompts"] for seed in range(40)]
    assert sum(one.low > 0 for one in spans) <= 5
    assert max(one.estimate for one in spans) < 0.06


def test_the_interval_of_the_spread_holds() -> None:
    """100 sets at 95%; fewer than 88 covered has chance 0.004."""
    spans = [prompts(*asked(drawn(seed, 0.06)))["spread over prompts"] for seed in range(100)]
    assert sum(one.low <= 0.06 <= one.high for one in spans) >= 88


def test_every_prompt_asks_every_item_once() -> None:
    with pytest.raises(BadInput, match="item 1 has 0 rows with prompt b"):
        prompts(["0", "0", "1"], ["a", "b", "a"], [1, 1, 1])
    assert isinstance(prompts(["0", "0", "1", "1"], ["a", "b"] * 2, [1, 0, 1, 0]), Undecided)


def by_words(natural: np.ndarray, flipped: np.ndarray) -> tuple[list[str], list[str], np.ndarray]:
    n = natural.size
    items = [str(i) for i in range(n)] * 2
    return items, ["natural"] * n + ["flipped"] * n, np.concatenate([natural, flipped])


@known_answer("audit/verbalizers")
def test_habit_is_right_with_natural_words_and_wrong_with_flipped_ones() -> None:
    result = verbalizers(*by_words(np.ones(60), np.zeros(60)))
    assert result["cost of flipping"].estimate == 1.0 and result.verdict == "faulty"


@control("audit/verbalizers")
def test_who_follows_the_instruction_scores_alike() -> None:
    right = (np.arange(60) % 5 > 0).astype(float)
    result = verbalizers(*by_words(right, right))
    assert result["cost of flipping"].estimate == 0.0 and result.verdict == "sound"


def test_words_must_be_of_the_same_items() -> None:
    with pytest.raises(BadInput, match="same items"):
        verbalizers(["1", "2"], ["natural", "flipped"], [1, 1])
    assert isinstance(verbalizers(["1"], ["natural"], [1]), Undecided)
