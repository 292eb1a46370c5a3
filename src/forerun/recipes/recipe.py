"""A recipe as a value: a training intervention, by the parts that a training loop of one's own takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from forerun.core import Card
from forerun.core.frozen import Noun


@dataclass(frozen=True, eq=False)
class Recipe(Noun):
    """A training intervention: how it bends the curve is measured by the studies of `forerun.lab`.

    Args:
        card: its data sheet.
        parts: what a PyTorch loop takes of it, each by the place it has there (``loss``, ``norm``, ``mask`` ...):
            functions of tensors, modules, or what keeps a state along the run. Settings are their keyword arguments.

    Example:
        >>> from forerun.recipes import RECIPES
        >>> import torch
        >>> term = RECIPES.load("z_loss").parts["term"]
        >>> round(term(torch.zeros(1, 2), weight=1.0).item(), 2)
        0.48
    """

    card: Card
    parts: Mapping[str, Callable[..., Any]]

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name
