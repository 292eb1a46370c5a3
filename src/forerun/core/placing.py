"""Where a run is likely to end among those beside it."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core.frozen import Noun


@dataclass(frozen=True, eq=False)
class Placing(Noun):
    """A run among the runs it is compared with, each at its own end; those that are over at the best they hold.

    Args:
        of: runs compared, itself among them.
        rank: by the median of where they end, 1 the best.
        first: chance to end best of all.
        near: chance to end within ``margin`` of the best.
        margin: what counts as no worse, in the metric's unit.
        leader: the run that is likeliest to end first.
    """

    of: int
    rank: int
    first: float
    near: float
    margin: float
    leader: str
