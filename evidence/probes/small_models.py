"""Small transformers whose insides can be looked at, trained for the scripts beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from forerun.lab.models.transformer import Transformer
from forerun.lab.text import DOMAINS, SYMBOLS, Text, corpus
from forerun.lab.world import Opened
from forerun.recipes import RECIPES
from forerun.recipes.settings import SETTINGS as DEFAULTS
from forerun.recipes.training import TrainingRun
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

LENGTH = 64
SETTINGS = {**DEFAULTS, "weight_decay": 0.1, "clip": 1.0, "batch": 16}


@cache
def texts(length: int, seed: int) -> dict[str, Text]:
    return corpus(DOMAINS, length, torch.Generator().manual_seed(seed))


def loss_of(net: torch.nn.Module, rows: Tensor) -> Tensor:
    """Nats a symbol."""
    return functional.cross_entropy(net(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())


def rows_of(text: Mapping[str, Text], count: int, random: torch.Generator) -> Tensor:
    """So many chunks of each domain."""
    return torch.cat([text[domain].chunks(count, LENGTH + 1, random) for domain in DOMAINS])


class Domains(Opened):
    """Chunks of the three domains, as many of each."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, size: str, seed: int) -> None:
        super().__init__(seed)
        self.size, self.text, held_out = size, texts(500, seed + 1), texts(LENGTH + 1, 900)
        self.valid = torch.cat([held_out[domain].symbols[:32] for domain in DOMAINS])

    def model(self) -> Transformer:
        return Transformer(SYMBOLS, LENGTH, self.size)

    def fresh(self, count: int, moment: Moment) -> Batch:
        rows = rows_of(self.text, count // len(DOMAINS), self.random)
        return Batch((rows,), len(rows))

    def predict(self, model: Transformer, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0][:, :-1]), batch.data[0][:, 1:])

    def evaluate(self, model: Transformer, moment: Moment) -> dict[str, float]:
        return {"val/loss": loss_of(model, self.valid).item()}


def trained(
    size: str, seed: int, settings: Mapping[str, Any], recipe: str = "supervised"
) -> tuple[Transformer, dict[str, float]]:
    """A transformer trained on the three domains, and its held-out loss at the end."""
    training = TrainingRun(Domains(size, seed), RECIPES.load(recipe).engine, settings)
    training.run()
    return training.model, training.result()


@contextmanager
def watched(model: Transformer, part: str) -> Iterator[list[Tensor]]:
    """What a part of each block puts out while the model runs, in order."""
    outputs: list[Tensor] = []
    hooks = [
        block.get_submodule(part).register_forward_hook(lambda _, __, out: outputs.append(out.detach()))
        for block in model.blocks
    ]
    try:
        yield outputs
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def largest_attention_logit(model: Transformer, rows: Tensor) -> float:
    """Over all blocks, heads and pairs of places, before the softmax."""
    with watched(model, "qkv") as outputs:
        model(rows[:, :-1])
    largest = 0.0
    for block, out in zip(model.blocks, outputs, strict=True):
        b, n, width = out.shape[0], out.shape[1], out.shape[2] // 3
        q, k, _ = out.view(b, n, 3, block.heads, width // block.heads).permute(2, 0, 3, 1, 4)
        q, k = block.qk(q, k)
        logits = (q @ k.transpose(-1, -2)).tril() / (width // block.heads) ** 0.5
        largest = max(largest, float(logits.abs().max().nan_to_num(nan=float("inf"))))
    return largest
