"""A prior-fitted network: a transformer that learned, on invented curves alone, to answer as a Bayesian would.

The prior is LC-PFN's (Adriaensen et al. 2023, section 3 and its code): ``y_t = Σ w_k f_k(t) + ε``, t = 1 ... 100, with
k over pow3, ilog2 and janoschek, weights uniform and not normalised, log-normal noise, curves kept that end above their
start and stay in [0, 1]. The answer is a bar distribution: one density a bin, half-normal tails. Five points make a
token, so a curve is 20 tokens and a forecast takes a millisecond; queries see the curve and not one another.

Curves of any length are read at 100 steps, and any metric is mapped to where the prior lives.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import LEVELS, Array, Card, Curve, Forecast, Schedule, Undecided
from forerun.forecast.answer import Seen, answer_each
from forerun.forecast.weights import shipped

CARD = Card(
    name="pfn",
    does="Asks a transformer that was fitted to millions of curves of a prior, and answers with its bar distribution.",
    source="LC-PFN: Adriaensen, Rakotoarison, Mueller, Hutter 2023; tokens of five points ours",
    assumes="The curve is one of the prior's: it rises (or falls) to a level, its noise is independent and even.",
    needs="4 finite points.",
    promises="Log-likelihood on 10,000 fresh curves of the prior: studies/forecast. On real curves: over-wide late.",
    known_answer="On curves of its prior its log-likelihood is that of MCMC on the same prior or better.",
    control="With the order of the seen values shuffled its log-likelihood falls.",
)
VERSION = "1"
STEPS = 100
"""Steps of the prior's curves."""
PATCH = 5
_LEAST = 4
SHIPPED = "pfn.npz"
_MOST_SEEN = 80  # steps that the seen part of a longer curve is read at, so that the target has room
_HEADS = 4


def default() -> dict[str, Any]:
    return {"weights": SHIPPED}


def fit(
    curves: Sequence[Curve],
    groups: Sequence[str] | None = None,
    *,
    tasks: Sequence[str] | None = None,
    schedule: Sequence[Schedule | None] | None = None,
) -> dict[str, Any]:
    """Nothing is learned from curves: the prior has taught it all."""
    return default()


@dataclass(frozen=True)
class Bars:
    """A bar distribution: log-probabilities of bins between ``borders``, with half-normal tails in the outer two."""

    borders: Array
    log_p: Array

    def log_density(self, y: Array) -> Array:
        """Log density of outcomes y (...,) under log-probabilities (..., bins)."""
        bins = self.log_p.shape[-1]
        i = np.clip(np.searchsorted(self.borders, y) - 1, 0, bins - 1)
        width = np.diff(self.borders)
        density = -np.log(width)[i]
        for edge, inner, side in ((0, 1, -1.0), (bins - 1, -2, 1.0)):
            scale = width[edge] / special.ndtri(0.75)
            beyond = (side * (y - self.borders[inner])) / scale
            tail = 0.5 * np.log(2.0 / np.pi) - np.log(scale) - 0.5 * beyond**2
            density = np.where(i == edge, tail, density)
        return np.take_along_axis(self.log_p, i[..., None], axis=-1)[..., 0] + density

    def quantiles(self, levels: Array) -> Array:
        """Quantiles (m, k) of log-probabilities (m, bins), linear inside a bin, half-normal in the outer two."""
        below = np.concatenate([np.zeros((len(self.log_p), 1)), np.cumsum(np.exp(self.log_p), axis=1)], axis=1)
        below /= below[:, -1:]
        q = np.stack([np.interp(levels, row, self.borders) for row in below])
        width = np.diff(self.borders)
        left, right = below[:, 1:2], 1.0 - below[:, -2:-1]
        low = self.borders[1] + width[0] / special.ndtri(0.75) * special.ndtri(
            np.clip(levels / np.maximum(left, 1e-300), 1e-9, 1.0) / 2.0
        )
        high = self.borders[-2] - width[-1] / special.ndtri(0.75) * special.ndtri(
            np.clip((1.0 - levels) / np.maximum(right, 1e-300), 1e-9, 1.0) / 2.0
        )
        q = np.where(levels < left, low, q)
        return np.maximum.accumulate(np.where(levels > 1.0 - right, high, q), axis=1)


