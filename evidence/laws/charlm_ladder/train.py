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

from forerun.lab import loop
from forerun.lab.text import SYMBOLS, Text, grow
from forerun.lab.transformer import SIZES, Transformer

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
    whole, half = (early(run(text, held, width, batch, one, 0, EARLY[1]).points) for one in (lr, lr / 2))
    return lr / 2 if half < whole - NOISE else lr


def early(points: list[tuple[int, float]]) -> float:
    """Mean loss over the steps that learning rates are compared on."""
    seen = [y for step, y in points if EARLY[0] <= step <= EARLY[1]]
    return sum(seen) / len(seen)


class Kept:
    """What the loop's log is asked to write: the points."""

    def __init__(self) -> None:
        self.points: list[tuple[int, float]] = []

    def spend(self, **_: float) -> None: ...

    def write(self, step: int, told: dict[str, float]) -> None:
        self.points.append((step, told["loss"]))


def run(text: Text, held: Tensor, width: int, batch: int, lr: float, seed: int, steps: int = STEPS) -> Kept:
    """Train one cell on one seed."""
    random = loop.seeded(seed)
    model = Transformer(SYMBOLS, LENGTH, f"w{width}")

    def loss(net: nn.Module, data: tuple[Any, ...]) -> Tensor:
        return functional.cross_entropy(net(data[0][:, :-1]).flatten(0, 1), data[0][:, 1:].flatten())

    def draw(_: int) -> loop.Batch:
        return loop.Batch((text.chunks(batch, LENGTH + 1, random),), batch, batch * LENGTH)

    settings = {"steps": steps, "lr": lr, "schedule": "constant", "warmup": 20, "optimizer": "adamw"}
    settings = {**loop.DEFAULTS, **settings, "clip": 1.0, "eval_every": EVERY}
    task = loop.Task(model, draw, loss, lambda net: {"loss": loss(net, (held,)).item()})
    kept = Kept()
    loop.train(task, settings, kept)  # type: ignore[arg-type]
    return kept


def corpus() -> tuple[Text, Tensor]:
    """Text to train on, more than is asked for, and the held-out stretches."""
    random = torch.Generator().manual_seed(0)
    text = grow("brackets", 8000, random)
    return text, grow("brackets", 2000, random).chunks(HELD, LENGTH + 1, random)


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
            for step, y in run(text, held, width, batch, lr, seed).points:
                out.writerow([width, params(width), batch * LENGTH, f"{lr:.3g}", seed, step, f"{y:.4f}"])
            file.flush()
    print(f"{time.process_time() - began:.0f} s of one core")


if __name__ == "__main__":
    main()
