"""How a curve stands at a check: its level, all it has gained, whether it has fallen back, what is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special  # pyright: ignore[reportMissingTypeStubs]

from forerun.core import Array
from forerun.core.metrics import bounds, meaning
from forerun.stats.bins import Bins
from forerun.stats.remaining import Remaining, remaining
from forerun.stats.robust import noise_sd, robust_sd
from forerun.stats.trend import follows

BEGAN = 3
"""First points, by which a curve tells where it began."""
_FELL = 2.0  # times the level: a perplexity that began at 10,000 has no gain of that to be measured by
_SURE = float(special.ndtri(0.95))
_LUCK = 0.8  # errors; a quarter that is worse by more is noise, and no further evidence: it would hasten the alarm
_LAG_SDS, _LAG_MOST = 0.5, 0.97  # how far above its estimate the noise's correlation is taken to lie, and at most
_WORSE = 0.05  # share of all gain by which the level may have fallen back behind its best
_FAR_SDS = 4.0  # sds of a value beyond which it is worse than noise makes it
_PLAIN, _PLAIN_SDS = 4.0, 3.0  # times what is asked, beyond so many sds, from which a fall in a fifth of time is plain


@dataclass(frozen=True)
class CurveCheck:
    """A curve in bins at a check; lower is better, as of a metric times its sign.

    Args:
        metric, sign: its name; 1 where lower is better, -1 where higher is.
        x, y: shape (b,), means of the full bins. width: points a bin.
        at: x of the last point.
        began: x and value of the first `BEGAN` points.
        reach: the lowest and highest value so far, as logged.
    """

    metric: str
    sign: float
    x: Array
    y: Array
    width: int
    at: float
    began: Sequence[Sequence[float]]
    reach: tuple[float, float]

    @classmethod
    def of(
        cls, metric: str, sign: float, bins: Bins, at: float, began: Sequence[Sequence[float]],
        reach: tuple[float, float],
    ) -> CurveCheck:  # fmt: skip
        """The same of bins."""
        return cls(metric, sign, *bins.means(), bins.width, at, began, reach)

    @cached_property
    def now(self) -> float:
        """The level of the last eighth."""
        return float(self.y[-max(3, self.y.size // 8) :].mean())

    @cached_property
    def gain(self) -> float:
        """All improvement so far: from the first value where the first fall in order, else from their median."""
        values = [value for _, value in self.began]
        first = values[0] if values[0] > values[1] > values[2] else float(np.median(values))
        return min(first - self.now, _FELL * abs(self.now))

    @cached_property
    def zero(self) -> float:
        """Where x would have been a point before the first: there the time begins that a power law is of."""
        (first, _), (second, _) = self.began[:2]
        return first - (second - first)

    @cached_property
    def is_worse(self) -> bool:
        """Whether the last quarter has fallen back behind the best one."""
        quarter = self.y.size // 4
        quarters = np.convolve(self.y, np.full(quarter, 1.0 / quarter), mode="valid")
        return bool(quarters[-1] - quarters.min() > _WORSE * max(self.gain, 0.0))

    @property
    def is_still(self) -> bool:
        """Whether the last quarter is all one value, of which no forecast knows more."""
        return bool(np.ptp(self.y[-(self.y.size // 4) :]) == 0.0)

    def stands(self, worth: float) -> bool:
        """Whether the last quarter is not better than the one before by a worth, at 95%, whatever law it follows."""
        quarter = self.y.size // 4
        recent = self.y[-2 * quarter :]
        improvement = float(recent[:quarter].mean() - recent[quarter:].mean())
        error = _standard_error(recent)
        return max(improvement, -_LUCK * error) + _SURE * error < worth

    def ceiling(self, worth: float) -> float:
        """The value that noise does not pass while the level stays within a worth."""
        noise = noise_sd(self.y[-(self.y.size // 4) :]) * np.sqrt(self.width)
        return self.now + float(max(worth, _WORSE * self.gain, _FAR_SDS * noise))

    def room(self) -> float:
        """How far the level is from the best the metric can come to; infinite where nothing tells."""
        ends = [*bounds(self.metric, np.array(self.reach))]
        if meaning(self.metric).kind == "score" and self.reach[0] >= 0.0 and self.reach[1] <= 1.0:
            ends.append(1.0)
        return self.now - max((self.sign * end for end in ends if self.sign * end < self.now), default=-np.inf)

    def still_to_come(self, until: float, worth: float) -> Remaining | None:
        """The chance of an improvement by more than a worth up to an x; None where there was none, or nothing tells."""
        t, now, end = self.x - self.zero, self.at - self.zero, until - self.zero
        if self.gain <= 0.0:
            return None
        if end >= 2.0 * now and self._plainly_falls(t / now, worth):
            return Remaining(1.0, now)
        return remaining(t, self.y, until=end, worth=worth, gain=self.gain)

    def _plainly_falls(self, share: Array, worth: float) -> bool:
        """Told in passing, as most checks of most runs need no more."""
        before, late = self.y[(share > 0.7) & (share < 0.8)], self.y[share > 0.9]
        if min(before.size, late.size) < 2:
            return False
        error = noise_sd(self.y[share > 0.5]) * np.sqrt(1.0 / before.size + 1.0 / late.size)
        return float(before.mean() - late.mean()) - _PLAIN_SDS * error > _PLAIN * worth


def _standard_error(y: Array) -> float:
    """Of the difference of the means of two halves; noise that follows itself beside a straight line is less."""
    t = np.arange(y.size) - (y.size - 1) / 2.0
    beside = y - y.mean() - t * float(t @ y) / float(t @ t)
    lag = follows(y)
    lag = min(lag + _LAG_SDS * float(np.sqrt((1.0 - lag**2) / y.size)), _LAG_MOST)
    return float(robust_sd(beside) * np.sqrt(4.0 / y.size * (1.0 + lag) / (1.0 - lag)))
