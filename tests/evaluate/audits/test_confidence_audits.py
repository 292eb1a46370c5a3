"""Confidence, ensembles, errors found from few labels, correctness foretold from history, verbose answers."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Undecided
from forerun.evaluate.audits.confidence import confidence, selected
from forerun.evaluate.audits.correctness import correctness
from forerun.evaluate.audits.ensembles import ensembles
from forerun.evaluate.audits.errors import errors
from forerun.evaluate.audits.faithful import exact_match, f1, faithful, precision, recall
from tests.cards import control, known_answer


@known_answer("audit/confidence")
def test_a_perfect_order_leaves_no_error_at_the_share_that_is_right() -> None:
    result = confidence(np.arange(100.0), [0] * 40 + [1] * 60, coverage=0.6)
    assert result["AUROC"].estimate == 1.0
    assert result["score at coverage 0.6"].estimate == 1.0
    assert result["wrong answers above 95% of the right ones' confidence"].estimate == 0.0
    assert result.verdict == "sound"


@control("audit/confidence")
def test_confidence_of_nothing_gains_nothing() -> None:
    """20 seeds: an AUROC whose interval leaves 0.5 has chance 1 in 20; beyond 4 has chance 0.003."""
    results = [confidence(rng.random(200), rng.integers(0, 2, 200)) for rng in map(np.random.default_rng, range(20))]
    assert sum(not one["AUROC"].low <= 0.5 <= one["AUROC"].high for one in results) <= 4


def test_equally_sure_answers_count_by_their_mean_whatever_their_order() -> None:
    score = np.array([1.0, 0.0, 0.0, 1.0])
    assert selected(np.ones(4), score, 0.5) == selected(np.ones(4), score[::-1], 0.5) == 0.5
    with pytest.raises(BadInput, match="coverage"):
        confidence([1.0] * 40, [0, 1] * 20, coverage=0.0)


def members(p: np.ndarray, y: np.ndarray) -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    items, names = np.indices(p.shape)
    return items.ravel().astype(str).tolist(), names.ravel().astype(str).tolist(), p.ravel(), np.repeat(y, p.shape[1])


@known_answer("audit/ensembles")
def test_brier_gains_the_variance_of_the_members() -> None:
    rng = np.random.default_rng(0)
    p, y = rng.random((80, 5)), rng.integers(0, 2, 80)
    assert ensembles(*members(p, y))["Brier score gained"].estimate == pytest.approx(p.var(axis=1).mean())


@control("audit/ensembles")
def test_members_that_agree_gain_nothing() -> None:
    rng = np.random.default_rng(0)
    p, y = np.repeat(rng.random((80, 1)), 4, axis=1), rng.integers(0, 2, 80)
    result = ensembles(*members(p, y))
    assert result["Brier score gained"].estimate == pytest.approx(0.0, abs=1e-12)
    assert result["calibration error gained"].estimate == pytest.approx(0.0, abs=1e-12)


def test_small_models_of_few_examples_are_over_confident_and_their_mean_less() -> None:
    """Logistic regressions on 12 examples each in another draw, judged on 400 others: trained here."""
    from forerun.stats.logistic import logistic

    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(600, 8)), rng.normal(size=8) / 2
    y = (rng.random(600) < 1 / (1 + np.exp(-x @ w))).astype(float)
    draws = [rng.choice(200, 16, replace=False) for _ in range(8)]
    p = np.column_stack([logistic(x[rows], y[rows], penalty=0.05).chance(x[200:]) for rows in draws])
    result = ensembles(*members(p, y[200:]))
    assert result["over-confidence of one"].low > 0
    assert result["calibration error gained"].low > 0 and result["accuracy gained"].low > -0.01


def test_members_must_answer_every_item() -> None:
    with pytest.raises(BadInput, match="item 2 has 0 rows with member b"):
        ensembles(["1", "1", "2"], ["a", "b", "a"], [0.5] * 3, [1] * 3)


def detected(seed: int, telling: float) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    right = rng.random(600) < 0.7
    features = rng.normal(size=(600, 4))
    features[:, 0] += telling * right
    return features, rng.random(600), right.astype(float), (np.arange(600) < 100).astype(float)


@known_answer("audit/errors")
def test_errors_that_a_feature_tells_are_found() -> None:
    result = errors(*detected(0, 4.0))
    assert result["AUROC of the detector"].estimate > 0.95
    assert result["AUROC of confidence"].low < 0.5 < result["AUROC of confidence"].high
    assert result["AUROC gained"].low > 0.3
    assert result["FPR95 of the detector"].estimate < 0.2 < result["FPR95 of confidence"].estimate


@control("audit/errors")
def test_features_of_nothing_gain_nothing() -> None:
    """10 seeds: an interval above 0 has chance 1 in 40 each; beyond 2 has chance 0.002."""
    results = [errors(*detected(seed, 0.0), seed=seed) for seed in range(10)]
    assert sum(one["AUROC gained"].low > 0 for one in results) <= 2


def histories(seed: int, spread: float) -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """Five models whose answers depend on the items' difficulty alone, and confidences that know little of it."""
    rng = np.random.default_rng(seed)
    ease = 1 / (1 + np.exp(-spread * rng.normal(size=200)))
    right = (rng.random((5, 200)) < ease).astype(float)
    own = np.clip(0.7 + 0.1 * rng.normal(size=(5, 200)), 0.01, 0.99)
    systems, items = np.indices(right.shape)
    return systems.ravel().astype(str).tolist(), items.ravel().astype(str).tolist(), right.ravel(), own.ravel()


