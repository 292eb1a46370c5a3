"""A forecast: the predictive quantiles of one metric at future points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np

from forerun.core.curve import Direction
from forerun.core.display import number, place
from forerun.core.errors import BadInput
from forerun.core.frozen import Array, Noun, frozen_array

SCORED_LEVELS: Array = frozen_array([0.025 + 0.05 * i for i in range(20)])
"""The 20 levels a backtest scores: 0.025, 0.075 ... 0.975."""

SHOWN_LEVELS: tuple[float, ...] = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""The levels people are shown: the median and the 50, 80 and 90% intervals."""

LEVELS: Array = frozen_array(sorted({round(float(v), 4) for v in SCORED_LEVELS} | {*SHOWN_LEVELS, 0.005, 0.995}))
"""The levels every forecaster answers at: those scored, those shown, and one further into each tail."""


@dataclass(frozen=True, eq=False)
class Forecast(Noun):
    """Predictive quantiles of one metric at future points.

    ``median``, ``low``, ``high`` and ``quantile`` speak of the last of ``at``; the points before it are the fan on the
    way there.

    Args:
        metric, axis, direction: those of the curve.
        origin: last x shown to the forecaster.
        at: shape (m,), increasing, all beyond ``origin``.
        levels: shape (k,), increasing, inside (0, 1).
        quantiles: shape (m, k), non-decreasing along k, in the metric's unit.
        method, version: what made it.
        of: ``"value"`` of the metric, or ``"best"`` of it so far.
        events: chances of named events, for example ``{"p_target": 0.7}``.

    Raises:
        BadInput: when shapes do not match, or the quantiles cross or are not finite.

    Example:
        >>> f = Forecast("loss", "step", "min", 10, [20], [0.1, 0.5, 0.9], [[1.0, 2.0, 3.0]], "example", "1")
        >>> f.median, f.low, f.high
        (2.0, 1.0, 3.0)
        >>> print(f)
        2 (80%: 1 to 3) at step 20
    """

    metric: str
    axis: str
    direction: Direction
    origin: float
    at: Array
    levels: Array
    quantiles: Array
    method: str
    version: str
    of: Literal["value", "best"] = "value"
    events: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        for name in ("at", "levels", "quantiles"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))
        super().__post_init__()
        if self.quantiles.shape != (self.at.size, self.levels.size):
            raise BadInput(
                f"quantiles have shape {self.quantiles.shape}, not {(self.at.size, self.levels.size)} (points, levels)",
                where=f"forecast of {self.metric}",
            )
        if not np.isfinite(self.quantiles).all() or (np.diff(self.quantiles, axis=1) < 0).any():
            raise BadInput("quantiles must be finite and must not cross", where=f"forecast of {self.metric}")

    def __str__(self) -> str:
        ends = f"80%: {number(self.low)} to {number(self.high)}"
        return f"{number(self.median)} ({ends}) at {self.axis} {place(float(self.at[-1]), self.axis)}"

    def quantile(self, level: float) -> float:
        """The quantile at ``level`` of the last point, interpolated linearly between levels."""
        return float(np.interp(level, self.levels, cast(Array, self.quantiles[-1])))

    @property
    def median(self) -> float:
        """The 0.5 quantile at the last point."""
        return self.quantile(0.5)

    @property
    def low(self) -> float:
        """The 0.1 quantile at the last point: lower end of the 80% interval."""
        return self.quantile(0.1)

    @property
    def high(self) -> float:
        """The 0.9 quantile at the last point: upper end of the 80% interval."""
        return self.quantile(0.9)
