"""Whether confidences are right: the closed case, coverage of the interval, the rate of the test, and its control."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import special

from forerun.api import audit
from forerun.cli.app import run
from forerun.core import SCORED_LEVELS, BadInput, Undecided
from forerun.evaluate.audits import AuditResult
from forerun.evaluate.audits.calibration import calibration
from forerun.evaluate.audits.forecasts import forecasts
from forerun.evaluate.forecasts.outcomes import read_outcomes
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


NORMAL = special.ndtri(SCORED_LEVELS)


@known_answer("audit/forecasts")
def test_quantiles_half_as_wide_hold_what_the_normal_says() -> None:
    """5,000 outcomes of twice the spread: the interval of 95% holds 2 Phi(1.96 / 2) - 1 = 67%, to four errors."""
    y = 2.0 * np.random.default_rng(0).normal(size=5000)
    result = forecasts(y, np.tile(NORMAL, (5000, 1)), draws=100)
    shares = dict(
        zip(result.rows.columns["says"].round(2).tolist(), result.rows.columns["holds"].tolist(), strict=True)
    )
    assert len(shares) == 10
    for mass, share in shares.items():
        true = 2 * special.ndtr(special.ndtri(0.5 + mass / 2) / 2) - 1
        assert share == pytest.approx(true, abs=4 * np.sqrt(true * (1 - true) / 5000))
    gaps = [mass - share for mass, share in shares.items()]
    assert result["expected calibration error"].estimate == pytest.approx(np.mean(gaps))
    assert result["intervals too narrow"].estimate == pytest.approx(np.mean(gaps))
    assert result.verdict == "faulty" and result["p-value"].estimate < 0.01


@control("audit/forecasts")
def test_right_forecasts_are_not_called_faulty_though_runs_have_several() -> None:
    """30 sets of 60 runs, 3 forecasts of one chance each: none called faulty; the test at 5% rejects 6 or fewer, but
    for chance 1e-3. A null that takes the forecasts for independent rejects more, which is the control's control."""
    faulty, rejected, by_alone = 0, 0, 0
    runs = np.repeat(np.arange(60), 3).astype(str).tolist()
    for seed in range(30):
        y = np.repeat(np.random.default_rng(seed).normal(size=60), 3)
        result = forecasts(y, np.tile(NORMAL, (180, 1)), runs, draws=59)
        faulty += result.verdict == "faulty"
        rejected += result["p-value"].estimate <= 0.05
        by_alone += forecasts(y, np.tile(NORMAL, (180, 1)), draws=59)["p-value"].estimate <= 0.05
    assert faulty <= 1 and rejected <= 6 < by_alone


def test_forecasts_of_a_backtest_are_judged_from_its_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["source,task,run,metric,direction,x_name,x,y"]
    rows += [
        f"s,t,r{k},loss,min,step,{x},{0.5 + 0.1 * k + 2 * x ** -(0.3 + 0.05 * k)}"
        for k in range(12)
        for x in range(1, 41)
    ]
    (tmp_path / "table.csv").write_text("\n".join(rows))
    words = ["backtest", str(tmp_path / "table.csv"), "--method", "last_value", "--method", "exponential"]
    assert run([*words, "--cases", str(tmp_path / "cases.jsonl")]) == 0
    with pytest.raises(BadInput, match="there are forecasts of exponential, last_value, last_value_calibrated; say"):
        audit("forecasts", tmp_path / "cases.jsonl")
    result = audit("forecasts", tmp_path / "cases.jsonl", of="exponential")
    cases = [one for one in read_outcomes(tmp_path / "cases.jsonl") if one.method == "exponential"]
    inside = np.mean([one.quantiles[2] <= one.y <= one.quantiles[-3] for one in cases])
    shares = dict(
        zip(result.rows.columns["says"].round(2).tolist(), result.rows.columns["holds"].tolist(), strict=True)
    )
    assert shares[0.75] == pytest.approx(inside)
    assert isinstance(audit("forecasts", tmp_path / "cases.jsonl", of="last_value"), AuditResult)
    with pytest.raises(BadInput, match="no forecast of 'oracle'"):
        audit("forecasts", tmp_path / "cases.jsonl", of="oracle")
