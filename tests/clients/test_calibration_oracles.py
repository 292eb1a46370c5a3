"""Calibration errors and label errors beside torchmetrics and cleanlab, and where those are wrong, ours without."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.stats.confident_joint import confident_joint, suspects
from forerun.stats.reliability import brier, calibration_error

functional = pytest.importorskip("torchmetrics.functional.classification")
torch = pytest.importorskip("torch")


def drawn(n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.01, 0.99, n).astype(np.float32).astype(float)
    return p, (rng.random(n) < p**1.3).astype(float)


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_errors_are_those_of_torchmetrics_within_the_range(norm: str) -> None:
    p, y = drawn()
    theirs = functional.binary_calibration_error(torch.tensor(p), torch.tensor(y).int(), n_bins=15, norm=norm)
    assert calibration_error(p, y, norm=norm) == pytest.approx(float(theirs), abs=1e-6)


def test_confidence_one_is_in_the_last_bin_where_torchmetrics_opens_another() -> None:
    """Confidences of 0.95, right, and of 1, wrong, share the last of ten bins: the error is |0.975 - 0.5|."""
    p, y = np.array([0.95] * 50 + [1.0] * 50), np.array([1.0] * 50 + [0.0] * 50)
    assert calibration_error(p, y, bins=10) == pytest.approx(0.475)
    theirs = float(functional.binary_calibration_error(torch.tensor(p), torch.tensor(y).int(), n_bins=10))
    assert theirs == pytest.approx(0.525)  # bins of their own: (0.05 + 1) / 2


def test_brier_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import brier_score_loss

    p, y = drawn()
    assert brier(p, y).score == pytest.approx(brier_score_loss(y, p))


def test_the_confident_joint_is_that_of_cleanlab() -> None:
    count = pytest.importorskip("cleanlab.count")
    rng = np.random.default_rng(2)
    y = rng.integers(0, 4, 2000)
    p = rng.dirichlet([1, 1, 1, 1], 2000) * 0.6
    p[np.arange(2000), np.where(rng.random(2000) < 0.15, rng.integers(0, 4, 2000), y)] += 0.4
    joint = confident_joint(y, p)
    np.testing.assert_array_equal(joint, count.compute_confident_joint(y, p, calibrate=False))
    assert suspects(y, p).size == joint.sum() - np.trace(joint)


@pytest.mark.filterwarnings("ignore")  # netcal's own, and those of what it draws
def test_errors_are_those_of_netcal_with_certainty_and_impossibility_in_their_bins() -> None:
    metrics = pytest.importorskip("netcal.metrics")
    p, y = drawn()
    edges = (
        np.array([0.95] * 50 + [1.0] * 50 + [0.0] * 50 + [0.05] * 50),
        np.array([1.0] * 50 + [0.0] * 100 + [1.0] * 50),
    )
    for confidence, outcome in ((p, y), edges):
        theirs = [measure(10).measure(confidence, outcome.astype(int)) for measure in (metrics.ECE, metrics.MCE)]
        ours = [calibration_error(confidence, outcome, bins=10, norm=norm) for norm in ("l1", "max")]
        assert ours == pytest.approx(theirs, abs=1e-12)
