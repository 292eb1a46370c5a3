"""The z-loss: logits' normaliser is held near one, so that they do not drift off under a high learning rate."""

from __future__ import annotations

import torch
from torch import Tensor

from forerun.core import Card
from forerun.recipes.recipe import Recipe

CARD = Card(
    name="z_loss",
    does="Adds a multiple of the squared log of the softmax's normaliser to the loss.",
    source="Chowdhery et al. 2022 (PaLM), section 5; Wortsman et al. 2023",
    assumes="Instability comes from logits that drift together.",
    needs="The logits.",
    promises="A loss at high learning rates nearer to the best: study high_lr.",
    known_answer="Logits whose exponentials sum to one cost nothing.",
    control="With weight 0 it is no term.",
)


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


Z_LOSS = Recipe(card=CARD, parts={"term": z_loss})
