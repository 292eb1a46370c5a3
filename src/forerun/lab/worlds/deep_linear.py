"""A deep linear network: singular values of the target are learned one after another, each with a plateau before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from forerun.core import Card
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

CARD = Card(
    name="deep_linear",
    does="Trains a deep linear network from small weights towards a matrix whose singular values are known.",
    source="Saxe, McClelland, Ganguli 2014",
    assumes="Small initial weights; whitened inputs, full batch.",
    needs="The extra [lab]; 2 seconds.",
    promises="gold/excess is the distance from the target matrix; slices tell how much of each mode is learned.",
    known_answer="The strongest mode is learned before the weakest.",
    control="A network of depth one learns them without plateaus.",
)
_SETTINGS: Mapping[str, Any] = {"depth": 3, "size": 16, "modes": 4, "strongest": 4.0, "scale": 0.01, "noise": 0.1}
"""``modes`` singular values fall by half from ``strongest``; ``scale`` of the initial product; ``noise`` of the samples
that training sees of the target."""
_TRAINING: Mapping[str, Any] = {
    "steps": 1000, "lr": 0.05, "schedule": "constant", "momentum": 0.0, "eval_every": 10, "optimizer": "sgd",
    "sampler": "whole",
}  # fmt: skip


class DeepLinearWorld(Opened):
    """The columns of a noisy matrix, one an input."""

    criterion: Criterion = "frobenius"

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        random, size, modes = self.random, int(settings["size"]), int(settings["modes"])
        self.examples, self.depth, self.scale = size, int(settings["depth"]), float(settings["scale"])
        self.values = float(settings["strongest"]) * 0.5 ** torch.arange(modes)
        self.left, self.right = (
            torch.linalg.qr(torch.randn(size, size, generator=random))[0][:, :modes] for _ in range(2)
        )
        self.target = self.left @ torch.diag(self.values) @ self.right.T
        self.noisy, self.valid = (
            self.target + float(settings["noise"]) * torch.randn(size, size, generator=random) for _ in range(2)
        )
        self.eye = torch.eye(size)

    def model(self) -> nn.Module:
        layers = [nn.Linear(self.examples, self.examples, bias=False) for _ in range(self.depth)]
        for layer in layers:
            nn.init.orthogonal_(layer.weight, gain=self.scale ** (1.0 / self.depth), generator=self.random)
        return nn.Sequential(*layers)

    def members(self, moment: Moment) -> Tensor:
        return torch.arange(self.examples)

    def take(self, index: Tensor, moment: Moment) -> Batch:
        return Batch((self.eye[index], self.noisy[:, index]), len(index), index=index)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0]).T, batch.data[1], index=batch.index)

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        made = model(self.eye).T
        learned = (self.left.T @ made @ self.right).diagonal() / self.values
        metrics = {"val/loss": _off(made, self.valid), "gold/excess": _off(made, self.target)}
        return metrics | {f"gold/learned{{mode={i}}}": share for i, share in enumerate(learned.tolist())}


def _off(made: Tensor, matrix: Tensor) -> float:
    return ((made - matrix).square().sum() / 2.0).item()


DEEP_LINEAR = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=DeepLinearWorld)
