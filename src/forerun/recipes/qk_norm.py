"""Query-key normalisation: attention logits cannot grow with the weights."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.recipes.recipe import Recipe

CARD = Card(
    name="qk_norm",
    does="Normalises queries and keys of every head by a layer norm before attention.",
    source="Dehghani et al. 2023 (ViT-22B); Wortsman et al. 2023",
    assumes="Instability comes from attention logits that grow.",
    needs="A place between the projections and the attention.",
    promises="A loss at high learning rates nearer to the best: study high_lr.",
    known_answer="Queries a hundred times as long give the same attention.",
    control="Without it they do not.",
)


class QKNorm(nn.Module):
    """Layer norms of queries and keys (..., head size), with a learned scale each.

    Example:
        >>> import torch
        >>> norm, q = QKNorm(4), torch.tensor([[1.0, 2.0, 3.0, 5.0]])
        >>> bool(torch.allclose(norm(q, q)[0], norm(100 * q, q)[0], atol=1e-4))
        True
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.query, self.key = nn.Parameter(Tensor(size).fill_(1.0)), nn.Parameter(Tensor(size).fill_(1.0))

    def forward(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        size = (q.shape[-1],)
        return functional.layer_norm(q, size, self.query), functional.layer_norm(k, size, self.key)


QK_NORM = Recipe(card=CARD, parts={"norm": QKNorm})
