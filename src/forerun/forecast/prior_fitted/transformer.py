"""A transformer that answers many points of one curve at once: trained with PyTorch, run with numpy.

Blocks normalise first; every token attends to the curve's tokens and none to the points asked, so points asked do not
see one another and a whole fan comes in one pass. Weights carry the names that `forerun.training.transformer` gives.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import special

from forerun.core import Array
from forerun.forecast.prior_fitted.bars import Bars
from forerun.forecast.weights import shipped

Array32 = NDArray[np.float32]
HEADS = 4
FAR = 6.0
"""Sds an input may lie from its mean."""


@dataclass(frozen=True)
class FittedTransformer:
    """Weights by name, and the borders (bins + 1,) of the bins it answers in."""

    weights: Mapping[str, Array32]
    borders: Array

    def __call__(self, tokens: Array32, queries: Array32) -> Bars:
        """Predictive distributions.

        Args:
            tokens: shape (n, k, d), k tokens a curve.
            queries: shape (m, e) where all curves are asked the same, else (n, m, e).

        Returns:
            bars with log-probabilities (n, m, bins).
        """
        w = self.weights
        token, query = self._embedded(tokens, "ct"), self._embedded(queries, "qt")
        n = token.shape[1]
        query = np.broadcast_to(query, (len(token), *query.shape[-2:]))
        x = np.concatenate([token, query], axis=1).astype(np.float32)
        for block in range(sum(name.endswith("kv.bias") for name in w)):
            x = self._block(x, n, f"blocks.{block}.")
        h = _gelu(_norm(x[:, n:], w["n.weight"], w["n.bias"]) @ w["h1.weight"].T + w["h1.bias"])
        out = (h @ w["h2.weight"].T + w["h2.bias"]).astype(np.float64)
        return Bars(self.borders, out - cast(Any, special).logsumexp(out, axis=-1, keepdims=True))

    def _embedded(self, values: Array32, name: str) -> Array32:
        """Inputs as vectors; where the weights hold their means and sds, no further than `FAR` sds from their mean."""
        w = self.weights
        if f"{name}.mean" in w:
            values = np.clip((values - w[f"{name}.mean"]) / w[f"{name}.sd"], -FAR, FAR).astype(np.float32)
        return values @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def _block(self, x: Array32, n: int, at: str) -> Array32:
        """Pre-norm attention of all tokens to the curve's n, then a feed-forward layer."""
        w = self.weights
        batch, length, d = x.shape
        a = _norm(x, w[at + "n1.weight"], w[at + "n1.bias"])
        q = (a @ w[at + "q.weight"].T + w[at + "q.bias"]).reshape(batch, length, HEADS, -1).transpose(0, 2, 1, 3)
        kv = (a[:, :n] @ w[at + "kv.weight"].T + w[at + "kv.bias"]).reshape(batch, n, 2, HEADS, -1)
        k, v = kv.transpose(2, 0, 3, 1, 4)
        score: Array32 = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(d // HEADS))
        score = np.exp(score - score.max(axis=-1, keepdims=True))
        mixed = (score / score.sum(axis=-1, keepdims=True)) @ v
        x = x + mixed.transpose(0, 2, 1, 3).reshape(batch, length, d) @ w[at + "o.weight"].T + w[at + "o.bias"]
        h = _gelu(_norm(x, w[at + "n2.weight"], w[at + "n2.bias"]) @ w[at + "f1.weight"].T + w[at + "f1.bias"])
        fed: Array32 = h @ w[at + "f2.weight"].T
        return x + fed + w[at + "f2.bias"]


def _norm(x: Array32, weight: Array32, bias: Array32) -> Array32:
    free = x - x.mean(axis=-1, keepdims=True)
    return free / np.sqrt((free**2).mean(axis=-1, keepdims=True) + 1e-5) * weight + bias


def _gelu(x: Array32) -> Array32:
    inner = np.float32(0.7978845608) * x * (np.float32(1.0) + np.float32(0.044715) * x * x)
    return np.float32(0.5) * x * (np.float32(1.0) + np.tanh(inner))


@lru_cache(maxsize=4)
def loaded(name: str) -> FittedTransformer:
    """A shipped transformer, by the name of its file.

    Raises:
        DamagedWeights: the file is missing or is not what was shipped.
    """
    with np.load(io.BytesIO(shipped(name)), allow_pickle=False) as file:
        weights = {key: file[key].astype(np.float32) for key in file.files if key != "borders"}
        return FittedTransformer(weights, file["borders"].astype(np.float64))


def packed(weights: dict[str, Array], borders: Array) -> bytes:
    """What `loaded` reads: half precision, compressed."""
    file = io.BytesIO()
    halves: dict[str, Any] = {name: w.astype(np.float16) for name, w in weights.items()}
    np.savez_compressed(file, borders=borders, **halves)
    return file.getvalue()
