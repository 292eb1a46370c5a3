"""Comparing systems item by item: known answers, harnesses' own numbers, promised rates, and what is refused."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from forerun import api
from forerun.core import BadInput, Table
from forerun.evaluate.differences.over_items import over_items
from forerun.evaluate.items.all_pairs import all_pairs
from forerun.evaluate.items.compare import compare
from forerun.evaluate.items.item_answers import answers_of
from forerun.evaluate.items.passes import pass_rates
from forerun.evaluate.items.plan import ItemVariance, detectable_effect, questions_needed
from forerun.evaluate.items.scores import scores, scores_of_runs
from forerun.stats.clusters import clustered_mean
from forerun.stats.proportions import paired_shares, proportion_interval, shares_of_tries


def table(first: np.ndarray, second: np.ndarray, **more: list[object]) -> Table:
    """Scores of systems a and b; of shape (items,) or (items, tries), or (items, tries, seeds)."""
    shape = (*first.shape, 1, 1)[:3]
    item, _, seed = (axis.ravel().tolist() * 2 for axis in np.indices(shape))
    n = first.size
    columns = {"system": ["a"] * n + ["b"] * n, "benchmark": ["quiz"] * 2 * n, "metric": ["acc"] * 2 * n}
    return scores({**columns, "item": item, "seed": seed, "score": np.r_[first.ravel(), second.ravel()], **more})


def test_two_runs_of_a_harness_are_compared_with_its_own_errors(shared: Path) -> None:
    both = scores_of_runs(api.read(shared / "raw" / "lm_eval_harness_0.4.13"))
    systems = sorted(set(both.columns["system"]))
    assert set(both.columns["metric"]) == {"acc", "acc_norm", "exact_match,take_first"}
    answers = answers_of(both, "3ykv54sv", "toy_mc", "acc")
    assert clustered_mean(answers.score).se == pytest.approx(0.06405126152203487, abs=1e-12)
    by_name = {(one.benchmark, one.metric): one for one in compare(both, *systems)}
    acc = by_name["toy_mc", "acc"]
    assert (acc.comparison.n, acc.n_first) == (40, 40)
    assert acc.comparison.estimate == pytest.approx(0.2 - 0.35)
    assert acc.p_holm >= acc.p_share >= acc.comparison.p_value
    assert "a system has one seed" in " ".join(acc.comparison.warnings)


def test_epochs_of_inspect_are_tries_of_an_item(shared: Path) -> None:
    pytest.importorskip("zstandard")
    one = scores_of_runs(api.read(shared / "raw" / "inspect_eval"))
    answers = answers_of(one, one.columns["system"][0], "t", "match")
    assert clustered_mean(answers.score).mean == pytest.approx(0.8333333333333334)
    assert not any("#" in item for item in answers.items)


def test_every_pair_of_gsm8k_models(shared: Path) -> None:
    with (shared / "measurement" / "zeroeval_gsm_correct.csv").open() as file:
        header, *rows = csv.reader(file)
    values = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows]).T
    pairs = all_pairs(header[1:], values)
    assert (len(pairs.first), int((pairs.p_value < 0.05).sum())) == (820, 696)
    assert pairs.left_out == ("gemini-1.5-flash-exp-0827",)
    one = over_items(values[0], values[1])
    assert (one.estimate, one.low, one.p_value) == (pairs.difference[0], pairs.low[0], pairs.p_value[0])


def test_pairs_of_other_scores_are_students() -> None:
    values = np.random.default_rng(0).normal(size=(4, 30))
    pairs = all_pairs(list("abcd"), values)
    for i, (a, b) in enumerate(zip(pairs.first, pairs.second, strict=True)):
        expected = stats.ttest_rel(values["abcd".index(a)], values["abcd".index(b)])
        interval = expected.confidence_interval(0.95)
        assert (pairs.low[i], pairs.high[i], pairs.p_value[i]) == pytest.approx(
            (interval.low, interval.high, expected.pvalue)
        )


def test_tries_are_averaged_before_items_are_compared() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 5, (25, 4)) / 4, rng.integers(0, 5, (25, 4)) / 4
    one = compare(table(a, b), "a", "b")[0].comparison
    expected = stats.ttest_rel(a.mean(axis=1), b.mean(axis=1))
    interval = expected.confidence_interval(0.95)
    assert (one.low, one.high, one.p_value) == pytest.approx((interval.low, interval.high, expected.pvalue))


def mixed(n: int, tries: int, sets: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Differences of shares of tries, shape (sets, n): nine items of ten alike in both systems and nearly always right,
    one easier for the first (0.7 to 0.4); and the mean difference that they are drawn from."""
    odd = rng.random((sets, n)) < 0.1
    shares = [rng.binomial(tries, np.where(odd, p, 0.995)) / tries for p in (0.7, 0.4)]
    return shares[0] - shares[1], 0.1 * 0.3


