"""Ghost batch normalisation: a large batch is normalised in small parts, with the noise of small batches."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from forerun.core import BadInput
from forerun.recipes.slots import Layers


class _Ghost(nn.Module):
    """Normalises parts of at least ``ghost`` examples, all but equally large, each by itself."""

    def __init__(self, features: int, *, ghost: int) -> None:
        super().__init__(features)
        self.ghost = _enough(ghost, type(self).__name__)

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or len(input) < 2 * self.ghost:
            return super().forward(input)
        return torch.cat([super(_Ghost, self).forward(part) for part in input.tensor_split(len(input) // self.ghost)])


def _enough(ghost: int, where: str) -> int:
    if ghost < 2:
        raise BadInput(f"a part needs at least 2 examples, not {ghost}", where=where)
    return ghost


class GhostBatchNorm1d(_Ghost, nn.BatchNorm1d):
    """Batch normalisation of (b, features) or (b, features, n) over parts of a batch; as usual when evaluating.

    Args:
        features: how many. ghost: examples a part holds at least; a batch of less than two parts is normalised whole.

    Raises:
        BadInput: a part of fewer than 2 examples.

    Example:
        >>> x = torch.arange(8.0)[:, None]
        >>> whole, parts = nn.BatchNorm1d(1), GhostBatchNorm1d(1, ghost=4)
        >>> bool(torch.allclose(whole(x[:4]), parts(x)[:4])), bool(torch.allclose(whole(x), parts(x)))
        (True, False)
    """


class GhostBatchNorm2d(_Ghost, nn.BatchNorm2d):
    """The same of images (b, features, height, width).

    Example:
        >>> x = torch.randn(5, 3, 8, 8)  # two parts, of three images and of two
        >>> bool(torch.allclose(GhostBatchNorm2d(3, ghost=2)(x)[:3], nn.BatchNorm2d(3)(x[:3]), atol=1e-6))
        True
    """


class GhostBatchNorm3d(_Ghost, nn.BatchNorm3d):
    """The same of volumes (b, features, depth, height, width).

    Example:
        >>> GhostBatchNorm3d(3, ghost=2)(torch.randn(4, 3, 2, 2, 2)).shape
        torch.Size([4, 3, 2, 2, 2])
    """


_GHOSTS: Mapping[type, type] = {
    nn.BatchNorm1d: GhostBatchNorm1d,
    nn.BatchNorm2d: GhostBatchNorm2d,
    nn.BatchNorm3d: GhostBatchNorm3d,
}


@dataclass(frozen=True)
class GhostNormLayers(Layers):
    """Turns every batch normalisation of a network into one of the same weights by parts of a batch.

    Args:
        ghost: examples a part holds at least.
    """

    name: ClassVar[str] = "ghost_batch_norm"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"ghost": (2, math.inf)}
    kind: ClassVar[str] = "batch normalisation"
    ghost: int = 16

    def change(self, model: nn.Module) -> int:
        norms = [norm for norm in model.modules() if type(norm) in _GHOSTS]
        for norm in norms:  # its class alone, as torch's parametrizations do: weights, device, eps stay
            norm.__class__ = _GHOSTS[type(norm)]
            vars(norm)["ghost"] = _enough(self.ghost, self.name)
        return len(norms)
