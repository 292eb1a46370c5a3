"""Modular addition: a network learns a + b mod p from part of the table, memorises it first and groks it later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, History, Moment, Predicted

CARD = Card(
    name="modular",
    does="Trains an embedding and an MLP on a + b mod p, full batch, with weight decay: memorising, then grokking.",
    source="Power et al. 2022; embedding and MLP as in Minegishi, Iwasawa, Matsuo 2023",
    assumes="Nothing.",
    needs="The extra [lab]; about 20 seconds.",
    promises="gold/acc is of pairs that neither training nor validation holds.",
    known_answer="With the defaults the training table is known long before the held-out one.",
    control="Without weight decay it does not generalise in the same steps.",
)
_SETTINGS: Mapping[str, Any] = {"p": 31, "share": 0.5, "width": 128, "ordered": True, "bottleneck": 0}
"""``share`` of the table to train on. ``ordered``: whether a + b and b + a are both in the table; the network cannot
tell them apart, so that a table known by heart answers for every held-out pair whose twin is in training.
``bottleneck``: hidden units between two maps from and to the embedding's width; 0 for a hidden layer of that width and
no map back."""
_TRAINING: Mapping[str, Any] = {
    "steps": 3000, "lr": 0.01, "schedule": "constant", "warmup": 10, "optimizer": "adamw", "weight_decay": 1.0,
    "sampler": "whole",
}  # fmt: skip


class _Net(nn.Module):
    def __init__(self, p: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(p, width)
        self.hidden, self.out = nn.Linear(width, width), nn.Linear(width, p)

    def forward(self, pairs: Tensor) -> Tensor:
        return self.out(functional.relu(self.hidden(self.embed(pairs).sum(dim=1))))


class _Bottleneck(nn.Module):
    """Four matrices without biases, each drawn with a variance of one over its inputs."""

    def __init__(self, p: int, width: int, hidden: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(p, width)
        self.hidden, self.back = nn.Linear(width, hidden, bias=False), nn.Linear(hidden, width, bias=False)
        self.out = nn.Linear(width, p, bias=False)
        for weights, inputs in zip(self.parameters(), (p, width, hidden, width), strict=True):
            nn.init.normal_(weights, std=inputs**-0.5)

    def forward(self, pairs: Tensor) -> Tensor:
        return self.out(self.back(functional.relu(self.hidden(self.embed(pairs).sum(dim=1)))))


class ModularWorld(Opened):
    """The table, in three parts; ``gold/steps_to_90`` is the first step at which gold/acc is 90% (or the end)."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        p, self.width, self.bottleneck = (int(settings[name]) for name in ("p", "width", "bottleneck"))
        self.classes = p
        pairs = torch.cartesian_prod(torch.arange(p), torch.arange(p))
        if not settings["ordered"]:
            pairs = pairs[pairs[:, 0] <= pairs[:, 1]]
        n = len(pairs)
        self.pairs = pairs[torch.randperm(n, generator=self.random)]
        self.answers = self.pairs.sum(dim=1) % p
        self.examples = cut = round(settings["share"] * n)
        middle = cut + (n - cut) // 2
        self.sets = {"train": slice(0, cut), "val": slice(cut, middle), "gold": slice(middle, n)}

    def model(self) -> nn.Module:
        if self.bottleneck:
            return _Bottleneck(self.classes, self.width, self.bottleneck)
        return _Net(self.classes, self.width)

    def members(self, moment: Moment) -> Tensor:
        return torch.arange(self.examples)

    def labels(self) -> Tensor:
        return self.answers[: self.examples]

    def take(self, index: Tensor, moment: Moment) -> Batch:
        return Batch((self.pairs[index], self.answers[index]), len(index), index=index)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0]), batch.data[1], index=batch.index)

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for name, mine in self.sets.items():
            logits = model(self.pairs[mine])
            metrics[f"{name}/acc"] = (logits.argmax(dim=1) == self.answers[mine]).float().mean().item()
            if name != "train":
                metrics[f"{name}/loss"] = functional.cross_entropy(logits, self.answers[mine]).item()
        return metrics

    def summary(self, history: History) -> dict[str, float]:
        reached = [record["step"] for record in history if record["gold/acc"] >= 0.9]
        return {"gold/steps_to_90": float(min(reached, default=history[-1]["step"]))}


MODULAR = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=ModularWorld)
