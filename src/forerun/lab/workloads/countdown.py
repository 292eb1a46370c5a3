"""Countdown: a small transformer writes an expression over given numbers that comes to a target, and can be checked.

A puzzle is three numbers and a target; an answer uses each number once with +, - and x, worked from left to right. The
policy is first shown answers and then learns from its own, which a verifier marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from forerun.core import Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.transformer import Transformer
from forerun.lab.workload import Workload

CARD = Card(
    name="countdown",
    does="Trains a small transformer on number puzzles: on shown answers first, then by its own answers, verified.",
    source="ours; group baseline as in Shao et al. 2024 (GRPO), without clipping",
    assumes="Every puzzle has an answer.",
    needs="The extra [lab]; 20 seconds.",
    promises="gold/solved is the share of unseen puzzles solved greedily; gold/solved_of_8 by one of eight samples.",
    known_answer="Both phases raise gold/solved.",
    control="With rewards shuffled within each group the second phase adds less.",
)
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "size": "s",
    "steps": 1500,
    "lr": 2e-3,
    "schedule": "linear",
    "warmup": 50,
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "clip": 1.0,
    "batch": 128,
    "eval_every": 50,
    "shown": 0.7,
    "group": 8,
    "shuffled": 0,
}
"""``shown``: the share of the steps on shown answers; ``group``: answers sampled a puzzle after that;
``shuffled``: 1 shuffles rewards within each group."""
NUMBERS, OPERATIONS, TARGETS = 9, 3, 64  # numbers 1 to 9; + - x; targets 0 to 63
SYMBOLS = NUMBERS + OPERATIONS + TARGETS
_GOLD, _VALID, _PROMPT, _ANSWER = 256, 128, 4, 5


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; see `_DEFAULTS`."""
    random = loop.seeded(seed)
    model = Transformer(SYMBOLS, _PROMPT + _ANSWER, settings["size"])
    held_out = {name: puzzles(count, random)[:, :_PROMPT] for name, count in (("val", _VALID), ("gold", _GOLD))}
    shown = round(settings["shown"] * settings["steps"])

    def batch(step: int) -> loop.Batch:
        n = int(settings["batch"]) if step <= shown else int(settings["batch"]) // int(settings["group"])
        rows = puzzles(n, random)
        size = n if step <= shown else n * int(settings["group"])
        return loop.Batch((rows, step > shown), size, size * (_PROMPT + _ANSWER))

    def loss(net: Transformer, data: tuple[Any, ...]) -> Tensor:
        rows, own = data
        if not own:
            logits = net(rows[:, :-1])[:, _PROMPT - 1 :]
            return functional.cross_entropy(logits.flatten(0, 1), rows[:, _PROMPT:].flatten())
        group = int(settings["group"])
        with torch.no_grad():
            written = write(net, rows[:, :_PROMPT], random, group)
        reward = solved(written).float().view(-1, group)
        if settings["shuffled"]:
            reward = torch.stack([row[torch.randperm(group, generator=random)] for row in reward])
        better = (reward - reward.mean(dim=1, keepdim=True)).flatten()
        log_p = torch.log_softmax(net(written[:, :-1])[:, _PROMPT - 1 :], dim=-1)
        chosen = log_p.gather(-1, written[:, _PROMPT:, None])[..., 0].sum(dim=1)
        return -(better * chosen).mean()

    def evaluate(net: Transformer) -> dict[str, float]:
        fixed = torch.Generator().manual_seed(seed)
        metrics = {
            f"{name}/solved": solved(write(net, rows, None)).float().mean().item() for name, rows in held_out.items()
        }
        tries = solved(write(net, held_out["gold"], fixed, 8)).view(-1, 8)
        return metrics | {"gold/solved_of_8": tries.any(dim=1).float().mean().item()}

    return loop.train(loop.Task(model, batch, loss, evaluate), settings, log)


def puzzles(count: int, random: torch.Generator) -> Tensor:
    """Rows of three numbers, the target and an answer, (count, 9), whose target lies in range."""
    kept: list[Tensor] = []
    while sum(map(len, kept)) < count:
        numbers = torch.randint(NUMBERS, (2 * count + 8, 3), generator=random)
        order = torch.argsort(torch.rand(numbers.shape, generator=random), dim=1)
        used = numbers.gather(1, order)
        signs = torch.randint(OPERATIONS, (len(numbers), 2), generator=random)
        answer = torch.stack([used[:, 0], NUMBERS + signs[:, 0], used[:, 1], NUMBERS + signs[:, 1], used[:, 2]], dim=1)
        value = worth(answer)
        fits = (value >= 0) & (value < TARGETS)
        target = NUMBERS + OPERATIONS + value.clamp(0, TARGETS - 1)
        kept.append(torch.cat([numbers, target[:, None], answer], dim=1)[fits])
    return torch.cat(kept)[:count]


def worth(answer: Tensor) -> Tensor:
    """What answers (n, 5) come to, worked from left to right; a symbol out of place counts as zero."""
    value = answer[:, 0] + 1
    for sign, number in ((answer[:, 1], answer[:, 2] + 1), (answer[:, 3], answer[:, 4] + 1)):
        results = torch.stack([value + number, value - number, value * number], dim=1)
        value = results.gather(1, (sign - NUMBERS).clamp(0, OPERATIONS - 1)[:, None])[:, 0]
    return value


def solved(rows: Tensor) -> Tensor:
    """Whether rows of puzzle and answer are right: each number once, signs between them, and the target met."""
    answer = rows[:, _PROMPT:]
    used = answer[:, ::2]
    signs = answer[:, 1::2] - NUMBERS
    formed = (used < NUMBERS).all(dim=1) & ((signs >= 0) & (signs < OPERATIONS)).all(dim=1)
    same = (used.sort(dim=1).values == rows[:, :3].sort(dim=1).values).all(dim=1)
    return formed & same & (worth(answer) == rows[:, 3] - NUMBERS - OPERATIONS)


def write(net: Transformer, prompts: Tensor, random: torch.Generator | None, answers: int = 1) -> Tensor:
    """Prompts, each with so many answers sampled by the network, or its likeliest symbols without a generator."""
    logits, past = net.follow(prompts, [None] * len(net.blocks))
    rows, logits = prompts.repeat_interleave(answers, dim=0), logits.repeat_interleave(answers, dim=0)
    past = [one.repeat(answers) for one in past]
    while True:
        if random is None:
            after = logits[:, -1].argmax(dim=-1, keepdim=True)
        else:
            after = torch.multinomial(torch.softmax(logits[:, -1], dim=-1), 1, generator=random)
        rows = torch.cat([rows, after], dim=1)
        if rows.shape[1] == _PROMPT + _ANSWER:
            return rows
        logits, past = net.follow(after, past)


COUNTDOWN = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
