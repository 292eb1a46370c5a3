"""One cycle: up to the peak, down again, and below where it began."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Card
from forerun.core.form import Form
from forerun.schedules.extending import STRETCH
from forerun.schedules.pieces import through

CARD = Card(
    name="onecycle",
    does="Rises from a share of the peak to the peak, and falls to almost nothing; in three phases past the start.",
    source="Smith and Topin 2017; two phases as in fastai, three as in the paper; torch's OneCycleLR",
    assumes="The end is known.",
    needs="params peak, steps; warmup (default .3 of steps), start (1/25), final (4e-6), shape (cosine), phases (2).",
    promises="Exact; torch's total_steps is steps + 1, and its pct_start (warmup + 1) / (steps + 1).",
    known_answer="peak 1, steps 100: .04 at 0, .52 at 15, 1 at 30, 4e-6 at 100; in three phases .04 at 60.",
    control="Three phases that do not fit into the steps are refused.",
)


@dataclass(frozen=True, kw_only=True)
class OneCycle:
    """Up, down and out.

    Args:
        peak: the highest value.
        steps: where the schedule ends, on its axis.
        warmup: how many of them rise to the peak.
        start: share of the peak at t = 0; torch's 1 / div_factor. Above 1 it is a valley, as of momentum.
        final: share of the peak at the end; torch's 1 / (div_factor * final_div_factor).
        shape: ``"cosine"`` or ``"straight"`` between those.
        phases: 2, or 3: as long as the rise it falls back to the start, and from there to the end.
    """

    peak: float
    steps: float
    warmup: float | None = None
    start: float = 1.0 / 25.0
    final: float = 1.0 / 25.0 / 1e4
    shape: str = "cosine"
    phases: float = 2.0

    def __post_init__(self) -> None:
        if self.shape not in ("cosine", "straight"):
            raise BadInput(f"no shape {self.shape!r} of a cycle; there are: cosine, straight")
        if self.phases not in (2, 3):
            raise BadInput(f"a cycle has 2 or 3 phases, not {self.phases:g}")
        if not 0 < self._rise * (self.phases - 1) < self.steps:
            raise BadInput(
                f"a rise over {self._rise:g} in {self.phases:g} phases does not fit into {self.steps:g} steps"
            )

    @property
    def _rise(self) -> float:
        return 0.3 * self.steps if self.warmup is None else self.warmup  # torch's pct_start, fastai's is .25

    @property
    def end(self) -> float:
        """The last step."""
        return self.steps

    def lr(self, t: Array) -> Array:
        """The value at t."""
        back = [(2.0 * self._rise, self.start)] if self.phases == 3 else []
        x, share = np.array([(0.0, self.start), (self._rise, 1.0), *back, (self.steps, self.final)]).T
        return through(t, x, self.peak * share, self.shape)


ONECYCLE = Form(card=CARD, formula=OneCycle, extend=STRETCH)
