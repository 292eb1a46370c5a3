"""The small transformer that language worlds share: pre-norm, learned positions, dense or of experts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import UnknownName

SIZES = {"xs": (16, 1, 2), "s": (32, 2, 2), "m": (64, 2, 4), "l": (96, 3, 4)} | {
    f"w{width}": (width, 2, 2) for width in (8, 12, 16, 24, 32, 48, 64, 96)
}
"""Width, layers and heads; those from w8 to w96 differ in width only."""


@dataclass
class KeysValues:
    """What a block has seen so far, so that symbols written one at a time are each looked at once."""

    keys: Tensor
    values: Tensor

    def repeat(self, times: int) -> KeysValues:
        """The past of so many copies of each row."""
        return KeysValues(self.keys.repeat_interleave(times, dim=0), self.values.repeat_interleave(times, dim=0))


class Transformer(nn.Module):
    """A decoder-only transformer: symbols (b, n) -> logits (b, n, symbols).

    Args:
        symbols: how many there are. length: the longest n. size: one of `SIZES`. experts: 0 for dense blocks, else how
            many, one a symbol.

    Raises:
        UnknownName: no such size.
    """

    def __init__(self, symbols: int, length: int, size: str, *, experts: int = 0) -> None:
        super().__init__()
        if size not in SIZES:
            raise UnknownName("size", size, SIZES, where="transformer")
        width, layers, heads = SIZES[size]
        self.embed = nn.Embedding(symbols, width)
        self.place = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(_Block(width, heads, experts) for _ in range(layers))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, symbols)

    def forward(self, symbols: Tensor) -> Tensor:
        return self.follow(symbols, [None] * len(self.blocks))[0]

    def follow(self, symbols: Tensor, past: Sequence[KeysValues | None]) -> tuple[Tensor, list[KeysValues]]:
        """The logits after each of several first symbols, or after one more; and each block's past with these."""
        h = self._embedded(symbols, past[0].keys.shape[2] if past[0] else 0)
        now: list[KeysValues] = []
        for block, before in zip(self.blocks, past, strict=True):
            h, after = block(h, before)
            now.append(after)
        return self.out(self.norm(h)), now

    def attention_logits(self, symbols: Tensor) -> list[Tensor]:
        """What each block's softmax takes: (b, heads, n, n), minus infinity where a symbol lies ahead."""
        h = self._embedded(symbols, 0)
        ahead = torch.ones(symbols.shape[1], symbols.shape[1], dtype=torch.bool).triu(1)
        logits: list[Tensor] = []
        for block in cast(Iterable[_Block], self.blocks):
            q, k, _ = block.queries_keys_values(h)
            logits.append((q @ k.transpose(2, 3) / q.shape[3] ** 0.5).masked_fill(ahead, -torch.inf))
            h, _ = block(h, None)
        return logits

    def _embedded(self, symbols: Tensor, start: int) -> Tensor:
        return self.embed(symbols) + self.place.weight[start : start + symbols.shape[1]]


class QueriesKeys(nn.Module):
    """Queries and keys as they are: the place between projections and attention, for what changes them."""

    def forward(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        return q, k


class _Block(nn.Module):
    """Attention and a network of its own, each after a norm; ``qk`` may be replaced."""

    def __init__(self, width: int, heads: int, experts: int) -> None:
        super().__init__()
        self.heads, self.head_size = heads, width // heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.back = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.qk: nn.Module = QueriesKeys()
        self.mlp = _Experts(width, experts) if experts else _mlp(width)

    def queries_keys_values(self, h: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Each (b, heads, n, head size)."""
        b, n, width = h.shape
        q, k, v = self.qkv(self.before(h)).view(b, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        return (*self.qk(q, k), v)

    def forward(self, h: Tensor, before: KeysValues | None) -> tuple[Tensor, KeysValues]:
        q, k, v = self.queries_keys_values(h)
        if before is not None:
            k, v = torch.cat([before.keys, k], dim=2), torch.cat([before.values, v], dim=2)
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=before is None)
        h = h + self.back(attended.transpose(1, 2).reshape(h.shape))
        return h + self.mlp(self.between(h)), KeysValues(k, v)


def _mlp(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))


class _Experts(nn.Module):
    """A mixture of experts, the likeliest one a symbol, weighed by its gate."""

    def __init__(self, width: int, experts: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(_mlp(width) for _ in range(experts))

    def forward(self, h: Tensor) -> Tensor:
        p = functional.softmax(self.gate(h), dim=-1)
        best, which = p.max(dim=-1)
        said = torch.stack([expert(h) for expert in self.experts], dim=-1)
        return best[..., None] * said.gather(-1, which[..., None, None].expand(*h.shape, 1))[..., 0]
