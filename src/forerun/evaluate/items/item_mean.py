"""How good is one system on one benchmark, by itself: the mean over its items and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from forerun.core import BadInput, Table
from forerun.evaluate.items.item_answers import answered, answers_of, chosen, itemised
from forerun.stats.clusters import clustered_mean
from forerun.stats.proportions import proportion_interval


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

    Scores of 0 and 1 have Wilson's interval, others, items in groups and several seeds Student's t.

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


def _mean(table: Table, system: str, benchmark: str, metric: str, level: float) -> ItemMean:
    rows = chosen(table, system=system, benchmark=benchmark, metric=metric)
    answers = answers_of(rows, system, benchmark, metric)
    if answers.score.size < 2:
        raise BadInput(f"{system} has {answers.score.size} item of {benchmark}; a mean needs 2 or more")
    grouped = answers.group is not None and 1 < np.unique(answers.group).size < answers.group.size
    mean = clustered_mean(answers.score, answers.group if grouped else None)
    variance = mean.se**2 + answers.seed_variance
    n, error = int(answers.score.size), float(np.sqrt(variance))
    if not grouped and not answers.seed_variance and np.isin(answers.score, (0.0, 1.0)).all():
        low, high = (float(end) for end in proportion_interval(answers.score.sum(), n, level=level))
        return ItemMean(system, benchmark, metric, n, mean.mean, low, high, error, "Wilson")
    df = (
        variance**2 / (mean.se**4 / mean.df + answers.seed_variance**2 / max(answers.seeds - 1, 1))
        if error
        else mean.df
    )
    half = float(special.stdtrit(df, 0.5 + level / 2)) * error
    low, high = mean.mean - half, mean.mean + half
    if np.isin(rows.columns["score"], (0.0, 1.0)).all():  # shares, whatever they were averaged over
        low, high = max(low, 0.0), min(high, 1.0)
    method = ("cluster-robust t (CR2)" if grouped else "Student's t") + (
        ", items and seeds" if answers.seed_variance else ""
    )
    return ItemMean(system, benchmark, metric, n, mean.mean, low, high, error, method)
