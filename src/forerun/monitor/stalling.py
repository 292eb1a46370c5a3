"""What is asked of a curve to say that it has a plateau: by when more would have to come, and whether a stop counts."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Forecast
from forerun.monitor.standing import CurveCheck
from forerun.stats.remaining import Remaining

SURE = 0.1
"""Chance of more to come below which there is a plateau."""
MOVED = 1e-3
"""Share of the level; an improvement by less is dust."""
_STOOD = 0.5  # share of the time before which it must have stopped, where the horizon is not known,
_SAME = 0.005  # and of all improvement, by which the last quarter must surely not be better than the one before
_ROOM = 0.02  # share of all improvement; nearer to its bound than this, a metric has arrived


@dataclass(frozen=True)
class Stalling:
    """A question to a curve: does going on bring more than a share of all improvement so far?

    Args:
        delta: that share.
        horizon: x by which it is to come; None where nobody knows.
        stuck: values that are all the same from which they are a plateau.
    """

    delta: float
    horizon: float | None
    stuck: int

    def is_long_enough(self, stands: CurveCheck, answer: Remaining) -> bool:
        """Whether it stands still before the horizon; where that is not known, as long as it has moved, and plainly."""
        if self.horizon is not None:
            return stands.at < self.horizon
        return answer.since <= _STOOD * (stands.at - stands.zero) and stands.stands(_SAME * stands.gain)

    def until(self, stands: CurveCheck) -> float:
        """The x by which improvement is to come."""
        if self.horizon is not None and self.horizon > stands.at:
            return self.horizon
        return stands.at + (stands.at - stands.zero)

    def asked(self, stands: CurveCheck, until: float) -> Remaining | None:
        """The chance that more than the share comes by then; None where nothing tells."""
        return stands.still_to_come(until, self.delta * stands.gain)

    def agreed(self, stands: CurveCheck, until: float, forecast: Forecast) -> Remaining | None:
        """The answer for as far as a forecast goes; None where that or the forecast says that more comes."""
        if stands.now - stands.sign * forecast.median > self.delta * stands.gain:
            return None
        answer = self.asked(stands, until)
        return answer if answer is not None and answer.chance < SURE else None


def counts(stands: CurveCheck) -> bool:
    """Whether a plateau here is one: there was a gain, most of it is still there, and there is room for more."""
    moved = stands.gain > MOVED * abs(stands.now)
    return moved and not stands.is_worse and stands.room() > _ROOM * stands.gain
