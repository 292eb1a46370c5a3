"""A prior-fitted network: a transformer that learned, on invented curves alone, to answer as a Bayesian would.

The prior is LC-PFN's (Adriaensen et al. 2023, section 3 and its code): ``y_t = Σ w_k f_k(t) + ε``, t = 1 ... 100, with
k over pow3, ilog2 and janoschek, weights uniform and not normalised, log-normal noise, curves kept that end above their
start and stay in [0, 1]. The answer is a bar distribution: one density a bin, half-normal tails. Five points make a
token, so a curve is 20 tokens and a forecast takes a millisecond; queries see the curve and not one another.

Curves of any length are read at 100 steps, and any metric is mapped to where the prior lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Forecaster, Request, State
from forerun.forecast.prior_fitted.bars import Bars
from forerun.forecast.prior_fitted.transformer import FittedTransformer, loaded

CARD = Card(
    name="pfn",
    does="Asks a transformer that was fitted to millions of curves of a prior, and answers with its bar distribution.",
    source="LC-PFN: Adriaensen, Rakotoarison, Mueller, Hutter 2023; tokens of five points ours",
    assumes="The curve is one of the prior's: it rises (or falls) to a level, its noise is independent and even.",
    needs="4 finite points.",
    promises="Log-likelihood on 10,000 fresh curves of the prior: evidence/forecast. On real curves: over-wide late. "
    "Its stop rule on 216 trained ones: 4.00 times fewer steps, 4.91% of the score lost: evidence/laws/stop_rule.md.",
    known_answer="On curves of its prior its log-likelihood is above 2.15; the published model of its size has 2.28.",
    control="With the order of the seen values shuffled its log-likelihood falls.",
)
STEPS = 100
"""Steps of the prior's curves."""
PATCH = 5
_LEAST = 4
SHIPPED = "pfn.npz"
_MOST_SEEN = 80  # steps that the seen part of a longer curve is read at, so that the target has room


def _default() -> State:
    return {"weights": SHIPPED}


@dataclass(frozen=True)
class Network:
    """The transformer, told of curves of the prior by their values at steps 1, 2, ..."""

    transformer: FittedTransformer

    def __call__(self, y: Array, shown: int, steps: Array) -> Bars:
        """The predictive distributions at later steps of curves of the prior.

        Args:
            y: shape (n, ≥ shown), of which the first ``shown`` steps are.
            steps: shape (m,), steps asked, shown < step ≤ 100, whole or not.

        Returns:
            bars with log-probabilities (n, m, bins).
        """
        return self.transformer(_tokens(y, shown), _queries(steps, shown))


def _tokens(y: Array, shown: int) -> NDArray[np.float32]:
    """Patches of five steps that end with the last one seen: values, which of them are there, and where it ends."""
    n = -(-shown // PATCH)
    missing = n * PATCH - shown
    values = np.pad(y[:, :shown], ((0, 0), (missing, 0))).reshape(len(y), n, PATCH)
    present = np.pad(np.ones(shown), (missing, 0)).reshape(1, n, PATCH)
    end = shown - PATCH * np.arange(n - 1, -1, -1.0)
    place = np.stack([end / STEPS, np.log(end) / 4.6, (shown - end) / STEPS], axis=-1)[None]
    shape = (len(y), n, PATCH)
    return np.concatenate(
        [(values - 0.6) / 0.25 * present, np.broadcast_to(present, shape), np.broadcast_to(place, (*shape[:2], 3))],
        axis=-1,
    ).astype(np.float32)


def _queries(steps: ArrayLike, shown: int) -> NDArray[np.float32]:
    t = np.asarray(steps, dtype=np.float64)
    return np.stack([t / STEPS, np.log(t) / 4.6, (t - shown) / STEPS, np.log(t / shown) / 2.0], axis=-1).astype(
        np.float32
    )


@lru_cache(maxsize=2)
def network(name: str = SHIPPED) -> Network:
    """The shipped network.

    Example:
        >>> bars = network()(np.linspace(0.5, 0.8, 20)[None], 20, np.array([40.0]))
        >>> q = bars.log_p[0, 0]
        >>> round(float(np.exp(q).sum()), 6)
        1.0
    """
    return Network(loaded(name))


def _quantiles(state: State, requests: Sequence[Request]) -> list[Array]:
    net = network(state["weights"])

    def one(request: Request) -> Array:
        sign, y = request.sign, request.y
        logarithmic = sign < 0 and bool((y > 0).all())
        values, steps = _as_steps(request.x, sign * (np.log(y) if logarithmic else y), request.at)
        low, unit = _home(values)
        bars = net(((values - low) / unit)[None], values.size, steps)
        q = low + unit * Bars(bars.borders, bars.log_p[0]).quantiles(LEVELS)
        q = q if sign > 0 else -q[:, ::-1]
        return np.exp(np.minimum(q, 700.0)) if logarithmic else q

    return [one(request) for request in requests]


def _as_steps(x: Array, v: Array, at: Array) -> tuple[Array, Array]:
    """The curve as means over at most 100 even steps up to the last point asked, and the steps of those asked.

    Where the end is so far that fewer than four steps would be seen, time ahead is stretched in its logarithm.
    """
    shift = 0.0 if x[0] > 0 else float(np.diff(x).min() - x[0])
    t, ahead = x + shift, (at + shift) / (x[-1] + shift)
    end = float(ahead[-1])
    total = min(float(STEPS), v.size * end)
    shown = int(np.clip(float(round(total / end)), _LEAST, min(v.size, STEPS - 1)))
    edges: Array = np.linspace(0.0, float(t[-1]), shown + 1)
    cut = np.searchsorted(t, edges * (1.0 + 1e-9), side="right")
    cut[0], cut[-1] = 0, v.size
    count, sums = np.diff(cut), np.diff(np.concatenate([[0.0], np.cumsum(v)])[cut])
    middle = (edges[1:] + edges[:-1]) / 2.0
    means = np.where(count > 0, sums / np.maximum(count, 1), np.interp(middle, t, v))
    power = min(1.0, float(np.log(STEPS / shown) / np.log(end)))
    return means, np.minimum(shown * ahead**power, float(STEPS))


def _home(values: Array) -> tuple[float, float]:
    """Offset and unit that bring the values seen to where the prior's curves live."""
    low, high = np.quantile(values, [0.02, 0.98])
    span = float(high - low)
    unit = (span if span > 0 else max(abs(float(high)), 1e-8) * 1e-3) / 0.45
    return float(low) - 0.25 * unit, unit


PFN = Forecaster(card=CARD, version="1", quantiles=_quantiles, least=_LEAST, default=_default, shipped=SHIPPED)
"""It learns nothing from curves: the prior has taught it all."""
