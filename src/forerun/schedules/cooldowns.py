"""How a stable phase comes to its end: shapes of a cooldown by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput
from forerun.schedules.planned import Falling, half_cosine

Shape = Callable[[Array, float], Array]
"""The share of the cooldown that is over, and the share of the height at its end -> the share of the height."""

SHAPES: dict[str, Shape] = {
    "linear": lambda x, final: 1.0 - (1.0 - final) * x,
    "1-sqrt": lambda x, final: final + (1.0 - final) * (1.0 - np.sqrt(x)),
    "exp": lambda x, final: final**x,
    "cosine": lambda x, final: final + (1.0 - final) * half_cosine(x),
    "mirror_cosine": lambda x, final: final + (1.0 - final) * (2.0 * (1.0 - x) - half_cosine(x)),
    "square": lambda x, final: final + (1.0 - final) * (1.0 - x * x),
}
"""As in the code of Hägele et al. 2024 (schedules-and-scaling); ``exp`` is what Luo et al. 2025 call WSD."""

HALVING = "half_life"  # Hu et al. 2024 (MiniCPM): halves every so many steps, whatever the cooldown's length


@dataclass(frozen=True, kw_only=True)
class Cooled(Falling):
    """A plan that ends in a cooldown.

    Args:
        cooldown: the last steps, over which it falls.
        shape: one of `SHAPES`, or ``"half_life"``: it halves every ``half_life`` steps and does not go below ``final``.
        half_life: of that shape, in units of the axis; MiniCPM's is 5000 steps.
    """

    cooldown: float
    shape: str = "linear"
    half_life: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup + self.cooldown > self.steps:
            raise BadInput(
                f"a warmup of {self.warmup:g} and a cooldown of {self.cooldown:g} do not fit into {self.steps:g} steps"
            )
        if self.shape not in (*SHAPES, HALVING):
            raise BadInput(f"no shape {self.shape!r} of a cooldown; there are: {', '.join((*SHAPES, HALVING))}")
        if (self.shape == HALVING) != bool(self.half_life):
            raise BadInput(f"half_life, above 0, belongs to shape {HALVING!r}; shape is {self.shape!r}")
        if self.shape == "exp" and not self.final:
            raise BadInput("a fall by a constant factor never ends at 0: say final, or another shape than 'exp'")

    def cooled(self, over: Array, final: float) -> Array:
        """What is left of the height.

        Args:
            over: the share of the cooldown that is over.
            final: the share of the height at the end.
        """
        if self.half_life:
            return np.maximum(0.5 ** (over * self.cooldown / self.half_life), final)
        return SHAPES[self.shape](over, final)
