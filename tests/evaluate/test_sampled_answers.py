"""What sampled answers say: values by hand, worlds whose truth is known, and controls in which nothing is to be had."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import Array, BadInput, Undecided
from forerun.evaluate.answers.rounds import Attempts, RoundScores, balances, chosen, round_scores
from forerun.evaluate.answers.stalled import Stalled, stalled
from forerun.evaluate.answers.traces import (
    Saving,
    answer_entropy,
    cut_off,
    entropy_of,
    entropy_slope,
    saving,
)
from forerun.stats.ranks import Association, auc

ONE = Attempts(("a", "b", "c", "a", "d"), (True, True, False, True, False), (0.9, 0.2, 0.5, 0.9, 0.1))
NONE = Attempts(("x", "y"), (False, False), (0.3, 0.8))


def scores(queries: list[Attempts], threshold: float = float("-inf")) -> RoundScores:
    answer = round_scores(queries, threshold=threshold)
    assert isinstance(answer, RoundScores)
    return answer


def test_a_round_by_hand() -> None:
    """Of .9, .9 and .2 against .5 and .1 five pairs of six rank the right answer above; NONE has no pair."""
    answer = scores([ONE, NONE])
    assert (answer.solved, answer.distinct, answer.best) == (0.5, 1.0, 0.5)
    assert answer.separation == pytest.approx(5 / 6)
    assert answer.chosen == 3.0
    assert answer.balance == pytest.approx((2 / 8) * (2 / 4) / 2)
    assert answer.by_query["distinct"] == (2.0, 0.0)


def test_a_threshold_trades_yield_for_share_right() -> None:
    assert [one.tolist() for one in chosen([ONE], 0.15)] == [[3.0], [2.0]]
    assert [one.tolist() for one in chosen([ONE], 0.6)] == [[1.0], [1.0]]


def test_a_policy_that_solves_nothing_has_no_balance() -> None:
    """With the reference answer counted among the chosen, as the published code does, it would have (1/8)(1/3)."""
    answer = scores([NONE])
    assert (answer.balance, answer.separation) == (0.0, None)
    assert balances([3], [1])[0] == pytest.approx(1 / 24)


def test_balance_is_largest_for_enough_right_answers_and_no_wrong_one() -> None:
    n = np.arange(1, 65)
    assert float(balances(n, np.minimum(n, 8)).argmax()) == 7
    assert (balances(n, n)[8:] == 1.0).all()
    with pytest.raises(BadInput, match="between 0 and those selected"):
        balances([1], [2])


def test_a_blind_reward_separates_nothing() -> None:
    """The control: rewards drawn without regard of what is right; 400 queries of 16, error .01."""
    rng = np.random.default_rng(0)
    right = rng.random((400, 16)) < 0.4
    for shift, separation in ((0.0, 0.5), (1.5, 0.856)):
        rewards = rng.standard_normal((400, 16)) + shift * right
        queries = [Attempts(tuple(range(16)), tuple(r), tuple(w)) for r, w in zip(right.tolist(), rewards, strict=True)]
        assert scores(queries).separation == pytest.approx(separation, abs=0.03)


def test_nothing_sampled_says_nothing() -> None:
    assert isinstance(round_scores([]), Undecided)
    with pytest.raises(BadInput, match="2 answers, 1 marks"):
        Attempts(("a", "b"), (True,), (0.1, 0.2))


def rounds(gains: list[float], queries: int, seed: int, sd: float = 0.4) -> Array:
    """Rounds of the same queries, each of its own level."""
    rng = np.random.default_rng(seed)
    levels = rng.normal(2.0, 1.0, queries) + np.cumsum(gains)[:, None]
    return levels + sd * rng.standard_normal((len(gains), queries))


def test_a_plateau_is_dated_to_the_round_that_began_it() -> None:
    """Gains end with round 3: of 100 histories nine in ten are dated to it, and hardly one stays undecided."""
    answers = [stalled(rounds([0, 0.8, 0.6, 0.4, 0, 0, 0], 200, i), margin=0.2) for i in range(100)]
    dates = np.array([one.since for one in answers if isinstance(one, Stalled)])
    assert dates.size >= 95
    assert np.mean(dates == 3) >= 0.9


def test_rounds_that_still_gain_are_not_called_a_plateau() -> None:
    """Each gains twice the margin: of 200 histories at most 5%, as the interval promises."""
    answers = [stalled(rounds([0, 0.1, 0.1, 0.1, 0.1], 200, i), margin=0.05) for i in range(200)]
    assert np.mean([isinstance(one, Stalled) for one in answers]) <= 0.05


def test_too_few_queries_cannot_tell_and_a_fall_is_a_fall() -> None:
    assert isinstance(stalled(rounds([0, 0.5, 0, 0], 10, 0), margin=0.05), Undecided)
    answer = stalled(rounds([0, 0.9, -0.3, -0.3], 200, 0), margin=0.05)
    assert isinstance(answer, Stalled) and answer.falling
    assert (answer.since, answer.gain) == (1, pytest.approx(-0.6, abs=0.15))
    with pytest.raises(BadInput, match="margin 0"):
        stalled([[1.0, 2.0]], margin=0.0)


def test_entropy_of_sampled_answers_is_nearly_unbiased() -> None:
    """Four answers, each a quarter: ln 4 = 1.386; from 64 samples the plain estimate is 1.362 on average."""
    rng = np.random.default_rng(1)
    draws = rng.integers(0, 4, (500, 64)).tolist()
    mean = float(np.mean([answer_entropy(one) for one in draws]))  # type: ignore[misc]
    assert mean == pytest.approx(np.log(4), abs=0.005)
    assert isinstance(answer_entropy(["4"]), Undecided)
    assert entropy_of(np.full(4, 0.25)) == pytest.approx(np.log(4))


def traces(useful: bool, n: int, rng: np.random.Generator) -> tuple[list[Array], list[Array]]:
    """A world of eight answers: each useful step shows evidence of the true one, by Bayes; a useless one does not.

    Entropies of the posterior over prefixes of 0 to 6 steps, and the chance that its likeliest answer is right.
    """
    entropies, chances = list[Array](), list[Array]()
    for _ in range(n):
        size = 1.2 if useful else 0.02
        evidence = size * rng.standard_normal((6, 8))
        evidence[:, 0] += size**2
        belief = np.exp(np.vstack([np.zeros(8), np.cumsum(evidence, axis=0)]))
        belief /= belief.sum(axis=1, keepdims=True)
        entropies.append(entropy_of(belief))
        chances.append((belief.argmax(axis=1) == 0) * 1.0)
    return entropies, chances


def test_entropy_falls_along_traces_whose_steps_say_something() -> None:
    rng = np.random.default_rng(2)
    slopes = [[entropy_slope(one) for one in traces(useful, 60, rng)[0]] for useful in (True, False)]
    answer = auc(slopes[0], slopes[1])  # type: ignore[arg-type]
    assert isinstance(answer, Association) and answer.low > 0.9
    blind = auc(*[[entropy_slope(one) for one in traces(True, 60, rng)[0]] for _ in range(2)])  # type: ignore[arg-type]
    assert isinstance(blind, Association) and blind.low < 0.5 < blind.high


def test_cutting_unproductive_traces_saves_steps_for_little_accuracy() -> None:
    """Half of the traces say nothing: cut early they lose nothing, as they end at chance anyway."""
    rng = np.random.default_rng(3)
    productive, idle = traces(True, 300, rng), traces(False, 300, rng)
    answer = saving(productive[0] + idle[0], productive[1] + idle[1], patience=3, least=0.02)
    assert isinstance(answer, Saving)
    assert answer.saved > 0.2
    assert answer.lost < 0.01
    eager = saving(productive[0], productive[1], patience=1, least=1.0)
    assert isinstance(eager, Saving) and eager.low > 0.2


def test_a_cut_looks_at_no_later_step() -> None:
    rng = np.random.default_rng(4)
    for one in traces(False, 50, rng)[0]:
        whole = cut_off(one)
        for k in range(2, 7):
            early = cut_off(one[: k + 1])
            assert early == (whole if whole is not None and whole <= k else None)
    with pytest.raises(BadInput, match="one step or more"):
        cut_off([1.0, 2.0], patience=0)


def test_thin_traces_are_undecided() -> None:
    assert isinstance(entropy_slope([1.0, 0.5]), Undecided)
    assert isinstance(saving([[1, 0]], [[0, 1]]), Undecided)
    with pytest.raises(BadInput, match="one entropy and one chance"):
        saving([[1, 0], [1, 0]], [[0, 1], [0, 1, 1]])
