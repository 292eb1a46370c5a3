"""A cyclic curriculum: the part of the training set that an epoch shows grows and shrinks, easy examples first."""

from __future__ import annotations

import torch
from torch import Tensor

from forerun.core import BadInput, Card
from forerun.recipes.recipe import Recipe

CARD = Card(
    name="cyclic_curriculum",
    does="Shows each epoch a share of the examples, easy ones likelier; the share doubles to all and starts anew.",
    source="Kesgin and Amasyali 2022 (cyclical curriculum learning)",
    assumes="A score of how easy each example is, for example the probability a trained network gives its label.",
    needs="Scores above zero.",
    promises="Measured against the whole set at equal steps: study curriculum.",
    known_answer="A share of one shows every example once.",
    control="Scores that are all the same show a random subset.",
)


def share_at(epoch: int, *, lowest: float = 0.25, factor: float = 2.0) -> float:
    """The share of the training set that an epoch, counted from 0, shows.

    Example:
        >>> [share_at(epoch) for epoch in range(5)]
        [0.25, 0.5, 1.0, 0.25, 0.5]
    """
    if not 0.0 < lowest <= 1.0 or factor <= 1.0:
        raise BadInput(f"needs a lowest share in (0, 1] and a factor above 1, not {lowest:g} and {factor:g}",
                       where="cyclic_curriculum")  # fmt: skip
    shares = [lowest]
    while shares[-1] < 1.0:
        shares.append(min(1.0, shares[-1] * factor))
    return shares[epoch % len(shares)]


def subset(easy: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Indices of a share of the examples without repeats, easier ones likelier, in random order.

    Args:
        easy: shape (n,), above zero, on any device. share: in (0, 1].
        generator: of the draws; what is drawn does not depend on where the scores lie.

    Example:
        >>> sorted(subset(torch.ones(4), 1.0, torch.Generator().manual_seed(0)).tolist())
        [0, 1, 2, 3]
    """
    count = max(1, round(share * len(easy)))
    chosen = torch.multinomial(easy.to(generator.device), count, replacement=False, generator=generator)
    return chosen.to(easy.device)


CYCLIC_CURRICULUM = Recipe(card=CARD, parts={"pacing": share_at, "subset": subset})
