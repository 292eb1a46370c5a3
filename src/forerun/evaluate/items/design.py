"""What it takes to show a difference: questions for each number of tries and seeds, and what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import BadInput, Table, Undecided
from forerun.evaluate.items.item_answers import answers_of, chosen, itemised, words
from forerun.evaluate.items.plan import ItemVariance, detectable_effect, questions_needed
from forerun.stats.variance_components import nested_variance


@dataclass(frozen=True)
class ItemDesign:
    """One way to find a difference.

    Args:
        questions: how many; Undecided where no number of them does. tries: of each question by each system. seeds:
            trainings of each system. cost: of all, in the unit of the costs given. detectable: least difference that
            as many show.
    """

    questions: int | Undecided
    tries: int
    seeds: int
    cost: float
    detectable: float


@dataclass(frozen=True)
class Costs:
    """What a question costs to write, a try of it by one system to run, and a further training of one system."""

    question: float = 0.0
    attempt: float = 1.0
    seed: float = 0.0


def designs(
    effect: float,
    variance: ItemVariance,
    *,
    seed_variance: float = 0.0,
    tries: Sequence[int] = (1, 2, 4, 8, 16),
    seeds: Sequence[int] = (1, 2, 3, 5, 10),
    costs: Costs | None = None,
    level: float = 0.95,
    power: float = 0.8,
) -> tuple[ItemDesign, ...]:
    """Ways to find a difference, the cheapest first.

    Args:
        effect: the difference to be found, in the score's unit, above 0.
        variance: where that of the difference comes from, without seeds.
        seed_variance: variance of the difference between trainings, one of each system; 0 asks of these two alone.
        tries: of each question; the first alone where answers do not vary.
        seeds: trainings of each system; the first alone where they do not.
        costs: of a question, a try and a seed; default those of tries alone.
        level: of the two-sided interval.
        power: how often the difference is to be found.

    Raises:
        BadInput: an effect of 0 or less, a variance below 0, or fewer tries or seeds than 1.

    Source: Miller 2024, sample-size formula, with a further term for seeds.

    Example:
        >>> best = designs(0.03, ItemVariance(1 / 9, 1 / 6, 1 / 6), tries=[1, 10])[0]
        >>> best.questions, best.tries, best.cost
        (3876, 1, 7752.0)
    """
    if seed_variance < 0.0 or min(seeds, default=0) < 1:
        raise BadInput(f"seeds add {seed_variance:g} and are {list(seeds)}; the one is 0 or more, the others 1 or more")
    varied = variance.first or variance.second
    every = [_design(effect, variance, seed_variance / n, k, n, costs or Costs(), level, power)
             for n in (seeds if seed_variance else seeds[:1]) for k in (tries if varied else tries[:1])]  # fmt: skip
    return tuple(sorted(every, key=lambda one: (one.cost, one.tries, one.seeds)))


def _design(
    effect: float,
    variance: ItemVariance,
    of_seeds: float,
    tries: int,
    seeds: int,
    costs: Costs,
    level: float,
    power: float,
) -> ItemDesign:
    """Seeds take their part of the squared error that the effect allows; questions get the rest."""
    reach = detectable_effect(1, ItemVariance(1.0), level=level, power=power)
    left = effect**2 - reach**2 * of_seeds if effect > 0.0 else effect
    least = reach * float(np.sqrt(of_seeds))
    if effect > 0.0 and left <= 0.0:
        none = Undecided(f"{seeds} seeds alone leave a difference of {least:.2g} undetected", "more seeds")
        return ItemDesign(none, tries, seeds, np.inf, least)
    n = questions_needed(float(np.sqrt(left)) if effect > 0.0 else effect, variance, tries_first=tries,
                         tries_second=tries, level=level, power=power)  # fmt: skip
    cost = costs.question * n + 2.0 * seeds * (costs.attempt * n * tries + costs.seed)
    shown = float(
        np.hypot(detectable_effect(n, variance, tries_first=tries, tries_second=tries, level=level, power=power), least)
    )
    return ItemDesign(n, tries, seeds, cost, shown)


@dataclass(frozen=True)
class Pilot:
    """What two systems' scores say of variances.

    Args:
        variance: of questions and tries. seed_variance: that seeds add to the difference, one of each. questions: that
            both answered. benchmark, metric: of what. warnings: what the scores do not tell.
    """

    variance: ItemVariance
    seed_variance: float
    questions: int
    benchmark: str
    metric: str
    warnings: tuple[str, ...]


def pilot(table: Table, first: str, second: str, benchmark: str, metric: str) -> Pilot:
    """Variances of a difference from scores that there are.

    Args:
        table: as `scores` makes it; with several tries of items, what answers vary by is told apart.
        first, second: systems.
        benchmark, metric: which rows.

    Raises:
        BadInput: fewer than 2 items that both answered.

    Example:
        >>> rows = {"system": ["a"] * 4 + ["b"] * 4, "benchmark": ["q"] * 8, "metric": ["acc"] * 8,
        ...         "item": list("1234") * 2, "score": [1, 1, 0, 0, 1, 0, 0, 0]}
        >>> pilot(Table(rows), "a", "b", "q", "acc").variance
        ItemVariance(questions=0.25, first=0.0, second=0.0)
    """
    a, b = (answers_of(table, name, benchmark, metric) for name in (first, second))
    _, mine, theirs = np.intersect1d(a.items, b.items, assume_unique=True, return_indices=True)
    if mine.size < 2:
        raise BadInput(f"{first} and {second} have {mine.size} items in common; a pilot needs 2 or more")
    parts = [_of_tries(table, name, benchmark, metric) for name in (first, second)]
    difference = float(np.var(a.score[mine] - b.score[theirs], ddof=1))
    within = [(0.0, 1.0) if one is None else one for one in parts]
    questions = max(difference - sum(variance / tries for variance, tries in within), 0.0)
    untold = [name for name, one in zip((first, second), parts, strict=True) if one is None]
    warnings = (
        *(f"{name} tried items once: what its answers vary by counts as questions'" for name in untold),
        *(() if min(a.seeds, b.seeds) > 1 else ("one seed: what trainings vary by is not in the plan",)),
    )
    variance = ItemVariance(questions, within[0][0], within[1][0])
    seeds = a.seed_variance * a.seeds + b.seed_variance * b.seeds
    return Pilot(variance, seeds, int(mine.size), benchmark, metric, warnings)


def _of_tries(table: Table, system: str, benchmark: str, metric: str) -> tuple[float, float] | None:
    """Variance between tries of an item, and how many there are on average; None where items were tried once."""
    rows = itemised(chosen(table, system=system, benchmark=benchmark, metric=metric))
    cells = np.char.add(np.char.add(words(rows, "item"), "\0"), words(rows, "seed"))
    n = np.unique(cells).size
    if n == cells.size or n < 2:
        return None
    return nested_variance(rows.columns["score"], cells).within, cells.size / np.unique(words(rows, "item")).size
