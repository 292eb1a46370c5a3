"""What recipes did against findings, as the studies of `forerun.lab` measured it; what did not help is told too.

``measured.json`` beside this file holds every claim of a study that is the effect of a recipe, once a finding it is
held against. ``evidence/lab/collect.py`` writes it from the verdicts, and a test finds each in them again. Reading it
needs neither PyTorch nor the lab.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

_WORDS = {"rising": "overfit"}


@dataclass(frozen=True)
class Effect:
    """What a claim of a study says of a recipe.

    Args:
        recipe: its name.
        finding: what it was held against; empty where no detector sees that.
        study, claim, world: where it was measured, and what was claimed.
        metric: by which; gold.
        estimate, low, high: the paired difference with its 95% interval, in the metric's unit; above 0 the recipe is
            better, whichever way the metric is. None where every run diverged.
        n: paired seeds.
        verdict: better, worse, equivalent or cannot tell.
        holds: whether the claim was upheld with the study's others counted (Holm).
        alarms, scanned: in how many of so many runs that it was held against `scan` raises the finding.
    """

    recipe: str
    finding: str
    study: str
    claim: str
    world: str
    metric: str
    estimate: float | None
    low: float | None
    high: float | None
    n: int
    verdict: str
    holds: bool
    alarms: int
    scanned: int


def word(kind: str) -> str:
    """The word for a kind of finding here: of a detector's that has another, that one.

    Example:
        >>> word("rising"), word("plateau")
        ('overfit', 'plateau')
    """
    return _WORDS.get(kind, kind)


@cache
def effects() -> tuple[Effect, ...]:
    """Every effect, study by study, in the order of their claims.

    Example:
        >>> sorted({effect.finding for effect in effects() if effect.finding})
        ['divergence', 'memorised', 'overfit', 'plateau']
    """
    text = (resources.files("forerun.recipes") / "measured.json").read_text("utf-8")
    return tuple(Effect(**row) for row in json.loads(text)["effects"])


def against(finding: str) -> tuple[Effect, ...]:
    """The effects against a finding, by its `word`: what helped first, of that what was measured where it is raised.

    Example:
        >>> [(effect.recipe, effect.verdict) for effect in against("divergence")]
        [('qk_norm', 'better'), ('z_loss', 'cannot tell'), ('z_loss', 'cannot tell')]
        >>> against("spike")
        ()
    """
    measured = [one for one in effects() if one.finding == finding]
    return tuple(sorted(measured, key=_helped_first))


def _helped_first(one: Effect) -> tuple[bool, bool, float]:
    """What held before what did not, of that what is better before what is no worse, and where alarms are raised."""
    return not one.holds, one.verdict != "better", -one.alarms / max(one.scanned, 1)
