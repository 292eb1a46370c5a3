"""Clustered means and variance components: against the matrices they are defined by, and known components."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from forerun.core import BadInput
from forerun.stats.clusters import clustered_mean
from forerun.stats.variance_components import crossed_variance, nested_variance

GROUPS = np.repeat(np.arange(7), [1, 5, 2, 8, 3, 3, 6])
VALUES = np.random.default_rng(0).normal(size=GROUPS.size) + np.random.default_rng(1).normal(size=7)[GROUPS]


def test_without_clusters_it_is_students() -> None:
    mean = clustered_mean(VALUES)
    assert mean.se == pytest.approx(VALUES.std(ddof=1) / np.sqrt(VALUES.size))
    assert mean.df == pytest.approx(VALUES.size - 1)


def test_equal_clusters_count_as_one_value_each() -> None:
    means = VALUES[:24].reshape(6, 4).mean(axis=1)
    clustered = clustered_mean(VALUES[:24], np.repeat(np.arange(6), 4))
    assert (clustered.se, clustered.df) == pytest.approx((means.std(ddof=1) / np.sqrt(6), 5.0))


def test_cr0_is_millers_sum() -> None:
    residual, n = VALUES - VALUES.mean(), VALUES.size
    total = sum(residual[i] * residual[j] for i in range(n) for j in range(n) if GROUPS[i] == GROUPS[j])
    assert clustered_mean(VALUES, GROUPS, kind="CR0").se == pytest.approx(np.sqrt(total) / n)


def test_cr2_and_its_degrees_of_freedom_are_bell_and_mccaffreys() -> None:
    n = VALUES.size
    residual_maker = np.eye(n) - 1 / n
    parts = []
    for g in range(7):
        own = g == GROUPS
        root = linalg.inv(linalg.sqrtm(np.eye(int(own.sum())) - 1 / n))
        parts.append(residual_maker[:, own] @ root.real @ np.ones(int(own.sum())) / n)
    P = np.stack(parts, axis=1)
    eigenvalues = np.linalg.eigvalsh(P.T @ P)
    clustered = clustered_mean(VALUES, GROUPS)
    assert clustered.se**2 == pytest.approx(((VALUES @ P) ** 2).sum())
    assert clustered.df == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def test_the_jackknife_leaves_a_cluster_out_at_a_time() -> None:
    without = np.array([VALUES[g != GROUPS].mean() for g in range(7)])
    expected = np.sqrt(6 / 7 * ((without - VALUES.mean()) ** 2).sum())
    assert clustered_mean(VALUES, GROUPS, kind="jackknife").se == pytest.approx(expected)


def test_one_cluster_is_refused() -> None:
    with pytest.raises(BadInput, match="2 clusters or more, but there is 1"):
        clustered_mean([1.0, 2.0], ["a", "a"])
    with pytest.raises(BadInput, match="2 values and 1 groups"):
        clustered_mean([1.0, 2.0], ["a"])


def test_known_components_are_recovered_on_average() -> None:
    """400 unbalanced data sets; each mean is within 5 of its standard errors (by accident once in a million)."""
    rng, sizes = np.random.default_rng(2), np.tile([1, 2, 6], 10)
    groups = np.repeat(np.arange(30), sizes)
    drawn = [
        nested_variance(rng.normal(0, 1.5, 30)[groups] + rng.normal(0, 0.5, groups.size), groups) for _ in range(400)
    ]
    for estimates, truth in (([d.between for d in drawn], 2.25), ([d.within for d in drawn], 0.25)):
        assert abs(np.mean(estimates) - truth) < 5 * np.std(estimates) / 20
    crossed = [
        crossed_variance(rng.normal(0, 2, (40, 1)) + rng.normal(0, 1, (1, 8)) + rng.normal(0, 0.5, (40, 8)))
        for _ in range(400)
    ]
    for estimates, truth in zip(
        zip(*((c.rows, c.columns, c.rest) for c in crossed), strict=True), (4.0, 1.0, 0.25), strict=True
    ):
        assert abs(np.mean(estimates) - truth) < 5 * np.std(estimates) / 20


def test_components_need_repeats() -> None:
    with pytest.raises(BadInput, match="3 values in 3 groups"):
        nested_variance([1.0, 2.0, 3.0], [0, 1, 2])
    with pytest.raises(BadInput, match=r"shape \(1, 3\)"):
        crossed_variance([[1.0, 2.0, 3.0]])
