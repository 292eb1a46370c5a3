"""The z-loss: logits' normaliser is held near one, so that they do not drift off under a high learning rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from forerun.recipes.part import Numbers
from forerun.recipes.supervised.slots import Term
from forerun.recipes.world import Criterion, Predicted


def z_loss(logits: Tensor, weight: float = 1e-4, *, mask: Tensor | None = None) -> Tensor:
    """The mean term of logits, in nats.

    Args:
        logits: shape (..., classes). weight: of the term beside the loss.
        mask: shape (...), true where a position counts, as where there is no padding; where none does, the term is 0.

    Example:
        >>> logits = torch.log(torch.tensor([[0.25, 0.75], [1.0, 3.0]]))
        >>> [round(z_loss(logits, 1.0, mask=torch.tensor(rows)).item(), 4) for rows in ([True, False], [True, True])]
        [0.0, 0.9609]
    """
    squares = torch.logsumexp(logits, dim=-1).square()
    if mask is None:
        return weight * squares.mean()
    return weight * torch.where(mask, squares, 0.0).sum() / mask.sum().clamp(min=1)


@dataclass(frozen=True)
class ZLoss(Term):
    """`z_loss` as a part.

    Args:
        weight: as there.
    """

    name: ClassVar[str] = "z_loss"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"weight": (0.0, math.inf)}
    criteria: ClassVar[tuple[Criterion, ...]] = ("cross_entropy",)
    weight: float = 1e-4

    def __call__(self, state: Any, prediction: Predicted) -> tuple[Tensor, Numbers]:
        term = z_loss(prediction.outputs, self.weight, mask=prediction.mask)
        return term, {"z_loss": term.detach()}
