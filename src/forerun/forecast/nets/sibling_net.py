"""Small nets that correct quantiles by the finished runs beside a run: trained with PyTorch, run with numpy.

Each sibling names a place (a mixture of its anchors and of the forecast moved by what the sibling's own was off) and
has a weight against a fixed one of nothing; the weight falls with the squared distance of the two curves, whatever the
net has learned. Median and intervals are moved by the share of all weight that siblings have, and not at all where it
is next to nothing, so where none is like the run nothing changes. Any number of siblings, in any order.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special  # pyright: ignore[reportMissingTypeStubs]

from forerun.core import LEVELS, Array
from forerun.forecast.nets.seeded_torch import seeded_torch
from forerun.forecast.nets.sibling_features import ANCHORS, CONTEXT, COUNT, LEVEL, MISS, SHAPE

LOW, MIDDLE, HIGH = (int(np.argmin(np.abs(LEVELS - level))) for level in (0.1, 0.5, 0.9))
_NORMAL: Array = special.ndtri(LEVELS)
_PLACES = ANCHORS + 1
_INPUTS = COUNT + _PLACES + CONTEXT
_HIDDEN, _BATCH, _RATE, _DECAY, _DROPOUT = 32, 512, 3e-3, 0.3, 0.3
_MOVED, _SPREAD = 0.3, 1.5  # most by which a median moves beside its siblings' places, and by which they widen it
_FEW, _STRETCH = 5.0, 0.2  # with up to so many siblings intervals are this much wider, which held too little
_FAR, _LARGEST = 6.0, 8.0
HEEDED = 0.05  # share of all weight up to which siblings are not heeded; from twice as much on they are in full
_FOREIGN, _MIXED = 0.08, 0.15  # shares of a batch shown only siblings of other tasks, and some of them
_MOST = (1, 2, 3, 5, 5, 10, 20)  # siblings shown at most, by chance

Weights = Mapping[str, NDArray[np.float32]]


class Corrected(NamedTuple):
    """Quantiles (n, levels), the share of weight of each sibling (n, k), and of all of them (n,)."""

    quantiles: Array
    shares: Array
    weight: Array


def together(nets: Sequence[Weights]) -> Weights:
    """Nets as one set of weights, the net first in every shape."""
    return {name: np.stack([net[name] for net in nets]) for name in nets[0]}


def corrected(nets: Weights, quantiles: Array, run: Array, siblings: Array, there: NDArray[np.bool_]) -> Corrected:
    """The mean over nets of what each makes of quantiles.

    Args:
        nets: as `together` gives them.
        quantiles: (n, levels) in z, up is better.
        run: (n, CONTEXT). siblings: (n, k, COUNT). there: (n, k), False where there is no sibling.
    """
    middle, width = quantiles[:, MIDDLE], np.maximum(quantiles[:, HIGH] - quantiles[:, LOW], 1e-3)
    h, score, places = _spoken(nets, middle, width, run, siblings)
    place = (_softmax(score[..., :_PLACES]) * places).sum(axis=-1)
    share = _attention(nets["near"].astype(np.float64), score[..., _PLACES], siblings, there)
    weight = share.sum(axis=-1)
    share = share / (weight[..., None] + 1e-6)
    mean = (share * place).sum(axis=-1)
    spread = np.sqrt((share * (place - mean[..., None]) ** 2).sum(axis=-1) + 1e-6)
    pooled = ((share * weight[..., None])[..., None] * h).sum(axis=-2)
    own = _summary(mean - middle, spread, width, weight, share)
    known = np.concatenate([np.broadcast_to(run, (*weight.shape, CONTEXT)), pooled, own], axis=-1)
    out = _layer(nets, "out", _gelu(_layer(nets, "pool", known.astype(np.float32)))).astype(np.float64)
    moved = middle + _moved(out, mean - middle, width, weight)
    stretch = 1.0 + _STRETCH * weight * np.minimum(1.0, _FEW / np.maximum(there.sum(axis=1), 1))
    half = _half(out, quantiles - middle[:, None], spread, weight) * stretch[..., None]
    changed = (moved[..., None] + half).mean(axis=0) - quantiles
    heeded = np.clip(weight.mean(axis=0) / HEEDED - 1.0, 0.0, 1.0)
    return Corrected(quantiles + heeded[:, None] * changed, share.mean(axis=0), weight.mean(axis=0))


def _spoken(
    nets: Weights, middle: Array, width: Array, run: Array, siblings: Array
) -> tuple[NDArray[np.float32], Array, Array]:
    """What each net says of each sibling, hidden (nets, n, k, hidden) and spoken, and the places (n, k, places)."""
    places, described = _described(middle, width, siblings)
    context = np.broadcast_to(run[:, None, :], (*described.shape[:2], CONTEXT))
    rows = np.concatenate([described, context], axis=2).astype(np.float32).reshape(-1, _INPUTS)
    h = _gelu(_layer(nets, "mid", _gelu(_layer(nets, "in", rows))))
    score = _layer(nets, "say", h).astype(np.float64)
    shape = len(nets["near"]), *described.shape[:2], -1
    return h.reshape(shape), score.reshape(shape), places


def _layer(nets: Weights, name: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows @ nets[f"{name}.w"] + nets[f"{name}.b"][:, None]


def _described(middle: Array, width: Array, siblings: Array) -> tuple[Array, Array]:
    """The places siblings name (n, k, places), and all numbers of each, what is described in widths of the forecast."""
    middle, width = middle[:, None], width[:, None]
    missed, log_width, known = (siblings[..., MISS + i] for i in range(3))
    places = np.concatenate([siblings[..., :ANCHORS], (middle + missed * width * known)[..., None]], axis=2)
    apart = np.clip((places - middle[..., None]) / width[..., None], -_FAR, _FAR)
    compared = np.stack([missed * known, (log_width - np.log(width)) * known, known], axis=2)
    return places, np.concatenate([siblings[..., :MISS], compared, apart], axis=2)


def _attention(near: Array, score: Array, siblings: Array, there: NDArray[np.bool_]) -> Array:
    """Each sibling's weight, (nets, n, k), which with that of nothing make 1."""
    level, shape = (np.minimum(siblings[..., i], 3.0) ** 2 for i in (LEVEL, SHAPE))
    far, apart, bias = (near[:, i, None, None] for i in range(3))
    score = 2.0 * np.tanh(score / 2.0) + bias - 0.5 * np.exp(far) * level - np.exp(apart) * shape
    score = np.where(there, score, -np.inf)
    most = np.maximum(score.max(axis=-1, initial=0.0), 0.0)[..., None]
    weight = np.exp(score - most)
    return weight / (weight.sum(axis=-1, keepdims=True) + np.exp(-most))


