"""Addition, easy to hard: a small transformer writes the sum of two numbers digit by digit, the last digit first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.lab.models.transformer import Transformer
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

CARD = Card(
    name="addition",
    does="Trains a small transformer to add numbers of one to several digits; data in random order or easy to hard.",
    source="ours; digits reversed as in Lee et al. 2023",
    assumes="Nothing.",
    needs="The extra [lab]; 10 to 20 seconds with the defaults.",
    promises="gold/acc is the share of sums of the largest length right in every digit; slices by length.",
    known_answer="Short sums are right before long ones.",
    control="With shuffled answers gold/acc stays near zero.",
)
_SETTINGS: Mapping[str, Any] = {"size": "s", "digits": 2, "shuffled": 0}
"""``digits`` of the longest numbers; ``shuffled``: 1 gives every question another one's answer."""
_TRAINING: Mapping[str, Any] = {
    "steps": 3000, "lr": 3e-3, "warmup": 50, "optimizer": "adamw", "weight_decay": 0.01, "clip": 1.0, "batch": 64,
    "eval_every": 100,
}  # fmt: skip
PLUS, EQUALS, END, SYMBOLS = 10, 11, 12, 13
_GOLD, _VALID = 200, 100


class AdditionWorld(Opened):
    """Sums of numbers of one to several digits; a level is a length."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        self.levels, self.size = int(settings["digits"]), settings["size"]
        self.shuffled = bool(settings["shuffled"])
        self.length = 3 * self.levels + 3  # both numbers, the sum with its carry, plus, equals
        self.sets = {
            name: {n: _sums(n, count, self.random) for n in range(1, self.levels + 1)}
            for name, count in (("val", _VALID), ("gold", _GOLD))
        }

    def model(self) -> nn.Module:
        return Transformer(SYMBOLS, self.length, self.size)

    def fresh(self, count: int, moment: Moment) -> Batch:
        return self.graded(torch.randint(1, self.levels + 1, (count,), generator=self.random))

    def graded(self, levels: Tensor) -> Batch:
        parts = [_sums(k, int((levels == k).sum()), self.random) for k in range(1, self.levels + 1)]
        rows = torch.cat([functional.pad(p, (0, self.length - p.shape[1]), value=END) for p in parts])
        if self.shuffled:
            answers = rows[torch.randperm(len(rows), generator=self.random)]
            rows = torch.where(_answer(rows), answers, rows)
        return Batch((rows,), len(rows), len(rows) * self.length)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        (rows,) = batch.data
        return Predicted(model(rows[:, :-1]), rows[:, 1:], _answer(rows)[:, 1:])

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for name, by_length in self.sets.items():
            right = {n: _right(model, rows, n) for n, rows in by_length.items()}
            metrics |= {f"{name}/acc{{digits={n}}}": share for n, share in right.items()}
            metrics[f"{name}/acc"] = right[self.levels]
            longest = self.predict(model, Batch((by_length[self.levels],), 0))
            assert longest.mask is not None
            scored = functional.cross_entropy(longest.outputs[longest.mask], longest.targets[longest.mask])
            metrics[f"{name}/loss"] = scored.item()
        return metrics


def _sums(digits: int, count: int, random: torch.Generator) -> Tensor:
    """Rows "a+b=c", every number with its last digit first, c with one digit more."""
    a, b = (torch.randint(10**digits, (count,), generator=random) for _ in range(2))
    signs = [torch.full((count, 1), sign) for sign in (PLUS, EQUALS)]
    return torch.cat([_reversed(a, digits), signs[0], _reversed(b, digits), signs[1], _reversed(a + b, digits + 1)], 1)


def _reversed(number: Tensor, digits: int) -> Tensor:
    return torch.stack([number // 10**i % 10 for i in range(digits)], dim=1)


def _answer(rows: Tensor) -> Tensor:
    """Where the sum's digits stand."""
    after = (rows == EQUALS).cumsum(dim=1) > 0
    return after & (rows != EQUALS) & (rows != END)


def _right(net: nn.Module, rows: Tensor, digits: int) -> float:
    """The share of sums that the network writes right, digit by digit, given only the question."""
    written = rows[:, : 2 * digits + 2]
    for _ in range(digits + 1):
        written = torch.cat([written, net(written)[:, -1:].argmax(dim=-1)], dim=1)
    return (written == rows).all(dim=1).float().mean().item()


ADDITION = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=AdditionWorld)
