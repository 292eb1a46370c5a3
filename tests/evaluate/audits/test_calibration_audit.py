"""Whether confidences are right: the closed case, coverage of the interval, the rate of the test, and its control."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import Undecided
from forerun.evaluate.audits.calibration import calibration
from forerun.stats.reliability import calibration_error, calibration_test
from forerun.stats.smooth_calibration import smooth_calibration_error
from tests.cards import control, known_answer


def drawn(seed: int, off: float, n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Even confidences, and outcomes at frequencies further from a half (or nearer) by a share of that."""
    rng = np.random.default_rng(seed)
    p = rng.random(n)
    return p, (rng.random(n) < np.clip(p + 2 * off * (p - 0.5), 0, 1)).astype(float)


@known_answer("audit/calibration")
def test_ninety_per_cent_sure_and_right_half_of_the_time_is_four_tenths_off() -> None:
    result = calibration([0.9] * 200, [0, 1] * 100)
    for name in ("over-confidence", "expected calibration error", "largest gap", "smooth calibration error"):
        assert result[name].estimate == pytest.approx(0.4, abs=1e-9 if name != "smooth calibration error" else 1e-3)
    # the debiased square takes away f (1 - f) / (n - 1)
    assert result.measurements[0].estimate == pytest.approx(np.sqrt(0.16 - 0.25 / 199))
    assert result.verdict == "faulty" and result["p-value"].estimate < 0.002


@control("audit/calibration")
def test_confidences_that_outcomes_were_drawn_from_are_not_faulty_though_their_error_is_not_zero() -> None:
    results = [calibration(*drawn(seed, 0.0)) for seed in range(5)]
    assert all(one.verdict != "faulty" for one in results)
    assert all(one["expected calibration error"].estimate > 0.02 for one in results)


def test_the_interval_of_the_error_holds() -> None:
    """24 sets at 95%; fewer than 20 covered has chance 0.006. 400 sets: evidence/audits."""
    grid = np.linspace(0, 1, 100_001)
    true = np.sqrt(np.mean((np.clip(grid + 0.2 * (grid - 0.5), 0, 1) - grid) ** 2))
    spans = [calibration(*drawn(seed, 0.1, 300), seed=seed).measurements[0] for seed in range(24)]
    assert sum(one.low <= true <= one.high for one in spans) >= 20


def test_the_test_is_right_one_time_in_twenty() -> None:
    """400 sets whose confidences are right: 5% of p-values below .05; beyond 34 or under 8 has chance 0.002."""
    p_values = [calibration_test(*drawn(seed, 0.0, 100), draws=99, rng=np.random.default_rng(seed)).p_value
                for seed in range(400)]  # fmt: skip
    assert 8 <= sum(p <= 0.05 for p in p_values) <= 34


def test_smooth_error_changes_by_no_more_than_confidences_do() -> None:
    """Bins jump where a confidence crosses their edge; the smooth error is at most twice the root of how far
    confidences must move to be right (Błasiok and Nakkiran 2023, theorem 6)."""
    y = np.array([0.0, 1.0] * 50)
    at_the_edge, beside_it = np.full(100, 0.5), np.where(y > 0, 0.5001, 0.4999)
    binned = [calibration_error(p, y, bins=2) for p in (at_the_edge, beside_it)]
    smooth = [smooth_calibration_error(p, y) for p in (at_the_edge, beside_it)]
    assert abs(binned[0] - binned[1]) > 0.4 and abs(smooth[0] - smooth[1]) < 2 * np.sqrt(1e-4)


def test_the_root_of_l2_is_taken_once_and_confidence_one_is_in_the_last_bin() -> None:
    """Traps of reference code: a second root, and a bin beyond the last for confidences of exactly 1."""
    p, y = np.array([1.0, 1.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0, 0.0])
    assert calibration_error(p, y, norm="l2") == pytest.approx(0.25)
    assert calibration_error(p, y) == pytest.approx(0.25)


def test_thirty_items_are_needed() -> None:
    assert isinstance(calibration([0.5] * 29, [1] * 29), Undecided)
