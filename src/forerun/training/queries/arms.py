"""Best-arm problems of bounded difficulty, and games on many of them at once.

A class is how the gaps to the best lie, how many arms there are and how many pulls: within it every problem has one
complexity H, the sum over arms of ``1 / gap^2`` (the best counts as the second), as a multiple of the pulls. So no
class is hard for being unsolvable, and what a worst case tells is how a policy takes the shape.

Source: Zhang, Jain and Jamieson 2020 (learning to actively learn), for the minimax over classes of one difficulty;
Audibert and Bubeck 2010 for H.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array
from forerun.laws.questions.next_configuration import arm_features
from forerun.training.queries.learn import TWINS, Game

Shape = Callable[[int, np.random.Generator], Array]
"""Gaps of the arms but the best, shape (n - 1,), up to a factor."""

SHAPES: dict[str, Shape] = {
    "one stands out": lambda n, rng: np.ones(n - 1),
    "a rival": lambda n, rng: np.r_[1.0, np.full(n - 2, 4.0)],
    "linear": lambda n, rng: np.arange(1.0, n),
    "geometric": lambda n, rng: np.geomspace(1.0, 16.0, n - 1),
    "half near": lambda n, rng: np.r_[np.ones((n - 1) // 2), np.full(n - 1 - (n - 1) // 2, 5.0)],
    "at random": lambda n, rng: np.sort(rng.exponential(size=n - 1)) + 0.1,
}
KEPT_BACK: dict[str, Shape] = {
    "two rivals": lambda n, rng: np.r_[1.0, 1.0, np.full(n - 3, 3.0)],
    "quadratic": lambda n, rng: np.arange(1.0, n) ** 2,
    "as drawn from a normal": lambda n, rng: 0.05 - np.diff(np.sort(rng.standard_normal(n))[::-1]).cumsum(),
}
"""Shapes that nothing was learned on."""
SIZES = ((5, 20), (5, 40), (10, 30), (10, 50), (16, 50))
"""Arms and pulls."""
KEPT_BACK_SIZES = ((4, 16), (8, 40), (12, 36), (20, 50))
HARDNESS = (0.125, 0.25, 0.5)
"""H as a multiple of the pulls."""


@dataclass(frozen=True, eq=False)
class ArmProblems:
    """Problems of as many arms and pulls.

    Args:
        means: shape (b, n). noise: shape (b, n, pulls), of the first, second ... pull of an arm, so that policies are
            told apart by what they do and not by luck. pulls: in all.
    """

    means: Array
    noise: Array
    pulls: int


def arm_problems(
    shape: Shape, n: int, pulls: int, hardness: float, count: int, rng: np.random.Generator
) -> ArmProblems:
    """Problems of one class."""
    gaps = np.array([shape(n, rng) for _ in range(count)])
    complexity = (1.0 / gaps**2).sum(axis=1) + 1.0 / gaps.min(axis=1) ** 2
    gaps *= np.sqrt(complexity / (hardness * pulls))[:, None]
    means = -np.concatenate([np.zeros((count, 1)), gaps], axis=1)
    means = rng.permuted(means, axis=1)
    return ArmProblems(means, rng.standard_normal((count, n, pulls)), pulls)


@dataclass(eq=False)
class ArmState:
    """Where games stand after some pulls: counts and means, shape (b, n); how many pulls are left."""

    count: Array
    mean: Array
    left: int

    @property
    def features(self) -> Array:
        return arm_features(self.count, self.mean, self.left, 1.0)


ArmPolicy = Callable[[ArmState], Array]
"""The arm to pull next, shape (b,)."""


def leader(count: Array, mean: Array) -> Array:
    """The arm of the highest mean, shape (b,)."""
    return mean.argmax(axis=1)


def play_arms(
    problems: ArmProblems, policy: ArmPolicy, pick: Callable[[Array, Array], Array] = leader
) -> NDArray[np.bool_]:
    """Which games end with the best arm picked, shape (b,); each arm is pulled once before the policy is asked."""
    b, n = problems.means.shape
    rows = np.arange(b)
    at = problems.means.argmax(axis=1)
    count, total = np.ones((b, n)), problems.means + problems.noise[:, :, 0]
    for made in range(n, problems.pulls):
        arm = policy(ArmState(count, total / count, problems.pulls - made))
        total[rows, arm] += problems.means[rows, arm] + problems.noise[rows, arm, count[rows, arm].astype(int)]
        count[rows, arm] += 1.0
    return pick(count, total / count) == at


def arm_games() -> list[Game]:
    """Every class that is learned on, a game a size."""
    cells = [(name, hardness) for name in SHAPES for hardness in HARDNESS]
    return [
        Game(
            tuple(f"{name}, {n} arms, {pulls} pulls" for name, _ in cells),
            tuple(hardness for _, hardness in cells),
            partial(_played, cells, n, pulls),
        )
        for n, pulls in SIZES
    ]  # fmt: skip


def _played(
    cells: Sequence[tuple[str, float]], n: int, pulls: int, draw: Callable[[Array], Array], count: int,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    drawn = [arm_problems(SHAPES[name], n, pulls, hardness, count, rng) for name, hardness in cells]
    means, noise = (np.repeat(np.concatenate(parts), TWINS, axis=0)
                    for parts in ([one.means for one in drawn], [one.noise for one in drawn]))  # fmt: skip
    return play_arms(ArmProblems(means, noise, pulls), lambda state: draw(state.features))
