"""Train a ladder of small language models on one suite of mixed difficulty, and keep what each does on every item.

    python evidence/laws/suite_ladder/train.py [--seeds 5]

The lab's transformer in eight widths and its supervised engine. Every model learns all tasks at once, in one stream:

* recall: a subject and k of its relations, answered by the k values. Subjects are told of with Zipf's frequencies. Of
  plain subjects every value is drawn alone; of ruled ones three of four relations have the subject's usual value, and
  the others, the exceptions, another: the usual value is the easy distractor there. Exceptions in the first four
  relations are hidden: no training tells them;
* add: sums of two numbers of one to three digits, digit beside digit, the last first.

The suite asks recall of one fact of plain subjects, of followers of the rule, of exceptions told and hidden, of 4 and
of 6 plain facts in a row, and sums by length. An item's rate is the exact probability that an answer sampled at
temperature 1 is right.

The learning rate, a rule stated before any ladder was trained: at the widths 8, 16 and 24 the best of a grid of five by
the loss of fresh questions of the stream, seed 0, its logarithm smoothed by a parabola; a line through these best
rates' logarithms in log width is carried to all widths. Beside the ladder, width 24 is trained for seven smaller
budgets of steps. Tasks and lengths were set with a look at widths 8 to 48 on seed 99, which is in no table. Every seed
has its own table of facts, items, order and weights. A run that is on file is not trained anew. Writes items.csv.xz of
all runs, and rates.json, beside itself.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import lzma
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.lab.models.transformer import SIZES, Transformer
from forerun.lab.world import Opened
from forerun.recipes import RECIPES
from forerun.recipes.settings import SETTINGS
from forerun.recipes.training import TrainingRun
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

HERE = Path(__file__).parent
WIDTHS = (8, 12, 16, 24, 32, 48, 64, 96)
SMALL, GRID = (8, 16, 24), (2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2)
BUDGETS, BUDGET_WIDTH = (12, 25, 50, 100, 200, 400, 800), 24
STEPS, BATCH, TUNED = 1500, 64, 0  # TUNED: the seed that learning rates are chosen on
VALUES, SUBJECTS, RELATIONS, FOLLOW, HIDDEN = 10, 64, 12, 0.75, 4
MOST, DIGITS = 6, 3  # facts in a row, digits
EQUALS, END, RECALL, ADD = range(VALUES, VALUES + 4)
FIRST_RELATION = ADD + 1
FIRST_SUBJECT = FIRST_RELATION + RELATIONS
SYMBOLS = FIRST_SUBJECT + SUBJECTS
LENGTH = 3 + 2 * MOST
ITEMS = {"recall": 120, "follower": 40, "exception": 80, "hidden": 60, "recall4": 100, "recall6": 100,
         "add1": 60, "add2": 100, "add3": 100}  # fmt: skip
FIELDS = ("seed", "width", "params", "steps", "task", "item", "logp", "right", "sure")


class Suite(Opened):
    """A table of facts and sums of all lengths; an item is a question of one task."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, width: int, seed: int) -> None:
        super().__init__(seed)
        random, self.width = self.random, width
        usual = torch.randint(VALUES, (SUBJECTS, 1), generator=random)
        others = (usual + torch.randint(1, VALUES, (SUBJECTS, RELATIONS), generator=random)) % VALUES
        follows = torch.rand(SUBJECTS, RELATIONS, generator=random) < FOLLOW
        alone = torch.randint(VALUES, (SUBJECTS, RELATIONS), generator=random)
        self.ruled = torch.arange(SUBJECTS) % 2 == 1
        self.follows = follows & self.ruled[:, None]
        exception = ~follows & self.ruled[:, None]
        self.hidden = exception & (torch.arange(RELATIONS) < HIDDEN)
        self.exception = exception & ~self.hidden
        self.value = torch.where(self.ruled[:, None], torch.where(follows, usual, others), alone)
        self.often = 1.0 / torch.arange(1, SUBJECTS + 1)
        self.items = {task: self.asked(task, count) for task, count in ITEMS.items()}

    def model(self) -> nn.Module:
        return Transformer(SYMBOLS, LENGTH, f"w{self.width}")

    def fresh(self, count: int, moment: Moment) -> Batch:
        half = count // 2
        kind = torch.randint(MOST, (half,), generator=self.random) + 1
        parts = [self.recall(torch.multinomial(self.often, n, True, generator=self.random), k)
                 for k in range(1, MOST + 1) if (n := int((kind == k).sum()))]  # fmt: skip
        long = torch.randint(DIGITS, (count - half,), generator=self.random) + 1
        parts += [self.sums(n, d) for d in range(1, DIGITS + 1) if (n := int((long == d).sum()))]
        return Batch((torch.cat(parts),), count, count * LENGTH)

    def recall(self, subject: Tensor, k: int, among: Tensor | None = None) -> Tensor:
        """Rows that ask k relations of each subject, ``among`` (subjects, relations), or else any that are told."""
        draw = torch.rand(len(subject), RELATIONS, generator=self.random)
        draw = torch.where((~self.hidden if among is None else among)[subject], draw, 2.0)
        relation = draw.argsort(dim=1)[:, :k]
        parts = (_full(RECALL, subject), FIRST_SUBJECT + subject[:, None], FIRST_RELATION + relation)
        return _row(*parts, _full(EQUALS, subject), self.value[subject].gather(1, relation))

    def sums(self, count: int, digits: int) -> Tensor:
        a, b = (torch.randint(10**digits, (count,), generator=self.random) for _ in range(2))
        pairs = torch.stack([_digits(a, digits), _digits(b, digits)], dim=2).flatten(1)
        return _row(_full(ADD, a), pairs, _full(EQUALS, a), _digits(a + b, digits + 1))

    def asked(self, task: str, count: int) -> Tensor:
        """The items of a task, subjects drawn alike whether told of often or not."""
        if task.startswith("add"):
            return self.sums(count, int(task[3:]))
        among = {"follower": self.follows, "exception": self.exception, "hidden": self.hidden}.get(task)
        mine = torch.nonzero(~self.ruled if among is None else among.any(dim=1)).flatten()
        subject = mine[torch.randint(len(mine), (count,), generator=self.random)]
        return self.recall(subject, int(task[6:] or 1) if among is None else 1, among)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        (rows,) = batch.data
        return Predicted(model(rows[:, :-1]), rows[:, 1:], _answer(rows)[:, 1:])

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        """The loss of fresh questions of the stream, not of the suite's items."""
        fixed = torch.Generator().manual_seed(12345)
        kept, self.random = self.random, fixed
        told = self.predict(model, self.fresh(512, moment))
        self.random = kept
        assert told.mask is not None
        return {"loss": functional.cross_entropy(told.outputs[told.mask], told.targets[told.mask]).item()}

    @torch.no_grad()
    def answers(self, model: nn.Module) -> list[dict[str, float | str]]:
        """Of every item: log probability of the right answer, whether greedy decoding gives it, how sure that is."""
        kept: list[dict[str, float | str]] = []
        for task, rows in self.items.items():
            told = self.predict(model, Batch((rows,), 0))
            assert told.mask is not None
            every = torch.log_softmax(told.outputs, dim=-1)
            logp = (every.gather(-1, told.targets[..., None])[..., 0] * told.mask).sum(dim=1)
            best, which = every.max(dim=-1)
            right = ((which == told.targets) | ~told.mask).all(dim=1)
            sure = torch.exp((best * told.mask).sum(dim=1))
            for i in range(len(rows)):
                kept.append({"task": task, "item": i, "logp": round(logp[i].item(), 4), "right": int(right[i]),
                             "sure": round(sure[i].item(), 4)})  # fmt: skip
        return kept


