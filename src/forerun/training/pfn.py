"""Make the network that `pfn` ships: a transformer fitted to curves of LC-PFN's prior.

    python -m forerun.training.pfn [-o src/forerun/forecast/weights] [--seconds 3600] [--seed 0]

Needs the extra [torch]. The learning rate follows the clock (warm-up over 2%, then cosine), so that a budget is a
budget on any machine; weights are an exponential average over steps. `forerun.forecast.pfn` runs the result in numpy.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from forerun.forecast import weights
from forerun.forecast.pfn import PATCH, SHIPPED, STEPS, _queries, _tokens
from forerun.forecast.prior_fitted.transformer import packed
from forerun.training.transformer import Average, Size, TrainedTransformer, loss

Array = NDArray[np.float64]
BINS = 512
SIZE = Size(token=2 * PATCH + 3, query=4, width=128, layers=3, feed=256, bins=BINS)
BATCH, QUERIES, RATE, AVERAGE = 128, 8, 1.5e-3, 0.998


def prior(n: int, rng: np.random.Generator) -> Array:
    """Curves of LC-PFN's prior with their noise, (n, 100).

    Source: Adriaensen et al. 2023, section 3 and the authors' code, which draws ln σ ~ N(-4, 1).

    Example:
        >>> y = prior(200, np.random.default_rng(0))
        >>> y.shape, bool(y[:, -1].mean() > y[:, 0].mean())
        ((200, 100), True)
    """
    drawn: list[Array] = []
    while sum(map(len, drawn)) < n:
        f = _functions(3 * n + 64, np.arange(1.0, STEPS + 1), rng)
        f = f[(f[:, -1] > f[:, 0]) & (f >= 0).all(axis=1) & (f <= 1).all(axis=1)]
        noise = np.exp(rng.standard_normal((len(f), 1)) - 4.0)
        drawn.append(f + noise * rng.standard_normal(f.shape))
    return np.concatenate(drawn)[:n]


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


def train(seconds: float, seed: int) -> tuple[dict[str, Array], Array, int]:
    """Weights by name, borders of the bins, and how many curves were seen."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    borders = np.quantile(prior(20_000, np.random.default_rng(123)), np.linspace(0, 1, BINS + 1))
    edges = torch.tensor(borders, dtype=torch.float32)
    net = TrainedTransformer(SIZE)
    average = Average(net, AVERAGE)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.0, betas=(0.9, 0.98))
    begin, step, pool = time.perf_counter(), 0, prior(1, rng)
    while (share := (time.perf_counter() - begin) / seconds) < 1.0:
        pool = prior(BATCH * 200, rng) if step % 200 == 0 else pool
        y = pool[step % 200 * BATCH :][:BATCH]
        for part in optimizer.param_groups:
            part["lr"] = RATE * min(1.0, share / 0.02) * (0.02 + 0.49 * (1.0 + math.cos(math.pi * share)))
        shown = int(rng.integers(1, STEPS))
        later = rng.integers(shown + 1, STEPS + 1, (BATCH, QUERIES))
        logits = net(torch.tensor(_tokens(y, shown)), torch.tensor(_queries(later, shown)))
        miss = loss(logits, edges, torch.tensor(np.take_along_axis(y, later - 1, axis=1), dtype=torch.float32))
        optimizer.zero_grad()
        miss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        average.add(net)
    return average.weights(), borders, step * BATCH


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--out", type=Path, default=Path(weights.__path__[0]))
    options = parser.parse_args()
    learned, borders, curves = train(options.seconds, options.seed)
    weights.write(options.out, SHIPPED, packed(learned, borders))
    print(f"{curves} curves in {options.seconds:g} s")


if __name__ == "__main__":
    main()