@pytest.mark.parametrize("n", [20, 50, 100, 400])
@pytest.mark.parametrize("tries", [1, 2, 4, 8])
def test_intervals_of_several_tries_hold_where_few_items_differ(n: int, tries: int) -> None:
    """2,000 sets: 93.5% or more, by accident below that with chance below 0.005 at a true 95%. The control, Student's
    t, holds far less than that where items are few."""
    d, truth = mixed(n, tries, 2000, np.random.default_rng(n + tries))
    low, high, _ = paired_shares(d.sum(axis=1), (d**2).sum(axis=1), n, tries=tries)
    assert np.mean((low <= truth) & (truth <= high)) >= 0.935
    if n == 20:
        half = stats.t.ppf(0.975, n - 1) * d.std(axis=1, ddof=1) / np.sqrt(n)
        assert np.mean(np.abs(d.mean(axis=1) - truth) <= half) < 0.9


def test_shares_of_several_tries_are_compared_by_that_interval() -> None:
    d, _ = mixed(30, 4, 2, np.random.default_rng(7))
    a = np.clip(d, 0.0, 1.0)
    first, second = (np.arange(4) < np.rint(4 * one)[:, None] for one in (a[0], a[1]))
    one = compare(table(first * 1, second * 1), "a", "b")[0].comparison
    low, high, _ = paired_shares((a[0] - a[1]).sum(), ((a[0] - a[1]) ** 2).sum(), 30, tries=4)
    assert (one.method, one.low, one.high) == ("Bonett-Price, 4 tries", float(low), float(high))
    pair = api.compare_all(table(first * 1, second * 1))[0].pairs
    assert (pair.low[0], pair.high[0], pair.p_value[0]) == pytest.approx((one.low, one.high, one.p_value))
    nobody = compare(table(np.full((12, 3), 1), np.full((12, 3), 1)), "a", "b")[0].comparison
    assert nobody.low < 0.0 < nobody.high


def test_a_mean_of_several_tries_holds_its_level() -> None:
    """2,000 sets of 20 items, 4 tries, rates from 0 to 1 or all near 1: 93% or more hold; the control takes every try
    for an item of its own, and where items differ errs more than one time in ten."""
    rng = np.random.default_rng(8)
    for rates, plain in ((rng.beta(0.3, 0.3, (2000, 20)), 0.9), (rng.beta(30, 1, (2000, 20)), 1.0)):
        shares = rng.binomial(4, rates) / 4
        truth = 0.5 if plain < 1 else 30 / 31
        error = shares.std(axis=1, ddof=1) / np.sqrt(20)
        ends = [shares_of_tries(m, e, 20, 4) for m, e in zip(shares.mean(axis=1), error, strict=True)]
        assert np.mean([low <= truth <= high for low, high in ends]) >= 0.93
        each = proportion_interval(shares.sum(axis=1) * 4, 80)
        assert np.mean((each[0] <= truth) & (truth <= each[1])) <= plain


