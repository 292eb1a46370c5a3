"""A surrogate as a value: settings to outcome, as searches over settings call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forerun.core import Array, Card, Undecided

State = dict[str, Any]
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Surrogate:
    """A method that forecasts where a run ends from its settings alone.

    Args:
        card: its data sheet.
        version: changes when its answers do.
        fit: from past runs' settings, where they ended and the tasks they were on, a state that JSON can carry.
        quantiles: from a state and a new run's settings, the quantiles of its end at `forerun.core.LEVELS`.

    Example:
        >>> from forerun.forecast.surrogates import SURROGATES
        >>> method = SURROGATES.load("from_config")
        >>> past = [{"lr": 10.0**-k / 8} for k in range(1, 41)]
        >>> state = method.fit(past, [float(k) for k in range(1, 41)], ["a", "b", "c", "d"] * 10)
        >>> len(method.quantiles(state, {"lr": 1e-9}))
        29
    """

    card: Card
    version: str
    fit: Callable[[Sequence[Config], Sequence[float], Sequence[str]], State]
    quantiles: Callable[[State, Config], Array | Undecided]

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name