def _summary(gap: Array, spread: Array, width: Array, weight: Array, share: Array) -> Array:
    effective = 1.0 / ((share**2).sum(axis=-1) + 1e-6)
    apart, wide = np.clip(gap / width, -_FAR, _FAR), np.clip(spread / width, 0.0, _FAR)
    return np.stack([apart, wide, weight, np.log1p(effective)], axis=-1)


def _moved(out: Array, gap: Array, width: Array, weight: Array) -> Array:
    return weight * (_sigmoid(out[..., 0]) * np.clip(gap, -_FAR, _FAR) + _MOVED * width * np.tanh(out[..., 5]))


def _half(out: Array, half: Array, spread: Array, weight: Array) -> Array:
    """Distances from the median, each side stretched on its own and widened by the spread of the siblings' places."""
    factor = np.exp(np.clip(out[..., 1:3], -3.0, 3.0) * weight[..., None])
    more = _sigmoid(out[..., 3:5]) * (spread * _SPREAD * weight)[..., None]
    above = half > 0.0
    stretched = half * np.where(above, factor[..., :1], factor[..., 1:])
    return np.sign(_NORMAL) * np.hypot(stretched, _NORMAL * np.where(above, more[..., :1], more[..., 1:]))


def _gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    inner = np.float32(0.7978845608) * x * (np.float32(1.0) + np.float32(0.044715) * x * x)
    return np.float32(0.5) * x * (np.float32(1.0) + np.tanh(inner))


