"""Is one system better than another, benchmark by benchmark, from scores of the items that both answered?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from forerun.core import BadInput, Direction, Table
from forerun.core.metrics import meaning
from forerun.evaluate.differences.comparison import Comparison, Verdict
from forerun.evaluate.differences.over_items import over_items
from forerun.evaluate.items.item_answers import ItemAnswers, Words, answers_of, chosen, itemised, words
from forerun.stats.multiple import benjamini_hochberg, holm

_MOST_ITEMS = 1e7  # beyond it no benchmark would be written; arbitrary


@dataclass(frozen=True)
class ItemComparison:
    """What the items of one benchmark say of two systems, one of several benchmarks that were looked at.

    Args:
        benchmark, metric: what was compared. comparison: of this benchmark by itself.
        n_first, n_second: items that each system answered; the comparison has those that both did.
        p_holm: p-value raised for the number of benchmarks, so that any false finding is rare.
        p_share: raised so that few of the findings are false (Benjamini and Hochberg).
        verdict: the comparison's; of several benchmarks, better and worse only where ``p_holm`` says so too.
    """

    benchmark: str
    metric: str
    comparison: Comparison
    n_first: int
    n_second: int
    p_holm: float
    p_share: float
    verdict: Verdict

    @property
    def needs(self) -> str:
        """What it would take to tell; empty where it is told."""
        c = self.comparison
        if self.verdict != "cannot tell":
            return ""
        if not np.isfinite(c.minimum_detectable_effect):
            return "more items: that all differ by the same says little of few"
        text = f"so many items show a difference of {c.minimum_detectable_effect:.2g}"
        items = c.n * (c.minimum_detectable_effect / c.estimate) ** 2 if c.estimate else np.inf
        if not c.n < items < _MOST_ITEMS or "seeds" in c.method:
            return text
        return f"{text}; one of {abs(c.estimate):.2g} would take about {float(f'{items:.2g}'):.0f}"

    def __str__(self) -> str:
        c = self.comparison
        text = f"{self.benchmark}: {self.verdict}, {c.estimate:+.3g} ({c.low:+.3g} to {c.high:+.3g}), {c.n} items"
        return f"{text}; {self.needs}" if self.needs else text


def compare(
    table: Table,
    first: str,
    second: str,
    *,
    directions: Mapping[str, Direction] | None = None,
    margin: float | None = None,
    level: float = 0.95,
    power: float = 0.8,
    partial: bool = False,
    other_prompts: bool = False,
) -> tuple[ItemComparison, ...]:
    """Compare two systems on every benchmark and metric that both have, item by item.

    Tries of an item are averaged, then seeds. Where seeds are several, what they add to the error is part of the
    interval; where there is one, the interval speaks of these two trainings alone, and says so.

    Args:
        table: as `scores` makes it, a step a system.
        first, second: names of systems.
        directions: which way metrics are better; by default losses down, all else up.
        margin: asks for equivalence too, in the metrics' unit.
        level: mass of the intervals.
        power: how often the minimum detectable effect is found.
        partial: compare the items that both answered, where one lacks some.
        other_prompts: compare items whose prompts differ.

    Raises:
        BadInput: nothing in common, or items or prompts that differ and were not allowed to.

    Example:
        >>> from forerun.evaluate.items.scores import scores
        >>> items = [str(i) for i in range(40)]
        >>> table = scores({"system": ["new"] * 40 + ["old"] * 40, "benchmark": ["quiz"] * 80, "metric": ["acc"] * 80,
        ...                 "item": items * 2, "score": [1] * 36 + [0] * 4 + [1] * 24 + [0] * 16})
        >>> print(compare(table, "new", "old")[0])
        quiz: better, +0.3 (+0.134 to +0.437), 40 items
    """
    compared: list[tuple[str, str, int, int, Comparison]] = []
    for benchmark, metric in common_benchmarks(table, first, second):
        a, b = (answers_of(table, system, benchmark, metric) for system in (first, second))
        rows = _joined(a, b, f"{benchmark}/{metric}", partial=partial, other_prompts=other_prompts)
        direction = (directions or {}).get(metric) or _direction(metric)
        comparison = _compared(*rows, direction, margin=margin, level=level, power=power)
        compared.append((benchmark, metric, a.items.size, b.items.size, comparison))
    p = [comparison.p_value for *_, comparison in compared]
    return tuple(
        ItemComparison(benchmark, metric, one, n, m, ph, ps, _verdict(one, ph, len(p), level))
        for (benchmark, metric, n, m, one), ph, ps in zip(
            compared, holm(p).tolist(), benjamini_hochberg(p).tolist(), strict=True
        )
    )


def common_benchmarks(table: Table, first: str, second: str) -> list[tuple[str, str]]:
    """Benchmarks and metrics of both systems, in order of name.

    Raises:
        BadInput: there are none.
    """
    of_both = [
        set(zip(words(rows, "benchmark").tolist(), words(rows, "metric").tolist(), strict=True))
        for rows in (itemised(chosen(table, system=first)), itemised(chosen(table, system=second)))
    ]
    both = sorted(of_both[0] & of_both[1])
    if not both:
        raise BadInput(f"{first} and {second} have no benchmark and metric in common")
    return both


def _joined(
    a: ItemAnswers, b: ItemAnswers, where: str, *, partial: bool, other_prompts: bool
) -> tuple[ItemAnswers, ItemAnswers]:
    """The items that both answered, in one order."""
    items, mine, theirs = np.intersect1d(a.items, b.items, assume_unique=True, return_indices=True)
    if items.size < max(a.items.size, b.items.size) and not partial:
        raise BadInput(
            f"of {a.items.size} and {b.items.size} items {items.size} are the same; allow partial coverage to compare "
            "those",
            where=where,
        )
    a, b = a.take(mine), b.take(theirs)
    if (n := _differing(a.content, b.content)) > 0:
        raise BadInput(f"{n} of {items.size} items go by one name and are others", where=where)
    if (n := _differing(a.prompt, b.prompt)) > 0 and not other_prompts:
        raise BadInput(f"{n} of {items.size} items have other prompts; allow that to compare them", where=where)
    return a, b


def _differing(a: Words | None, b: Words | None) -> int:
    """How many words differ, of those that both say."""
    return 0 if a is None or b is None else int(((a != b) & (a != "") & (b != "")).sum())


def _direction(metric: str) -> Direction:
    return "min" if meaning(metric).kind == "loss" else "max"


def _compared(
    a: ItemAnswers, b: ItemAnswers, direction: Direction, *, margin: float | None, level: float, power: float
) -> Comparison:
    comparison = over_items(
        a.score, b.score, direction=direction, groups=b.clusters if a.clusters is None else a.clusters,
        tries=min(a.tries[0], b.tries[0]) if a.shares and b.shares else None, seed_variance=_of_seeds(a, b),
        margin=margin, level=level, power=power,
    )  # fmt: skip
    warnings = list(comparison.warnings)
    if min(a.seeds, b.seeds) < 2:
        warnings.append("a system has one seed: another training of it may differ by more")
    if a.prompt is None or not (a.prompt != "").any():
        warnings.append("the table does not tell prompts: they may differ")
    if any(one.group is not None and one.group[0] != "" and (one.group == one.group[0]).all() for one in (a, b)):
        warnings.append("all items are of one group: what they share is not in the interval")
    if any(fewest < most for fewest, most in (a.tries, b.tries)):
        warnings.append("items were tried unequally often: each item counts once, whatever its tries")
    return replace(comparison, warnings=tuple(warnings))


def _of_seeds(a: ItemAnswers, b: ItemAnswers) -> tuple[float, float]:
    """Variance that seeds of both add, with its degrees of freedom (Satterthwaite)."""
    parts = [(one.seed_variance, one.seeds - 1) for one in (a, b) if one.seed_variance > 0.0]
    whole = sum(variance for variance, _ in parts)
    return whole, whole**2 / sum(variance**2 / df for variance, df in parts) if parts else np.inf


def _verdict(comparison: Comparison, p_holm: float, tests: int, level: float) -> Verdict:
    doubtful = tests > 1 and p_holm > 1.0 - level and comparison.verdict in ("better", "worse")
    return "cannot tell" if doubtful else comparison.verdict