@dataclass(frozen=True)
class Network:
    """The transformer's weights by name, and the borders of its bins."""

    weights: dict[str, Array]
    borders: Array

    def __call__(self, y: Array, seen: int, steps: Array) -> Bars:
        """The predictive distributions at later steps of curves of the prior.

        Args:
            y: shape (n, ≥ seen), of which the first ``seen`` steps are shown.
            steps: shape (m,), steps asked, seen < step ≤ 100, whole or not.

        Returns:
            bars with log-probabilities (n, m, bins).
        """
        w = self.weights
        token = _tokens(y, seen) @ w["ct.weight"].T + w["ct.bias"]
        query = _queries(steps, seen) @ w["qt.weight"].T + w["qt.bias"]
        n = token.shape[1]
        x = np.concatenate([token, np.broadcast_to(query, (len(y), *query.shape))], axis=1).astype(np.float32)
        for block in range(sum(name.endswith("kv.bias") for name in w)):
            x = self._block(x, n, f"blocks.{block}.")
        h = _gelu(_norm(x[:, n:], w["n.weight"], w["n.bias"]) @ w["h1.weight"].T + w["h1.bias"])
        out = (h @ w["h2.weight"].T + w["h2.bias"]).astype(np.float64)
        return Bars(self.borders, out - special.logsumexp(out, axis=-1, keepdims=True))

    def _block(self, x: Array, n: int, at: str) -> Array:
        """Pre-norm attention of all tokens to the curve's n, then a feed-forward layer."""
        w = self.weights
        batch, length, d = x.shape
        a = _norm(x, w[at + "n1.weight"], w[at + "n1.bias"])
        q = (a @ w[at + "q.weight"].T + w[at + "q.bias"]).reshape(batch, length, _HEADS, -1).transpose(0, 2, 1, 3)
        kv = (a[:, :n] @ w[at + "kv.weight"].T + w[at + "kv.bias"]).reshape(batch, n, 2, _HEADS, -1)
        k, v = kv.transpose(2, 0, 3, 1, 4)
        score = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(d // _HEADS))
        score = np.exp(score - score.max(axis=-1, keepdims=True))
        mixed = (score / score.sum(axis=-1, keepdims=True)) @ v
        x = x + mixed.transpose(0, 2, 1, 3).reshape(batch, length, d) @ w[at + "o.weight"].T + w[at + "o.bias"]
        h = _gelu(_norm(x, w[at + "n2.weight"], w[at + "n2.bias"]) @ w[at + "f1.weight"].T + w[at + "f1.bias"])
        return x + h @ w[at + "f2.weight"].T + w[at + "f2.bias"]


def _norm(x: Array, weight: Array, bias: Array) -> Array:
    free = x - x.mean(axis=-1, keepdims=True)
    return free / np.sqrt((free**2).mean(axis=-1, keepdims=True) + 1e-5) * weight + bias


def _gelu(x: Array) -> Array:
    inner = np.float32(0.7978845608) * x * (np.float32(1.0) + np.float32(0.044715) * x * x)
    return np.float32(0.5) * x * (np.float32(1.0) + np.tanh(inner))


def _tokens(y: Array, seen: int) -> Array:
    """Patches of five steps that end with the last one seen: values, which of them are there, and where it ends."""
    n = -(-seen // PATCH)
    missing = n * PATCH - seen
    values = np.pad(y[:, :seen], ((0, 0), (missing, 0))).reshape(len(y), n, PATCH)
    there = np.pad(np.ones(seen), (missing, 0)).reshape(1, n, PATCH)
    end = seen - PATCH * np.arange(n - 1, -1, -1.0)
    place = np.stack([end / STEPS, np.log(end) / 4.6, (seen - end) / STEPS], axis=-1)[None]
    shape = (len(y), n, PATCH)
    return np.concatenate(
        [(values - 0.6) / 0.25 * there, np.broadcast_to(there, shape), np.broadcast_to(place, (*shape[:2], 3))], axis=-1
    ).astype(np.float32)


def _queries(steps: Array, seen: int) -> Array:
    t = np.asarray(steps, float)
    return np.stack([t / STEPS, np.log(t) / 4.6, (t - seen) / STEPS, np.log(t / seen) / 2.0], axis=-1).astype(
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
    data = shipped(name)
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        weights = {key: held[key].astype(np.float32) for key in held.files if key != "borders"}
        return Network(weights, held["borders"].astype(np.float64))


def predict(
    state: dict[str, Any],
    curves: Sequence[Curve],
    at: Sequence[ArrayLike],
    *,
    schedule: Sequence[Schedule | None] | None = None,
) -> list[Forecast | Undecided]:
    net = network(state["weights"])

    def quantiles(seen: Seen) -> Array:
        x, y, asked = seen.x, seen.y, seen.at
        sign = seen.sign
        logarithmic = sign < 0 and bool((y > 0).all())
        values, steps = _as_steps(x, sign * (np.log(y) if logarithmic else y), asked)
        low, unit = _home(values)
        bars = net(((values - low) / unit)[None], values.size, steps)
        q = low + unit * Bars(bars.borders, bars.log_p[0]).quantiles(LEVELS)
        q = q if sign > 0 else -q[:, ::-1]
        return np.exp(np.minimum(q, 700.0)) if logarithmic else q

    return answer_each(curves, at, schedule, CARD, VERSION, quantiles, least=_LEAST)


def _as_steps(x: Array, v: Array, asked: Array) -> tuple[Array, Array]:
    """The curve as means over at most 100 even steps up to the last point asked, and the steps of those asked.

    Where the end is so far that fewer than four steps would be seen, time ahead is stretched in its logarithm.
    """
    shift = 0.0 if x[0] > 0 else float(np.diff(x).min() - x[0])
    t, ahead = x + shift, (asked + shift) / (x[-1] + shift)
    end = float(ahead[-1])
    total = min(float(STEPS), v.size * end)
    seen = int(np.clip(round(total / end), _LEAST, min(v.size, STEPS - 1)))
    edges = np.linspace(0.0, t[-1], seen + 1)
    cut = np.searchsorted(t, edges * (1.0 + 1e-9), side="right")
    cut[0], cut[-1] = 0, v.size
    count, sums = np.diff(cut), np.diff(np.concatenate([[0.0], np.cumsum(v)])[cut])
    middle = (edges[1:] + edges[:-1]) / 2.0
    means = np.where(count > 0, sums / np.maximum(count, 1), np.interp(middle, t, v))
    power = min(1.0, np.log(STEPS / seen) / np.log(end))
    return means, np.minimum(seen * ahead**power, float(STEPS))


def _home(values: Array) -> tuple[float, float]:
    """Offset and unit that bring the values seen to where the prior's curves live."""
    low, high = np.quantile(values, [0.02, 0.98])
    span = float(high - low)
    unit = (span if span > 0 else max(abs(float(high)), 1e-8) * 1e-3) / 0.45
    return float(low) - 0.25 * unit, unit
