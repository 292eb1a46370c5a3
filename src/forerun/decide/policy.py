"""A policy as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forerun.core import Card
from forerun.core.situation import RunSituation, Situation, Verdict

__all__ = ["Policy", "RunSituation", "Situation", "Verdict", "each_alone"]


@dataclass(frozen=True)
class Policy:
    """A method that says what to do with runs; it proposes and never acts.

    Args:
        card: its data sheet.
        version: changes when its decisions do.
        decide: a decision for every run of the situation, or why there is none.
        heeds_budget: whether it minds what may still be spent; to one that does not no budget may be given.
        heeds_others: whether what it says of a run may differ with the runs beside it; of one that does not, only runs
            that have changed are decided on anew while runs are followed.
        forecasts_in_replay: whether a replay is to forecast runs for it; one that goes by rungs minds none there.
    """

    card: Card
    version: str
    decide: Callable[[Situation], Mapping[str, Verdict]]
    heeds_budget: bool = False
    heeds_others: bool = True
    forecasts_in_replay: bool = True


def each_alone(decide: Callable[[RunSituation], Verdict]) -> Callable[[Situation], dict[str, Verdict]]:
    """The rule of a policy that looks at every run by itself, whatever the others do and whatever may be spent."""

    def every(situation: Situation) -> dict[str, Verdict]:
        return {run: decide(situation.runs[run]) for run in situation.wanted}

    return every
