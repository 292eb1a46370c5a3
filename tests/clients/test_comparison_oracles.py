"""Comparisons beside statsmodels: exact McNemar, Wilson, Holm, Benjamini and Hochberg, errors of clusters."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.stats.clusters import clustered_mean
from forerun.stats.multiple import benjamini_hochberg, holm
from forerun.stats.proportions import mcnemar, proportion_interval

api = pytest.importorskip("statsmodels.api")
contingency = pytest.importorskip("statsmodels.stats.contingency_tables")
multitest = pytest.importorskip("statsmodels.stats.multitest")
proportion = pytest.importorskip("statsmodels.stats.proportion")


@pytest.mark.parametrize(("b", "c"), [(0, 0), (5, 0), (2, 10), (14, 5), (60, 61)])
def test_exact_mcnemar(b: int, c: int) -> None:
    theirs = contingency.mcnemar([[30, b], [c, 40]], exact=True).pvalue
    assert float(mcnemar(b, c)) == pytest.approx(min(theirs, 1.0), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(0, 12), (19, 111), (30, 30), (500, 1319)])
def test_wilson(k: int, n: int) -> None:
    low, high = proportion_interval(k, n)
    assert (float(low), float(high)) == pytest.approx(proportion.proportion_confint(k, n, method="wilson"), abs=1e-12)


@pytest.mark.parametrize(("method", "ours"), [("holm", holm), ("fdr_bh", benjamini_hochberg)])
def test_several_tests_at_once(method: str, ours) -> None:
    p = np.random.default_rng(0).beta(0.5, 3.0, 40)
    assert ours(p) == pytest.approx(multitest.multipletests(p, method=method)[1], abs=1e-12)


def test_errors_of_clusters_without_a_correction() -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 30, 400)
    values = rng.normal(size=400) + rng.normal(size=30)[groups]
    fit = api.OLS(values, np.ones(400)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    assert clustered_mean(values, groups, kind="CR0").se == pytest.approx(float(fit.bse[0]), rel=1e-12)
