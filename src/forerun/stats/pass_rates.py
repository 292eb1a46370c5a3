"""Rates of success from repeated tries: pass@k and pass^k, sampling until success, and how rates spread over tasks.

A task is tried n times and solved c times. pass@k is the chance that one of k tries solves it, pass^k that all do
(Chen et al. 2021; Yao et al. 2024): the estimators count subsets of the tries made and are unbiased for k ≤ n. Beyond
n a Beta distribution of rates over tasks carries them on (`fit_beta`). Rates too small for any fixed number of tries
are found by trying until r successes (`until`, Hu et al. 2023), whose cost grows as the rate falls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from forerun.core.errors import BadInput
from forerun.stats.proportions import shares_of_tries

Array = NDArray[np.float64]
_GRID = 48  # points a side of the grid that stands for the posterior
_CLEAR = 12.0  # log units below the mode at which the posterior is as good as 0
_MEAN = -14.0, 14.0  # logit of the mean rate
_SIZE = -5.0, 9.0  # logarithm of a + b; beyond it, rates are one, or are 0 and 1
_SIZE_PRIOR = 1.0, 3.0  # mean and sd of that logarithm; wide, arbitrary


def _counts(tries: ArrayLike, solved: ArrayLike) -> tuple[Array, Array]:
    n, c = np.broadcast_arrays(np.asarray(tries, np.float64), np.asarray(solved, np.float64))
    wrong = ~((c >= 0) & (c <= n))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise BadInput(f"solved must be 0 to tries, but is {c.flat[i]:g} of {n.flat[i]:g} at {i}")
    return n, c


def _log_choose(n: Array, k: int) -> Array:
    log_count = special.gammaln(n + 1) - special.gammaln(k + 1.0) - special.gammaln(np.maximum(n - k, 0) + 1)
    return np.where(k <= n, log_count, -np.inf)


def pass_at_k(tries: ArrayLike, solved: ArrayLike, k: int) -> Array:
    """Chance that at least one of k tries solves a task, ``1 - C(n-c, k) / C(n, k)``; NaN where k > n.

    Args:
        tries, solved: counts n and c of each task.

    Raises:
        BadInput: more solved than tried, or k below 1.

    Example:
        >>> pass_at_k([4, 4], [1, 0], k=2).round(6).tolist()
        [0.5, 0.0]
    """
    n, c = _counts(tries, solved)
    return 1.0 - _share(n - c, n, k)


def pass_hat_k(tries: ArrayLike, solved: ArrayLike, k: int) -> Array:
    """Chance that all of k tries solve a task (pass^k), ``C(c, k) / C(n, k)``; NaN where k > n.

    Example:
        >>> pass_hat_k([4, 4], [2, 4], k=2).round(6).tolist()
        [0.166667, 1.0]
    """
    n, c = _counts(tries, solved)
    return _share(c, n, k)


def _share(part: Array, whole: Array, k: int) -> Array:
    """Share of the k-subsets of the whole that lie in a part; NaN where the whole is smaller than k."""
    if k < 1:
        raise BadInput(f"k must be 1 or more, but is {k}")
    enough = whole >= k
    return np.where(enough, np.exp(_log_choose(part, k) - _log_choose(np.where(enough, whole, k), k)), np.nan)


def mean_over_tasks(values: ArrayLike, *, level: float = 0.95) -> tuple[float, float, float]:
    """Mean over tasks with an interval for tasks drawn like these: ``(mean, low, high)``.

    Wilson's at the effective number of tasks, which is of use where all tasks are alike: nothing solved in 8 tasks says
    little of the ninth. Tasks drawn again say that they are certain there.

    Args:
        values: shape (tasks,), 0 to 1.
        level: mass of the interval.

    Source: as `forerun.stats.proportions.shares_of_tries`.

    Example:
        >>> [round(v, 3) for v in mean_over_tasks([0.0] * 8)]
        [0.0, 0.0, 0.324]
    """
    v = np.asarray(values, np.float64)
    error = float(v.std(ddof=1) / np.sqrt(v.size)) if v.size > 1 else 0.0
    low, high = shares_of_tries(float(v.mean()), error, v.size, np.inf, level=level)
    return float(v.mean()), low, high


def until(successes: ArrayLike, draws: ArrayLike, *, unbiased: bool = True) -> Array:
    """Rate of success when sampling stopped at the r-th success, at draw K.

    ``(r-1)/(K-1)``, unbiased for r ≥ 2; or ``r/K``, the likeliest rate, which is too high on average and all there is
    for r = 1.

    Args:
        successes, draws: r and K of each task.

    Example:
        >>> until([1, 5], [100, 401]).tolist(), until(5, 400, unbiased=False).tolist()
        ([0.01, 0.01], 0.0125)
    """
    K, r = _counts(draws, successes)
    likeliest = r / K
    return np.where(r >= 2, (r - 1) / np.maximum(K - 1, 1), likeliest) if unbiased else likeliest


def until_interval(
    successes: ArrayLike, draws: ArrayLike, *, level: float = 0.95, stopped_by_success: bool = True
) -> tuple[Array, Array]:
    """Exact interval of the rate: how rates lie that would make so early, or so late, an r-th success a rare thing.

    Args:
        stopped_by_success: False where the budget ended first (r successes in K tries: Clopper and Pearson 1934).

    Example:
        >>> low, high = until_interval(5, 50_000)
        >>> (1e5 * low).round(1).tolist(), (1e5 * high).round(1).tolist()
        (3.2, 20.5)
    """
    K, r = _counts(draws, successes)
    tail = 0.5 - level / 2
    more = 0.0 if stopped_by_success else 1.0
    low = np.where(r > 0, special.betaincinv(np.maximum(r, 1), K - r + 1, tail), 0.0)
    high = special.betaincinv(np.maximum(r + more, 1e-9), np.maximum(K - r, 1e-9), 1 - tail)
    return low, np.where(r + 1 - more > K, 1.0, high)


@dataclass(frozen=True, eq=False)
class BetaRates:
    """Rates of success over tasks, Beta(a, b), and the tasks' own counts.

    Args:
        a, b: at the posterior's mode. draws: shape (m, 2), a and b drawn from the posterior.
        tries, solved: shape (tasks,), what it was fitted to.
    """

    a: float
    b: float
    draws: Array
    tries: Array
    solved: Array

    def pass_at(
        self, k: ArrayLike, *, level: float = 0.8, rng: np.random.Generator | None = None
    ) -> tuple[Array, Array, Array]:
        """pass@k of these tasks at any k, with an interval: ``(mean, low, high)``, each of k's shape (m,).

        A task's rate given its counts is Beta(a + c, b + n - c): tasks never solved keep the chance that the others
        tell they have. The interval takes the Beta for true: of suites with tasks that no number of tries solves, 80%
        intervals beyond the tries made held half or fewer (evidence/laws/test_time.md).
        """
        ks = np.atleast_1d(np.asarray(k, np.float64))
        rates = self.rates(rng or np.random.default_rng(0))
        drawn = -np.expm1(ks[:, None, None] * np.log1p(-rates)).mean(axis=-1)
        a, b = self.a + self.solved, self.b + self.tries - self.solved
        middle = 1.0 - np.exp(special.betaln(a, b + ks[:, None]) - special.betaln(a, b)).mean(axis=-1)
        low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=-1)
        return middle, low, high

    def pass_hat_at(self, k: int, *, level: float = 0.8) -> tuple[float, float, float]:
        """pass^k of these tasks at any k, with an interval as `pass_at` has it: ``(mean, low, high)``."""
        drawn = (self.rates(np.random.default_rng(0)) ** k).mean(axis=-1)
        a, b = self.a + self.solved, self.b + self.tries - self.solved
        middle = float(np.exp(special.betaln(a + k, b) - special.betaln(a, b)).mean())
        low, high = (float(end) for end in np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]))
        return middle, min(low, middle), max(high, middle)  # of rates near 0 the mean lies beyond the draws' quantiles

    def rates(self, rng: np.random.Generator) -> Array:
        """Rates of each task drawn from what the counts allow, shape (draws, tasks)."""
        a, b = self.draws[:, :1] + self.solved, self.draws[:, 1:] + self.tries - self.solved
        return np.clip(rng.beta(a, b), 1e-300, 1 - 1e-15)


def fit_beta(
    tries: ArrayLike, solved: ArrayLike, *, draws: int = 400, rng: np.random.Generator | None = None
) -> BetaRates:
    """The Beta distribution of rates over tasks that counts of successes speak for (Beta-binomial likelihood).

    The posterior of mean and size is laid out on a grid, twice, the second time where it matters; the mean's prior is
    flat in its logit, the size's wide.

    Args:
        tries, solved: shape (tasks,), counts.

    Raises:
        BadInput: fewer than 2 tasks, or impossible counts.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> found = fit_beta(np.full(2000, 100), rng.binomial(100, rng.beta(0.5, 4.5, 2000)))
        >>> round(found.a, 1), round(found.b, 1)
        (0.5, 4.6)
    """
    n, c = _counts(tries, solved)
    n, c = np.atleast_1d(n).copy(), np.atleast_1d(c).copy()
    if n.size < 2:
        raise BadInput(f"rates over tasks need 2 tasks or more, but there is {n.size}")
    pairs, times = np.unique(np.stack([n, c], axis=1), axis=0, return_counts=True)
    mean, size = _laid_out(*_MEAN), _laid_out(*_SIZE)
    for _ in range(3):
        log_p = _posterior(mean, size, pairs, times)
        likely = log_p > log_p.max() - _CLEAR
        mean, size = _zoomed(mean, likely.any(axis=1)), _zoomed(size, likely.any(axis=0))
    log_p = _posterior(mean, size, pairs, times)
    p = np.exp(log_p - log_p.max()).ravel()
    picked = (rng or np.random.default_rng(0)).choice(p.size, draws, p=p / p.sum())
    a, b = (side.ravel() for side in _sides(mean, size))
    best = int(np.argmax(p))
    return BetaRates(float(a[best]), float(b[best]), np.stack([a[picked], b[picked]], axis=1), n, c)


def _laid_out(low: float, high: float) -> Array:
    return np.linspace(low, high, _GRID)


def _zoomed(axis: Array, likely: NDArray[np.bool_]) -> Array:
    index = np.flatnonzero(likely)
    return _laid_out(float(axis[max(index[0] - 1, 0)]), float(axis[min(index[-1] + 1, axis.size - 1)]))


def _sides(mean: Array, size: Array) -> tuple[Array, Array]:
    of = np.exp(size)[None, :]
    return special.expit(mean)[:, None] * of, special.expit(-mean)[:, None] * of


def _posterior(mean: Array, size: Array, pairs: Array, times: NDArray[np.int_]) -> Array:
    a, b = _sides(mean, size)
    total = -0.5 * ((size[None, :] - _SIZE_PRIOR[0]) / _SIZE_PRIOR[1]) ** 2 + np.zeros_like(a)
    total -= float(times.sum()) * special.betaln(a, b)
    for (n, c), often in zip(pairs, times, strict=True):
        total += often * special.betaln(a + c, b + n - c)
    return total