def _sigmoid(x: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _softmax(x: Array) -> Array:
    weight = np.exp(x - x.max(axis=-1, keepdims=True))
    return weight / weight.sum(axis=-1, keepdims=True)


def packed(nets: tuple[Weights, ...]) -> str:
    """Nets as text that JSON can carry: compressed arrays in base64."""
    file = io.BytesIO()
    arrays: dict[str, Any] = {f"{i}.{name}": values for i, net in enumerate(nets) for name, values in net.items()}
    np.savez_compressed(file, **arrays)
    return base64.b64encode(file.getvalue()).decode("ascii")


def unpacked(text: str) -> tuple[Weights, ...]:
    """What `packed` wrote."""
    with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as file:
        nets: dict[str, dict[str, NDArray[np.float32]]] = {}
        for key in file.files:
            which, _, name = key.partition(".")
            nets.setdefault(which, {})[name] = file[key]
    return tuple(nets[which] for which in sorted(nets, key=int))


@dataclass(frozen=True)
class LessonsBeside:
    """Cases to learn from, n of them.

    Args:
        quantiles: (n, levels), of a forecaster that has not seen the case's task.
        outcome: (n,), what came, in z.
        weight: (n,), how often each is drawn. scale: (n,), what each one's loss is divided by.
        run, siblings, there: as `corrected` takes them.
        foreign: (n, f, COUNT), numbers of runs of other tasks.
    """

    quantiles: NDArray[np.float32]
    outcome: NDArray[np.float32]
    weight: Array
    scale: NDArray[np.float32]
    run: NDArray[np.float32]
    siblings: NDArray[np.float32]
    there: NDArray[np.bool_]
    foreign: NDArray[np.float32]


def train(lessons: LessonsBeside, steps: int, seed: int) -> Weights:
    """Train one net.

    Args:
        steps: of the optimizer, 512 cases each.
        seed: same seed, same net (on the same machine).

    Raises:
        MissingExtra: PyTorch is not installed.
    """
    with seeded_torch(seed) as torch:
        return _train(torch, lessons, steps, np.random.default_rng(seed))


def _train(torch: Any, lessons: LessonsBeside, steps: int, rng: np.random.Generator) -> Weights:
    layers = {
        "in": torch.nn.Linear(_INPUTS, _HIDDEN),
        "mid": torch.nn.Linear(_HIDDEN, _HIDDEN),
        "say": torch.nn.Linear(_HIDDEN, _PLACES + 1),
        "pool": torch.nn.Linear(CONTEXT + _HIDDEN + 4, _HIDDEN),
        "out": torch.nn.Linear(_HIDDEN, 6),
    }
    with torch.no_grad():
        layers["out"].weight.zero_()
        layers["out"].bias.copy_(torch.tensor([-1.0, 0.0, 0.0, -2.0, -2.0, 0.0]))  # a correction begins small
    near = torch.nn.Parameter(torch.tensor([0.7, 0.0, -1.0]))
    parameters = [near, *(p for layer in layers.values() for p in layer.parameters())]
    optimizer = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps, pct_start=0.1)
    levels = torch.tensor(np.array(LEVELS), dtype=torch.float32)
    upto = np.cumsum(lessons.weight / lessons.weight.sum())
    for _ in range(steps):
        drawn = np.minimum(np.searchsorted(upto, rng.random(_BATCH)), upto.size - 1)
        siblings, there = _shown(lessons, drawn, rng)
        q, z, scale, run, siblings, there = (
            torch.tensor(v)
            for v in (lessons.quantiles[drawn], lessons.outcome[drawn], lessons.scale[drawn], lessons.run[drawn],
                      siblings, there)
        )  # fmt: skip
        miss = z[:, None] - _forward(torch, layers, near, q, run, siblings, there)
        loss = (torch.maximum(levels * miss, (levels - 1.0) * miss).mean(dim=1) / scale).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        rate.step()
    weights = {f"{name}.w": layer.weight.detach().numpy().T.copy() for name, layer in layers.items()}
    biases = {f"{name}.b": layer.bias.detach().numpy().copy() for name, layer in layers.items()}
    return {"near": near.detach().numpy().copy(), **weights, **biases}


