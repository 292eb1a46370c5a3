"""A study as a value: a question, arms trained on the same seeds at the same budget, and claims about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from forerun.core import BadInput, Card, UnknownName
from forerun.core.frozen import Noun

CostUnit = Literal["steps", "samples", "tokens", "rollout_tokens", "flops", "seconds"]
"""A column of `forerun.recipes.meter`."""


@dataclass(frozen=True, eq=False)
class Arm(Noun):
    """One way to train: a world, the settings that differ, and the recipe where it is not the plain one."""

    world: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    recipe: str = ""


@dataclass(frozen=True)
class Claim:
    """What a study is to show, or not.

    Args:
        says: the claim in a sentence.
        first: the arm that is claimed to be better, or equivalent.
        second: the arm it is held against, or a number.
        metric: by which; gold, since nothing is tuned on it.
        direction: which way the metric is better.
        margin: for a claim of equivalence, in the metric's unit; None for a claim of better.
        ratio: for a claim of a factor, of a metric above zero: the first is at most so many times the second (at least,
            where more is better); None for a claim of better.
        against: the second arm's metric where it is another.
        unequal: why the arms may differ in cost; empty where they may not.
        control: a claim that must hold if the study can show anything at all.
        recipe: by name, the one whose effect this is; empty where it is that of no recipe.
        answers: the findings it is held against, words of `forerun.recipes.measured`; none where no detector sees what
            it is against.
    """

    says: str
    first: str
    second: str | float
    metric: str
    direction: Literal["min", "max"]
    margin: float | None = None
    ratio: float | None = None
    against: str = ""
    unequal: str = ""
    control: bool = False
    recipe: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Study(Noun):
    """A question and how it is answered; `forerun.lab.conduct` answers it.

    Args:
        card: its data sheet; the source on it is whose effect it is.
        question: ends in a question mark.
        arms: by name.
        seeds: how many, paired across arms; at least 5 for a claim.
        budget: of what a claim's first arm may not have spent more than its second.
        claims: with at least one control.
        first_seed: of those used; above 0 where others were looked at while the settings were chosen.
        quick: settings of every arm that has them, for a look of a few seconds at an eighth of the steps.

    Raises:
        BadInput: a claim is about an arm that is not there, holds an arm against itself, is of two kinds, or answers a
            finding with no recipe.

    Example:
        >>> from forerun.lab import STUDIES
        >>> list(STUDIES.load("noisy_labels").arms)
        ['clean', 'noisy', 'noisy, early learning', 'clean, early learning']
    """

    card: Card
    question: str
    arms: Mapping[str, Arm]
    seeds: int
    budget: CostUnit
    claims: tuple[Claim, ...]
    first_seed: int = 0
    quick: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        super().__post_init__()
        for claim in self.claims:
            _differ(self.arms, claim, f"study {self.name}")

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name


def _differ(arms: Mapping[str, Arm], claim: Claim, where: str) -> None:
    """Refuse a claim that could say nothing: of an arm that is not there, or of one thing held against itself."""
    for arm in (claim.first, claim.second):
        if isinstance(arm, str) and arm not in arms:
            raise UnknownName("arm", arm, arms, where=where)
    if claim.answers and not claim.recipe:
        raise BadInput(f"claim {claim.says!r} answers {claim.answers[0]}, but with no recipe", where=where)
    if claim.ratio is not None and (claim.margin is not None or claim.ratio <= 0.0):
        raise BadInput(f"claim {claim.says!r}: a ratio above 0 or a margin, not both", where=where)
    if isinstance(claim.second, str) and claim.against in ("", claim.metric):
        first, second = arms[claim.first], arms[claim.second]
        if first == second:
            raise BadInput(f"claim {claim.says!r}: {claim.first} and {claim.second} train the same", where=where)
