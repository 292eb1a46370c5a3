"""A world as a value: data or an environment, a network and gold; no loss and no algorithm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forerun.core import Card
from forerun.core.frozen import Noun

if TYPE_CHECKING:
    import torch

    from forerun.recipes.abilities import OpenWorld


def data_seed(seed: int) -> int:
    """The seed of a run's data and their order; another than that of its weights.

    Example:
        >>> data_seed(2)
        1000005
    """
    return seed + 1_000_003


def seeded(seed: int) -> torch.Generator:
    """A generator of its own, with PyTorch's global one set too, on one thread and by deterministic kernels."""
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(data_seed(seed))


@dataclass(frozen=True, eq=False)
class World(Noun):
    """What a recipe trains on, with a gold signal that it never sees.

    Args:
        card: its data sheet.
        settings: of its data and its network, and what they are unless set; a setting keeps the type it has here.
        training: how long and at what rate it is trained unless set: settings of `forerun.recipes.settings`, and slots
            by name that suit its data (``sampler``, ``optimizer``).
        open: settings and a seed -> its data and network, with the abilities of `forerun.recipes.world` that it has.
            The same settings and seed give the same on the same machine.

    Example:
        >>> from forerun.lab import WORLDS
        >>> WORLDS.load("convex").training["steps"]
        1000
    """

    card: Card
    settings: Mapping[str, Any]
    training: Mapping[str, Any]
    open: Callable[[Mapping[str, Any], int], OpenWorld]

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name


class Opened:
    """Base of opened worlds: their generator, and nothing to say of whole runs.

    Args:
        seed: of data and weights.
    """

    def __init__(self, seed: int) -> None:
        self.random = seeded(seed)

    def summary(self, history: Any) -> dict[str, float]:
        """Nothing."""
        return {}
