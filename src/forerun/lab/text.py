"""Generated text in several domains, each with the true probability of every symbol, so that a model's excess is known.

* ``first``, ``second``: Markov chains of order one and two over 12 letters, each context with a few likely followers.
* ``brackets``: four kinds of brackets, opened and closed as a stack demands, at most eight deep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from forerun.core import UnknownName

LETTERS, KINDS, DEPTH = 12, 4, 8
SYMBOLS = LETTERS + 2 * KINDS
DOMAINS = ("first", "second", "brackets")
_LANGUAGE = 7  # seed of the chains' tables: the same languages for every run
_STREAMS = 256  # texts grown side by side


@dataclass(frozen=True)
class Text:
    """Symbols (streams, n) and the true surprise of each, -log p in nats, (streams, n)."""

    symbols: Tensor
    surprise: Tensor

    def chunks(self, count: int, length: int, random: torch.Generator, within: int | None = None) -> Tensor:
        """Random stretches, (count, length), from the first ``within`` of all streams' symbols."""
        streams, n = self.symbols.shape
        streams = streams if within is None else min(streams, max(1, round(within / n)))
        most = n if within is None else max(length, min(n, within // streams))
        stream = torch.randint(streams, (count,), generator=random)
        start = torch.randint(most - length + 1, (count,), generator=random)
        return self.symbols[stream[:, None], start[:, None] + torch.arange(length)]


def grow(domain: str, length: int, random: torch.Generator) -> Text:
    """Text of a domain, ``length`` symbols in each of 256 streams.

    Example:
        >>> text = grow("brackets", 50, torch.Generator().manual_seed(0))
        >>> tuple(text.symbols.shape), bool((text.surprise >= 0).all())
        ((256, 50), True)
    """
    if domain not in DOMAINS:
        raise UnknownName("domain", domain, DOMAINS)
    return _brackets(length, random) if domain == "brackets" else _chain(_table(domain), length, random)


def corpus(domains: Sequence[str], length: int, random: torch.Generator) -> dict[str, Text]:
    """Text of several domains."""
    return {domain: grow(domain, length, random) for domain in domains}


@cache
def _table(domain: str) -> Tensor:
    """Probabilities of the next letter, (contexts, letters): a few followers are likely, all are possible."""
    order = 1 if domain == "first" else 2
    random = torch.Generator().manual_seed(_LANGUAGE + order)
    return torch.softmax(2.0 * torch.randn(LETTERS**order, LETTERS, generator=random), dim=1)


def _chain(table: Tensor, length: int, random: torch.Generator) -> Text:
    order = 1 if len(table) == LETTERS else 2
    state = torch.randint(len(table), (_STREAMS,), generator=random)
    symbols, surprise = torch.zeros(_STREAMS, length, dtype=torch.long), torch.zeros(_STREAMS, length)
    for i in range(length):
        p = table[state]
        drawn = torch.multinomial(p, 1, generator=random)[:, 0]
        symbols[:, i], surprise[:, i] = drawn, -p.gather(1, drawn[:, None])[:, 0].log()
        state = drawn if order == 1 else (state % LETTERS) * LETTERS + drawn
    return Text(symbols, surprise)


def _brackets(length: int, random: torch.Generator) -> Text:
    stack = torch.zeros(_STREAMS, DEPTH, dtype=torch.long)
    depth = torch.zeros(_STREAMS, dtype=torch.long)
    symbols, surprise = torch.zeros(_STREAMS, length, dtype=torch.long), torch.zeros(_STREAMS, length)
    rows = torch.arange(_STREAMS)
    for i in range(length):
        p_close = torch.where(depth == 0, 0.0, torch.where(depth == DEPTH, 1.0, 0.5))
        close = torch.rand(_STREAMS, generator=random) < p_close
        kind = torch.randint(KINDS, (_STREAMS,), generator=random)
        top = stack[rows, (depth - 1).clamp(min=0)]
        symbols[:, i] = LETTERS + torch.where(close, KINDS + top, kind)
        surprise[:, i] = -torch.where(close, p_close, (1.0 - p_close) / KINDS).log()
        opened = ~close
        stack[rows[opened], depth[opened]] = kind[opened]
        depth = depth + torch.where(close, -1, 1)
    return Text(symbols, surprise)
