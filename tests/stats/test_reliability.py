"""Calibration errors: values by hand, traps of other code, what the null promises, and controls."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput
from forerun.stats.reliability import brier, calibration_error, calibration_test, reliability

P = np.array([0.05, 0.15, 0.15, 0.62, 0.68, 0.97, 1.0])
Y = np.array([0, 0, 1, 1, 0, 1, 1])
"""Five bins: {.05, .15, .15} gap .35/3 - 1/3, {.62, .68} gap .15, {.97, 1} gap -.015."""
GAPS, WEIGHTS = np.array([0.35 / 3 - 1 / 3, 0.15, -0.015]), np.array([3, 2, 2]) / 7


def test_the_errors_are_those_of_their_definitions() -> None:
    assert calibration_error(P, Y, bins=5) == pytest.approx(WEIGHTS @ abs(GAPS))
    assert calibration_error(P, Y, bins=5, norm="max") == pytest.approx(abs(GAPS).max())
    assert calibration_error(P, Y, bins=5, norm="l2") == pytest.approx(np.sqrt(WEIGHTS @ GAPS**2))  # the root once
    chance = np.array([2 / 9 / 2, 1 / 4, 0.0])
    expected = np.sqrt(max(WEIGHTS @ (GAPS**2 - chance), 0.0))
    assert calibration_error(P, Y, bins=5, norm="l2", debiased=True) == pytest.approx(expected)


def test_certainty_is_in_the_last_bin() -> None:
    table = reliability(P, Y, bins=5)
    assert table.count.tolist() == [3, 2, 2]
    assert reliability([1.0, 1.0], [1, 0]).frequency.tolist() == [0.5]


def test_bins_of_equal_mass_hold_as_many_and_never_part_equals() -> None:
    rng = np.random.default_rng(0)
    assert reliability(rng.random(100), rng.integers(0, 2, 100), bins=4, by="mass").count.tolist() == [25] * 4
    assert reliability([0.2] * 9 + [0.8], [0] * 10, bins=5, by="mass").count.tolist() == [9, 1]


def test_plain_errors_are_biased_and_the_debiased_is_not() -> None:
    """2,000 draws of 200 perfect confidences: the debiased square is 0 to 5 standard errors, the plain one is not."""
    rng, p = np.random.default_rng(1), np.repeat(np.linspace(0.05, 0.95, 10), 20)
    plain, debiased = np.empty(2000), np.empty(2000)
    for i in range(2000):
        y = 1.0 * (rng.random(200) < p)
        plain[i] = calibration_error(p, y, norm="l2", bins=10) ** 2
        table = reliability(p, y, bins=10)
        debiased[i] = plain[i] - np.mean(table.frequency * (1 - table.frequency) / 19)
    assert abs(debiased.mean()) < 5 * debiased.std() / np.sqrt(2000) < plain.mean() / 5


def test_the_null_says_what_is_chance() -> None:
    """200 tests of perfect confidences at 5%: 2 to 21 reject but for chance 1e-3. Overconfidence is always found."""
    rng = np.random.default_rng(2)
    rejected = []
    for _ in range(200):
        p = rng.random(100)
        rejected.append(calibration_test(p, rng.random(100) < p, draws=99, rng=rng).p_value <= 0.05)
    assert 2 <= sum(rejected) <= 21
    p = rng.random(400)
    test = calibration_test(p, rng.random(400) < 0.5 + (p - 0.5) / 3, draws=199)
    assert test.p_value <= 0.01 and test.error > 2 * test.expected


def test_the_same_seed_is_the_same_test() -> None:
    p = np.linspace(0.1, 0.9, 30)
    one, other = (calibration_test(p, p > 0.5, draws=50, rng=np.random.default_rng(s)).expected for s in (3, 4))
    assert one == calibration_test(p, p > 0.5, draws=50, rng=np.random.default_rng(3)).expected != other


def test_briers_parts_add_up_with_and_without_bins() -> None:
    assert brier(P, Y).within == pytest.approx(0.0, abs=1e-15)
    binned = brier(P, Y, bins=5)
    assert binned.score == pytest.approx(np.mean((P - Y) ** 2))
    assert binned.reliability == pytest.approx(WEIGHTS @ GAPS**2)
    assert binned.reliability - binned.resolution + binned.uncertainty + binned.within == pytest.approx(binned.score)
    assert abs(binned.within) > 1e-4


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(BadInput, match=r"confidence\[1\] is 1\.2"):
        calibration_error([0.5, 1.2], [0, 1])
    with pytest.raises(BadInput, match=r"outcome\[0\] is 2"):
        brier([0.5, 1.0], [2, 1])
    with pytest.raises(BadInput, match=r"only norm 'l2' can be debiased, not 'l1'"):
        calibration_error([0.5], [1], debiased=True)


def test_as_other_libraries_have_it() -> None:
    functional = pytest.importorskip("torchmetrics.functional.classification")
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    p = rng.uniform(0.01, 0.99, 500)  # below 1, where the other keeps a bin too many
    y = rng.random(500) < p**2
    for norm in ("l1", "l2", "max"):
        expected = functional.binary_calibration_error(torch.tensor(p), torch.tensor(y).int(), n_bins=15, norm=norm)
        assert calibration_error(p, y, norm=norm) == pytest.approx(float(expected), abs=1e-6)
