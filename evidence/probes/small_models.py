"""Small transformers whose insides can be looked at, trained for the scripts beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.text import DOMAINS, SYMBOLS, Text, corpus
from forerun.lab.transformer import Transformer

LENGTH = 64
SETTINGS = {**loop.DEFAULTS, "optimizer": "adamw", "weight_decay": 0.1, "clip": 1.0, "batch": 16}


@cache
def texts(length: int, seed: int) -> dict[str, Text]:
    return corpus(DOMAINS, length, torch.Generator().manual_seed(seed))


def loss_of(net: torch.nn.Module, rows: Tensor) -> Tensor:
    """Nats a symbol."""
    return functional.cross_entropy(net(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())


def rows_of(text: Mapping[str, Text], count: int, random: torch.Generator) -> Tensor:
    """So many chunks of each domain."""
    return torch.cat([text[domain].chunks(count, LENGTH + 1, random) for domain in DOMAINS])


def trained(size: str, seed: int, settings: Mapping[str, Any], **options: Any) -> tuple[Transformer, dict[str, float]]:
    """A transformer trained on the three domains, and its held-out loss at the end."""
    random = loop.seeded(seed)
    text, held_out = texts(500, seed + 1), texts(LENGTH + 1, 900)
    valid = torch.cat([held_out[domain].symbols[:32] for domain in DOMAINS])
    model = Transformer(SYMBOLS, LENGTH, size, **options)

    def batch(_: int) -> loop.Batch:
        rows = rows_of(text, int(settings["batch"]) // len(DOMAINS), random)
        return loop.Batch((rows,), len(rows))

    def evaluate(net: Transformer) -> dict[str, float]:
        return {"val/loss": loss_of(net, valid).item()}

    task = loop.Task(model, batch, lambda net, data: loss_of(net, data[0]), evaluate)
    with TemporaryDirectory() as folder, MetricsLog(Path(folder) / "log.jsonl", {}) as log:
        return model, loop.train(task, settings, log)


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
        if block.qk is not None:
            q, k = block.qk(q, k)
        logits = (q @ k.transpose(-1, -2)).tril() / (width // block.heads) ** 0.5
        largest = max(largest, float(logits.abs().max().nan_to_num(nan=float("inf"))))
    return largest