def _shown(
    lessons: LessonsBeside, drawn: NDArray[np.intp], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The siblings that drawn cases are shown: some of their own, in some cases some of other tasks or only those."""
    own = lessons.there[drawn]
    order = np.where(own, rng.random(own.shape), 2.0).argsort(axis=1).argsort(axis=1)
    own = own & (order < rng.choice(_MOST, drawn.size)[:, None])
    others = rng.random((drawn.size, lessons.foreign.shape[1])) < rng.random((drawn.size, 1))
    which = rng.random(drawn.size)
    others = others & (which < _FOREIGN + _MIXED)[:, None]
    own = own & (which >= _FOREIGN)[:, None]
    others[:, 0] |= which < _FOREIGN
    return np.concatenate([lessons.siblings[drawn], lessons.foreign[drawn]], axis=1), np.concatenate([own, others], 1)


def _forward(torch: Any, layers: Any, near: Any, q: Any, run: Any, siblings: Any, there: Any) -> Any:
    """As `corrected` by one net, for tensors, without the stretch."""
    soft, drop = torch.nn.functional.gelu, torch.nn.functional.dropout
    middle, width = q[:, MIDDLE], (q[:, HIGH] - q[:, LOW]).clamp(min=1e-3)
    missed, log_width, known = (siblings[..., MISS + i] for i in range(3))
    place = middle[:, None] + missed * width[:, None] * known
    places = torch.cat([siblings[..., :ANCHORS], place[..., None]], 2)
    apart = ((places - middle[:, None, None]) / width[:, None, None]).clamp(-_FAR, _FAR)
    compared = torch.stack([missed * known, (log_width - width.log()[:, None]) * known, known], 2)
    context = run[:, None, :].expand(-1, siblings.shape[1], -1)
    h = soft(layers["in"](torch.cat([siblings[..., :MISS], compared, apart, context], 2)), approximate="tanh")
    h = soft(layers["mid"](drop(h, _DROPOUT)), approximate="tanh")
    score = layers["say"](h)
    place = (torch.softmax(score[..., :_PLACES], 2) * places).sum(2)
    level, shape = (siblings[..., i].clamp(max=3.0) ** 2 for i in (LEVEL, SHAPE))
    score = 2.0 * torch.tanh(score[..., _PLACES] / 2.0) + near[2]
    score = (score - 0.5 * torch.exp(near[0]) * level - torch.exp(near[1]) * shape).masked_fill(~there, -1e9)
    share = torch.softmax(torch.cat([score, torch.zeros_like(score[:, :1])], 1), 1)[:, :-1]
    weight = share.sum(1)
    share = share / (weight[:, None] + 1e-6)
    mean = (share * place).sum(1)
    spread = ((share * (place - mean[:, None]) ** 2).sum(1) + 1e-6).sqrt()
    effective = 1.0 / ((share**2).sum(1) + 1e-6)
    gap = mean - middle
    own = [(gap / width).clamp(-_FAR, _FAR), (spread / width).clamp(0.0, _FAR), weight, effective.log1p()]
    pooled = ((share * weight[:, None])[..., None] * h).sum(1)
    last = drop(soft(layers["pool"](torch.cat([run, pooled, torch.stack(own, 1)], 1)), approximate="tanh"), _DROPOUT)
    out = layers["out"](last)
    moved = torch.sigmoid(out[:, 0]) * gap.clamp(-_FAR, _FAR) + _MOVED * width * torch.tanh(out[:, 5])
    up, down = ((out[:, i].clamp(-3.0, 3.0) * weight).exp()[:, None] for i in (1, 2))
    more_up, more_down = ((torch.sigmoid(out[:, i]) * spread * _SPREAD * weight)[:, None] for i in (3, 4))
    normal = torch.tensor(_NORMAL, dtype=torch.float32)
    above = q > middle[:, None]
    half = (q - middle[:, None]) * torch.where(above, up, down)
    half = torch.sign(normal) * (half**2 + (normal * torch.where(above, more_up, more_down)) ** 2 + 1e-12).sqrt()
    return (middle + weight * moved)[:, None] + half
