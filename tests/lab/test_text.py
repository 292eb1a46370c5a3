"""Generated text: symbol by symbol as its rules say, and as surprising as it is said to be."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from forerun.lab.text import (  # noqa: E402
    DEPTH,
    DOMAINS,
    KINDS,
    LETTERS,
    _table,  # pyright: ignore[reportPrivateUsage]
    grow,
)


def letters(table: torch.Tensor, length: int, random: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """A chain by `torch.multinomial`, one symbol of all streams after the other."""
    context = torch.randint(len(table), (256,), generator=random)
    symbols, surprise = [], []
    for _ in range(length):
        p = table[context]
        drawn = torch.multinomial(p, 1, generator=random)[:, 0]
        symbols.append(drawn)
        surprise.append(-p.gather(1, drawn[:, None])[:, 0].log())
        context = drawn if len(table) == LETTERS else (context % LETTERS) * LETTERS + drawn
    return torch.stack(symbols, dim=1), torch.stack(surprise, dim=1)


def brackets(length: int, random: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Brackets, stream by stream, each with a stack of its own."""
    stacks: list[list[int]] = [[] for _ in range(256)]
    symbols, surprise = [], []
    for _ in range(length):
        chance, kinds = torch.rand(256, generator=random), torch.randint(KINDS, (256,), generator=random)
        row, cost = [], []
        for stack, u, kind in zip(stacks, chance.tolist(), kinds.tolist(), strict=True):
            p_close = 0.0 if not stack else 1.0 if len(stack) == DEPTH else 0.5
            if u < p_close:
                row.append(LETTERS + KINDS + stack.pop())
                cost.append(p_close)
            else:
                stack.append(kind)
                row.append(LETTERS + kind)
                cost.append((1.0 - p_close) / KINDS)
        symbols.append(row)
        surprise.append(cost)
    return torch.tensor(symbols).T, -torch.tensor(surprise).T.log()


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("seed", [0, 7])
def test_text_is_drawn_symbol_by_symbol_as_its_rules_say(domain: str, seed: int) -> None:
    fast, slow = (torch.Generator().manual_seed(seed) for _ in range(2))
    text = grow(domain, 90, fast)
    symbols, surprise = brackets(90, slow) if domain == "brackets" else letters(_table(domain), 90, slow)
    assert torch.equal(text.symbols, symbols)
    assert torch.equal(text.surprise, surprise)
    assert torch.equal(fast.get_state(), slow.get_state())
