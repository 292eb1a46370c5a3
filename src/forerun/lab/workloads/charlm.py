"""A character language model: a small transformer, dense or of experts, on generated text of known entropy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card, UnknownName
from forerun.lab import loop
from forerun.lab.log import Log
from forerun.lab.text import DOMAINS, SYMBOLS, corpus
from forerun.recipes.qk_norm import QKNorm
from forerun.recipes.z_loss import z_loss

CARD = Card(
    name="charlm",
    does="Trains a decoder-only transformer, dense or of experts, on text of three domains; a ladder of sizes.",
    source="ours; a GPT with pre-norm and learned positions",
    assumes="Nothing.",
    needs="The extra [lab]; 5 to 60 seconds by size.",
    promises="gold/excess is the loss on text never trained on above its true entropy, in nats a symbol: 0 is perfect.",
    known_answer="gold/excess falls below 0.5 with the defaults.",
    control="Untrained it is above 0.8.",
)
DEFAULTS: dict[str, Any] = loop.DEFAULTS | {
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
"""``size``: xs, s, m, l. ``first``, ``second``, ``brackets``: weights of the domains. ``unique``: symbols a domain
holds, 0 for more than are asked for. ``experts``: 0 for a dense model, else how many, one a symbol. ``z_loss``: its
weight."""
SIZES = {"xs": (16, 1, 2), "s": (32, 2, 2), "m": (64, 2, 4), "l": (96, 3, 4)}
"""Width, layers and heads."""
_GOLD, _VALID = 32, 16  # chunks a domain


def train(settings: Mapping[str, Any], seed: int, log: Log) -> dict[str, float]:
    """Train; see `DEFAULTS`.

    Raises:
        UnknownName: no such size.
    """
    if settings["size"] not in SIZES:
        raise UnknownName("size", settings["size"], SIZES, where="charlm")
    random = loop.seeded(seed)
    length, size = int(settings["length"]), int(settings["batch"])
    weights = torch.tensor([float(settings[domain]) for domain in DOMAINS])
    texts = corpus(DOMAINS, 2000, random)
    held = {name: corpus(DOMAINS, length + 1, random) for name in ("val", "gold")}
    model = Transformer(settings)
    unique = int(settings["unique"]) or None

    def batch(_: int) -> loop.Batch:
        chosen = torch.multinomial(weights, size, replacement=True, generator=random)
        parts = [
            texts[domain].chunks(int((chosen == k).sum()), length + 1, random, unique)
            for k, domain in enumerate(DOMAINS)
        ]
        return loop.Batch((torch.cat(parts),), size, size * length)

    def loss(net: nn.Module, data: tuple[Any, ...]) -> Tensor:
        logits = net(data[0][:, :-1])
        told = functional.cross_entropy(logits.flatten(0, 1), data[0][:, 1:].flatten())
        return told + z_loss(logits, settings["z_loss"]) if settings["z_loss"] else told

    def evaluate(net: nn.Module) -> dict[str, float]:
        told: dict[str, float] = {}
        share = weights / weights.sum()
        for name, count in (("val", _VALID), ("gold", _GOLD)):
            losses = [_loss(net, held[name][domain].symbols[:count]) for domain in DOMAINS]
            told |= {f"{name}/loss{{domain={d}}}": one for d, one in zip(DOMAINS, losses, strict=True)}
            told[f"{name}/loss"] = sum(s * one for s, one in zip(share.tolist(), losses, strict=True))
        true = [held["gold"][domain].surprise[:_GOLD, 1:].mean().item() for domain in DOMAINS]
        told["gold/excess"] = told["gold/loss"] - sum(s * one for s, one in zip(share.tolist(), true, strict=True))
        return told

    return loop.train(loop.Task(model, batch, loss, evaluate), settings, log)


def _loss(net: nn.Module, symbols: Tensor) -> float:
    return functional.cross_entropy(net(symbols[:, :-1]).flatten(0, 1), symbols[:, 1:].flatten()).item()


class Transformer(nn.Module):
    """Symbols (b, n) -> logits (b, n, symbols)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        width, layers, heads = SIZES[settings["size"]]
        self.embed = nn.Embedding(SYMBOLS, width)
        self.place = nn.Embedding(int(settings["length"]), width)
        self.blocks = nn.ModuleList(
            _Block(width, heads, int(settings["experts"]), bool(settings["qk_norm"])) for _ in range(layers)
        )
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, SYMBOLS)

    def forward(self, symbols: Tensor) -> Tensor:
        h = self.embed(symbols) + self.place.weight[: symbols.shape[1]]
        for block in self.blocks:
            h = block(h)
        return self.out(self.norm(h))


class _Block(nn.Module):
    def __init__(self, width: int, heads: int, experts: int, qk_norm: bool) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.back = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.qk = QKNorm(width // heads) if qk_norm else None
        self.mlp = _Experts(width, experts) if experts else _mlp(width)

    def forward(self, h: Tensor) -> Tensor:
        b, n, width = h.shape
        q, k, v = self.qkv(self.before(h)).view(b, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        if self.qk is not None:
            q, k = self.qk(q, k)
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.back(seen.transpose(1, 2).reshape(b, n, width))
        return h + self.mlp(self.between(h))


def _mlp(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))


class _Experts(nn.Module):
    """A mixture of experts, the likeliest one a symbol, weighed by its gate."""

    def __init__(self, width: int, experts: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(_mlp(width) for _ in range(experts))

    def forward(self, h: Tensor) -> Tensor:
        p = functional.softmax(self.gate(h), dim=-1)
        best, which = p.max(dim=-1)
        said = torch.stack([expert(h) for expert in self.experts], dim=-1)
        return best[..., None] * said.gather(-1, which[..., None, None].expand(*h.shape, 1))[..., 0]
