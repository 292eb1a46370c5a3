"""A workload as a value: its settings, and how it trains with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from forerun.core import Card
from forerun.core.frozen import Noun
from forerun.lab.log import MetricsLog

Train = Callable[[Mapping[str, Any], int, MetricsLog], dict[str, float]]
"""All settings, a seed and the log to write to -> the metrics at the end, gold ones among them."""


@dataclass(frozen=True, eq=False)
class Workload(Noun):
    """A small real training with a gold signal that it never sees.

    Args:
        card: its data sheet.
        defaults: every setting, and what it is unless set; ``steps`` among them. A setting keeps the type it has here.
        train: trains on the CPU and writes to the log on the way. The same settings and seed give the same numbers on
            the same machine.

    Example:
        >>> from forerun.lab import WORKLOADS
        >>> WORKLOADS.load("convex").defaults["steps"]
        1000
    """

    card: Card
    defaults: Mapping[str, Any]
    train: Train

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name
