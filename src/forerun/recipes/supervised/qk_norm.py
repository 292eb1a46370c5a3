"""Query-key normalisation: attention logits cannot grow with the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, cast, runtime_checkable

from torch import Tensor, nn
from torch.nn import functional

from forerun.recipes.slots import Layers


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


@runtime_checkable
class Attention(Protocol):
    """A module with a place between its projections and its attention: ``qk``, of queries and keys to both."""

    qk: nn.Module
    head_size: int


@dataclass(frozen=True)
class QKNormLayers(Layers):
    """Puts a `QKNorm` into every place ``qk`` of a network."""

    name: ClassVar[str] = "qk_norm"
    kind: ClassVar[str] = "attention"

    def change(self, model: nn.Module) -> int:
        places = [module for module in model.modules() if isinstance(module, Attention)]
        for place in places:
            device = next(cast(nn.Module, place).parameters()).device
            place.qk = QKNorm(place.head_size).to(device)
        return len(places)
