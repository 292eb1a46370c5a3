"""Fine-tune a small pretrained language model on more and more examples of four skills, each in a format new to it.

    python evidence/laws/skills_ladder/train.py [--seeds 3]

The lab's transformer and supervised engine. A base a seed is trained on raw rows of digits: runs with a constant step,
rising runs, spans that come again, and pairs with their sum; it never sees a question. Four skills are then taught,
each to a copy of the base: `add` (sums of two digits), `sort`, `shift` (reversed, each digit one up) and `sums`
(running sums modulo 10). An answer has a format: an opening symbol, as many digits as it takes, a closing symbol, the
end. All sizes get the same steps, so that the small ones see an example more often.

Kept of 500 questions never trained on, decoded greedily: the share of the answer's digits that are right (the skill),
of answers right in every digit, and of answers in the format, right or not.

The learning rate, a rule stated before: of a grid of three, for every skill the best mean of the skill at 100 and 400
examples on seed 0, for all sizes. Skills and steps were set with a look at seed 99, which is in no
table. A run that is on file is not trained anew. Writes runs.csv beside itself.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.lab.models.transformer import Transformer
from forerun.lab.world import Opened
from forerun.recipes import RECIPES
from forerun.recipes.settings import SETTINGS
from forerun.recipes.training import TrainingRun
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

HERE = Path(__file__).parent
SKILLS = {"add": (4, 3), "sort": (5, 5), "shift": (5, 5), "sums": (5, 5)}
"""Digits of the question and of the answer."""
EXAMPLES = (25, 50, 100, 200, 400, 800, 1600, 3200)
TUNED_AT, GRID = (100, 400), (1e-3, 3e-3, 1e-2)
OPEN, CLOSE, END, ASK, SYMBOLS = 10, 11, 12, 13, 14
WIDTH, LENGTH, BASE_STEPS, STEPS, BATCH, GOLD = 32, 14, 1500, 300, 32, 500
FIELDS = ("skill", "examples", "lr", "seed", "digits", "exact", "format")


class Raw(Opened):
    """Rows of digits without a question."""

    criterion: Criterion = "cross_entropy"

    def model(self) -> nn.Module:
        return Transformer(SYMBOLS, LENGTH, f"w{WIDTH}")

    def fresh(self, count: int, moment: Moment) -> Batch:
        random, place = self.random, torch.arange(LENGTH)
        first, step = (torch.randint(10, (count, 1), generator=random) for _ in range(2))
        digits = torch.randint(10, (count, LENGTH), generator=random)
        pair, carry = digits[:, :2], digits[:, 0] + digits[:, 1]
        sums = torch.cat([pair, torch.stack([carry % 10, carry // 10], dim=1)], dim=1).repeat(1, 4)[:, :LENGTH]
        rising = digits.sort(dim=1).values
        kinds = torch.stack([(first + step * place) % 10, rising, digits[:, :7].repeat(1, 2), sums])
        rows = kinds[torch.randint(4, (count,), generator=random), torch.arange(count)]
        return Batch((rows,), count, count * LENGTH)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0][:, :-1]), batch.data[0][:, 1:])

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        return {}


class Skill(Opened):
    """So many examples of a skill, and questions never trained on."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, skill: str, examples: int, base: dict[str, Tensor], seed: int) -> None:
        super().__init__(seed)
        self.base, (self.asked, self.said) = base, SKILLS[skill]
        rows = example_rows(skill, GOLD + max(EXAMPLES), self.random)
        new = (rows[GOLD:, None] != rows[None, :GOLD]).any(dim=2).all(dim=1)
        self.gold, self.rows = rows[:GOLD], rows[GOLD:][new][:examples]

    def model(self) -> nn.Module:
        network = Transformer(SYMBOLS, LENGTH, f"w{WIDTH}")
        network.load_state_dict(self.base)
        return network

    def fresh(self, count: int, moment: Moment) -> Batch:
        rows = self.rows[torch.randint(len(self.rows), (count,), generator=self.random)]
        return Batch((rows,), count, count * LENGTH)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        (rows,) = batch.data
        answer = (torch.arange(LENGTH) > self.asked).expand_as(rows)
        return Predicted(model(rows[:, :-1]), rows[:, 1:], answer[:, 1:])

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        written = self.gold[:, : self.asked + 1]
        while written.shape[1] < self.asked + self.said + 4:
            written = torch.cat([written, model(written)[:, -1:].argmax(dim=-1)], dim=1)
        start = self.asked + 2
        own, true = (rows[:, start : start + self.said] for rows in (written, self.gold))
        framed = (written[:, start - 1] == OPEN) & (written[:, start + self.said] == CLOSE)
        framed &= written[:, start + self.said + 1] == END
        return {"digits": (own == true).float().mean().item(), "exact": (own == true).all(dim=1).float().mean().item(),
                "format": (framed & (own < 10).all(dim=1)).float().mean().item()}  # fmt: skip


