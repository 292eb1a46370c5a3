"""Wrong labels: published counts, planted errors that are recovered, and clean labels as a control."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from forerun.core import BadInput
from forerun.stats.confident_joint import confident_joint, label_noise, suspects, thresholds


@pytest.mark.parametrize("name", ["mnist", "cifar10", "20news", "imdb"])
def test_the_published_joints(shared: Path, name: str) -> None:
    folder = shared / "measurement" / "label_errors"
    expected = json.loads((folder / "expected.json").read_text())["confident_joint"][name]
    with np.load(folder / "pred_probs.npz") as arrays:
        y, p = arrays[f"{name}_labels"], arrays[f"{name}_probs"]
    joint = confident_joint(y, p)
    assert joint.sum() - np.trace(joint) == expected["off_diagonal"] == len(suspects(y, p))
    np.testing.assert_allclose(thresholds(y, p), expected["thresholds"], atol=1e-6)


def _noisy(rng: np.random.Generator, flipped: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Given labels, true ones, and what a model that knows the noise and the true class says; class 0 passes for 1."""
    true = rng.integers(0, 3, 3000)
    given = np.where((true == 0) & (rng.random(3000) < flipped), 1, true)
    noise = np.bincount(true * 3 + given, minlength=9).reshape(3, 3) / np.bincount(true)[:, None]
    return given, true, noise[true]


def test_planted_errors_are_counted_exactly_by_ideal_probabilities() -> None:
    """The theorem of Northcutt, Jiang and Chuang 2021: with ideal probabilities the joint is the true one."""
    given, true, p = _noisy(np.random.default_rng(0), 0.3)
    joint = np.bincount(given * 3 + true, minlength=9).reshape(3, 3)
    np.testing.assert_array_equal(confident_joint(given, p), joint)
    np.testing.assert_allclose(label_noise(given, p), joint / 3000)
    assert set(suspects(given, p)) == set(np.flatnonzero(given != true))


def test_the_surest_errors_come_first() -> None:
    """Probabilities that waver: where the first 50 suspects of 300 errors or so are right, all but a few are."""
    rng = np.random.default_rng(3)
    given, true, _ = _noisy(rng, 0.3)
    p = 0.4 * rng.dirichlet([0.5, 0.5, 0.5], 3000)
    p[np.arange(3000), true] += 0.6
    order = suspects(given, p)
    margin = p[order, given[order]] - p[order, true[order]]
    assert (given != true)[order].mean() > 0.95 and (np.diff(margin) >= 0).mean() > 0.95


def test_clean_labels_have_no_suspects() -> None:
    y, _, p = _noisy(np.random.default_rng(1), 0.0)
    assert suspects(y, p).size == 0


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInput, match="no item is labelled 1"):
        confident_joint([0, 0], [[0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(BadInput, match=r"one is 1\.5"):
        confident_joint([0, 1], [[0.5, 0.5], [-0.2, 1.5]])
    with pytest.raises(BadInput, match="one is 2"):
        confident_joint([0, 1, 2], [[0.5, 0.5]] * 3)


def test_as_cleanlab_has_it() -> None:
    count = pytest.importorskip("cleanlab.count")
    y, _, p = _noisy(np.random.default_rng(2), 0.2)
    np.testing.assert_array_equal(confident_joint(y, p), count.compute_confident_joint(y, p, calibrate=False))
