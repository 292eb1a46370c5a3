"""What a world can, by protocol: a world has data or an environment, a network and gold.

A world knows no loss and no algorithm, and a recipe knows no world: they meet here. An opened world (of
`forerun.lab.worlds`, or anybody's object of this shape) is of one seed; whatever it draws, it draws from ``random``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from forerun.recipes.world import AnswerScores, Batch, Comparisons, Criterion, History, Moment, Predicted


@runtime_checkable
class OpenWorld(Protocol):
    """What every world has, once it is opened with settings and a seed."""

    random: torch.Generator

    def model(self) -> nn.Module:
        """The network, with weights drawn from PyTorch's global generator."""
        ...

    def evaluate(self, model: Any, moment: Moment) -> dict[str, float]:
        """Metrics by name; those under ``gold/`` are of what training never sees. Draws nothing from ``random``."""
        ...

    def summary(self, history: History) -> dict[str, float]:
        """What can only be said of the whole run, from its evaluations: where something was best or first reached."""
        ...


@runtime_checkable
class Supervised(OpenWorld, Protocol):
    """Has examples with what is right."""

    criterion: Criterion

    def predict(self, model: Any, batch: Batch) -> Predicted:
        """The model's outputs beside the targets, aligned; the one place that knows how the data are laid out."""
        ...


@runtime_checkable
class Finite(Supervised, Protocol):
    """Has a training set of so many examples."""

    examples: int

    def members(self, moment: Moment) -> Tensor:
        """Indices of the examples that may be shown at a moment."""
        ...

    def take(self, index: Tensor, moment: Moment) -> Batch:
        """These examples."""
        ...


@runtime_checkable
class Labelled(Finite, Protocol):
    """Has a training set of examples with one of so many classes each."""

    classes: int

    def labels(self) -> Tensor:
        """The label of every example as training sees it, shape (examples,); some may be wrong."""
        ...


@runtime_checkable
class Endless(Supervised, Protocol):
    """Has as many fresh examples as are asked for."""

    def fresh(self, count: int, moment: Moment) -> Batch:
        """So many new ones."""
        ...


@runtime_checkable
class Graded(Endless, Protocol):
    """Has fresh examples of several levels, 1 the easiest."""

    levels: int

    def graded(self, levels: Tensor) -> Batch:
        """One example of each of these levels, shape (b,)."""
        ...


@runtime_checkable
class Stream(Finite, Protocol):
    """Has several tasks (or clients), one after another."""

    tasks: int

    def task(self, moment: Moment) -> int:
        """The one in force, from 0."""
        ...


@runtime_checkable
class Verifiable(OpenWorld, Protocol):
    """Has prompts whose answers can be tried: by a verifier, or by an environment that pays."""

    def prompts(self, count: int) -> Batch:
        """So many new ones."""
        ...

    def answer(self, model: Any, prompts: Batch, group: int) -> tuple[Tensor, ...]:
        """The model's answers, so many to each prompt, sampled with ``random``."""
        ...

    def reward(self, answers: tuple[Tensor, ...]) -> Tensor:
        """What they are worth, (b,) or (b, t); not gold: training may see it."""
        ...

    def score(self, model: Any, answers: tuple[Tensor, ...]) -> AnswerScores:
        """What the model makes of them, with gradient."""
        ...

    def symbols(self, prompts: Batch) -> int:
        """How many symbols an answer to each of the prompts has, all together."""
        ...


@runtime_checkable
class Episodic(Verifiable, Protocol):
    """Pays every move of an answer, and its network says with each what it expects of those to come."""

    def episode(self) -> int:
        """How many moves an answer has."""
        ...


@runtime_checkable
class Walkable(OpenWorld, Protocol):
    """Has places and moves between them, and tells when a move arrives."""

    places: int
    moves: int

    def move(self, here: Tensor, move: Tensor, moment: Moment) -> tuple[Tensor, Tensor]:
        """Where moves lead, and whether they arrive, (n,) each."""
        ...


@runtime_checkable
class Comparable(OpenWorld, Protocol):
    """Has answers that annotators compare, who err, and a policy whose answers are differentiable."""

    def comparisons(self) -> Comparisons:
        """All of them."""
        ...

    def judge(self) -> nn.Module:
        """A network that a reward may be learned with: prompt and answer, side by side, to a number; its layers."""
        ...

    def judged(self, judge: Any) -> dict[str, float]:
        """Metrics of such a network."""
        ...

    def attempt(self, model: Any, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """New prompts, an answer of the policy to each, and its divergence from where it started, in nats."""
        ...

    def held_out(self, model: Any) -> tuple[Tensor, Tensor]:
        """The prompts kept for validation, and an answer of the policy to each; the same noise every time."""
        ...


@runtime_checkable
class Facts(OpenWorld, Protocol):
    """Has facts, each told in so many wordings, and can be asked for every one of them."""

    wordings: Tensor

    def recall(self, model: Any) -> Tensor:
        """Whether each fact is recalled in a wording that it was never told in, shape as ``wordings``."""
        ...


ABILITIES: Mapping[str, type] = {
    "supervised": Supervised, "finite": Finite, "labelled": Labelled, "endless": Endless, "graded": Graded,
    "stream": Stream, "verifiable": Verifiable, "episodic": Episodic, "walkable": Walkable,
    "comparable": Comparable, "facts": Facts,
}  # fmt: skip
"""Abilities by their names in messages."""


def abilities(world: object) -> list[str]:
    """The names of what a world can.

    Example:
        >>> abilities(object())
        []
    """
    return [name for name, ability in ABILITIES.items() if isinstance(world, ability)]
