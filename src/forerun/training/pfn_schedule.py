"""Make the network that `pfn_schedule` ships: a transformer fitted to curves of our own prior.

    python -m forerun.training.pfn_schedule [-o src/forerun/forecast/weights] [--steps N] [--stop N] [--seed 0]
        [--log FILE]

Needs the extra [torch]. The same seed and steps give the same weights on the same machine. The learning rate is planned
for all steps; --stop ends before, with the average so far. FILE gets the mean
log-likelihood on curves of the prior that training never sees, as it grows, and a file beside it the weights so far.
No recorded run is used.
`forerun.forecast.pfn_schedule` runs the result in numpy.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from forerun.core import Array
from forerun.forecast import weights
from forerun.forecast.pfn_schedule import SHIPPED
from forerun.forecast.prior_fitted import tokens
from forerun.forecast.prior_fitted.transformer import FAR, packed
from forerun.training.prior.curves import Curves, curves
from forerun.training.prior.lessons import Lessons, length, lessons
from forerun.training.transformer import Average, Size, TrainedTransformer, loss

SIZE = Size(token=tokens.TOKEN, query=tokens.QUERY, width=96, layers=4, feed=192, bins=256)
BATCH, RATE, AVERAGE, STEPS = 96, 1.5e-3, 0.998, 6_600
NARROWEST = 1e-3  # of a bin, in z: where outcomes repeat themselves (a level, the largest z), bins would have no width
POOL = 16  # batches of curves that are invented at once
HELD_OUT = 16  # batches of curves, each seen over another number of points
HELD_OUT_SEED = 20_260


@dataclass(frozen=True)
class InputScale:
    """Means and sds of what tokens and queries are told."""

    parts: dict[str, Array]

    @classmethod
    def of(cls, sample: list[Lessons]) -> InputScale:
        parts: dict[str, Array] = {}
        for name, rows in (("ct", [one.tokens for one in sample]), ("qt", [one.queries for one in sample])):
            flat = np.concatenate([part.reshape(-1, part.shape[-1]) for part in rows])
            parts[f"{name}.mean"] = flat.mean(axis=0).astype(np.float16).astype(np.float32)
            parts[f"{name}.sd"] = (flat.std(axis=0) + 1e-2).astype(np.float16).astype(np.float32)
        return cls(parts)

    def __call__(self, values: Array, name: str) -> Any:
        return torch.tensor(np.clip((values - self.parts[f"{name}.mean"]) / self.parts[f"{name}.sd"], -FAR, FAR))


@dataclass
class Pool:
    """Lessons in batches; each batch is of one length, curves are invented many at once."""

    rng: np.random.Generator
    left: list[Curves] = field(default_factory=list)

    def batch(self) -> Lessons:
        if not self.left:
            made = curves(BATCH * POOL, self.rng)
            self.left = [made.part(slice(k * BATCH, (k + 1) * BATCH)) for k in range(POOL)]
        return lessons(self.left.pop(), length(self.rng), self.rng)


def held_out() -> list[Lessons]:
    """Lessons that training never sees, always the same."""
    pool = Pool(np.random.default_rng(HELD_OUT_SEED))
    return [pool.batch() for _ in range(HELD_OUT)]


def log_likelihood(net: Any, scale: InputScale, edges: Any, unseen: list[Lessons]) -> float:
    """Mean log density of the outcomes."""
    with torch.no_grad():
        return float(np.mean([-miss(net, scale, edges, one).item() for one in unseen]))


def miss(net: Any, scale: InputScale, edges: Any, one: Lessons) -> Any:
    """The loss on lessons."""
    return loss(net(scale(one.tokens, "ct"), scale(one.queries, "qt")), edges, torch.tensor(one.z))


def borders(sample: list[Lessons]) -> Array:
    """Bins that are equally likely beforehand, but none narrower than `NARROWEST`."""
    z = np.concatenate([one.z.ravel() for one in sample]).astype(np.float64)
    room = NARROWEST * np.arange(SIZE.bins + 1)
    return np.maximum.accumulate(np.quantile(z, np.linspace(0, 1, SIZE.bins + 1)) - room) + room


def train(steps: int, seed: int, log: Path | None = None, stop: int | None = None) -> tuple[dict[str, Array], Array]:
    """Weights by name and the borders of the bins."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    pool, first = Pool(np.random.default_rng(seed)), Pool(np.random.default_rng([seed, 1]))
    sample = [first.batch() for _ in range(4 * POOL)]
    scale, bins = InputScale.of(sample), borders(sample)
    edges, net = torch.tensor(bins, dtype=torch.float32), TrainedTransformer(SIZE)
    unseen = [] if log is None else held_out()
    average = Average(net, AVERAGE)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    begin = time.perf_counter()
    for step in range(steps if stop is None else stop):
        _step(optimizer, net, miss(net, scale, edges, pool.batch()), rate_at(step / steps))
        average.add(net)
        if log is not None and (step + 1) % max(1, steps // 30) == 0:
            reached = log_likelihood(average.net(SIZE), scale, edges, unseen)
            _note(log, step + 1, time.perf_counter() - begin, reached)
            log.with_suffix(".npz").write_bytes(packed(average.weights() | scale.parts, bins))
    return average.weights() | scale.parts, bins


def _step(optimizer: Any, net: Any, miss: Any, rate: float) -> None:
    for part in optimizer.param_groups:
        part["lr"] = rate
    optimizer.zero_grad()
    miss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()


def rate_at(share: float) -> float:
    """Warm-up over 2% of the steps, then half a cosine to a fiftieth.

    Example:
        >>> rate_at(0.02) > 0.99 * RATE > rate_at(1.0)
        True
    """
    return RATE * min(1.0, share / 0.02) * (0.02 + 0.49 * (1.0 + math.cos(math.pi * share)))


def _note(log: Path, step: int, seconds: float, reached: float) -> None:
    note = {"step": step, "curves": step * BATCH, "log_likelihood": round(reached, 4)}
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(note | {"seconds": round(seconds)}) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--stop", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path(weights.__path__[0]))
    options = parser.parse_args()
    learned, bins = train(options.steps, options.seed, options.log, options.stop)
    weights.write(options.out, SHIPPED, packed(learned, bins))
    print(f"{(options.stop or options.steps) * BATCH} curves in {options.stop or options.steps} steps")


if __name__ == "__main__":
    main()
