"""Which recipes helped against what detectors see: the studies' effects, by the findings of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forerun.core import Finding
from forerun.core.display import number
from forerun.core.words import TEST, TRAIN, VALIDATION, words_of
from forerun.monitor.reads import is_held_out
from forerun.recipes.measured import Effect, against, word


@dataclass(frozen=True)
class Remedy:
    """What was measured against one kind of finding.

    Args:
        finding: the kind.
        effects: those that held, one a recipe: the first that its study claims.
        others: recipes that were measured against it and did not hold.
    """

    finding: str
    effects: tuple[Effect, ...]
    others: tuple[str, ...]

    def __str__(self) -> str:
        return f"against {self.finding} helped elsewhere: {self.whole}"

    @property
    def whole(self) -> str:
        """What helped by how much, what did not, and where all of it stands."""
        helped = "; ".join(map(_sentence, self.effects)) or "nothing"
        not_helped = f"; not {', '.join(self.others)}" if self.others else ""
        return f"{helped}{not_helped}: forerun recipes --for {self.finding}"

    @property
    def brief(self) -> str:
        """What helped, by name."""
        helped = ", ".join(one.recipe for one in self.effects)
        return f"{helped or 'nothing'} helped against {self.finding} elsewhere"


def finding_words(findings: Iterable[Finding]) -> list[str]:
    """The words for a run's findings among remedies.

    What rises on the data trained on, or is no loss, is not over-fit; nor is what rises on other data as it does there.
    """
    every = list(findings)
    worse = {_measured(one) for one in every if one.kind in ("rising", "divergence") and not is_held_out(one.metric)}
    return [one.kind if one.kind == "rising" and _measured(one) in worse else word(one.kind) for one in every]


def _measured(finding: Finding) -> frozenset[str]:
    """What a finding's metric measures, whatever the data."""
    return words_of(finding.metric) - VALIDATION - TEST - TRAIN


def remedies(*runs: Iterable[Finding]) -> tuple[Remedy, ...]:
    """What was measured against the findings of runs, once a kind, in their order; none where nothing was.

    Args:
        runs: of each its findings.

    Example:
        >>> from forerun.core import Curve
        >>> from forerun.monitor import replay
        >>> rising = [2 - i / 10 if i < 10 else 1 + (i - 10) / 20 for i in range(30)]
        >>> (remedy,) = remedies(replay(Curve(range(30), rising, metric="val/loss"), "rising"))
        >>> remedy.finding, remedy.effects[0].recipe
        ('overfit', 'weight_average')
    """
    kinds = dict.fromkeys(kind for findings in runs for kind in finding_words(findings))
    return tuple(_remedy(kind, measured) for kind in kinds if (measured := against(kind)))


def _remedy(kind: str, measured: tuple[Effect, ...]) -> Remedy:
    helped: dict[str, Effect] = {}
    for one in measured:
        if one.holds and one.verdict == "better":
            helped.setdefault(one.recipe, one)
    return Remedy(kind, tuple(helped.values()), tuple({one.recipe: 0 for one in measured if one.recipe not in helped}))


def _sentence(effect: Effect) -> str:
    assert effect.estimate is not None and effect.low is not None and effect.high is not None
    better = f"{effect.metric} better by {number(effect.estimate)} ({number(effect.low)} to {number(effect.high)})"
    return f"{effect.recipe}, {better} on {effect.world} in {effect.study}"
