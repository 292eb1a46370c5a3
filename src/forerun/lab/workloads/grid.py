"""A grid whose goal moves: a Q-network walks to a hidden goal, which is put elsewhere several times on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.workload import Workload

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
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "steps": 2400,
    "lr": 2e-3,
    "schedule": "constant",
    "optimizer": "adamw",
    "batch": 64,
    "eval_every": 40,
    "side": 5,
    "goals": 3,
    "explore": 0.3,
    "memory": 2000,
    "width": 64,
}
"""``goals`` one after another, for as many steps each; ``explore``: the share of moves at random; ``memory`` of moves
that are learned from again."""
_DISCOUNT, _SLOW, _WALKERS, _LONGEST = 0.9, 0.05, 8, 20
_MOVES = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; see `_DEFAULTS`."""
    random = loop.seeded(seed)
    side, goals, steps = int(settings["side"]), int(settings["goals"]), int(settings["steps"])
    squares = side * side
    places = torch.randperm(squares, generator=random)[:goals]
    after = _neighbours(side)
    net = nn.Sequential(nn.Linear(squares, int(settings["width"])), nn.ReLU(), nn.Linear(int(settings["width"]), 4))
    slow = [p.detach().clone() for p in net.parameters()]
    memory: list[Tensor] = []
    here = torch.randint(squares, (_WALKERS,), generator=random)
    at = 0

    def worth(weights: list[Tensor], square: Tensor) -> Tensor:
        one_hot = functional.one_hot(square, squares).float()
        return functional.linear(functional.linear(one_hot, weights[0], weights[1]).relu(), weights[2], weights[3])

    def batch(step: int) -> loop.Batch:
        nonlocal here, at
        at = min((step - 1) * goals // steps, goals - 1)
        with torch.no_grad():
            move = worth(list(net.parameters()), here).argmax(dim=1)
        chance = torch.rand(_WALKERS, generator=random) < settings["explore"]
        move = torch.where(chance, torch.randint(4, (_WALKERS,), generator=random), move)
        there = after[here, move]
        done = there == places[at]
        memory.append(torch.stack([here, move, there, done.long()], dim=1))
        del memory[: -(int(settings["memory"]) // _WALKERS)]
        anew = torch.randint(squares, (_WALKERS,), generator=random)
        lost = torch.rand(_WALKERS, generator=random) < 1.0 / _LONGEST
        here = torch.where(done | lost, anew, there)
        known = torch.cat(memory)
        chosen = known[torch.randint(len(known), (int(settings["batch"]),), generator=random)]
        return loop.Batch((chosen,), len(chosen))

    def loss(model: nn.Module, data: tuple[Any, ...]) -> Tensor:
        square, move, there, done = data[0].T
        predicted = model(functional.one_hot(square, squares).float()).gather(1, move[:, None])[:, 0]
        with torch.no_grad():
            ahead = done + (1 - done) * _DISCOUNT * worth(slow, there).max(dim=1).values
        return functional.smooth_l1_loss(predicted, ahead)

    def follow(model: nn.Module) -> None:
        for old, new in zip(slow, model.parameters(), strict=True):
            old.lerp_(new.detach(), _SLOW)

    def evaluate(model: nn.Module) -> dict[str, float]:
        best = model(torch.eye(squares)).argmax(dim=1)
        returns = [_return(best, after, place, side) for place in places[: at + 1]]
        metrics = {f"gold/return{{goal={i}}}": gold for i, (_, gold) in enumerate(returns)}
        return metrics | {"val/return": returns[at][0], "gold/return": returns[at][1], "goal": float(at)}

    return loop.train(loop.Task(net, batch, loss, evaluate, follow), settings, log)


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


GRID = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
