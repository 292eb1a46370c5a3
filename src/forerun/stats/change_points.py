"""Where a stream changes: Bayesian online change-point detection with restarts, for numbers, yes or no, and kinds.

A hypothesis a start of a new segment is weighed against none since the last restart; where one is worth more, by a
factor that the rate of false alarms sets, an alarm is raised and all that came before is forgotten. The evidence of a
segment is a closed form of its length and sums, so that a stream is judged without a loop over its points; starts are
thinned the older they are, so that a point costs the same however long the stream.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]
State = dict[str, Any]
_DENSE, _RATIO = 16, 1.15  # starts are all tried up to so many points ago, and then ever fewer
_LIKELY = np.log(10.0)  # starts whose evidence is a tenth of the best one's are told
_BLOCK = 256  # points judged together


@dataclass(frozen=True)
class Segments:
    """What segments of a stream are taken to be like.

    Args:
        statistics: values (n,) -> (n, d), of which a segment's evidence is a function of the sums.
        evidence: lengths (...) and sums (..., d) of segments -> the logarithm of their marginal likelihood.
        often: false alarms per point at a threshold of 0 nats, as extrapolated: they fall as the exponential of the
            threshold does. Set by simulation.
    """

    statistics: Callable[[Array], Array]
    evidence: Callable[[Array, Array], Array]
    often: float


@dataclass(frozen=True)
class Change:
    """An alarm.

    Args:
        at: index of the value at which it was raised.
        start: index of the most probable first value of the new segment.
        earliest, latest: between which indices that lies: starts with a tenth of its evidence or more.
        statistic: by what factor, in nats, a change there explains the values better than none.
    """

    at: int
    start: int
    earliest: int
    latest: int
    statistic: float


def numbers(*, mean_points: float = 1.0, sd_points: float = 100.0) -> Segments:
    """Normal values around 0 with an sd of about 1, of which neither is known: a Student-t predictive.

    Hand it values in units of their noise, beside what is expected of them.

    Args:
        mean_points, sd_points: how many values the prior counts as, of the mean 0 and of the sd 1. The fewer of the
            sd, the heavier the tail, and the sooner a change of spread alone is told.

    Source: the conjugate normal-inverse-gamma prior.
    """
    k, a = mean_points, sd_points / 2.0

    def evidence(n: Array, sums: Array) -> Array:
        b = a + 0.5 * (sums[..., 1] - sums[..., 0] ** 2 / (k + n))
        constant = gammaln(a + n / 2.0) - gammaln(a) + a * np.log(a) + 0.5 * np.log(k / (k + n))
        return constant - (a + n / 2.0) * np.log(b) - n * _HALF_LOG_TAU

    return Segments(lambda y: np.stack([y, y * y], axis=1), evidence, often=0.097)


def kinds(k: int, *, prior: float = 1.0) -> Segments:
    """Values from 0 to k - 1, of which each kind has its chance: a Dirichlet-multinomial.

    Args:
        k: how many kinds; of 2 it is the Beta-Bernoulli of yes or no.
        prior: pseudo-counts a kind; 1 is Laplace's.

    How often there are alarms where nothing changes depends on the chances; ``often`` is of the worst ones tried, so
    that the rate is a bound.
    """

    def evidence(n: Array, sums: Array) -> Array:
        each: Array = gammaln(prior + sums)
        constant: Array = gammaln(k * prior) - k * gammaln(prior) - gammaln(k * prior + n)
        return each.sum(axis=-1) + constant

    return Segments(lambda y: np.eye(k)[np.asarray(y, dtype=np.intp)], evidence, often=0.07 * (k + 1))


_HALF_LOG_TAU = 0.5 * float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Detection:
    """Restarted Bayesian change-point detection of one stream.

    Args:
        segments: what segments are like.
        rate: false alarms per point where nothing changes.
        shortest: points that the new segment must have to be told.
        longest: points after which a change is looked for no more; what takes more evidence is never told.

    Source: Alami, Maillard, Féraud 2020, "Restarted Bayesian online change-point detector achieves optimal detection
    delay"; of several kinds Alami, Mahfoud, Moulines 2023, arXiv 2304.00232. The threshold is one for all lengths, and
    starts are thinned: ours.

    Example:
        >>> values = np.concatenate([np.tile([-1.0, 1.0], 50), np.tile([1.0, 3.0], 20)])
        >>> [(change.start, change.at) for change in Detection(numbers()).changes(values)]
        [(99, 105)]
    """

    segments: Segments
    rate: float = 1e-4
    shortest: int = 1
    longest: int = 256

    @property
    def threshold(self) -> float:
        """In nats, what the evidence of a change has to pass."""
        return float(np.log(self.segments.often / self.rate))

    def start(self) -> State:
        """Where it stands before the first value."""
        return {"count": 0, "length": 0, "sums": []}

    def follow(self, state: State, values: ArrayLike) -> tuple[State, list[Change]]:
        """Where it stands after the next values, and the alarms that they raise; one or many, it is the same.

        Args:
            state: where it stood, as JSON can carry it.
            values: shape (n,), finite.
        """
        new, changes = self.segments.statistics(np.asarray(values, dtype=np.float64)), list[Change]()
        sums = np.reshape(state["sums"] or np.zeros(new.shape[1]), (-1, new.shape[1]))
        count, length = int(state["count"]), int(state["length"])
        while len(new):
            running = np.cumsum(np.concatenate([sums[-1:], new[:_BLOCK]]), axis=0)[1:]
            row, evidence = self._first(np.concatenate([sums, running]), len(sums), length + 1 - len(sums))
            taken = row + 1 - len(sums)
            count, length, new = count + taken, length + taken, new[taken:]
            sums = np.concatenate([sums, running])[-self.longest :]
            if evidence is not None:
                changes.append(_change(count - 1, _lags(self.longest), evidence))
                length, sums = 0, np.zeros((1, new.shape[1]))
        return {"count": count, "length": length, "sums": sums.tolist()}, changes

    def changes(self, values: ArrayLike) -> list[Change]:
        """All alarms of a stream, shape (n,)."""
        return self.follow(self.start(), values)[1]

    def _first(self, sums: Array, new: int, before: int) -> tuple[int, Array | None]:
        """The first row, of those from ``new`` on, at which some start is worth an alarm, with the evidence of each.

        Args:
            sums: shape (m, d), running sums since the restart: row i of ``before + i`` values.

        Returns:
            The last row and None where no start is.
        """
        whole = self.segments.evidence(before + np.arange(len(sums), dtype=np.float64), sums)
        lags, rows = _lags(self.longest), np.arange(new, len(sums))
        starts = rows[:, None] - lags
        possible = (starts >= 0) & (starts + before > 0)
        starts = np.where(possible, starts, 0)
        split = whole[starts] + self.segments.evidence(lags.astype(np.float64), sums[rows, None] - sums[starts])
        evidence = np.where(possible, split - whole[rows, None], -np.inf)
        worth = (evidence.max(axis=1) > self.threshold) & (lags[evidence.argmax(axis=1)] >= self.shortest)
        alarms = np.flatnonzero(worth)
        return (int(rows[-1]), None) if not alarms.size else (int(rows[alarms[0]]), evidence[alarms[0]])


@lru_cache(maxsize=64)
def _lags(longest: int) -> NDArray[np.intp]:
    """How many points a new segment may have: all of the first, and then ever fewer."""
    lags = [1]
    while lags[-1] < longest:
        lags.append(max(lags[-1] + 1, int(lags[-1] * _RATIO) if lags[-1] > _DENSE else 0))
    return np.array([lag for lag in lags if lag <= longest], dtype=np.intp)


def _change(at: int, lags: NDArray[np.intp], evidence: Array) -> Change:
    likely = lags[evidence >= evidence.max() - _LIKELY]
    best = int(lags[evidence.argmax()])
    first = at + 1
    return Change(at, first - best, first - int(likely[-1]), first - int(likely[0]), float(evidence.max()))