def example_rows(skill: str, count: int, random: torch.Generator) -> Tensor:
    """Questions with their answers, in the format."""
    asked, said = SKILLS[skill]
    question = torch.randint(10, (count, asked), generator=random)
    if skill == "add":
        total = question[:, 0] + question[:, 1] + 10 * (question[:, 2] + question[:, 3])
        answer = torch.stack([total // 10**i % 10 for i in range(said)], dim=1)
    elif skill == "sort":
        answer = question.sort(dim=1).values
    else:
        answer = (question.flip(1) + 1) % 10 if skill == "shift" else question.cumsum(dim=1) % 10
    one = torch.ones(count, 1, dtype=torch.long)
    row = torch.cat([question, ASK * one, OPEN * one, answer, CLOSE * one], dim=1)
    return functional.pad(row, (0, LENGTH - row.shape[1]), value=END)


def taught(world: Opened, steps: int, lr: float) -> TrainingRun:
    settings = {"steps": steps, "lr": lr, "schedule": "linear", "warmup": 20, "batch": BATCH, "clip": 1.0}
    training = TrainingRun(world, RECIPES.load("supervised").engine, {**SETTINGS, **settings, "eval_every": steps})
    training.run()
    return training


def base(seed: int, steps: int = BASE_STEPS) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in taught(Raw(seed), steps, 8e-3).model.state_dict().items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("skills_runs"), help="of runs done, to go on from")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True, parents=True)
    began = time.process_time()
    file = asked.folder / "runs.json"
    done: dict[str, dict[str, float]] = json.loads(file.read_text("utf-8")) if file.exists() else {}

    def one(skill: str, examples: int, lr: float, seed: int, start: dict[str, Tensor]) -> dict[str, float]:
        name = f"{skill}/{examples}/{lr:g}/{seed}"
        if name not in done:
            last = taught(Skill(skill, examples, start, seed), STEPS, lr).history[-1]
            done[name] = {key: round(last[key], 4) for key in FIELDS[4:]}
            file.write_text(json.dumps(done) + "\n", "utf-8")
        return done[name]

    rates: dict[str, float] = {}
    rows: list[dict[str, float | str]] = []
    for seed in range(asked.seeds):
        start = base(seed)
        for skill in SKILLS:
            if seed == 0:
                mean = {lr: np.mean([one(skill, n, lr, 0, start)["digits"] for n in TUNED_AT]) for lr in GRID}
                rates[skill] = max(GRID, key=mean.__getitem__)
        for skill, examples in itertools.product(SKILLS, EXAMPLES):
            told = one(skill, examples, rates[skill], seed, start)
            rows.append({"skill": skill, "examples": examples, "lr": rates[skill], "seed": seed} | told)
        print(f"seed {seed} after {time.process_time() - began:.0f} s", flush=True)
    with (HERE / "runs.csv").open("w", newline="") as out:
        table = csv.DictWriter(out, FIELDS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    print(f"{time.process_time() - began:.0f} s of one core")


if __name__ == "__main__":
    main()
