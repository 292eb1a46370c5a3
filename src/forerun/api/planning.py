"""`plan`: how many questions, tries and seeds it takes to show a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forerun.api.comparing import narrowed
from forerun.api.scoring import Scored, read_scores
from forerun.core import BadInput
from forerun.evaluate.items.design import Costs, ItemDesign, Pilot, designs, pilot
from forerun.evaluate.items.plan import ItemVariance, detectable_effect
from forerun.evaluate.items.score_matrix import benchmarks_of


@dataclass(frozen=True)
class ItemPlan:
    """What it takes to show a difference.

    Args:
        effect: the difference. variance, seed_variance: where that of a difference comes from. designs: the cheapest
            first. pilot: what variances rest on; None where they were given. detectable: what the pilot's own questions
            show; None without one.
    """

    effect: float
    variance: ItemVariance
    seed_variance: float
    designs: tuple[ItemDesign, ...]
    pilot: Pilot | None
    detectable: float | None


def plan(
    what: Scored | ItemVariance,
    effect: float,
    *,
    systems: tuple[str, str] | None = None,
    benchmark: str | None = None,
    metric: str | None = None,
    seed_variance: float | None = None,
    tries: Sequence[int] = (1, 2, 4, 8, 16),
    seeds: Sequence[int] = (1, 2, 3, 5, 10),
    costs: Costs | None = None,
    level: float = 0.95,
    power: float = 0.8,
) -> ItemPlan:
    """Plan a comparison of two systems.

    Args:
        what: variances, or scores of a pilot as in `read_scores`.
        effect: the difference to be found, in the metric's unit.
        systems: of the pilot, where it has more than two.
        benchmark, metric: of the pilot, where it has several.
        seed_variance: of the difference between trainings; default the pilot's.
        tries, seeds, costs, level, power: as in `forerun.evaluate.items.design.designs`.

    Raises:
        BadInput: a pilot of several benchmarks or metrics, or not of two systems.

    Example:
        >>> plan(ItemVariance(1 / 9), 0.03, tries=[1]).designs[0].questions
        969
    """
    if isinstance(what, ItemVariance):
        variance, of_seeds, measured = what, seed_variance or 0.0, None
    else:
        measured = _pilot(what, systems, benchmark, metric)
        variance, of_seeds = measured.variance, measured.seed_variance if seed_variance is None else seed_variance
    every = designs(effect, variance, seed_variance=of_seeds, tries=tries, seeds=seeds, costs=costs, level=level,
                    power=power)  # fmt: skip
    shown = None if measured is None else detectable_effect(measured.questions, variance, level=level, power=power)
    return ItemPlan(effect, variance, of_seeds, every, measured, shown)


def _pilot(what: Scored, systems: tuple[str, str] | None, benchmark: str | None, metric: str | None) -> Pilot:
    table = narrowed(read_scores(what).table, benchmark, metric)
    of = benchmarks_of(table)
    if len(of) > 1:
        listed = ", ".join(f"{name} {by}" for name, by in of[:6])
        raise BadInput(f"a plan is of one benchmark by one metric, but there are {listed}; name one")
    names = systems or tuple(dict.fromkeys(table.columns["system"]))
    if len(names) != 2:
        raise BadInput(f"a pilot is of two systems, but there are {len(names)}, {', '.join(names[:8])}; name two")
    return pilot(table, *names, *of[0])
