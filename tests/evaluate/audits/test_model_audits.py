"""Audits about models: provenance, preferences, influence, inductive bias, gradients; small models are trained here."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from forerun.core import BadInput, Undecided
from forerun.evaluate.audits.bias import bias, bits
from forerun.evaluate.audits.gradients import diff_roar, gradients, masked
from forerun.evaluate.audits.imitation import imitation
from forerun.evaluate.audits.influence import influence, leave_one_out
from forerun.evaluate.audits.preferences import dpo_loss, flip_loss, preferences
from forerun.evaluate.audits.provenance import provenance
from tests.cards import control, known_answer


def trained(x: np.ndarray, y: np.ndarray, order: np.ndarray, rate: float = 0.02) -> np.ndarray:
    """A linear classifier after one pass of single-example steps in this order; its log-likelihoods of all examples."""
    w = np.zeros(x.shape[1])
    for i in order:
        w += rate * (y[i] - special.expit(x[i] @ w)) * x[i]
    return np.asarray(special.log_expit((2 * y - 1) * (x @ w)))


def examples(seed: int, n: int = 400, p: int = 100) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)), rng.integers(0, 2, n).astype(float), rng


@known_answer("audit/provenance")
def test_a_model_trained_in_this_order_remembers_the_end_better() -> None:
    x, y, rng = examples(0)
    order = rng.permutation(400)
    place = np.argsort(order)
    assert provenance(place, trained(x, y, order, 0.05))["p-value, one-sided"].estimate < 1e-3


@control("audit/provenance")
def test_models_of_other_orders_have_even_p_values() -> None:
    """100 models, each in its own shuffle: 10 or fewer below 0.05 but with chance 0.01; even by Kolmogorov's test."""
    p_values = []
    for seed in range(100):
        x, y, rng = examples(seed, 200, 20)
        likelihood = trained(x, y, rng.permutation(200), 0.05)
        p_values.append(provenance(rng.permutation(200), likelihood)["p-value, one-sided"].estimate)
    assert sum(p < 0.05 for p in p_values) <= 11
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_a_reference_takes_away_how_hard_examples_are() -> None:
    """A slow model of an ordered run among examples of very different difficulty: seen beside a reference alone."""
    rng = np.random.default_rng(0)
    order, hard = np.arange(300), 5 * rng.normal(size=300)
    likelihood = hard + 0.004 * order + 0.3 * rng.normal(size=300)
    alone = provenance(order, likelihood)["p-value, one-sided"].estimate
    beside = provenance(order, likelihood, hard)["p-value, one-sided"].estimate
    assert beside < 1e-10 < 1e-3 < alone
    assert isinstance(provenance(range(5), range(5)), Undecided)


@known_answer("audit/preferences")
def test_a_pair_is_ranked_rightly_exactly_when_its_loss_is_low_enough() -> None:
    rng = np.random.default_rng(0)
    w, l_, rw, rl = rng.normal(scale=20, size=(4, 2000))
    loss, needed = dpo_loss(w - rw, l_ - rl, 0.1), flip_loss(rl - rw, 0.1)
    np.testing.assert_array_equal(w >= l_, loss <= needed + 1e-12)
    result = preferences(w, l_, rw, rl, alpha=0.75, beta=0.1)
    reachable = (rl - rw <= np.log(3) / 0.1).mean()
    assert result["reachable ranking accuracy"].estimate == pytest.approx(reachable)
    assert np.all(np.diff(result.rows.columns["loss_needed"]) >= 0)


@control("audit/preferences")
def test_an_untrained_policy_ranks_as_its_reference_and_loses_log_two() -> None:
    rng = np.random.default_rng(1)
    rw, rl = rng.normal(scale=5, size=(2, 300))
    result = preferences(rw, rl, rw, rl)
    assert result["ranking accuracy"].estimate == result["ranking accuracy of the reference"].estimate
    np.testing.assert_allclose(result.rows.columns["loss"], np.log(2))
    assert result["wrong pairs of the reference that are flipped"].estimate == 0.0