def test_benchmarks_together_are_one_with_the_harness_own_error() -> None:
    """The error of a group as lm-evaluation-harness pools it; the difference is that of all items."""
    rng = np.random.default_rng(9)
    parts = {"p": rng.integers(0, 2, (2, 40)), "q": rng.integers(0, 2, (2, 160))}
    rows = [(system, name, "acc", i, int(v)) for name, both in parts.items()
            for system, values in zip("ab", both, strict=True) for i, v in enumerate(values)]  # fmt: skip
    names = ("system", "benchmark", "metric", "item", "score")
    both = scores(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    compared = api.compare(both, "a", "b", together=True)
    (one,) = compared.comparisons
    a, b = (np.concatenate([parts[name][i] for name in "pq"]) for i in (0, 1))
    assert (one.benchmark, one.comparison.n) == ("2 benchmarks", 200)
    assert (one.comparison.estimate, one.comparison.low) == (over_items(a, b).estimate, over_items(a, b).low)
    mean = compared.means[0]
    variances = [parts[name][0].var(ddof=1) for name in "pq"]
    pooled = (39 * variances[0] + 159 * variances[1]) / 198
    assert (mean.estimate, mean.error) == (pytest.approx(a.mean()), pytest.approx(np.sqrt(pooled / 200)))
    assert (mean.low, mean.high) == pytest.approx(stats.binomtest(int(a.sum()), 200).proportion_ci(method="wilson"))


def test_items_that_all_differ_by_the_same_are_judged_by_their_signs() -> None:
    five, twenty = (over_items(np.full(n, 2.5), np.full(n, 2.0)) for n in (5, 20))
    assert (five.verdict, five.p_value) == ("cannot tell", 2 * 0.5**5)
    assert (twenty.verdict, twenty.p_value) == ("better", 2 * 0.5**20)
    assert "nothing says how sure" in five.warnings[0]
    assert over_items(np.full(5, 2.5), np.full(5, 2.5)).verdict == "cannot tell"
    assert compare(table(np.full(5, 2.5), np.full(5, 2.0)), "a", "b")[0].needs.startswith("more items")
    assert over_items(np.full(5, 2.5), np.full(5, 2.5), margin=0.1).verdict == "equivalent"


def test_seeds_widen_the_interval_and_keep_its_level() -> None:
    """60 comparisons of equals with 5 seeds that differ: 95% hold; below 50 by accident with chance below 1e-3.

    The control leaves seeds out, and errs far more often.
    """
    rng, right, without = np.random.default_rng(2), 0, 0
    for _ in range(60):
        item = rng.normal(size=(12, 1, 1))
        a, b = (item + rng.normal(0, 0.2, (12, 1, 5)) + rng.normal(0, 0.5, (1, 1, 5)) for _ in "ab")
        comparison = compare(table(a, b), "a", "b")[0].comparison
        right += comparison.low <= 0 <= comparison.high
        plain = over_items(a.mean(axis=(1, 2)), b.mean(axis=(1, 2)))
        without += plain.low <= 0 <= plain.high
    assert right >= 50 and without < 35


def test_items_in_clusters_are_fewer_than_they_look() -> None:
    rng = np.random.default_rng(3)
    passage = np.repeat(np.arange(12), 5)
    a, b = rng.normal(size=12)[passage] + rng.normal(0, 0.1, 60), np.zeros(60)
    clustered = compare(table(a, b, group=[*passage, *passage]), "a", "b")[0].comparison
    plain = compare(table(a, b), "a", "b")[0].comparison
    assert clustered.high - clustered.low > 1.8 * (plain.high - plain.low)
    assert clustered.method == "cluster-robust t (CR2)" and "12 clusters" in clustered.warnings[0]


def test_groups_that_say_nothing_are_not_clusters() -> None:
    """Every item its own group is no group; items of no group are their own; one group for all cannot be told apart."""
    a, b = np.r_[np.ones(12), np.zeros(8)], np.r_[np.ones(4), np.zeros(16)]
    plain = compare(table(a, b), "a", "b")[0].comparison
    own = compare(table(a, b, group=[*map(str, range(20))] * 2), "a", "b")[0].comparison
    assert own == plain
    mixed = compare(table(a, b, group=["x", "x", *[""] * 18] * 2), "a", "b")[0].comparison
    expected = clustered_mean(a - b, np.r_[0, 0, np.arange(2, 20)])
    assert (mixed.method, mixed.estimate) == ("cluster-robust t (CR2)", expected.mean)
    assert mixed.high - mixed.estimate == pytest.approx(stats.t.ppf(0.975, expected.df) * expected.se)
    single = compare(table(a, b, group=["x"] * 40), "a", "b")[0].comparison
    assert single.low == plain.low
    assert any("all items are of one group" in warning for warning in single.warnings)


def test_an_item_counts_once_however_often_it_was_tried() -> None:
    """A repeated line is another try: the mean stays, the number of items too, and unequal tries are said."""
    one = table(np.r_[np.ones(10), np.zeros(10)], np.zeros(20))
    again = scores({name: [*column, *column[:3]] for name, column in one.columns.items()})
    plain, repeated = (compare(of, "a", "b")[0].comparison for of in (one, again))
    assert (repeated.n, repeated.low, repeated.p_value) == (plain.n, plain.low, plain.p_value)
    assert any("unequally often" in warning for warning in repeated.warnings)
    assert not any("unequally often" in warning for warning in plain.warnings)


def test_of_many_benchmarks_a_chance_finding_is_not_told_as_one() -> None:
    """One of 12 benchmarks leans, 18 items to 8; by itself it is better, among 12 it is not."""
    a, b = np.r_[np.ones(18), np.zeros(10)], np.r_[np.zeros(10), np.zeros(8), np.zeros(2), np.ones(8)]
    one = compare(table(a, b), "a", "b")[0]
    assert one.verdict == one.comparison.verdict == "better"
    columns = [dict(table(a, b if i == 0 else a).columns) | {"benchmark": [f"q{i}"] * 56} for i in range(12)]
    many = compare(scores({name: [v for part in columns for v in part[name]] for name in columns[0]}), "a", "b")
    assert (many[0].comparison.verdict, many[0].verdict) == ("better", "cannot tell")
    assert many[0].p_holm == pytest.approx(min(12 * one.comparison.p_value, 1.0))


def test_losses_are_better_when_lower_and_margins_ask_for_equivalence() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(1.0, 0.1, 50), rng.normal(1.0, 0.1, 50)
    lower = scores(dict(table(a - 0.5, b).columns) | {"metric": ["nll_loss"] * 100})
    assert compare(lower, "a", "b")[0].verdict == "better"
    assert compare(table(a - 0.5, b), "a", "b", directions={"acc": "min"})[0].verdict == "better"
    assert compare(table(a, b), "a", "b", margin=0.1)[0].verdict == "equivalent"
    assert compare(table(a, b), "a", "b", margin=0.001)[0].verdict == "cannot tell"


def test_what_cannot_be_compared_is_refused_unless_it_is_allowed() -> None:
    a, b = np.r_[np.ones(10), np.zeros(10)], np.zeros(20)
    prompts = scores(dict(table(a, b).columns) | {"prompt": ["x"] * 20 + ["x"] * 17 + ["y"] * 3})
    with pytest.raises(BadInput, match="3 of 20 items have other prompts"):
        compare(prompts, "a", "b")
    assert compare(prompts, "a", "b", other_prompts=True)[0].comparison.n == 20
    short = table(a, b).take(np.arange(36))
    with pytest.raises(BadInput, match="of 20 and 16 items 16 are the same"):
        compare(short, "a", "b")
    assert compare(short, "a", "b", partial=True)[0].n_second == 16
    with pytest.raises(BadInput, match="no system 'c'; there are a, b"):
        compare(short, "a", "c")
    steps = scores(dict(table(a, b).columns) | {"step": [1.0] * 10 + [2.0] * 30})
    with pytest.raises(BadInput, match="a has scores of several steps, 1, 2"):
        compare(steps, "a", "b")


def test_columns_are_checked() -> None:
    with pytest.raises(BadInput, match="need the column 'system'; there are item"):
        scores({"item": ["1"]})
    with pytest.raises(BadInput, match="no column 'colour'"):
        scores(dict(table(np.ones(2), np.ones(2)).columns) | {"colour": [""] * 4})
    with pytest.raises(BadInput, match=r"score\[1\] is nan"):
        table(np.array([1.0, np.nan]), np.ones(2))


def test_the_published_numbers_of_questions() -> None:
    variance = ItemVariance(1 / 9, 1 / 6, 1 / 6)
    assert questions_needed(0.03, ItemVariance(1 / 9)) == 969
    assert questions_needed(0.03, variance, tries_first=10, tries_second=10) == 1260
    assert questions_needed(0.03, variance) == 3876
    assert detectable_effect(3876, variance) == pytest.approx(0.03, rel=1e-3)
    with pytest.raises(BadInput, match="the effect must be above 0, but is 0"):
        questions_needed(0.0, variance)


def test_the_planned_number_finds_the_effect_four_times_in_five() -> None:
    """1,000 trials at the planned n; outside 0.75 to 0.85 by accident with chance below 1e-4."""
    rng, n = np.random.default_rng(5), questions_needed(0.3, ItemVariance(1.0))
    differences = rng.normal(0.3, 1.0, (1000, n))
    t = differences.mean(axis=1) / differences.std(axis=1, ddof=1) * np.sqrt(n)
    assert 0.75 <= np.mean(t > stats.t.ppf(0.975, n - 1)) <= 0.85


def test_rates_of_passing_within_and_beyond_the_tries_made() -> None:
    rng = np.random.default_rng(6)
    rate = rng.beta(0.6, 2.0, 300)
    tries = (rng.random((300, 8)) < rate[:, None]) * 1.0
    rates = pass_rates(table(tries, tries), "a", "quiz", "acc", [1, 2, 8, 64])
    assert (rates[0].any, rates[0].every) == pytest.approx((tries.mean(), tries.mean()))
    assert rates[2].every == pytest.approx(tries.all(axis=1).mean())
    assert [one.extrapolated for one in rates] == [False, False, False, True]
    assert rates[3].any_low <= np.mean(1 - (1 - rate) ** 64) <= rates[3].any_high
    assert all(a.any <= b.any and a.every >= b.every for a, b in pairwise(rates))
