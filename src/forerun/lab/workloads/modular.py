"""Modular addition: a network learns a + b mod p from part of the table, memorises it first and groks it later."""

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
from forerun.recipes import magnitude_ticket

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
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "steps": 3000,
    "lr": 0.01,
    "schedule": "constant",
    "warmup": 10,
    "optimizer": "adamw",
    "weight_decay": 1.0,
    "p": 31,
    "share": 0.5,
    "width": 128,
    "ticket": "none",
    "keep": 0.4,
    "ticket_steps": 3000,
}
"""``share`` of the table to train on. ``ticket``: none, magnitude or random: train for ``ticket_steps`` first, then
anew from the same start with the largest ``keep`` share of weights, or with as many at random."""


class _Net(nn.Module):
    def __init__(self, p: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(p, width)
        self.hidden, self.out = nn.Linear(width, width), nn.Linear(width, p)

    def forward(self, pairs: Tensor) -> Tensor:
        return self.out(functional.relu(self.hidden(self.embed(pairs).sum(dim=1))))


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; besides the gold metrics, ``gold/steps_to_90`` is the first step at which gold/acc is 90% (or the end)."""
    random = loop.seeded(seed)
    p = int(settings["p"])
    pairs = torch.cartesian_prod(torch.arange(p), torch.arange(p))[torch.randperm(p * p, generator=random)]
    answers = pairs.sum(dim=1) % p
    cut = round(settings["share"] * p * p)
    held_out = cut + (p * p - cut) // 2
    parts = {"train": slice(0, cut), "val": slice(cut, held_out), "gold": slice(held_out, p * p)}
    model = _Net(p, int(settings["width"]))
    start = {name: value.clone() for name, value in model.state_dict().items()}
    reached: list[int] = []
    step = 0

    def batch(at: int) -> loop.Batch:
        nonlocal step
        step = at
        return loop.Batch((pairs[:cut], answers[:cut]), cut)

    def loss(net: nn.Module, data: tuple[Any, ...]) -> Tensor:
        return functional.cross_entropy(net(data[0]), data[1])

    def evaluate(net: nn.Module) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for name, mine in parts.items():
            logits = net(pairs[mine])
            metrics[f"{name}/acc"] = (logits.argmax(dim=1) == answers[mine]).float().mean().item()
            if name != "train":
                metrics[f"{name}/loss"] = functional.cross_entropy(logits, answers[mine]).item()
        if metrics["gold/acc"] >= 0.9:
            reached.append(step)
        return metrics

    hold_to_mask = magnitude_ticket.Ticket(model, {})
    if settings["ticket"] != "none":
        first = dict(settings) | {"steps": settings["ticket_steps"]}
        loop.train(loop.Task(model, batch, loss, lambda _: {}), first, log, quiet=True)
        kept = magnitude_ticket.masks(model.state_dict(), settings["keep"])
        if settings["ticket"] == "random":
            kept = magnitude_ticket.shuffled(kept, random)
        model.load_state_dict(start)
        hold_to_mask = magnitude_ticket.Ticket(model, kept)
        hold_to_mask()
    metrics = loop.train(loop.Task(model, batch, loss, evaluate, lambda _: hold_to_mask()), settings, log)
    return metrics | {"gold/steps_to_90": float(reached[0] if reached else settings["steps"])}


MODULAR = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
