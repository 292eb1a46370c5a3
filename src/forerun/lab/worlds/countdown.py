"""Countdown: a small transformer writes an expression over given numbers that comes to a target, and can be checked.

A puzzle is three numbers and a target; an answer uses each number once with +, - and x, worked from left to right. The
policy is first shown answers and then learns from its own, which a verifier marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from forerun.core import Card
from forerun.lab.models.transformer import Transformer
from forerun.lab.world import Opened, World
from forerun.recipes.world import AnswerScores, Batch, Criterion, Moment, Predicted

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
_SETTINGS: Mapping[str, Any] = {"size": "s"}
_TRAINING: Mapping[str, Any] = {
    "steps": 1500, "lr": 2e-3, "schedule": "linear", "warmup": 50, "optimizer": "adamw", "weight_decay": 0.01,
    "clip": 1.0, "batch": 128, "eval_every": 50,
}  # fmt: skip
NUMBERS, OPERATIONS, TARGETS = 9, 3, 64  # numbers 1 to 9; + - x; targets 0 to 63
SYMBOLS = NUMBERS + OPERATIONS + TARGETS
_GOLD, _VALID, _PROMPT, _ANSWER = 256, 128, 4, 5


class CountdownWorld(Opened):
    """Puzzles with an answer each to be shown, and a verifier of any other."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        self.size, self.seed = settings["size"], seed
        self.sets = {
            name: puzzles(count, self.random)[:, :_PROMPT] for name, count in (("val", _VALID), ("gold", _GOLD))
        }

    def model(self) -> Transformer:
        return Transformer(SYMBOLS, _PROMPT + _ANSWER, self.size)

    def fresh(self, count: int, moment: Moment) -> Batch:
        return self.prompts(count)

    def predict(self, model: Transformer, batch: Batch) -> Predicted:
        (rows,) = batch.data
        return Predicted(model(rows[:, :-1])[:, _PROMPT - 1 :], rows[:, _PROMPT:])

    def prompts(self, count: int) -> Batch:
        return Batch((puzzles(count, self.random),), count, count * (_PROMPT + _ANSWER))

    def symbols(self, prompts: Batch) -> int:
        return prompts.samples * _ANSWER

    def answer(self, model: Transformer, prompts: Batch, group: int) -> tuple[Tensor, ...]:
        return (write(model, prompts.data[0][:, :_PROMPT], self.random, group),)

    def reward(self, answers: tuple[Tensor, ...]) -> Tensor:
        return solved(answers[0]).float()

    def score(self, model: Transformer, answers: tuple[Tensor, ...]) -> AnswerScores:
        (rows,) = answers
        logp = torch.log_softmax(model(rows[:, :-1])[:, _PROMPT - 1 :], dim=-1)
        chosen = logp.gather(-1, rows[:, _PROMPT:, None])[..., 0]
        return AnswerScores(chosen, -(logp.exp() * logp).sum(dim=-1))

    def evaluate(self, model: Transformer, moment: Moment) -> dict[str, float]:
        fixed = torch.Generator().manual_seed(self.seed)
        metrics = {f"{name}/solved": solved(write(model, rows, None)).float().mean().item()
                   for name, rows in self.sets.items()}  # fmt: skip
        tries = solved(write(model, self.sets["gold"], fixed, 8)).view(-1, 8)
        return metrics | {"gold/solved_of_8": tries.any(dim=1).float().mean().item()}


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


COUNTDOWN = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=CountdownWorld)
