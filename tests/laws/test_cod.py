"""COD: clusters by difficulty, curves that can be carried on, and a suite's score from smaller models."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Undecided
from forerun.laws.questions.suite import fit_suite, predict_suite
from forerun.stats.difficulty import cluster
from tests.cards import control, known_answer

FLOPS, AT = np.geomspace(1e19, 1e22, 8), 1e23


def rates(middles: tuple[float, ...], each: int, b: float = 0.4) -> np.ndarray:
    """True rates (items, models + 1) of groups half solved at 10^middle FLOPs."""
    sizes = np.log10(np.append(FLOPS, AT))
    return np.repeat([np.exp(-np.log(2) * 10 ** (b * (m - sizes))) for m in middles], each, axis=0)


def test_planted_clusters_are_found_hardest_first() -> None:
    true = rates((22.5, 21.0, 19.0), 60)[:, :-1]
    seen = np.random.default_rng(0).binomial(100, true) / 100
    label = cluster(seen)
    assert [np.unique(label[i * 60 : (i + 1) * 60]).tolist() for i in range(3)] == [[0], [1], [2]]


def test_no_cluster_is_wider_than_the_cap_or_smaller_than_allowed() -> None:
    seen = np.random.default_rng(1).random((300, 1)) * np.ones((300, 5))  # a line of items, easy to chain along
    label = cluster(seen, diameter=0.2, smallest=10)
    for name in range(label.max() + 1):
        of = seen[label == name, 0]
        assert of.size >= 10
        assert np.ptp(of) <= 0.2 + 1e-9
    assert label.max() >= 3


def test_few_items_are_outliers() -> None:
    assert (cluster(np.random.default_rng(2).random((9, 4))) == -1).all()


@known_answer("suite")
def test_a_mixed_suite_is_predicted_within_two_points() -> None:
    """20 suites in two humps; the mean error is .005, so a mean beyond .02 does not happen by accident."""
    off = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        true = rates(tuple(rng.uniform(18.5, 22.5, 2)), 150)
        told = predict_suite(FLOPS, rng.binomial(100, true[:, :-1]) / 100, AT, chance=0.0, samples=100)
        off.append(abs(told.y - true[:, -1].mean()))
        assert told.low <= told.y <= told.high
    assert np.mean(off) < 0.02


@control("cod", "suite")
def test_items_that_do_not_scale_are_refused() -> None:
    """The control: rates that no size changes."""
    flat = np.repeat(np.linspace(0.2, 0.8, 4), 40)[:, None] * np.ones(8)
    told = predict_suite(FLOPS, np.random.default_rng(3).binomial(100, flat) / 100, AT)
    assert isinstance(told, Undecided)
    assert "rise with compute" in told.why


def test_a_suite_that_only_the_largest_model_touches_is_refused_or_wide() -> None:
    true = rates((24.5,), 200, b=0.8)
    told = predict_suite(FLOPS, np.random.default_rng(4).binomial(100, true[:, :-1]) / 100, AT)
    assert isinstance(told, Undecided) or told.low <= true[:, -1].mean() <= told.high


def test_clustering_on_the_fitted_models_is_said_and_checked_on_held_out_items() -> None:
    true = rates((20.5, 21.5), 60)
    told = predict_suite(FLOPS, np.random.default_rng(5).binomial(100, true[:, :-1]) / 100, AT)
    assert 0 < told.checked < 0.1
    assert any("held out" in warning for warning in told.warnings)


def test_bad_input() -> None:
    with pytest.raises(BadInput, match="between 0 and 1"):
        cluster([[0.5, 1.5]])
    with pytest.raises(BadInput, match="8 positive compute"):
        fit_suite(FLOPS, np.zeros((20, 7)))
    assert isinstance(fit_suite(FLOPS[:4], np.zeros((20, 4))), Undecided)


def test_one_seed_one_answer() -> None:
    seen = np.random.default_rng(6).binomial(100, rates((20.5, 21.5), 60)[:, :-1]) / 100
    a, b = (predict_suite(FLOPS, seen, AT, seed=3) for _ in range(2))
    assert (a.y, a.low, a.high, a.checked) == (b.y, b.low, b.high, b.checked)
