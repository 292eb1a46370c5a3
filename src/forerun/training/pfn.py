"""Make the network that `pfn` ships: a transformer fitted to curves of LC-PFN's prior.

    python -m forerun.training.pfn [-o src/forerun/forecast/weights] [--seconds 3600] [--seed 0]

Needs the extra [torch]. The learning rate follows the clock (warm-up over 2%, then cosine), so that a budget is a
budget on any machine; weights are an exponential average over steps. `forerun.forecast.pfn` runs the result in numpy.
"""

from __future__ import annotations

import argparse
import io
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from forerun.forecast import weights
from forerun.forecast.pfn import PATCH, SHIPPED, STEPS, _queries, _tokens

Array = NDArray[np.float64]
WIDTH, LAYERS, HEADS, FEED, BINS = 128, 3, 4, 256, 512
BATCH, QUERIES, RATE, AVERAGE = 128, 8, 1.5e-3, 0.998


def prior(n: int, rng: np.random.Generator) -> Array:
    """Curves of LC-PFN's prior with their noise, (n, 100).

    Source: Adriaensen et al. 2023, section 3 and the authors' code, which draws ln σ ~ N(-4, 1).

    Example:
        >>> y = prior(200, np.random.default_rng(0))
        >>> y.shape, bool(y[:, -1].mean() > y[:, 0].mean())
        ((200, 100), True)
    """
    kept: list[Array] = []
    while sum(map(len, kept)) < n:
        f = _functions(3 * n + 64, np.arange(1.0, STEPS + 1), rng)
        f = f[(f[:, -1] > f[:, 0]) & (f >= 0).all(axis=1) & (f <= 1).all(axis=1)]
        noise = np.exp(rng.standard_normal((len(f), 1)) - 4.0)
        kept.append(f + noise * rng.standard_normal(f.shape))
    return np.concatenate(kept)[:n]


def _functions(n: int, t: Array, rng: np.random.Generator) -> Array:
    """Weighted sums of pow3, ilog2 and janoschek, (n, 100), before any is rejected."""
    weight = rng.random((3, n, 1))
    with np.errstate(over="ignore", invalid="ignore"):
        pow3 = rng.uniform(0, 1.25, (n, 1)) - rng.uniform(-0.6, 0.6, (n, 1)) * t ** -np.exp(
            2 * rng.standard_normal((n, 1))
        )
        ilog2 = rng.uniform(0, 1, (n, 1)) - rng.uniform(-0.5, 0.5, (n, 1)) / np.log(t + 1)
        upper, lower = rng.uniform(0, 1, (n, 1)), rng.uniform(0, 2, (n, 1))
        rate, power = np.exp(rng.standard_normal((n, 1)) - 2), np.exp(0.5 * rng.standard_normal((n, 1)))
        janoschek = upper - (upper - lower) * np.exp(-rate * t**power)
        return weight[0] * pow3 + weight[1] * ilog2 + weight[2] * janoschek


class Block(nn.Module):
    """Attention of every token to the curve's tokens, then a feed-forward layer; both after a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.q, self.kv, self.o = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.f1, self.f2 = nn.Linear(WIDTH, FEED), nn.Linear(FEED, WIDTH)

    def forward(self, x: Any, n: int) -> Any:
        batch, length, _ = x.shape
        a = self.n1(x)
        q = self.q(a).view(batch, length, HEADS, -1).transpose(1, 2)
        k, v = self.kv(a[:, :n]).view(batch, n, 2, HEADS, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, WIDTH)
        x = x + self.o(mixed)
        return x + self.f2(functional.gelu(self.f1(self.n2(x)), approximate="tanh"))


class Transformer(nn.Module):
    """Tokens of five steps and queries in, logits of the bins out. The names are those that `pfn` reads."""

    def __init__(self) -> None:
        super().__init__()
        self.ct, self.qt = nn.Linear(2 * PATCH + 3, WIDTH), nn.Linear(4, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.n = nn.LayerNorm(WIDTH)
        self.h1, self.h2 = nn.Linear(WIDTH, FEED), nn.Linear(FEED, BINS)

    def forward(self, tokens: Any, queries: Any) -> Any:
        n = tokens.shape[1]
        x = torch.cat([self.ct(tokens), self.qt(queries)], 1)
        for block in self.blocks:
            x = block(x, n)
        return self.h2(functional.gelu(self.h1(self.n(x[:, n:])), approximate="tanh"))


def loss(logits: Any, borders: Any, y: Any) -> Any:
    """Mean negative log density of outcomes under the bar distribution; no outcome counts for more than 20 nats."""
    width = borders[1:] - borders[:-1]
    i = torch.clamp(torch.searchsorted(borders, y) - 1, 0, BINS - 1)
    density = -torch.log(width)[i]
    for edge, beyond in ((0, borders[1] - y), (BINS - 1, y - borders[-2])):
        scale = width[edge] / 0.6744897501960817
        tail = 0.5 * math.log(2 / math.pi) - torch.log(scale) - 0.5 * (beyond / scale) ** 2
        density = torch.where(i == edge, tail, density)
    log_p = torch.gather(functional.log_softmax(logits, -1), -1, i[..., None])[..., 0]
    return -(log_p + density).clamp_min(-20).mean()


def train(seconds: float, seed: int) -> tuple[dict[str, Array], Array, int]:
    """Weights by name, borders of the bins, and how many curves were seen."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    borders = np.quantile(prior(20_000, np.random.default_rng(123)), np.linspace(0, 1, BINS + 1))
    edges = torch.tensor(borders, dtype=torch.float32)
    net = Transformer()
    average = {name: value.clone() for name, value in net.state_dict().items()}
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.0, betas=(0.9, 0.98))
    begin, step, pool = time.perf_counter(), 0, prior(1, rng)
    while (share := (time.perf_counter() - begin) / seconds) < 1.0:
        pool = prior(BATCH * 200, rng) if step % 200 == 0 else pool
        y = pool[step % 200 * BATCH :][:BATCH]
        for part in optimizer.param_groups:
            part["lr"] = RATE * min(1.0, share / 0.02) * (0.02 + 0.49 * (1.0 + math.cos(math.pi * share)))
        seen = int(rng.integers(1, STEPS))
        asked = rng.integers(seen + 1, STEPS + 1, (BATCH, QUERIES))
        logits = net(torch.tensor(_tokens(y, seen)), torch.tensor(_queries(asked, seen)))
        found = loss(logits, edges, torch.tensor(np.take_along_axis(y, asked - 1, axis=1), dtype=torch.float32))
        optimizer.zero_grad()
        found.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 4 == 0:
            keep = min(AVERAGE, 1 - 1 / (step / 4 + 1))
            for name, value in net.state_dict().items():
                average[name].mul_(keep).add_(value, alpha=1 - keep)
    return {name: value.numpy() for name, value in average.items()}, borders, step * BATCH


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--out", type=Path, default=Path(weights.__path__[0]))
    asked = parser.parse_args()
    learned, borders, curves = train(asked.seconds, asked.seed)
    file = io.BytesIO()
    np.savez_compressed(file, borders=borders, **{name: w.astype(np.float16) for name, w in learned.items()})
    weights.write(asked.out, SHIPPED, file.getvalue())
    print(f"{curves} curves in {asked.seconds:g} s")


if __name__ == "__main__":
    main()
