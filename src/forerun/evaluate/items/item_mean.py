"""How good is one system on one benchmark, by itself: the mean over its items and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from forerun.core import BadInput, Table
from forerun.evaluate.items.item_answers import answered, answers_of, chosen, itemised
from forerun.stats.clusters import clustered_mean, pooled_error
from forerun.stats.proportions import shares_of_tries


@dataclass(frozen=True)
class ItemMean:
    """A system's mean score on a benchmark.

    Args:
        system, benchmark, metric: of what. n: items. estimate: mean over them, of seeds and tries. low, high: interval
            over items like these. error: standard error. method: how the interval was made.
    """

    system: str
    benchmark: str
    metric: str
    n: int
    estimate: float
    low: float
    high: float
    error: float
    method: str


def item_means(table: Table, *, level: float = 0.95) -> tuple[ItemMean, ...]:
    """The mean of every system on every benchmark by every metric.

    Scores of 0 and 1 have Wilson's interval, of several tries at their effective number; others, items in groups and
    several seeds Student's t.

    Args:
        table: as `scores` makes it, a step a system.
        level: mass of the intervals.

    Raises:
        BadInput: no scores of items.

    Example:
        >>> table = Table({"system": ["a"] * 4, "benchmark": ["q"] * 4, "metric": ["acc"] * 4,
        ...                "item": list("1234"), "score": [1, 0, 1, 1]})
        >>> mean = item_means(table)[0]
        >>> mean.estimate, mean.error, round(mean.low, 2), mean.method
        (0.75, 0.25, 0.3, 'Wilson')
    """
    return tuple(_mean(itemised(table), *name, level) for name in answered(table))


def mean_together(means: Sequence[ItemMean], *, level: float = 0.95) -> ItemMean:
    """The mean of one system over the items of several benchmarks by one metric, with the error pooled within them.

    Args:
        means: of the benchmarks.
        level: mass of the interval.

    Raises:
        BadInput: fewer than 2 benchmarks.

    Source: the error of a group as lm-evaluation-harness pools it, sizes for weights.

    Example:
        >>> each = [ItemMean("m", name, "acc", n, mean, 0.0, 1.0, error, "Wilson")
        ...         for name, n, mean, error in (("a", 100, 0.5, 0.05), ("b", 300, 0.7, 0.0265))]
        >>> both = mean_together(each)
        >>> both.benchmark, both.n, both.estimate, round(both.error, 4)
        ('2 benchmarks', 400, 0.65, 0.0235)
    """
    if len(means) < 2:
        raise BadInput(f"{len(means)} benchmark has nothing to be taken together with")
    sizes, errors = (np.array([getattr(one, name) for one in means], np.float64) for name in ("n", "error"))
    estimate, n = float(np.average([one.estimate for one in means], weights=sizes)), int(sizes.sum())
    error = pooled_error(errors, sizes)
    if all(one.method.startswith("Wilson") for one in means):
        method, (low, high) = "Wilson, pooled", shares_of_tries(estimate, error, n, 1.0, level=level)
    else:
        half = float(special.stdtrit(n - len(means), 0.5 + level / 2)) * error
        method, (low, high) = "Student's t, pooled", (estimate - half, estimate + half)
    return ItemMean(means[0].system, f"{len(means)} benchmarks", means[0].metric, n, estimate, low, high, error, method)


def _mean(table: Table, system: str, benchmark: str, metric: str, level: float) -> ItemMean:
    rows = chosen(table, system=system, benchmark=benchmark, metric=metric)
    answers = answers_of(rows, system, benchmark, metric)
    if answers.score.size < 2:
        raise BadInput(f"{system} has {answers.score.size} item of {benchmark}; a mean needs 2 or more")
    groups, n = answers.clusters, int(answers.score.size)
    mean = clustered_mean(answers.score, groups)
    variance = mean.se**2 + answers.seed_variance
    error = float(np.sqrt(variance))
    if answers.shares and groups is None and not answers.seed_variance:
        low, high = shares_of_tries(mean.mean, error, n, answers.tries[0], level=level)
        return ItemMean(system, benchmark, metric, n, mean.mean, low, high, error, _wilson(answers.tries))
    of_seeds = answers.seed_variance**2 / max(answers.seeds - 1, 1)
    df = variance**2 / (mean.se**4 / mean.df + of_seeds) if error else mean.df
    half = float(special.stdtrit(df, 0.5 + level / 2)) * error
    low, high = mean.mean - half, mean.mean + half
    if answers.shares:
        low, high = max(low, 0.0), min(high, 1.0)
    method = ("Student's t" if groups is None else "cluster-robust t (CR2)") + (
        ", items and seeds" if answers.seed_variance else ""
    )
    return ItemMean(system, benchmark, metric, n, mean.mean, low, high, error, method)


def _wilson(tries: tuple[int, int]) -> str:
    fewest, most = tries
    if most == 1:
        return "Wilson"
    return f"Wilson, {fewest} tries" if fewest == most else f"Wilson, {fewest} to {most} tries"