@known_answer("audit/correctness")
def test_history_foretells_nearly_as_well_as_the_difficulty_itself() -> None:
    from forerun.stats.ranks import auc

    rng = np.random.default_rng(0)
    ease = 1 / (1 + np.exp(-3 * rng.normal(size=200)))
    columns = histories(0, 3.0)
    y = columns[2].reshape(5, 200)
    best = np.mean([auc(ease[one == 0], ease[one == 1]).value for one in y])
    result = correctness(*columns)
    assert best - 0.06 < result["AUROC of history"].estimate < best + 0.01
    assert result["AUROC gained by history"].low > 0.2
    own = result["calibration error of own confidence"].estimate
    assert result["calibration error of history"].estimate < own


@control("audit/correctness")
def test_history_of_chance_foretells_nothing() -> None:
    result = correctness(*histories(1, 0.0))
    assert abs(result["AUROC of history"].estimate - 0.5) < 0.06
    assert isinstance(correctness(["a", "b"], ["1", "1"], [1, 0], [0.5, 0.5]), Undecided)


@known_answer("audit/faithful")
def test_a_verbose_right_answer() -> None:
    answer = "It is the city of Paris, France"
    assert recall(answer, "Paris") == 1.0 and exact_match(answer, "Paris") == 0.0
    assert f1(answer, "Paris") == pytest.approx(2 / 7)
    assert precision("Paris is the capital", "Paris, the capital of France") == pytest.approx(2 / 3)


@control("audit/faithful")
def test_many_wrong_words_recall_nothing_and_quote_nothing() -> None:
    result = faithful(["Berlin on the Spree"] * 3, ["Paris"] * 3, ["The Seine flows there"] * 3)
    assert result["token recall"].estimate == 0.0 and result["grounded precision"].estimate == 0.0


def test_token_recall_follows_people_where_exact_match_cannot() -> None:
    rng = np.random.default_rng(0)
    cities = ["Paris", "Rome", "Oslo", "Lima"]
    truth, said = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    said = np.where(rng.random(200) < 0.6, truth, said)
    frames = ["I think that it is {}, as far as I know", "{}", "The answer is {}.", "It must be {} then, or so I hear"]
    answers = [frames[rng.integers(0, 4)].format(cities[i]) for i in said]
    passages = [f"It is {cities[i]}" for i in rng.integers(0, 4, 200)]
    result = faithful(answers, [cities[i] for i in truth], passages, (said == truth).astype(float))
    assert result["rank correlation with correctness that recall gains over exact_match"].low > 0.2
    assert result["rank correlation with correctness that recall gains over f1"].low > 0
    assert result["rank correlation of recall with correctness"].estimate == pytest.approx(1.0)
    assert result.verdict == "faulty"
