"""Early-learning regularisation: hold the network to what it believed before it began to memorise wrong labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.recipes.abilities import Labelled
from forerun.recipes.part import Numbers, Setup
from forerun.recipes.supervised.slots import LossPart
from forerun.recipes.world import Predicted


class EarlyLearning(nn.Module):
    """The loss, with its memory of past predictions: ``target``, which moves and is saved as any module's buffer.

    Args:
        examples: how many examples the training set holds. classes: how many classes.
        momentum: β, how slowly targets follow the predictions, in [0, 1).
        weight: λ, how much the term counts beside cross-entropy, in nats.

    Example:
        >>> loss = EarlyLearning(examples=4, classes=2, weight=0.0)
        >>> logits, labels = torch.tensor([[1.0, 0.0]]), torch.tensor([0])
        >>> bool(loss(torch.tensor([2]), logits, labels) == functional.cross_entropy(logits, labels))
        True
    """

    def __init__(self, examples: int, classes: int, *, momentum: float = 0.7, weight: float = 3.0) -> None:
        super().__init__()
        self.target: Tensor
        self.register_buffer("target", torch.zeros(examples, classes))
        self.momentum, self.weight = momentum, weight

    def forward(self, index: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of a batch: index (b,), logits (b, classes), labels (b,)."""
        belief = functional.softmax(logits, dim=1).clamp(1e-4, 1.0 - 1e-4)
        with torch.no_grad():
            likely = (belief / belief.sum(dim=1, keepdim=True)).to(self.target)
            self.target[index] = self.momentum * self.target[index] + (1.0 - self.momentum) * likely
        kept = torch.log(1.0 - (self.target[index] * belief).sum(dim=1).clamp(max=1.0 - 1e-4)).mean()
        return functional.cross_entropy(logits, labels) + self.weight * kept


@dataclass(frozen=True)
class EarlyLearningLoss(LossPart):
    """`EarlyLearning` as a part.

    Args:
        momentum, weight: as there.
    """

    name: ClassVar[str] = "early_learning"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"momentum": (0.0, 1.0), "weight": (0.0, math.inf)}
    needs: ClassVar[tuple[type, ...]] = (Labelled,)
    momentum: float = 0.7
    weight: float = 3.0

    def init(self, setup: Setup) -> EarlyLearning:
        world = setup.world
        loss = EarlyLearning(world.examples, world.classes, momentum=self.momentum, weight=self.weight)
        return loss.to(setup.device)

    def __call__(self, state: EarlyLearning, prediction: Predicted) -> tuple[Tensor, Numbers]:
        assert prediction.index is not None  # what is labelled is finite
        return state(prediction.index, prediction.outputs, prediction.targets), {}
