"""A grid whose goal moves: a Q-network walks to a hidden goal, which is put elsewhere several times on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from forerun.core import Card
from forerun.lab.world import Opened, World
from forerun.recipes.world import Moment

CARD = Card(
    name="grid",
    does="Trains a Q-network on walks to a hidden goal in a grid; the goal moves, so that what was learned is wrong.",
    source="Mnih et al. 2015 (replay and a slow target), in small",
    assumes="Nothing.",
    needs="The extra [lab]; 10 seconds.",
    promises="gold/return is of greedy walks from odd squares, 1 for the shortest and 0 for none that arrives.",
    known_answer="gold/return falls when the goal moves and comes back.",
    control="A goal that does not move is kept.",
)
_SETTINGS: Mapping[str, Any] = {"side": 5, "goals": 3, "width": 64}
"""``goals`` one after another, for as many steps each."""
_TRAINING: Mapping[str, Any] = {
    "steps": 2400, "lr": 2e-3, "schedule": "constant", "optimizer": "adamw", "batch": 64, "eval_every": 40,
}  # fmt: skip
_LONGEST = 20
_MOVES = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])


class GridWorld(Opened):
    """Squares, moves between them, and a goal that is put elsewhere."""

    moves = 4

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        self.side, self.goals, self.width = (int(settings[k]) for k in ("side", "goals", "width"))
        self.places = self.side * self.side
        self.targets = torch.randperm(self.places, generator=self.random)[: self.goals]
        self.after = _neighbours(self.side)

    def model(self) -> nn.Module:
        return nn.Sequential(nn.Linear(self.places, self.width), nn.ReLU(), nn.Linear(self.width, self.moves))

    def goal(self, moment: Moment) -> int:
        """Which of the goals holds, from 0."""
        return min((moment.step - 1) * self.goals // moment.steps, self.goals - 1)

    def move(self, here: Tensor, move: Tensor, moment: Moment) -> tuple[Tensor, Tensor]:
        there = self.after[here, move]
        return there, there == self.targets[self.goal(moment)]

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        best, at = model(torch.eye(self.places)).argmax(dim=1), self.goal(moment)
        returns = [_return(best, self.after, place, self.side) for place in self.targets[: at + 1]]
        metrics = {f"gold/return{{goal={i}}}": gold for i, (_, gold) in enumerate(returns)}
        return metrics | {"val/return": returns[at][0], "gold/return": returns[at][1], "goal": float(at)}


def _neighbours(side: int) -> Tensor:
    """The square that each move from each square leads to, (squares, 4); walls are run into."""
    square = torch.arange(side * side)
    place = torch.stack([square // side, square % side], dim=1)
    reached = (place[:, None] + _MOVES).clamp(0, side - 1)
    return reached[..., 0] * side + reached[..., 1]


def _return(best: Tensor, after: Tensor, goal: Tensor, side: int) -> tuple[float, float]:
    """The shortest way's length over that of the walk, 0 where it never arrives: means over even and odd squares."""
    start = torch.arange(side * side)
    start = start[start != goal]
    shortest = (start // side - goal // side).abs() + (start % side - goal % side).abs()
    here, taken = start, torch.zeros(len(start))
    for n in range(1, _LONGEST + 1):
        here = torch.where(here == goal, here, after[here, best[here]])
        taken = torch.where((here == goal) & (taken == 0), torch.tensor(float(n)), taken)
    share = torch.where(taken > 0, shortest / taken.clamp(min=1.0), torch.tensor(0.0))
    return share[start % 2 == 0].mean().item(), share[start % 2 == 1].mean().item()


GRID = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=GridWorld)
