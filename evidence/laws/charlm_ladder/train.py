"""Train the ladder that the law of Kaplan et al. is judged on: small language models of six widths at five batch sizes.

    python evidence/laws/charlm_ladder/train.py [--seeds 3]

The transformer, text and loop of the lab's `charlm`, on its brackets, whose stack is learned depth by depth; its other
texts are not scale-free: one is learned at once, one after a jump. Constant learning rate after a short warm-up: of a
rule, or half of it where that is better (`tuned`). The loss is that on 256 stretches never trained on, the same for
every run, so that it carries no noise of evaluation from one run to another. Writes runs.csv beside itself, a row a
point.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.lab.models.transformer import SIZES, Transformer
from forerun.lab.text import SYMBOLS, Text, grow
from forerun.lab.world import Opened
from forerun.recipes import RECIPES
from forerun.recipes.settings import SETTINGS
from forerun.recipes.training import TrainingRun
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

HERE = Path(__file__).parent
WIDTHS = (16, 24, 32, 48, 64, 96)
BATCHES = (4, 8, 16, 32, 64)
LENGTH, STEPS, EVERY, HELD = 32, 800, 20, 256
EARLY, NOISE = (200, 400), 0.005


def rate(width: int, batch: int) -> float:
    """A rule through the best of two to four learning rates at eight cells of the smaller half, one seed."""
    return 0.064 * batch**0.5 / width


def tuned(text: Text, held: Tensor, width: int, batch: int) -> float:
    """The rule's learning rate, or half of it where seed 0 is better with that, by more than noise."""
    lr = rate(width, batch)
    whole, half = (early(run(text, held, width, batch, one, 0, EARLY[1])) for one in (lr, lr / 2))
    return lr / 2 if half < whole - NOISE else lr


def early(points: list[tuple[int, float]]) -> float:
    """Mean loss over the steps that learning rates are compared on."""
    seen = [y for step, y in points if EARLY[0] <= step <= EARLY[1]]
    return sum(seen) / len(seen)


class Brackets(Opened):
    """Stretches of a text, and those held out."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, text: Text, held: Tensor, width: int, seed: int) -> None:
        super().__init__(seed)
        self.text, self.held, self.width = text, held, width

    def model(self) -> nn.Module:
        return Transformer(SYMBOLS, LENGTH, f"w{self.width}")

    def fresh(self, count: int, moment: Moment) -> Batch:
        return Batch((self.text.chunks(count, LENGTH + 1, self.random),), count, count * LENGTH)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0][:, :-1]), batch.data[0][:, 1:])

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        logits = model(self.held[:, :-1]).flatten(0, 1)
        return {"loss": functional.cross_entropy(logits, self.held[:, 1:].flatten()).item()}


def run(
    text: Text, held: Tensor, width: int, batch: int, lr: float, seed: int, steps: int = STEPS
) -> list[tuple[int, float]]:
    """Train one cell on one seed: its points."""
    settings = {"steps": steps, "lr": lr, "schedule": "constant", "warmup": 20, "batch": batch}
    return [(int(record["step"]), record["loss"]) for record in trained(text, held, width, seed, settings)]


def trained(text: Text, held: Tensor, width: int, seed: int, settings: dict[str, Any]) -> list[dict[str, float]]:
    """The records of a training that differs from `SETTINGS` in these."""
    engine = RECIPES.load("supervised").engine
    assert engine is not None
    whole = {**SETTINGS, "clip": 1.0, "eval_every": EVERY, **settings}
    training = TrainingRun(Brackets(text, held, width, seed), engine, whole)
    training.run()
    return training.history


def corpus(length: int = 8000) -> tuple[Text, Tensor]:
    """Text to train on, more than is asked for, and the held-out stretches."""
    random = torch.Generator().manual_seed(0)
    text = grow("brackets", length, random)
    return text, grow("brackets", min(length, 2000), random).chunks(HELD, LENGTH + 1, random)


def params(width: int) -> int:
    """Parameters but for embeddings, 12 d² a layer."""
    return 12 * width**2 * SIZES[f"w{width}"][1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    began = time.process_time()
    text, held = corpus()
    with (HERE / "runs.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["width", "params", "batch_size", "lr", "seed", "steps", "y"])
        rates = {(width, batch): tuned(text, held, width, batch) for width in WIDTHS for batch in BATCHES}
        for seed, width, batch in itertools.product(range(asked.seeds), WIDTHS, BATCHES):
            lr = rates[width, batch]
            for step, y in run(text, held, width, batch, lr, seed):
                out.writerow([width, params(width), batch * LENGTH, f"{lr:.3g}", seed, step, f"{y:.4f}"])
            file.flush()
    print(f"{time.process_time() - began:.0f} s of one core")


if __name__ == "__main__":
    main()