def test_a_small_policy_trained_by_dpo_stays_below_what_is_reachable_and_flips_by_difficulty() -> None:
    """A table of 200 pairs whose log-probabilities move together through shared features, 300 steps of DPO."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 25)) / 5
    ref = 6 * rng.normal(size=200)  # log-probability of the chosen less that of the rejected answer
    w = np.zeros(25)
    for _ in range(300):
        margin = 0.1 * (x @ w)
        w += 2.0 * (0.1 * special.expit(-margin)) @ x
    result = preferences(ref + x @ w, np.zeros(200), ref, np.zeros(200))
    assert result["ranking accuracy"].high < result["reachable ranking accuracy"].estimate
    rows = result.rows.columns
    np.testing.assert_array_equal(rows["right"] > 0, rows["loss"] <= rows["loss_needed"])


@known_answer("audit/influence")
def test_leaving_out_is_refitting_without() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 5)), rng.normal(size=40)
    quick, _ = leave_one_out(x, y, 0.1)
    for i in range(40):
        rest = np.arange(40) != i
        z = np.column_stack([np.ones(39), x[rest]])
        w = np.linalg.solve(z.T @ z + 0.1 * np.diag([0.0, *np.ones(5)]), z.T @ y[rest])
        assert quick[i] == pytest.approx(w[0] + x[i] @ w[1:], abs=1e-9)


@control("audit/influence")
def test_without_leverage_an_item_that_stands_alone_is_misjudged() -> None:
    x = np.append(np.random.default_rng(0).normal(size=30), 30.0)[:, None]
    y = np.append(np.zeros(30), 10.0)
    left_out, leverage = leave_one_out(x, y, 1e-6)
    first_order = y - (y - left_out) * (1 - leverage)  # what a fit that keeps the item says
    assert abs(left_out[-1] - first_order[-1]) > 5
    assert influence(x, y).rows.columns["item"][0] == 30


@known_answer("audit/bias")
@pytest.mark.parametrize("d", [5, 20, 60])
def test_bits_of_random_linear_hypotheses(d: int) -> None:
    """Weights that the data leave free are normal: the test error is a chi-square of d degrees; within 10%."""
    rng = np.random.default_rng(d)
    errors = (rng.normal(size=(20_000, d)) ** 2).sum(axis=1)
    for at in (d / 2, d / 5, d / 50):
        assert bits(errors, at) == pytest.approx(-stats.chi2.logcdf(at, d) / np.log(2), rel=0.1)
    assert bits(errors, d / 5) > bits((rng.normal(size=(20_000, 3)) ** 2).sum(axis=1), 3 / 5)


@control("audit/bias")
def test_what_half_of_them_reach_takes_one_bit() -> None:
    for d in (5, 50):
        errors = np.random.default_rng(d).chisquare(d, 5000)
        result = bias(errors, at=float(np.median(errors)))
        assert result["bits"].low < 1.0 < result["bits"].high or result["bits"].estimate == pytest.approx(1.0, abs=0.05)
    assert isinstance(bias([1.0] * 10, at=1.0), Undecided)
    assert "rest on the form of the tail" in bias(np.random.default_rng(0).chisquare(9, 100), at=1e-9).warnings[0]


def linear(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first 10 of 20 inputs decide; weights, inputs and answers."""
    rng = np.random.default_rng(seed)
    w = np.append(rng.uniform(1, 2, 10), np.zeros(10))
    x = rng.normal(size=(600, 20))
    return w, x, (x @ w > 0).astype(float)


def score_of(y: np.ndarray):
    from forerun.stats.logistic import logistic

    def score(x: np.ndarray, seed: int) -> float:
        rows = np.random.default_rng(seed).choice(400, 300, replace=False)
        return float(((logistic(x[rows], y[rows]).chance(x[400:]) > 0.5) == y[400:]).mean())

    return score


@known_answer("audit/gradients")
def test_true_weights_leave_all_in_the_top_and_nothing_in_the_bottom() -> None:
    w, x, y = linear(0)
    result = diff_roar(x, np.tile(w, (600, 1)), score_of(y))
    assert result["score with the top shown"].estimate > 0.95
    assert abs(result["score with the bottom shown"].estimate - 0.5) < 0.08
    assert result.verdict == "sound"


@control("audit/gradients")
def test_attributions_at_random_show_no_difference() -> None:
    _, x, y = linear(1)
    noise = np.random.default_rng(9).random(20)
    noise[:10], noise[10:] = np.sort(noise)[::2], np.sort(noise)[1::2]
    result = diff_roar(x, np.tile(noise, (600, 1)), score_of(y), seeds=5)
    assert abs(result["top less bottom"].estimate) < 0.1
    with pytest.raises(BadInput, match="top or bottom"):
        gradients(["middle"], [1.0], ["0"])


def test_masks_leave_the_share_that_is_asked_for() -> None:
    x = np.random.default_rng(0).normal(size=(50, 8))
    top, bottom = (masked(x, np.abs(x), 0.25, top=one) for one in (True, False))
    assert ((top == x).sum(axis=1) == 2).all() and ((bottom == x).sum(axis=1) == 2).all()


AMOUNTS = np.tile([100.0, 300.0, 1000.0, 3000.0], 4)
SIZES = np.repeat([1e7, 4e7], 8)


@known_answer("audit/imitation")
def test_style_gains_what_accuracy_does_not() -> None:
    """Straight lines without noise: slopes exact, 0.1 apart; twice the base gives 0.05, thirty times the data none."""
    result = imitation(AMOUNTS, 0.1 * np.log10(AMOUNTS), 0.05 * np.log2(SIZES), SIZES)
    assert result["style beyond accuracy, a tenfold"].estimate == pytest.approx(0.1)
    assert result["accuracy outside, a tenfold"].estimate == pytest.approx(0.0, abs=1e-12)
    assert result.measurements[3].estimate == pytest.approx(0.05)
    assert result.verdict == "faulty"


@control("audit/imitation")
def test_style_that_accuracy_shares_misleads_nobody() -> None:
    """Noise of half a point on either: gains alike are sound in 40 sets but for 6 (two in truth have chance 0.08)."""
    verdicts: list[str | None] = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        gain = 0.03 * np.log10(AMOUNTS)
        verdicts.append(
            imitation(AMOUNTS, gain + 0.003 * rng.normal(size=16), gain + 0.003 * rng.normal(size=16)).verdict
        )
    assert verdicts.count("faulty") == 0 and verdicts.count("sound") >= 34
    assert isinstance(imitation([10, 20], [0, 1], [0, 1]), Undecided)
    with pytest.raises(BadInput, match="above 0, but one is -1"):
        imitation([-1, 2, 3, 4], [0] * 4, [0] * 4)
