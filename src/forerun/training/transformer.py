"""The transformer of `forerun.forecast.prior_fitted.transformer` in PyTorch, its loss, and averages of its weights.

Needs the extra [torch].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from forerun.core import Array
from forerun.forecast.prior_fitted.transformer import HEADS


@dataclass(frozen=True)
class Size:
    """Numbers a token and a query have, and the sizes of the layers."""

    token: int
    query: int
    width: int
    layers: int
    feed: int
    bins: int


class Block(nn.Module):
    """Attention of every token to the curve's tokens, then a feed-forward layer; both after a norm."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        d = size.width
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.q, self.kv, self.o = nn.Linear(d, d), nn.Linear(d, 2 * d), nn.Linear(d, d)
        self.f1, self.f2 = nn.Linear(d, size.feed), nn.Linear(size.feed, d)

    def forward(self, x: Any, n: int) -> Any:
        batch, length, d = x.shape
        a = self.n1(x)
        q = self.q(a).view(batch, length, HEADS, -1).transpose(1, 2)
        k, v = self.kv(a[:, :n]).view(batch, n, 2, HEADS, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, d)
        x = x + self.o(mixed)
        return x + self.f2(functional.gelu(self.f1(self.n2(x)), approximate="tanh"))


class TrainedTransformer(nn.Module):
    """Tokens (n, k, token) and queries (n, m, query) in, logits (n, m, bins) out.

    The names of the weights are those that `forerun.forecast.prior_fitted.transformer` reads.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.ct, self.qt = nn.Linear(size.token, size.width), nn.Linear(size.query, size.width)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.layers))
        self.n = nn.LayerNorm(size.width)
        self.h1, self.h2 = nn.Linear(size.width, size.feed), nn.Linear(size.feed, size.bins)

    def forward(self, tokens: Any, queries: Any) -> Any:
        n = tokens.shape[1]
        x = torch.cat([self.ct(tokens), self.qt(queries)], 1)
        for block in self.blocks:
            x = block(x, n)
        return self.h2(functional.gelu(self.h1(self.n(x[:, n:])), approximate="tanh"))


def loss(logits: Any, borders: Any, y: Any) -> Any:
    """Mean negative log density of outcomes under the bar distribution; no outcome counts for more than 20 nats."""
    bins, width = borders.shape[0] - 1, borders[1:] - borders[:-1]
    i = torch.clamp(torch.searchsorted(borders, y) - 1, 0, bins - 1)
    density = -torch.log(width)[i]
    for edge, beyond in ((0, borders[1] - y), (bins - 1, y - borders[-2])):
        scale = width[edge] / 0.6744897501960817
        tail = 0.5 * math.log(2 / math.pi) - torch.log(scale) - 0.5 * (beyond / scale) ** 2
        density = torch.where(i == edge, tail, density)
    log_p = torch.gather(functional.log_softmax(logits, -1), -1, i[..., None])[..., 0]
    return -(log_p + density).clamp_min(-20).mean()


class Average:
    """An exponential average of a net's weights over steps, taken every fourth, even over the first ones."""

    def __init__(self, net: Any, keep: float) -> None:
        self.keep, self.steps = keep, 0
        self.values = {name: value.clone() for name, value in net.state_dict().items()}

    def add(self, net: Any) -> None:
        self.steps += 1
        if self.steps % 4:
            return
        keep = min(self.keep, 1 - 1 / (self.steps / 4 + 1))
        for name, value in net.state_dict().items():
            self.values[name].mul_(keep).add_(value, alpha=1 - keep)

    def net(self, size: Size) -> TrainedTransformer:
        """A net with the averaged weights."""
        made = TrainedTransformer(size)
        made.load_state_dict(self.values)
        return made

    def weights(self) -> dict[str, Array]:
        return {name: value.numpy() for name, value in self.values.items()}
