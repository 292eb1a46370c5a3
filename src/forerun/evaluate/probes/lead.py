"""Whether a measure moves before a score jumps, and by how many steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Undecided
from forerun.stats.robust import noise_sd

_SDS = 4.0  # of the noise of a step, that a move has to exceed; a jump of the score as well


@dataclass(frozen=True)
class Lead:
    """When a measure moved and when the score jumped, looking back.

    Args:
        moved: the first step from which the measure stays beyond the given share of its way.
        jumped: the first step from which the score stays beyond half of its way.
        steps: jumped - moved; negative where the measure came after.
    """

    moved: float
    jumped: float
    steps: float


def lead(
    x: ArrayLike,
    measure: ArrayLike,
    score: ArrayLike,
    *,
    direction: Literal["rises", "falls"] = "rises",
    share: float = 0.05,
) -> Lead | Undecided:
    """How long before the jump of a score a measure had begun to move, both seen from the end of a run.

    Of many runs, the share with ``steps > 0`` is how often the measure warns. It is no detector: how far the measure
    was to go is known only afterwards.

    Args:
        x: shape (n,), increasing steps of the checkpoints.
        measure, score: shape (n,), finite.
        direction: which way the measure moves.
        share: of the way from the measure's first value to its furthest one, that counts as a move.

    Returns:
        Undecided of fewer than eight checkpoints, and where the score, or the measure, never left its noise.

    Raises:
        BadInput: unlike lengths, or steps that do not increase.

    Source: ours, for the progress measures of Reddy 2023, arXiv 2312.03002, and Nanda et al. 2023, arXiv 2301.05217.

    Example:
        >>> x = np.arange(12)
        >>> lead(x, np.minimum(x / 6, 1), x >= 8, share=0.3)
        Lead(moved=2.0, jumped=8.0, steps=6.0)
    """
    steps = np.asarray(x, dtype=np.float64)
    moving, quality = (np.asarray(one, dtype=np.float64) for one in (measure, score))
    if not steps.shape == moving.shape == quality.shape or (np.diff(steps) <= 0.0).any():
        raise BadInput(f"{steps.size} steps, {moving.size} and {quality.size} values", where="lead")
    if steps.size < 8:
        return Undecided(f"{steps.size} checkpoints", "8 checkpoints or more")
    moved = _stays_beyond(moving if direction == "rises" else -moving, share)
    jumped = _stays_beyond(quality, 0.5)
    if moved is None or jumped is None:
        return Undecided(f"the {'score' if jumped is None else 'measure'} never left its noise", "a longer run")
    return Lead(float(steps[moved]), float(steps[jumped]), float(steps[jumped] - steps[moved]))


def _stays_beyond(y: Array, share: float) -> int | None:
    """The first place from which on y is beyond a share of its way up, until it has gone all of it."""
    top = int(y.argmax())
    way = float(y[top] - y[0])
    if top == 0 or way <= _SDS * noise_sd(y):
        return None
    below = np.flatnonzero(y[: top + 1] <= y[0] + share * way)
    return int(below[-1]) + 1
