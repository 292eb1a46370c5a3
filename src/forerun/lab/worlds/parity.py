"""Sparse parity: the parity of a few bits among many, of which nothing is learned until all of them are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import BadInput, Card
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

CARD = Card(
    name="parity",
    does="Trains an MLP on the parity of a few bits among many, always on fresh inputs: a long plateau, then a drop.",
    source="Barak et al. 2022",
    assumes="Nothing.",
    needs="The extra [lab]; 5 to 10 seconds.",
    promises="gold/acc is of inputs never trained on; at chance until the bits are found.",
    known_answer="With the defaults gold/acc stays near one half for hundreds of steps and ends above 95%.",
    control="The parity of all bits is not learned in the same steps.",
)
_SETTINGS: Mapping[str, Any] = {"bits": 30, "relevant": 3, "width": 256}
_TRAINING: Mapping[str, Any] = {
    "steps": 3000, "lr": 0.1, "schedule": "constant", "momentum": 0.0, "weight_decay": 1e-3, "eval_every": 50,
    "batch": 64, "optimizer": "sgd",
}  # fmt: skip
_GOLD, _VALID = 2000, 1000


class ParityWorld(Opened):
    """Inputs of bits -1 and 1, and the product of those that matter.

    Raises:
        BadInput: more relevant bits than bits.
    """

    criterion: Criterion = "logistic"

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        self.bits, relevant = int(settings["bits"]), int(settings["relevant"])
        if not 0 < relevant <= self.bits:
            raise BadInput(f"relevant must lie in 1 to {self.bits}, but is {relevant}", where="parity")
        super().__init__(seed)
        self.width = int(settings["width"])
        self.chosen = torch.randperm(self.bits, generator=self.random)[:relevant]
        self.sets = {"val": self._draw(_VALID), "gold": self._draw(_GOLD)}

    def model(self) -> nn.Module:
        return nn.Sequential(nn.Linear(self.bits, self.width), nn.ReLU(), nn.Linear(self.width, 1))

    def fresh(self, count: int, moment: Moment) -> Batch:
        return Batch(self._draw(count), count)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0])[:, 0], batch.data[1])

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for name, (x, y) in self.sets.items():
            metrics[f"{name}/loss"] = functional.softplus(-y * model(x)[:, 0]).mean().item()
            metrics[f"{name}/acc"] = ((model(x)[:, 0] > 0) == (y > 0)).float().mean().item()
        return metrics

    def _draw(self, count: int) -> tuple[Tensor, Tensor]:
        x = torch.randint(2, (count, self.bits), generator=self.random).float() * 2.0 - 1.0
        return x, x[:, self.chosen].prod(dim=1)


PARITY = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=ParityWorld)
