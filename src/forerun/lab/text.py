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
    """Letters drawn as `torch.multinomial` draws one of each row, a race of exponentials, without its checks."""
    contexts = len(table)
    context = torch.randint(contexts, (_STREAMS,), generator=random)
    shape, race = (length, _STREAMS), torch.empty(_STREAMS, LETTERS)
    symbols, before = torch.empty(shape, dtype=torch.long), torch.empty(shape, dtype=torch.long)
    for i in range(length):
        before[i] = context
        symbols[i] = letter = table[context].div_(race.exponential_(generator=random)).argmax(dim=1)
        context = letter if contexts == LETTERS else (context % LETTERS) * LETTERS + letter
    return Text(symbols.T.contiguous(), -table[before, symbols].log().T.contiguous())


def _brackets(length: int, random: torch.Generator) -> Text:
    p_close = torch.tensor([0.0, *[0.5] * (DEPTH - 1), 1.0])  # at each depth
    stack = torch.zeros(DEPTH + 1, _STREAMS, dtype=torch.long)
    depth, streams = torch.zeros(_STREAMS, dtype=torch.long), torch.arange(_STREAMS)
    shape = (length, _STREAMS)
    symbols, p, closed = torch.empty(shape, dtype=torch.long), torch.empty(shape), torch.empty(shape, dtype=torch.bool)
    for i in range(length):
        p[i] = p_close[depth]
        closed[i] = close = torch.rand(_STREAMS, generator=random) < p[i]
        kind = torch.randint(KINDS, (_STREAMS,), generator=random)
        symbols[i] = torch.where(close, KINDS + stack[depth - 1, streams], kind)
        stack[depth, streams] = kind  # above the stack's top where one is closed
        depth = depth + torch.where(close, -1, 1)
    surprise = -torch.where(closed, p, (1.0 - p) / KINDS).log()
    return Text(LETTERS + symbols.T, surprise.T.contiguous())
