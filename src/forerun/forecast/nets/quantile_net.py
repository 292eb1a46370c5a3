"""An ensemble of small nets that answer in quantiles: trained with PyTorch, run with numpy.

Each net has three hidden layers with GELU and ends in a median and positive gaps, so quantiles cannot cross. The loss
is the mean pinball loss over `LEVELS`, which is the score forecasts are judged by (CRPS). The answer is the mean of the
nets' quantiles.
"""

from __future__ import annotations

import base64
import io
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forerun.core import LEVELS, Array
from forerun.forecast.nets.seeded_torch import seeded_torch

_MIDDLE = int(np.argmin(np.abs(LEVELS - 0.5)))
_CLIP = 5.0  # sds a feature may lie from its mean
_ROWS = 512  # put through at once, so that a batch stays in the cache
_BLOCK = 32  # rows multiplied at once: BLAS spreads more over threads, which takes 2 to 100 times as long on busy cores
_LARGEST = 8.0  # z of an outcome
_HIDDEN, _LAYERS, _DROPOUT, _BATCH, _RATE, _DECAY = 128, 3, 0.2, 512, 2e-3, 1e-2


Floats = Array | NDArray[np.float32]
"""In either precision."""


@dataclass(frozen=True)
class Net:
    """Weights: of each layer (in, out) and (out,), the first with the features' standardisation."""

    mean: Array
    sd: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def __call__(self, features: Array) -> Array:
        """Quantiles (n, levels) of features (n, d)."""
        if len(features) > _ROWS:
            return np.concatenate([self(part) for part in np.array_split(features, -(-len(features) // _ROWS))])
        n, d = features.shape
        h = np.zeros((-(-n // _BLOCK) * _BLOCK, d), np.float32)
        h[:n] = np.clip((features - self.mean) / self.sd, -_CLIP, _CLIP)
        h = h.reshape(-1, _BLOCK, d)
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = _gelu(h @ w + b)
        out = h @ self.weights[-1] + self.biases[-1]
        return _quantiles(out.reshape(-1, out.shape[-1])[:n].astype(np.float64))


def _gelu(x: Array) -> Array:
    inner = np.float32(0.7978845608) * x * (np.float32(1.0) + np.float32(0.044715) * x * x)
    return np.float32(0.5) * x * (np.float32(1.0) + np.tanh(inner))


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))  # as np.logaddexp(0, x), three times faster


def _quantiles(out: Array) -> Array:
    """Median, scale and gaps -> increasing quantiles."""
    scale, gap = _softplus(out[:, 1:2] + 0.5), _softplus(out[:, 2:])
    down = np.cumsum(gap[:, :_MIDDLE][:, ::-1], axis=1)[:, ::-1]
    up = np.cumsum(gap[:, _MIDDLE:], axis=1)
    return out[:, :1] + np.concatenate([-down, np.zeros_like(scale), up], axis=1) * scale


def packed(nets: tuple[Net, ...]) -> str:
    """Nets as text that JSON can carry: half-precision arrays, compressed, in base64."""
    arrays: dict[str, Any] = {}
    for i, net in enumerate(nets):
        arrays |= {f"{i}.mean": net.mean.astype(np.float32), f"{i}.sd": net.sd.astype(np.float32)}
        for j, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
            arrays |= {f"{i}.w{j}": w.astype(np.float16), f"{i}.b{j}": b.astype(np.float16)}
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return base64.b64encode(file.getvalue()).decode("ascii")


def unpacked(text: str) -> tuple[Net, ...]:
    """What `packed` wrote."""
    with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as file:
        count = len({name.split(".")[0] for name in file.files})
        layers = sum(name.startswith("0.w") for name in file.files)
        return tuple(
            Net(
                file[f"{i}.mean"].astype(np.float64),
                file[f"{i}.sd"].astype(np.float64),
                tuple(file[f"{i}.w{j}"].astype(np.float32) for j in range(layers)),
                tuple(file[f"{i}.b{j}"].astype(np.float32) for j in range(layers)),
            )
            for i in range(count)
        )


@dataclass(frozen=True)
class Training:
    """How one net is trained.

    Args:
        steps: of the optimizer, 512 cases each.
        visible: features the net may see; the others are as if they were always at their mean.
        hidden_at_random: features that are shown as zero together in a share of the cases, so that the net can do
            without them.
        hide: that share.
        invented_share: share of each batch that is drawn from the invented cases.
    """

    steps: int
    visible: tuple[int, ...]
    hidden_at_random: tuple[int, ...]
    hide: float
    invented_share: float


def train(
    features: Floats, outcome: Floats, weight: Array, invented: tuple[Floats, Floats], recipe: Training, seed: int
) -> Net:
    """Train one net.

    Args:
        features, outcome, weight: shapes (n, d), (n,), (n,): cases, z of what happened, and how often each is drawn.
        invented: features and outcomes of invented cases.
        seed: same seed, same net (on the same machine).

    Raises:
        MissingExtra: PyTorch is not installed.
    """
    with seeded_torch(seed) as torch:
        rng = np.random.default_rng(seed)
        return _train(torch, features, outcome, np.cumsum(weight / weight.sum()), invented, recipe, rng)


def _train(
    torch: Any,
    features: Floats,
    outcome: Floats,
    upto: Array,
    invented: tuple[Floats, Floats],
    recipe: Training,
    rng: np.random.Generator,
) -> Net:
    mean, sd = features.mean(axis=0), features.std(axis=0) + 1e-3
    mask = np.zeros(features.shape[1])
    mask[list(recipe.visible)] = 1.0
    hidden = np.array(recipe.hidden_at_random, int)
    neutral = np.clip((0.0 - mean) / sd, -_CLIP, _CLIP)[hidden]
    sizes = [features.shape[1], *[_HIDDEN] * _LAYERS, LEVELS.size + 1]
    layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
    with torch.no_grad():
        layers[-1].weight.mul_(0.3)
        layers[-1].bias.zero_()
        layers[-1].bias[2:] = -2.0
    parameters = [p for layer in layers for p in layer.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=recipe.steps, pct_start=0.1)
    levels = torch.tensor(np.array(LEVELS), dtype=torch.float32)
    extra = int(_BATCH * recipe.invented_share)
    for _ in range(recipe.steps):
        drawn = np.minimum(np.searchsorted(upto, rng.random(_BATCH - extra)), upto.size - 1)
        made = rng.integers(0, invented[1].size, extra)
        x = np.clip((np.concatenate([features[drawn], invented[0][made]]) - mean) / sd, -_CLIP, _CLIP)
        blind = np.flatnonzero(rng.random(_BATCH) < recipe.hide)
        x[np.ix_(blind, hidden)] = neutral
        z = np.clip(np.concatenate([outcome[drawn], invented[1][made]]), -_LARGEST, _LARGEST)
        h = torch.tensor((x * mask).astype(np.float32))
        for layer in layers[:-1]:
            h = torch.nn.functional.dropout(torch.nn.functional.gelu(layer(h), approximate="tanh"), _DROPOUT)
        miss = torch.tensor(z.astype(np.float32))[:, None] - _quantiles_of(torch, layers[-1](h))
        loss = torch.maximum(levels * miss, (levels - 1.0) * miss).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        rate.step()
    weights = [layer.weight.detach().numpy().T.copy() for layer in layers]
    weights[0] *= mask[:, None]
    return Net(mean, sd, tuple(weights), tuple(layer.bias.detach().numpy().copy() for layer in layers))


def _quantiles_of(torch: Any, out: Any) -> Any:
    """As `_quantiles`, for tensors."""
    soft = torch.nn.functional.softplus
    scale, gap = soft(out[:, 1:2] + 0.5), soft(out[:, 2:])
    down = torch.cumsum(gap[:, :_MIDDLE].flip(1), 1).flip(1)
    return out[:, :1] + torch.cat([-down, torch.zeros_like(scale), torch.cumsum(gap[:, _MIDDLE:], 1)], 1) * scale
