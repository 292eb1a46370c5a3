"""`compare`: is one system better than another, item by item; and every two of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forerun.api.scoring import Scored, Scores, read_scores
from forerun.core import BadInput, Table, UnknownName
from forerun.core.frozen import Noun
from forerun.evaluate.items.all_pairs import Pairs, all_pairs
from forerun.evaluate.items.compare import ItemComparison, common_benchmarks
from forerun.evaluate.items.compare import compare as compare_items
from forerun.evaluate.items.item_answers import chosen
from forerun.evaluate.items.item_mean import ItemMean, item_means, mean_together
from forerun.evaluate.items.score_matrix import benchmarks_of, score_matrix
from forerun.evaluate.items.scores import as_one, of_benchmarks


@dataclass(frozen=True, eq=False)
class Compared(Noun):
    """Two systems beside each other, or one by itself.

    Args:
        first, second: names; the second is empty where there is one system alone.
        comparisons: benchmark by benchmark; positive differences mean that the first is better.
        means: of each system on each benchmark.
        scores: what was read.
    """

    first: str
    second: str
    comparisons: tuple[ItemComparison, ...]
    means: tuple[ItemMean, ...]
    scores: Scores


@dataclass(frozen=True, eq=False)
class PairsOf(Noun):
    """Every two systems on one benchmark by one metric."""

    benchmark: str
    metric: str
    pairs: Pairs


def compare(
    what: Scored,
    first: str | None = None,
    second: str | None = None,
    *,
    benchmark: str | None = None,
    metric: str | None = None,
    margin: float | None = None,
    level: float = 0.95,
    partial: bool = False,
    other_prompts: bool = False,
    together: bool = False,
) -> Compared:
    """Compare two systems on every benchmark and metric that both have, item by item.

    Args:
        what: as in `read_scores`; of two systems, or of one, whose means are then all there is to say.
        first, second: names of systems; needed where there are more than two, else in the order they were read.
        benchmark, metric: only these.
        margin: asks for equivalence too, in the metric's unit.
        level: mass of the intervals.
        partial: compare the items that both answered, where one lacks some.
        other_prompts: compare items whose prompts differ.
        together: take the items of all benchmarks for those of one, by each metric; the means of a system then stand
            with the error pooled within benchmarks.

    Raises:
        BadInput: nothing in common, items or prompts that differ and were not allowed to, or no choice of systems.
        UnknownName: no such system.

    Example:
        >>> import tempfile, pathlib
        >>> file = pathlib.Path(tempfile.mkdtemp(), "quiz.csv")
        >>> _ = file.write_text("item,new,old\\n" + "".join(f"{i},{int(i < 36)},{int(i < 24)}\\n" for i in range(40)))
        >>> print(compare(file).comparisons[0])
        quiz: better, +0.3 (+0.134 to +0.437), 40 items
    """
    scores = read_scores(what)
    table = narrowed(scores.table, benchmark, metric)
    a, b = _two(tuple(dict.fromkeys(table.columns["system"])), first, second)
    if not b:
        return Compared(a, "", (), item_means(chosen(table, system=a), level=level), scores)
    common = common_benchmarks(table, a, b)
    table = of_benchmarks(table, common)
    whole = as_one(table) if together else table
    compared = compare_items(whole, a, b, margin=margin, level=level, partial=partial, other_prompts=other_prompts)
    both = [item_means(chosen(table, system=name), level=level) for name in (a, b)]
    means = tuple(one for of in both for one in (_pooled(of, level) if together else of))
    return Compared(a, b, compared, means, scores)


def _pooled(means: Sequence[ItemMean], level: float) -> list[ItemMean]:
    """By each metric, the mean over the items of all benchmarks."""
    by_metric = {one.metric: [other for other in means if other.metric == one.metric] for one in means}
    return [mean_together(of, level=level) if len(of) > 1 else of[0] for of in by_metric.values()]


def compare_all(
    what: Scored, *, benchmark: str | None = None, metric: str | None = None, level: float = 0.95
) -> tuple[PairsOf, ...]:
    """Compare every two systems on the items that all of them have answered; a system that lacks any is left out.

    Args:
        what: as in `read_scores`.
        benchmark, metric: only these.
        level: mass of the intervals.

    Raises:
        BadInput: fewer than 2 systems or items.

    Example:
        >>> import tempfile, pathlib
        >>> file = pathlib.Path(tempfile.mkdtemp(), "quiz.csv")
        >>> _ = file.write_text("item,a,b,c\\n1,1,0,1\\n2,1,0,\\n3,1,0,0\\n")
        >>> pairs = compare_all(file)[0].pairs
        >>> pairs.first, pairs.second, pairs.p_value.tolist(), pairs.left_out
        (('a',), ('b',), [0.25], ('c',))
    """
    table = narrowed(read_scores(what).table, benchmark, metric)
    return tuple(PairsOf(name, by, _pairs(table, name, by, level)) for name, by in benchmarks_of(table))


def narrowed(table: Table, benchmark: str | None, metric: str | None) -> Table:
    """The rows of a benchmark and a metric, where they are given.

    Raises:
        BadInput: none.
    """
    wanted = {name: word for name, word in (("benchmark", benchmark), ("metric", metric)) if word is not None}
    return chosen(table, **wanted)


def _pairs(table: Table, benchmark: str, metric: str, level: float) -> Pairs:
    matrix = score_matrix(table, benchmark, metric)
    return all_pairs(matrix.systems, matrix.values, tries=matrix.tries, level=level)


def _two(systems: tuple[str, ...], first: str | None, second: str | None) -> tuple[str, str]:
    for name in (first, second):
        if name is not None and name not in systems:
            raise UnknownName("system", name, systems)
    if first is not None and (second is not None or len(systems) == 1):
        return first, second or ""
    if len(systems) > 2:
        raise BadInput(
            f"there are {len(systems)} systems, {', '.join(systems[:8])} ...; name two, or ask for all pairs"
        )
    others = [name for name in systems if name not in (first, second)]
    if first is not None:
        return first, others[0]
    return others[0], second or (others[1] if len(others) == 2 else "")
