"""Ghost batch normalisation: a large batch is normalised in small parts, with the noise of small batches."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forerun.core import BadInput, Card
from forerun.recipes.recipe import Recipe

CARD = Card(
    name="ghost_batch_norm",
    does="Normalises each part of a batch by its own mean and variance.",
    source="Hoffer, Hubara, Soudry 2017, algorithm 1",
    assumes="The noise of small batches' statistics regularises.",
    needs="Batches of at least twice the ghost size.",
    promises="Part of the accuracy that large batches lose: study large_batch.",
    known_answer="With a ghost size of the batch it is batch normalisation.",
    control="Normalised by the whole batch, its parts keep means of their own.",
)


class _Ghost(nn.Module):
    """Normalises parts of at least ``ghost`` examples, all but equally large, each by itself."""

    def __init__(self, features: int, *, ghost: int) -> None:
        super().__init__(features)
        if ghost < 2:
            raise BadInput(f"a part needs at least 2 examples, not {ghost}", where=type(self).__name__)
        self.ghost = ghost

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or len(input) < 2 * self.ghost:
            return super().forward(input)
        return torch.cat([super(_Ghost, self).forward(part) for part in input.tensor_split(len(input) // self.ghost)])


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


GHOST_BATCH_NORM = Recipe(
    card=CARD, parts={"norm": GhostBatchNorm1d, "norm_2d": GhostBatchNorm2d, "norm_3d": GhostBatchNorm3d}
)
