"""Answers that depend on what should not matter: likely words, the place of a passage; and samples that should help."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Undecided
from forerun.evaluate.audits.embers import embers
from forerun.evaluate.audits.passages import passages
from tests.cards import control, known_answer


@known_answer("audit/embers")
def test_right_on_likely_outputs_alone_is_a_gap_of_one() -> None:
    rng = np.random.default_rng(0)
    output, other = rng.permutation(200.0 * np.arange(200)), rng.normal(size=200)
    result = embers(output > np.median(output), output, other)
    assert result["gap by output"].estimate == 1.0 and result.verdict == "faulty"
    assert result["gap by input"].low < 0 < result["gap by input"].high
    assert result["slope by output beside the others"].low > 1


@control("audit/embers")
def test_answers_that_do_not_depend_on_probability_have_no_gap() -> None:
    """100 sets: intervals of 95% without 0 in more than 12 has chance 0.002."""
    rng = np.random.default_rng(1)
    gaps = [embers(rng.random(200) < 0.7, rng.normal(size=200))["gap by output"] for _ in range(100)]
    assert sum(not one.low <= 0 <= one.high for one in gaps) <= 12


def test_what_one_probability_explains_is_not_given_to_another_that_goes_with_it() -> None:
    """Input and output go together (0.8), and only the output matters."""
    rng = np.random.default_rng(2)
    output = rng.normal(size=800)
    source = 0.8 * output + 0.6 * rng.normal(size=800)
    result = embers(rng.random(800) < 1 / (1 + np.exp(-1.5 * output)), output, source)
    assert result["gap by input"].low > 0.1
    by_input = result["slope by input beside the others"]
    assert by_input.low < 0 < by_input.high and result["slope by output beside the others"].low > 0.5


def test_a_probability_and_enough_items_are_needed() -> None:
    with pytest.raises(BadInput, match="probability of output, input or task"):
        embers([1, 0])
    assert isinstance(embers([1, 0] * 10, range(20)), Undecided)


@known_answer("audit/passages")
def test_lost_in_the_middle_is_a_spread_of_one() -> None:
    place = np.tile(np.arange(5), 20)
    result = passages(np.isin(place, (0, 4)).astype(float), place)
    assert result["best less worst place"].estimate == 1.0
    assert result.rows.columns["score"].tolist() == [1, 0, 0, 0, 1]
    samples = np.repeat([1, 2, 4, 8], 25)
    rising = passages(0.3 + 0.1 * np.log2(samples), samples=samples)
    assert rising["gain a doubling of samples"].estimate == pytest.approx(0.1) and rising.verdict == "sound"
    assert passages(0.9 - 0.1 * np.log2(samples), samples=samples).verdict == "faulty"


@control("audit/passages")
def test_scores_without_a_trend_are_not_called_rising_or_falling() -> None:
    """40 sets: 6 or more whose 95% interval lacks 0 has chance 0.014; seeded."""
    samples = np.repeat([1, 2, 4, 8], 40)
    results = [passages(np.random.default_rng(s).random(160) < 0.4, samples=samples) for s in range(40)]
    assert sum(one.verdict != "cannot tell" for one in results) <= 6
    assert isinstance(passages([1.0, 0.0], place=[0, 0]), Undecided)
