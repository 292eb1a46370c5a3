"""Intervals of shares and their differences: published values, coverage, and the normal interval as a control."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from forerun.core import BadInput
from forerun.stats.multiple import benjamini_hochberg, holm
from forerun.stats.proportions import mcnemar, paired_proportions, proportion_interval


@pytest.mark.parametrize(("x", "n"), [(0, 10), (19, 111), (7, 7), (16, 1000)])
def test_the_interval_of_a_share_is_wilsons(x: int, n: int) -> None:
    expected = stats.binomtest(x, n).proportion_ci(0.95, method="wilson")
    assert [float(end) for end in proportion_interval(x, n)] == pytest.approx([expected.low, expected.high])


@pytest.mark.parametrize(("b", "c"), [(0, 0), (3, 9), (20, 20), (40, 12)])
def test_mcnemar_is_the_binomial_test_of_what_one_alone_solves(b: int, c: int) -> None:
    assert float(mcnemar(b, c)) == pytest.approx(stats.binomtest(b, b + c).pvalue if b + c else 1.0)


def _gsm8k(shared: Path) -> np.ndarray:
    """Right or wrong of the 41 models that answered everything, shape (models, items)."""
    with (shared / "measurement" / "zeroeval_gsm_correct.csv").open() as file:
        rows = [row[1:] for row in list(csv.reader(file))[1:]]
    return np.array([[float(cell) for cell in column] for column in zip(*rows, strict=True) if all(column)])


def test_the_published_counts_of_mcnemar_on_gsm8k(shared: Path) -> None:
    solved = _gsm8k(shared)
    better = solved @ (1 - solved).T
    p = mcnemar(better, better.T)
    first, second = np.triu_indices(41, 1)
    assert (solved.shape[0], int((p[first, second] < 0.05).sum())) == (41, 696)
    ranked = np.argsort(-solved.mean(axis=1), kind="stable")
    assert int((p[ranked[:-1], ranked[1:]] < 0.05).sum()) == 3
    share, n = solved.mean(axis=1), solved.shape[1]
    unpaired = abs(share[first] - share[second]) / np.sqrt(
        (share[first] * (1 - share[first]) + share[second] * (1 - share[second])) / n
    )
    assert int((unpaired > stats.norm.ppf(0.975)).sum()) == 668
    variance = share[ranked] * (1 - share[ranked]) / n
    z = -np.diff(share[ranked]) / np.sqrt(variance[:-1] + variance[1:])
    assert int((z > stats.norm.ppf(0.975)).sum()) == 2


@pytest.mark.parametrize("n", [20, 30, 50, 100, 200, 400])
def test_the_paired_interval_holds_its_level_at_every_size(shared: Path, n: int) -> None:
    """6,000 subsamples of pairs of models; a coverage of 95% is outside by accident with chance below 1e-6."""
    solved, rng = _gsm8k(shared), np.random.default_rng(n)
    pairs = np.array([rng.choice(41, 2, replace=False) for _ in range(6000)])
    truth = solved.mean(axis=1)[pairs[:, 0]] - solved.mean(axis=1)[pairs[:, 1]]
    items = rng.integers(0, solved.shape[1], (6000, n))
    a, b = (solved[pairs[:, [side]], items] for side in (0, 1))
    _, low, high = paired_proportions((a > b).sum(axis=1), (b > a).sum(axis=1), n)
    assert 0.935 <= np.mean((low <= truth) & (truth <= high)) <= 0.985
    if n == 20:
        half = 1.96 * (a - b).std(axis=1, ddof=1) / np.sqrt(n)
        assert np.mean(abs((a - b).mean(axis=1) - truth) <= half) < 0.9, "the normal interval fails, as published"


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(BadInput, match="are 3 and 3 of 5"):
        paired_proportions(3, 3, 5)
    with pytest.raises(BadInput, match="are 0 of 0"):
        proportion_interval(0, 0)
    with pytest.raises(BadInput, match="one is -1"):
        mcnemar(-1, 2)


def test_several_tests_are_raised_as_scipy_raises_them() -> None:
    p = np.array([0.001, 0.2, 0.013, 0.04, 0.04, 0.9])
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p))
    order = np.argsort(p)
    expected = [max(min(1.0, (6 - j) * p[order[j]]) for j in range(i + 1)) for i in range(6)]
    np.testing.assert_allclose(holm(p)[order], expected)


def test_as_statsmodels_has_them() -> None:
    multiple = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(0).random(20) ** 3
    np.testing.assert_allclose(holm(p), multiple.multipletests(p, method="holm")[1])
    np.testing.assert_allclose(benjamini_hochberg(p), multiple.multipletests(p, method="fdr_bh")[1])
