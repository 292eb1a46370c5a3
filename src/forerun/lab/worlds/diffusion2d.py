"""A diffusion model of points in the plane, whose distribution is known, so that samples can be judged exactly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from forerun.core import Card
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

CARD = Card(
    name="diffusion2d",
    does="Trains a small network to take noise off points of eight Gaussians on a circle, and samples from it.",
    source="Ho, Jain, Abbeel 2020; sampled as in Song, Meng, Ermon 2021",
    assumes="Nothing.",
    needs="The extra [lab]; 10 to 15 seconds.",
    promises="gold/distance is the energy distance of samples from fresh points of the true distribution.",
    known_answer="gold/distance falls below a fifth of its first value.",
    control="With a learning rate of 1e-6 it does not.",
)
_SETTINGS: Mapping[str, Any] = {"width": 64, "modes": 8}
_TRAINING: Mapping[str, Any] = {
    "steps": 2000, "lr": 2e-3, "warmup": 50, "optimizer": "adamw", "batch": 128, "eval_every": 100,
}  # fmt: skip
_TIMES, _SAMPLES, _SD = 40, 400, 0.15


class _Net(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(2 + 8, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, 2),
        )  # fmt: skip

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        waves = t[:, None] * torch.pi * 2.0 ** torch.arange(4)
        return self.body(torch.cat([x, waves.sin(), waves.cos()], dim=1))


class Diffusion2dWorld(Opened):
    """Points with noise on them, and the noise."""

    criterion: Criterion = "squared"

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        self.width, self.modes = int(settings["width"]), int(settings["modes"])
        self.valid, self.truth = self._noised(2000), self._draw(2000)
        self.start = torch.randn(_SAMPLES, 2, generator=self.random)

    def model(self) -> nn.Module:
        return _Net(self.width)

    def fresh(self, count: int, moment: Moment) -> Batch:
        return Batch(self._noised(count), count)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0], batch.data[1]), batch.data[2])

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        x, t, noise = self.valid
        made = _sampled(model, self.start)
        return {"val/loss": (model(x, t) - noise).square().mean().item(), "gold/distance": _energy(made, self.truth)}

    def _draw(self, count: int) -> Tensor:
        angle = torch.randint(self.modes, (count,), generator=self.random) * (2.0 * math.pi / self.modes)
        return torch.stack([angle.cos(), angle.sin()], dim=1) * 2.0 + _SD * torch.randn(count, 2, generator=self.random)

    def _noised(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        x, t = self._draw(count), torch.rand(count, generator=self.random)
        noise, keep = torch.randn(count, 2, generator=self.random), _kept(t)[:, None]
        return keep.sqrt() * x + (1.0 - keep).sqrt() * noise, t, noise


def _kept(t: Tensor) -> Tensor:
    """The share of the signal's variance that is left at time t in [0, 1] (the cosine schedule of noise)."""
    return (0.5 * math.pi * (0.001 + 0.998 * t)).cos().square()


def _sampled(net: nn.Module, x: Tensor) -> Tensor:
    """Points made of noise, without further noise on the way (DDIM)."""
    times = torch.linspace(1.0, 0.0, _TIMES + 1)
    for now, after in itertools.pairwise(times):
        a, b = _kept(now), _kept(after)
        noise = net(x, now.expand(len(x)))
        clean = ((x - (1.0 - a).sqrt() * noise) / a.sqrt()).clamp(-4.0, 4.0)
        x = b.sqrt() * clean + (1.0 - b).sqrt() * noise
    return x


def _energy(a: Tensor, b: Tensor) -> float:
    """The energy distance between two samples (Székely and Rizzo 2013)."""
    return (2.0 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()


DIFFUSION2D = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=Diffusion2dWorld)
