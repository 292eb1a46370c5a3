"""UCRL2: optimism in a Markov decision process, and restarts where its transitions change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array
from forerun.stats.change_points import Detection, kinds

Policy = NDArray[np.intp]
_MOST = 2000  # sweeps of value iteration


@dataclass
class UCRL2:
    """What an agent knows of a process since it last began anew, and the policy it follows for an episode.

    Args:
        states, actions: how many.
        confidence: what the radii of the papers are multiplied by; their own are far wider than what they promise
            needs.
        delta: the chance that the radii are to fail with.

    Source: Jaksch, Ortner, Auer 2010, "Near-optimal regret bounds for reinforcement learning", figure 1.
    """

    states: int
    actions: int
    confidence: float = 1.0
    delta: float = 0.05
    steps: int = 0
    moves: Array = field(init=False)
    rewards: Array = field(init=False)
    before: Array = field(init=False)
    policy: Policy = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, knowing nothing."""
        self.steps = 0
        self.moves = np.zeros((self.states, self.actions, self.states))
        self.rewards = np.zeros((self.states, self.actions))
        self._plan()

    def act(self, state: int) -> int:
        """The action to take; plans anew where one was taken as often in this episode as in all before."""
        action = int(self.policy[state])
        if self.moves[state, action].sum() >= max(2.0 * self.before[state, action], 1.0):
            self._plan()
            action = int(self.policy[state])
        return action

    def learn(self, state: int, action: int, reward: float, after: int) -> None:
        """What came of an action."""
        self.steps += 1
        self.moves[state, action, after] += 1.0
        self.rewards[state, action] += reward

    def _plan(self) -> None:
        """The policy that is best in the best process that is not ruled out."""
        self.before = self.moves.sum(axis=2)
        visits = np.maximum(self.before, 1.0)
        log = np.log(2.0 * self.states * self.actions * max(self.steps, 1) / self.delta)
        reward = np.minimum(self.rewards / visits + self.confidence * np.sqrt(7.0 * log / (2.0 * visits)), 1.0)
        radius = self.confidence * np.sqrt(14.0 * self.states * log / visits)
        chances = np.where(self.before[..., None] > 0, self.moves / visits[..., None], 1.0 / self.states)
        self.policy = extended_value_iteration(reward, chances, radius, 1.0 / np.sqrt(max(self.steps, 1)))


def extended_value_iteration(reward: Array, chances: Array, radius: Array, error: float) -> Policy:
    """The policy of the best process within L1 radii of the estimated one.

    Args:
        reward: shape (s, a), the most that is held possible.
        chances: shape (s, a, s).
        radius: shape (s, a), within which the chances may lie.
        error: in the reward per step.

    Source: Jaksch, Ortner, Auer 2010, figure 2.
    """
    worth = np.zeros(len(reward))
    values = reward
    for _ in range(_MOST):
        order = np.argsort(-worth)
        likely = chances[..., order].copy()
        likely[..., 0] += radius / 2.0
        likely = np.diff(np.minimum(np.cumsum(likely, axis=-1), 1.0), axis=-1, prepend=0.0)
        values = reward + likely @ worth[order]
        new = values.max(axis=1)
        moved, worth = new - worth, new - new.min()
        if np.ptp(moved) < error:
            break
    return values.argmax(axis=1)


def gain(reward: Array, chances: Array) -> float:
    """The reward per step of the best policy of a known process, (s, a) and (s, a, s).

    Example:
        >>> round(gain(np.array([[0.0, 1.0]]), np.ones((1, 2, 1))), 3)
        1.0
    """
    worth, low, high = np.zeros(len(reward)), 0.0, np.inf
    while high - low > 1e-6:
        new = (reward + chances @ worth).max(axis=1)
        new = 0.5 * new + 0.5 * worth  # aperiodic; half of the gain
        low, high = 2.0 * float((new - worth).min()), 2.0 * float((new - worth).max())
        worth = new - new.min()
    return 0.5 * (low + high)


class Watch:
    """Says where the next states of an action, in some state, are drawn by other chances than before.

    Args:
        states, actions: how many.
        rate: false alarms per step of one state and action.

    Source: Alami, Mahfoud, Moulines 2023, arXiv 2304.00232 (R-BOCPD-UCRL2).
    """

    def __init__(self, states: int, actions: int, rate: float) -> None:
        self.detection = Detection(kinds(states), rate=rate)
        self.shape = (states, actions)
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.at: dict[tuple[int, int], dict[str, Any]] = {}

    def changed(self, state: int, action: int, after: int) -> bool:
        """Whether a move tells of a change."""
        before = self.at.get((state, action)) or self.detection.start()
        self.at[state, action], changes = self.detection.follow(before, [after])
        return bool(changes)
