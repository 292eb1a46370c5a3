"""A character language model: a small transformer, dense or of experts, on generated text of known entropy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.text import DOMAINS, SYMBOLS, corpus
from forerun.lab.transformer import Transformer
from forerun.lab.workload import Workload
from forerun.recipes.z_loss import z_loss

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
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "size": "s",
    "steps": 800,
    "lr": 3e-3,
    "warmup": 50,
    "optimizer": "adamw",
    "weight_decay": 0.1,
    "clip": 1.0,
    "batch": 16,
    "length": 64,
    "first": 1.0,
    "second": 1.0,
    "brackets": 1.0,
    "unique": 0,
    "experts": 0,
    "z_loss": 0.0,
    "qk_norm": 0,
}
"""``size``: xs, s, m, l, or w16 to w96. ``first``, ``second``, ``brackets``: weights of the domains. ``unique``:
symbols a domain holds, 0 for more than are asked for. ``experts``: 0 for a dense model, else how many, one a symbol.
``z_loss``: its weight."""
_GOLD, _VALID, _LOGITS = 32, 16, 4  # chunks a domain


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; see `_DEFAULTS`.

    Raises:
        UnknownName: no such size.
    """
    random = loop.seeded(seed)
    length, size = int(settings["length"]), int(settings["batch"])
    weights = torch.tensor([float(settings[domain]) for domain in DOMAINS])
    texts = corpus(DOMAINS, 2000, random)
    held_out = {name: corpus(DOMAINS, length + 1, random) for name in ("val", "gold")}
    model = Transformer(
        SYMBOLS, length, settings["size"], experts=int(settings["experts"]), qk_norm=bool(settings["qk_norm"])
    )
    unique = int(settings["unique"]) or None

    def batch(_: int) -> loop.Batch:
        chosen = torch.multinomial(weights, size, replacement=True, generator=random)
        parts = [
            texts[domain].chunks(int((chosen == k).sum()), length + 1, random, unique)
            for k, domain in enumerate(DOMAINS)
        ]
        return loop.Batch((torch.cat(parts),), size, size * length)

    def loss(net: Transformer, data: tuple[Any, ...]) -> Tensor:
        logits = net(data[0][:, :-1])
        entropy = functional.cross_entropy(logits.flatten(0, 1), data[0][:, 1:].flatten())
        return entropy + z_loss(logits, settings["z_loss"]) if settings["z_loss"] else entropy

    def evaluate(net: Transformer) -> dict[str, float]:
        metrics: dict[str, float] = {}
        share = weights / weights.sum()
        for name, count in (("val", _VALID), ("gold", _GOLD)):
            losses = [_loss(net, held_out[name][domain].symbols[:count]) for domain in DOMAINS]
            metrics |= {f"{name}/loss{{domain={d}}}": one for d, one in zip(DOMAINS, losses, strict=True)}
            metrics[f"{name}/loss"] = sum(s * one for s, one in zip(share.tolist(), losses, strict=True))
        true = [held_out["gold"][domain].surprise[:_GOLD, 1:].mean().item() for domain in DOMAINS]
        metrics["gold/excess"] = metrics["gold/loss"] - sum(
            s * one for s, one in zip(share.tolist(), true, strict=True)
        )
        return metrics | _logits(net, torch.cat([held_out["gold"][domain].symbols[:_LOGITS] for domain in DOMAINS]))

    return loop.train(loop.Task(model, batch, loss, evaluate), settings, log)


def _logits(net: Transformer, symbols: Tensor) -> dict[str, float]:
    """What grows before a transformer diverges (Wortsman et al. 2023).

    Attention's largest logit, the mean of the output's, and how far the log of their normaliser lies from the zero that
    the z-loss draws it to (root of the mean square).
    """
    output = net(symbols[:, :-1])
    return {
        "gold/attention_logit_max": max(logits.max().item() for logits in net.attention_logits(symbols[:, :-1])),
        "gold/output_logit_mean": output.mean().item(),
        "gold/log_normaliser": z_loss(output, 1.0).item() ** 0.5,
    }


def _loss(net: nn.Module, symbols: Tensor) -> float:
    return functional.cross_entropy(net(symbols[:, :-1]).flatten(0, 1), symbols[:, 1:].flatten()).item()


CHARLM = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
