"""Addition, easy to hard: a small transformer writes the sum of two numbers digit by digit, the last digit first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import BadInput, Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.transformer import Transformer
from forerun.lab.workload import Workload

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
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "size": "s",
    "steps": 3000,
    "lr": 3e-3,
    "warmup": 50,
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "clip": 1.0,
    "batch": 64,
    "eval_every": 100,
    "digits": 2,
    "order": "random",
    "shuffled": 0,
}
"""``digits`` of the longest numbers; ``order``: random, easy_first or hard_first, over the training; ``shuffled``: 1
gives every question another one's answer."""
PLUS, EQUALS, END, SYMBOLS = 10, 11, 12, 13
_GOLD, _VALID = 200, 100


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; see `_DEFAULTS`.

    Raises:
        BadInput: no such order.
    """
    if settings["order"] not in ("random", "easy_first", "hard_first"):
        raise BadInput(f"no order {settings['order']!r}; there are: random, easy_first, hard_first", where="addition")
    random = loop.seeded(seed)
    longest, size, steps = int(settings["digits"]), int(settings["batch"]), int(settings["steps"])
    length = 3 * longest + 3  # both numbers, the sum with its carry, plus, equals
    held_out = {
        name: {n: _sums(n, count, random) for n in range(1, longest + 1)}
        for name, count in (("val", _VALID), ("gold", _GOLD))
    }
    model = Transformer(SYMBOLS, length, settings["size"])

    def lengths(step: int) -> Tensor:
        if settings["order"] == "random":
            return torch.randint(1, longest + 1, (size,), generator=random)
        share = (step - 1) / steps if settings["order"] == "easy_first" else 1.0 - step / steps
        return torch.full((size,), 1 + min(int(share * longest), longest - 1))

    def batch(step: int) -> loop.Batch:
        n = lengths(step)
        parts = [_sums(k, int((n == k).sum()), random) for k in range(1, longest + 1)]
        rows = torch.cat([functional.pad(p, (0, length - p.shape[1]), value=END) for p in parts])
        if settings["shuffled"]:
            answers = rows[torch.randperm(len(rows), generator=random)]
            rows = torch.where(_answer(rows), answers, rows)
        return loop.Batch((rows,), size, size * length)

    def loss(net: nn.Module, data: tuple[Any, ...]) -> Tensor:
        logits, answers = net(data[0][:, :-1]), _answer(data[0])[:, 1:]
        return functional.cross_entropy(logits[answers], data[0][:, 1:][answers])

    def evaluate(net: nn.Module) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for name, by_length in held_out.items():
            right = {n: _right(net, rows, n) for n, rows in by_length.items()}
            metrics |= {f"{name}/acc{{digits={n}}}": share for n, share in right.items()}
            metrics[f"{name}/acc"] = right[longest]
            metrics[f"{name}/loss"] = loss(net, (by_length[longest],)).item()
        return metrics

    return loop.train(loop.Task(model, batch, loss, evaluate), settings, log)


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


ADDITION = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
