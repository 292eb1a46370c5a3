"""A character language model: a small transformer, dense or of experts, on generated text of known entropy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.lab.models.transformer import Transformer
from forerun.lab.text import DOMAINS, SYMBOLS, corpus
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

CARD = Card(
    name="charlm",
    does="Trains a decoder-only transformer, dense or of experts, on text of three domains; a ladder of sizes.",
    source="ours; a GPT with pre-norm and learned positions",
    assumes="Nothing.",
    needs="The extra [lab]; 5 to 60 seconds by size.",
    promises="gold/excess is the loss on text never trained on above its true entropy, in nats a symbol: 0 is perfect.",
    known_answer="300 steps of the smallest model bring gold/excess below 0.65.",
    control="Untrained it is above 0.8.",
)
_SETTINGS: Mapping[str, Any] = {
    "size": "s", "length": 64, "first": 1.0, "second": 1.0, "brackets": 1.0, "unique": 0, "experts": 0,
}  # fmt: skip
"""``size``: xs, s, m, l, or w8 to w96. ``first``, ``second``, ``brackets``: weights of the domains. ``unique``:
symbols a domain holds, 0 for more than are asked for. ``experts``: 0 for a dense model, else how many, one a symbol."""
_TRAINING: Mapping[str, Any] = {
    "steps": 800, "lr": 3e-3, "warmup": 50, "optimizer": "adamw", "weight_decay": 0.1, "clip": 1.0, "batch": 16,
}  # fmt: skip
_GOLD, _VALID, _LOGITS = 32, 16, 4  # chunks a domain


class CharlmWorld(Opened):
    """Stretches of text of three domains."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        self.size, self.length, self.experts = settings["size"], int(settings["length"]), int(settings["experts"])
        self.weights = torch.tensor([float(settings[domain]) for domain in DOMAINS])
        self.unique = int(settings["unique"]) or None
        self.texts = corpus(DOMAINS, 2000, self.random)
        self.sets = {name: corpus(DOMAINS, self.length + 1, self.random) for name in ("val", "gold")}

    def model(self) -> nn.Module:
        return Transformer(SYMBOLS, self.length, self.size, experts=self.experts)

    def fresh(self, count: int, moment: Moment) -> Batch:
        chosen = torch.multinomial(self.weights, count, replacement=True, generator=self.random)
        parts = [
            self.texts[domain].chunks(int((chosen == k).sum()), self.length + 1, self.random, self.unique)
            for k, domain in enumerate(DOMAINS)
        ]
        return Batch((torch.cat(parts),), count, count * self.length)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        (rows,) = batch.data
        return Predicted(model(rows[:, :-1]), rows[:, 1:])

    def evaluate(self, model: Transformer, moment: Moment) -> dict[str, float]:
        metrics: dict[str, float] = {}
        gold, share = self.sets["gold"], (self.weights / self.weights.sum()).tolist()
        for name, count in (("val", _VALID), ("gold", _GOLD)):
            losses = [_loss(model, self.sets[name][domain].symbols[:count]) for domain in DOMAINS]
            metrics |= {f"{name}/loss{{domain={d}}}": one for d, one in zip(DOMAINS, losses, strict=True)}
            metrics[f"{name}/loss"] = sum(s * one for s, one in zip(share, losses, strict=True))
        true = [gold[domain].surprise[:_GOLD, 1:].mean().item() for domain in DOMAINS]
        metrics["gold/excess"] = metrics["gold/loss"] - sum(s * one for s, one in zip(share, true, strict=True))
        return metrics | _logits(model, torch.cat([gold[domain].symbols[:_LOGITS] for domain in DOMAINS]))


def _logits(net: Transformer, symbols: Tensor) -> dict[str, float]:
    """What grows before a transformer diverges (Wortsman et al. 2023).

    Attention's largest logit, the mean of the output's, and how far the log of their normaliser lies from zero (root of
    the mean square).
    """
    output = net(symbols[:, :-1])
    return {
        "gold/attention_logit_max": max(logits.max().item() for logits in net.attention_logits(symbols[:, :-1])),
        "gold/output_logit_mean": output.mean().item(),
        "gold/log_normaliser": torch.logsumexp(output, dim=-1).square().mean().item() ** 0.5,
    }


def _loss(net: nn.Module, symbols: Tensor) -> float:
    return functional.cross_entropy(net(symbols[:, :-1]).flatten(0, 1), symbols[:, 1:].flatten()).item()


CHARLM = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=CharlmWorld)
