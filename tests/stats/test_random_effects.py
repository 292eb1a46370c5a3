"""Variance between groups."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput
from forerun.stats.random_effects import between_variance

BCG = np.array([  # trials of a vaccine: ill and well of the treated, and of the others (Colditz et al. 1994)
    [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619], [33, 5036, 47, 5761],
    [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892], [29, 7470, 45, 7232], [17, 1699, 65, 1600],
    [186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825],
])  # fmt: skip
LATITUDE = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]


def trials() -> tuple[np.ndarray, np.ndarray]:
    """Log risk ratios, and their variances."""
    ill, well, ill_other, well_other = BCG.T.astype(float)
    value = np.log(ill / (ill + well)) - np.log(ill_other / (ill_other + well_other))
    return value, 1 / ill - 1 / (ill + well) + 1 / ill_other - 1 / (ill_other + well_other)


def test_published_trials_have_their_published_variance() -> None:
    assert between_variance(*trials()) == pytest.approx(0.3181, abs=5e-5)


def test_what_a_covariate_explains_is_none_between_groups() -> None:
    value, variance = trials()
    basis = np.stack([np.ones(13), LATITUDE], axis=1)
    assert between_variance(value, variance, basis) < 0.5 * between_variance(value, variance)
    line = basis @ [0.3, -0.03]
    assert between_variance(line, np.zeros(13), basis) < 1e-20
    assert between_variance(line, np.zeros(13)) == pytest.approx(line.var(ddof=1))


def test_too_few_groups_and_impossible_variances() -> None:
    with pytest.raises(BadInput, match="2 values and 2 coefficients"):
        between_variance([1.0, 2.0], [0.1, 0.1], [[1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(BadInput, match="from -1"):
        between_variance([1.0, 2.0], [0.1, -1.0])
