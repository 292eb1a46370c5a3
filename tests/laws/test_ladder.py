"""The ladder: known answers through both steps, intervals that hold, and a control."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Table, Undecided
from forerun.laws.fitter import fit
from forerun.laws.questions.ladder import fit_ladder, smoothed
from tests.cards import control


def runs(rng: np.random.Generator | None = None, noise: float = 0.0) -> tuple[Table, Table, float]:
    """Twenty small runs, the run to be predicted, and its true score."""
    N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(2e8, 3e9, 5), np.geomspace(4e9, 3e11, 4)))
    N, D = np.append(N, 1.3e10), np.append(D, 5e12)
    loss = 0.45 + 60 * N**-0.3 + 100 * D**-0.3
    score = 0.25 + 0.75 / (1 + np.exp(6 * (loss - 0.8)))
    rng = rng or np.random.default_rng(0)
    told = {"params": N[:-1], "tokens": D[:-1], "loss": loss[:-1] * np.exp(noise * rng.standard_normal(20))}
    told["score"] = score[:-1] + noise * rng.standard_normal(20)
    return Table(told), Table({"params": N[-1:], "tokens": D[-1:]}), float(score[-1])


def test_points_of_both_steps_give_the_largest_score() -> None:
    small, largest, true = runs()
    assert fit_ladder(small).predict(largest).y[0] == pytest.approx(true, abs=0.005)


def test_intervals_hold_the_truth() -> None:
    """30 noisy ladders; 80% intervals hold at least 60% (less by accident once in 100 were they exact)."""
    held = []
    for seed in range(30):
        small, largest, true = runs(np.random.default_rng(seed), 0.01)
        told = fit_ladder(small, draws=50).predict(largest)
        held.append(told.low[0] <= true <= told.high[0])
        assert 0 <= told.low[0] <= told.y[0] <= told.high[0] <= 1
    assert np.mean(held) >= 0.6


def test_more_pairs_of_loss_and_score_may_come_from_within_runs() -> None:
    small, largest, true = runs()
    loss = np.linspace(0.55, 1.2, 200)
    pairs = {"run": [str(i // 10) for i in range(200)], "loss": loss}
    pairs["score"] = 0.25 + 0.75 / (1 + np.exp(6 * (loss - 0.8)))
    assert fit_ladder(small, Table(pairs)).predict(largest).y[0] == pytest.approx(true, abs=0.005)


def test_evaluations_are_means_of_the_last_few_of_their_own_run() -> None:
    pairs = Table({"run": ["a", "b", "a", "a", "b"], "loss": [3.0, 9.0, 2.0, 1.0, 7.0], "score": [0.0, 1, 2, 4, 3]})
    means = smoothed(pairs, last=2)
    assert means.columns["loss"].tolist() == [3.0, 9.0, 2.5, 1.5, 8.0]
    assert means.columns["score"].tolist() == [0.0, 1.0, 1.0, 3.0, 2.0]
    assert list(means.columns["run"]) == ["a", "b", "a", "a", "b"]


def test_given_chance_scores_of_bad_models_tend_to_it() -> None:
    """Scores that fall to .25 at the losses seen, and to .2 beyond them: only chance tells."""
    loss = np.linspace(0.55, 0.9, 60)
    pairs = Table({"loss": loss, "score": 0.2 + 0.8 / (1 + np.exp(6 * (loss - 0.8)))})
    small, *_ = runs()
    floors = [fit_ladder(small, pairs, chance=chance, draws=0).second.params["low"] for chance in (0.2, 0.35)]
    assert floors[0] == pytest.approx(0.2, abs=0.01)
    assert floors[1] > floors[0] + 0.05


@control("sigmoid", "ladder")
def test_shuffled_losses_predict_no_better_than_the_mean() -> None:
    """The control of the sigmoid: pairs that do not belong together."""
    rng = np.random.default_rng(1)
    loss = rng.uniform(0.4, 1.4, 60)
    score = 0.25 + 0.75 / (1 + np.exp(6 * (loss - 0.8)))
    asked = Table({"loss": [0.45]})
    true = 0.25 + 0.75 / (1 + np.exp(6 * (0.45 - 0.8)))
    told = [
        fit("sigmoid", Table({"loss": loss, "y": y}), draws=0, delta=0.05).predict(asked).y[0]
        for y in (score, rng.permutation(score))
    ]
    assert abs(told[0] - true) < 0.01
    assert abs(told[1] - true) > 0.5 * abs(score.mean() - true)


def test_bad_and_thin_input() -> None:
    small, *_ = runs()
    with pytest.raises(BadInput, match="missing among"):
        fit_ladder(Table({"params": [1.0], "tokens": [1.0], "loss": [1.0]}))
    few = Table({name: np.asarray(column)[:4] for name, column in small.columns.items()})
    assert isinstance(fit_ladder(few), Undecided)


def test_scores_of_zero_are_fitted_where_a_law_takes_plain_residuals_and_refused_where_it_does_not() -> None:
    loss = np.linspace(0.4, 3.0, 30)
    score = np.where(loss < 2.0, 0.8 / (1 + np.exp(8 * (loss - 1.0))), 0.0)
    found = fit("sigmoid", Table({"loss": loss, "y": score}), draws=0)
    told = found.predict(Table({"loss": [0.7, 2.9]}))
    np.testing.assert_allclose(told.y, [0.8 / (1 + np.exp(8 * (0.7 - 1.0))), 0.0], atol=1e-3)
    with pytest.raises(BadInput, match="logarithm of y"):
        fit("pass_until", Table({"params": [1e7, 1e8, 1e9], "y": [2.0, 1.0, 0.0]}))
