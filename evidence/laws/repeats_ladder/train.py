"""Train small language models, half of whose tokens come from a small part, repeated; and a ladder that repeats none.

    python evidence/laws/repeats_ladder/train.py [--seeds 3]

The lab's transformer and supervised engine. Stretches of 32 symbols: half of them are the lab's second-order chain,
half are 16 letters drawn alone and then the same 16 again, which only copying tells. In an arm, half of every batch is
drawn from a fixed part of so many stretches that each is shown so often by the end; the other half is always new. One
repeat is the control: all is new. All else is equal. The loss is that on 512 stretches never trained on, the same for
every run; the copying loss is of the letters that come again, whose true surprise is 0.

The learning rate, a rule stated before: at the widths 8 and 16 the best of a grid of three by held-out loss without
repeats on seed 0, carried to all widths by a line in logarithms. A run that is on file is not trained anew. Writes
runs.csv beside itself, a row a point.
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

from forerun.lab.models.transformer import SIZES, Transformer
from forerun.lab.text import LETTERS, Text, grow
from forerun.lab.world import Opened
from forerun.recipes import RECIPES
from forerun.recipes.settings import SETTINGS
from forerun.recipes.training import TrainingRun
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

HERE = Path(__file__).parent
WIDTH, LADDER = 32, (8, 16, 24)
REPEATS = (1, 10, 30, 100, 300, 1000, 8000)
SMALL, GRID = (8, 16), (3e-3, 6e-3, 1.2e-2)
LENGTH, HALF, STEPS, BATCH, EVERY, HELD, SHARE = 32, 16, 1000, 32, 50, 512, 0.5
FIELDS = ("width", "params", "repeats", "lr", "seed", "steps", "y", "copy", "chain", "repeated")


class Repeated(Opened):
    """New stretches, and a part of them that comes again."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, text: Text, held: Tensor, width: int, repeats: int, seed: int) -> None:
        super().__init__(seed)
        self.text, self.held, self.width, self.repeats = text, held, width, repeats
        self.part = stretches(text, int(STEPS * BATCH * SHARE / repeats), self.random) if repeats > 1 else None

    def model(self) -> nn.Module:
        return Transformer(LETTERS, LENGTH, f"w{self.width}")

    def fresh(self, count: int, moment: Moment) -> Batch:
        if self.part is None:
            return Batch((stretches(self.text, count, self.random),), count, count * LENGTH)
        again = int(count * SHARE)
        shown = self.part[torch.randint(len(self.part), (again,), generator=self.random)]
        return Batch((torch.cat([shown, stretches(self.text, count - again, self.random)]),), count, count * LENGTH)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0][:, :-1]), batch.data[0][:, 1:])

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        each = surprise(model, self.held)
        copied = each[1::2, HALF - 1 :]
        metrics = {"loss": each.mean().item(), "copy": copied.mean().item(), "chain": each[::2].mean().item()}
        return metrics if self.part is None else metrics | {"repeated": surprise(model, self.part[:HELD]).mean().item()}


def stretches(text: Text, count: int, random: torch.Generator) -> Tensor:
    """Stretches of the chain and of copies, one after the other."""
    rows = text.chunks(count, LENGTH, random)
    letters = torch.randint(LETTERS, (count, HALF), generator=random)
    return torch.where(torch.arange(count)[:, None] % 2 == 1, letters.repeat(1, 2), rows)


def surprise(model: nn.Module, rows: Tensor) -> Tensor:
    """Of every symbol but the first, (rows, n - 1)."""
    logits = model(rows[:, :-1])
    return functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten(), reduction="none").view(len(rows), -1)


def run(text: Text, held: Tensor, width: int, repeats: int, lr: float, seed: int, steps: int = STEPS) -> TrainingRun:
    settings = {"steps": steps, "lr": lr, "schedule": "constant", "warmup": 50, "batch": BATCH, "clip": 1.0}
    world = Repeated(text, held, width, repeats, seed)
    training = TrainingRun(world, RECIPES.load("supervised").engine, {**SETTINGS, **settings, "eval_every": EVERY})
    training.run()
    return training


def corpus() -> tuple[Text, Tensor]:
    """Text to train on, about as much as is asked for, and the held-out stretches."""
    random = torch.Generator().manual_seed(0)
    return grow("second", 4000, random), stretches(grow("second", 1000, random), HELD, random)


def params(width: int) -> int:
    """Parameters but for embeddings, 12 d² a layer."""
    return 12 * width**2 * SIZES[f"w{width}"][1]


def level(training: TrainingRun) -> float:
    """Mean held-out loss of the last fifth."""
    return float(np.mean([one["loss"] for one in training.history if one["step"] > 0.8 * training.last]))


def rates(text: Text, held: Tensor, folder: Path) -> dict[int, float]:
    file = folder / "rates.json"
    tried = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for width, lr in itertools.product(SMALL, GRID):
        if f"{width}/{lr:g}" not in tried:
            tried[f"{width}/{lr:g}"] = level(run(text, held, width, 1, lr, 0))
            file.write_text(json.dumps(tried, indent=1) + "\n", "utf-8")
    best = [float(np.log(min(GRID, key=lambda lr: tried[f"{width}/{lr:g}"]))) for width in SMALL]
    slope, at = np.polyfit(np.log(SMALL), best, 1)
    return {width: float(np.exp(at + slope * np.log(width))) for width in (*LADDER, WIDTH)}


def gather(folder: Path) -> None:
    with (HERE / "runs.csv").open("w", newline="") as file:
        out = csv.DictWriter(file, FIELDS, lineterminator="\n")
        out.writeheader()
        for one in sorted(folder.glob("w*.json")):
            told = json.loads(one.read_text("utf-8"))
            for point in told.pop("points"):
                numbers = {name: f"{value:.4f}" for name, value in point.items() if name != "step"}
                out.writerow(told | {"lr": f"{told['lr']:.3g}", "steps": int(point["step"])} | numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("repeats_runs"), help="of runs done, to go on from")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True, parents=True)
    began = time.process_time()
    text, held = corpus()
    by_width = rates(text, held, asked.folder)
    for seed in range(asked.seeds):
        for width, repeats in [(WIDTH, r) for r in REPEATS] + [(width, 1) for width in LADDER]:
            file = asked.folder / f"w{width}r{repeats}s{seed}.json"
            if file.exists():
                continue
            history = run(text, held, width, repeats, by_width[width], seed).history
            told = {"width": width, "params": params(width), "repeats": repeats, "lr": by_width[width], "seed": seed}
            points = [{"step": h["step"], "y": h["loss"]} | {k: h[k] for k in FIELDS[7:] if k in h} for h in history]
            file.write_text(json.dumps(told | {"points": points}) + "\n", "utf-8")
            print(f"{file.stem}: {points[-1]['y']:.4f} after {time.process_time() - began:.0f} s", flush=True)
    gather(asked.folder)
    print(f"{time.process_time() - began:.0f} s of one core")


if __name__ == "__main__":
    main()
