"""Q-learning: a network estimates what every move is worth, from a memory of moves and a slow copy of itself."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.recipes.abilities import Walkable
from forerun.recipes.engine import Engine, StepLoss, TrainingMethod
from forerun.recipes.part import Setup
from forerun.recipes.world import Moment

_WALKERS, _LONGEST = 8, 20  # that walk side by side; mean length of a walk that does not arrive


@dataclass(frozen=True)
class QEngine(Engine):
    """Q-learning with replay and a slow target (Mnih et al. 2015).

    Args:
        explore: the share of moves at random. memory: moves that are learned from again. discount: of a reward for each
            move before it. slow: the share by which the target follows at each step.
    """

    explore: float = 0.3
    memory: int = 2000
    discount: float = 0.9
    slow: float = 0.05

    kind: ClassVar[str] = "q_learning"
    needs: ClassVar[tuple[type, ...]] = (Walkable,)
    phases: ClassVar[tuple[str, ...]] = ("train", "sample", "evaluate")
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {
        "explore": (0.0, 1.0), "memory": (_WALKERS, math.inf), "discount": (0.0, 1.0), "slow": (0.0, 1.0)
    }  # fmt: skip

    def init(self, setup: Setup) -> TrainingMethod:
        return QMethod(self, setup)


class Walk:
    """Where the walkers are, and the moves that are remembered, shape (n, 4): from, move, to, whether it arrived."""

    def __init__(self, places: int, random: torch.Generator, device: torch.device) -> None:
        self.here = torch.randint(places, (_WALKERS,), generator=random).to(device)
        self.moves = torch.zeros(0, 4, dtype=torch.long, device=device)

    def state_dict(self) -> dict[str, Any]:
        return {"here": self.here, "moves": self.moves}

    def load_state_dict(self, state: Any, /) -> None:
        self.here, self.moves = state["here"], state["moves"]


class QMethod(TrainingMethod):
    """`QEngine` at work."""

    def __init__(self, engine: QEngine, setup: Setup) -> None:
        self.engine, self.size, self.random = engine, int(setup.settings["batch"]), setup.world.random
        self.device = setup.device
        self.walk, self.target = Walk(setup.world.places, self.random, self.device), _frozen(setup.model)
        super().__init__(setup, {"walk": self.walk, "target": self.target})

    def loss(self, moment: Moment) -> StepLoss:
        self.meter.sample(self.model, lambda: self.step(moment), _WALKERS)
        known = self.walk.moves
        chosen = known[torch.randint(len(known), (self.size,), generator=self.random)]
        place, move, there, done = chosen.T
        predicted = self.worth(self.model, place).gather(1, move[:, None])[:, 0]
        with torch.no_grad():
            ahead = done + (1 - done) * self.engine.discount * self.worth(self.target, there).max(dim=1).values
        return StepLoss(functional.smooth_l1_loss(predicted, ahead), len(chosen), 0, {})

    def step(self, moment: Moment) -> None:
        """Every walker makes a move, which is remembered; those that arrive or are lost start anew."""
        walk, random, places = self.walk, self.random, self.world.places
        move = self.worth(self.model, walk.here).argmax(dim=1)
        chance = (torch.rand(_WALKERS, generator=random) < self.engine.explore).to(self.device)
        move = torch.where(chance, torch.randint(self.world.moves, (_WALKERS,), generator=random).to(self.device), move)
        there, done = self.world.move(walk.here, move, moment)
        made = torch.stack([walk.here, move, there, done.long()], dim=1)
        walk.moves = torch.cat([walk.moves, made])[-(self.engine.memory // _WALKERS * _WALKERS) :]
        anew = torch.randint(places, (_WALKERS,), generator=random).to(self.device)
        lost = (torch.rand(_WALKERS, generator=random) < 1.0 / _LONGEST).to(self.device)
        walk.here = torch.where(done | lost, anew, there)

    def worth(self, model: nn.Module, place: Tensor) -> Tensor:
        """What each move is worth at places, (n, moves)."""
        return model(functional.one_hot(place, self.world.places).float())

    @torch.no_grad()
    def follow(self) -> None:
        for old, new in zip(self.target.parameters(), self.model.parameters(), strict=True):
            old.lerp_(new.detach(), self.engine.slow)


def _frozen(model: nn.Module) -> nn.Module:
    return copy.deepcopy(model).requires_grad_(False)