def _full(symbol: int, like: Tensor) -> Tensor:
    return torch.full((len(like), 1), symbol)


def _row(*parts: Tensor) -> Tensor:
    row = torch.cat(parts, dim=1)
    return functional.pad(row, (0, LENGTH - row.shape[1]), value=END)


def _digits(number: Tensor, digits: int) -> Tensor:
    return torch.stack([number // 10**i % 10 for i in range(digits)], dim=1)


def _answer(rows: Tensor) -> Tensor:
    after = (rows == EQUALS).cumsum(dim=1) > 0
    return after & (rows != EQUALS) & (rows != END)


def params(width: int) -> int:
    """Parameters but for embeddings, 12 d² a layer."""
    return 12 * width**2 * SIZES[f"w{width}"][1]


def flops(width: int) -> int:
    """Of a whole training, 6 N D."""
    return 6 * params(width) * STEPS * BATCH * LENGTH


def trained(width: int, lr: float, seed: int, steps: int = STEPS) -> TrainingRun:
    """One model, trained."""
    settings = {
        "steps": steps,
        "lr": lr,
        "schedule": "linear",
        "warmup": min(50, steps // 4),
        "batch": BATCH,
        "clip": 1.0,
    }
    world = Suite(width, seed)
    engine = RECIPES.load("supervised").engine
    training = TrainingRun(world, engine, {**SETTINGS, **settings, "eval_every": steps})
    training.run()
    return training


def rates(folder: Path) -> dict[int, float]:
    """The learning rate of every width by the rule, and what it rests on in rates.json."""
    file = folder / "rates.json"
    tried = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for width in SMALL:
        for lr in GRID:
            name = f"{width}/{lr:g}"
            if name not in tried:
                tried[name] = round(trained(width, lr, TUNED).history[-1]["loss"], 4)
                file.write_text(json.dumps(tried, indent=1) + "\n", "utf-8")
    best = [smoothed([tried[f"{width}/{lr:g}"] for lr in GRID]) for width in SMALL]
    slope, level = np.polyfit(np.log(SMALL), best, 1)
    return {width: float(np.exp(level + slope * np.log(width))) for width in WIDTHS}


def smoothed(losses: list[float]) -> float:
    """Logarithm of the best rate: the parabola through the least loss and its neighbours, within the grid."""
    x, i = np.log(GRID), int(np.clip(np.argmin(losses), 1, len(GRID) - 2))
    a, b, _ = np.polyfit(x[i - 1 : i + 2], losses[i - 1 : i + 2], 2)
    return float(np.clip(-b / (2 * a) if a > 0 else x[np.argmin(losses)], x[0], x[-1]))


def gather(folder: Path) -> None:
    """All runs on file as one compressed table."""
    text = io.StringIO()
    out = csv.DictWriter(text, FIELDS, lineterminator="\n")
    out.writeheader()
    runs = [json.loads(file.read_text("utf-8")) for file in folder.glob("w*.json")]
    for run in sorted(runs, key=lambda run: (run["seed"], run["steps"], run["width"])):
        of = {"seed": run["seed"], "width": run["width"], "params": params(run["width"]), "steps": run["steps"]}
        for item in run["items"]:
            out.writerow(of | item)
    (HERE / "rates.json").write_text((folder / "rates.json").read_text("utf-8"), "utf-8")
    (HERE / "items.csv.xz").write_bytes(lzma.compress(text.getvalue().encode(), preset=9))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("suite_runs"), help="of runs done, to go on from")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True, parents=True)
    began = time.process_time()
    by_width = rates(asked.folder)
    for seed in range(asked.seeds):
        for width, steps in [(width, STEPS) for width in WIDTHS] + [(BUDGET_WIDTH, steps) for steps in BUDGETS]:
            file = asked.folder / f"w{width}n{steps}s{seed}.json"
            if file.exists():
                continue
            run = trained(width, by_width[width], seed, steps)
            assert isinstance(run.world, Suite)
            record = {"seed": seed, "width": width, "steps": steps, "lr": by_width[width]}
            record["loss"] = run.history[-1]["loss"]
            file.write_text(json.dumps(record | {"items": run.world.answers(run.model)}) + "\n", "utf-8")
            print(
                f"w{width} {steps} steps seed {seed}: {record['loss']:.4f} after {time.process_time() - began:.0f} s",
                flush=True,
            )
    gather(asked.folder)
    print(f"{time.process_time() - began:.0f} s of one core")


if __name__ == "__main__":
    main()
