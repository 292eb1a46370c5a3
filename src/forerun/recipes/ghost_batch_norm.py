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


class GhostBatchNorm1d(nn.BatchNorm1d):
    """Batch normalisation over parts of ``ghost`` examples each; as usual when evaluating.

    Example:
        >>> x = torch.arange(8.0)[:, None]
        >>> whole, parts = nn.BatchNorm1d(1), GhostBatchNorm1d(1, ghost=4)
        >>> bool(torch.allclose(whole(x[:4]), parts(x)[:4])), bool(torch.allclose(whole(x), parts(x)))
        (True, False)
    """

    def __init__(self, features: int, *, ghost: int) -> None:
        super().__init__(features)  # pyright: ignore[reportUnknownMemberType]  # PyTorch leaves types open
        if ghost < 2:
            raise BadInput(f"a part needs at least 2 examples, not {ghost}", where="GhostBatchNorm1d")
        self.ghost = ghost

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or len(input) <= self.ghost:
            return super().forward(input)
        parts = input.chunk(max(1, len(input) // self.ghost))
        return torch.cat([super(GhostBatchNorm1d, self).forward(part) for part in parts])


GHOST_BATCH_NORM = Recipe(card=CARD, parts={"norm": GhostBatchNorm1d})
