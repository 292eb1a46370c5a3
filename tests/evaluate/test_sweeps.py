"""What several runs say together: closed forms, planted truths, and controls in which there is nothing to find."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import Array, BadInput, Undecided
from forerun.evaluate.sweeps.critical_period import CriticalPeriod, critical_period
from forerun.evaluate.sweeps.diverging_rate import DivergingRate, diverging_rate
from forerun.evaluate.sweeps.early_rank import Halving, halving
from forerun.evaluate.sweeps.lr_sensitivity import LrSensitivity, lr_sensitivity

RATES = np.logspace(-3, 0, 7)
NAN = float("nan")


def test_lr_sensitivity_of_a_parabola_is_its_closed_form() -> None:
    """Loss 2 + (log10 rate + 1.5)²: over seven rates half a decade apart the mean is 7 / 7 = 1."""
    answer = lr_sensitivity(RATES, 2.0 + (np.log10(RATES) + 1.5) ** 2, start=9.0)
    assert isinstance(answer, LrSensitivity)
    assert answer.value == pytest.approx(2 * (0.25 + 1.0 + 2.25) / 7)
    assert (answer.best_loss, answer.best_rate) == (pytest.approx(2.0), pytest.approx(10**-1.5))


def test_a_diverged_run_costs_what_an_untrained_model_does() -> None:
    losses = [2.0, 2.0, 2.0, 2.0, 2.0, 1e9, NAN]
    answer = lr_sensitivity(RATES, losses, start=5.0)
    assert isinstance(answer, LrSensitivity)
    assert answer.value == pytest.approx(2 * 3.0 / 7)
    assert answer.diverged == pytest.approx((10**-0.5, 1.0))


def test_rates_closer_together_do_not_count_twice() -> None:
    """Loss 3 - log10 rate, 21 of 25 rates in the worst decade: a plain mean says 2.3, not 1.5."""
    fine = np.concatenate([np.logspace(-3, -2, 21), np.logspace(-2, 0, 5)[1:]])
    losses = [3.0 - np.log10(one) for one in (RATES, fine)]
    even, uneven = (lr_sensitivity(r, y, start=9.0) for r, y in zip((RATES, fine), losses, strict=True))
    assert isinstance(even, LrSensitivity) and isinstance(uneven, LrSensitivity)
    assert even.value == pytest.approx(1.5)
    assert abs(uneven.value - 1.5) < 0.15
    assert float((losses[1] - losses[1].min()).mean()) > 2.2


def test_a_model_that_no_rate_harms_has_none_and_a_narrow_sweep_says_nothing() -> None:
    flat = lr_sensitivity(RATES, np.full(7, 2.0), start=5.0)
    assert isinstance(flat, LrSensitivity) and flat.value == 0.0
    assert isinstance(lr_sensitivity(RATES[:4], [3.0, 2.0, 2.0, 4.0], start=5.0), Undecided)
    assert isinstance(lr_sensitivity(RATES, np.full(7, 6.0), start=5.0), Undecided)
    with pytest.raises(BadInput, match="each once"):
        lr_sensitivity([1e-3, 1e-3, 1.0], [1, 2, 3], start=5.0)


def sweep(noise: float, seed: int) -> tuple[Array, Array, Array]:
    """Rates, widths and largest logits that grow like rate^1.2 width^.8 and bend; those above 100 fail."""
    rates, widths = (one.ravel() for one in np.meshgrid(RATES, [16.0, 24.0, 32.0, 48.0]))
    return rates, widths, logits(rates, widths) * np.exp(noise * np.random.default_rng(seed).standard_normal(28))


def logits(rates: Array, widths: Array | float) -> Array:
    return 40.0 * np.exp(1.2 * np.log(rates) + 0.8 * np.log(widths) + 0.05 * np.log(rates) ** 2)


def test_the_next_sizes_diverging_rate_is_forecast_from_smaller_ones() -> None:
    """Truth: where the noise-free logit of width 96 passes 100; of 60 sweeps the 80% interval holds it in most."""
    fine = np.logspace(-3, 1, 4000)
    truth = float(fine[np.argmax(logits(fine, 96.0) > 100.0)])
    answers = [diverging_rate(r, w, n, n > 100.0, size=96.0) for r, w, n in (sweep(0.1, i) for i in range(60))]
    known = [one for one in answers if isinstance(one, DivergingRate)]
    assert len(known) == 60
    off = np.abs(np.log10([one.rate / truth for one in known]))
    assert np.median(off) < 0.15 and off.max() < 0.5
    assert np.mean([(one.low or 0.0) <= truth <= (one.high or np.inf) for one in known]) >= 0.8
    assert truth < float(fine[np.argmax(logits(fine, 48.0) > 100.0)])


def test_a_norm_that_has_nothing_to_do_with_failing_forecasts_nothing() -> None:
    rates, widths, norms = sweep(0.1, 0)
    shuffled = np.random.default_rng(1).permutation(norms > 100.0)
    assert isinstance(diverging_rate(rates, widths, norms, shuffled, size=96.0), Undecided)


def test_without_failures_or_with_two_sizes_no_rate_is_named() -> None:
    rates, widths, norms = sweep(0.0, 0)
    assert isinstance(diverging_rate(rates, widths, norms, np.zeros(28), size=96.0), Undecided)
    two = widths < 30.0
    assert isinstance(diverging_rate(rates[two], widths[two], norms[two], norms[two] > 100.0, size=96.0), Undecided)
    with pytest.raises(BadInput, match="above zero"):
        diverging_rate([0.0], [1.0], [1.0], [True], size=2.0)


def test_norms_that_were_not_finite_count_as_failures() -> None:
    rates, widths, norms = sweep(0.0, 0)
    blown = np.where(norms > 300.0, np.inf, norms)
    answer, whole = (diverging_rate(rates, widths, n, norms > 100.0, size=96.0) for n in (blown, norms))
    assert isinstance(answer, DivergingRate) and isinstance(whole, DivergingRate)
    assert answer.rate == pytest.approx(whole.rate, rel=0.1)


def test_halving_by_a_good_sign_keeps_the_best_and_saves_two_fifths() -> None:
    """Scores fall with the gradient norm, correlation .9: of 200 pools of 36 it keeps the best far above chance."""
    rng = np.random.default_rng(4)
    outcomes = [
        halving(norm, -norm + 0.48 * rng.standard_normal(36), sign=-1) for norm in rng.standard_normal((200, 36))
    ]
    known = [one for one in outcomes if isinstance(one, Halving)]
    assert all(one.saved == pytest.approx(0.4) and len(one.continued) == 18 for one in known)
    assert np.mean([one.best_continued for one in known]) > 0.97


def test_halving_by_a_sign_that_says_nothing_keeps_the_best_half_the_time() -> None:
    """The control: 200 pools, .5 within four errors of .035; the wrong sign is worse than chance."""
    rng = np.random.default_rng(5)
    pools = [(rng.standard_normal(36), rng.standard_normal(36)) for _ in range(200)]
    blind = [halving(early, score, sign=1) for early, score in pools]
    wrong = [halving(score, score, sign=-1) for _, score in pools]
    kept = [np.mean([isinstance(one, Halving) and one.best_continued for one in rule]) for rule in (blind, wrong)]
    assert abs(kept[0] - 0.5) < 0.14
    assert kept[1] == 0.0


def test_regret_is_relative_to_what_the_best_gained() -> None:
    scores = [10, 0, 0, 0, 5, 0, 0, 0]
    outcome = halving([0, 1, 1, 1, 1, 0, 0, 0], scores, sign=1)
    assert isinstance(outcome, Halving)
    assert (outcome.best_continued, outcome.regret, outcome.relative_regret) == (False, 5.0, 0.5)
    assert isinstance(halving([1, 2, 3], [1, 2, 3], sign=1), Undecided)
    with pytest.raises(BadInput, match="give 1 or -1"):
        halving(scores, scores, sign=0.0)


def share_of_the_blocked(depth: int, onset: float, blocked: float = 3.0, step: float = 0.002) -> tuple[float, float]:
    """Two deep linear pathways to one answer, the first blocked for a while: ds/dt = L s^(2 - 2/L) (1 - a - b)."""
    a = b = 0.05
    for t in np.arange(0.0, onset + blocked + 10.0, step):
        open_ = not onset <= t < onset + blocked
        rest = 1.0 - b - (a if open_ else 0.0)
        a, b = (a + step * depth * a ** (2 - 2 / depth) * rest * open_, b + step * depth * b ** (2 - 2 / depth) * rest)
    return a, b


@pytest.mark.parametrize(("depth", "shares"), [(1, (0.049, 0.234, 0.262)), (3, (0.050, 0.136, 0.352))])
def test_deep_linear_pathways_follow_their_known_shares(depth: int, shares: tuple[float, ...]) -> None:
    assert [share_of_the_blocked(depth, at)[0] for at in (0.0, 1.0, 4.0)] == pytest.approx(shares, abs=0.005)


def window(depth: int, noise: float, blocked: float = 3.0) -> CriticalPeriod | Undecided:
    """Score: 1 less the error under independent sensor noise of variance .25, which two even pathways make least."""
    rng = np.random.default_rng(6)
    onsets = np.array([0.0, 0.5, 1.0, 2.0, 4.0])

    def score(a: float, b: float) -> Array:
        return 1.0 - ((1 - a - b) ** 2 + 0.25 * (a * a + b * b)) + noise * rng.standard_normal(6)

    pathways = [share_of_the_blocked(depth, at, blocked, 0.01) for at in onsets]
    return critical_period(onsets, [score(*one) for one in pathways], score(0.5, 0.5), tolerance=0.06)


def test_the_window_of_a_deep_linear_network_closes_where_harm_ends() -> None:
    """At depth 3 a deficit from step 1 on loses 7.6% of the undisturbed score, from 2 on 3.4%."""
    answer = window(3, 0.004)
    assert isinstance(answer, CriticalPeriod)
    assert (answer.open_until, answer.closed_from) == (1.0, 2.0)
    assert answer.harm[0] > answer.harm[1] > answer.harm[2] > answer.harm[3]


def test_without_a_deficit_and_under_noise_no_window_is_named() -> None:
    assert isinstance(window(3, 0.004, blocked=0.0), Undecided)
    assert isinstance(window(3, 0.2), Undecided)


def test_a_window_that_does_not_close_is_not_closed() -> None:
    answer = critical_period([0, 1], [[0.5, 0.51], [0.6, 0.61]], [0.9, 0.9])
    assert isinstance(answer, Undecided) and "not excluded" in answer.why
    with pytest.raises(BadInput, match="onsets"):
        critical_period([1, 0], [[1, 1], [1, 1]], [1, 1])
