"""A deep linear network: singular values of the target are learned one after another, each with a plateau before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from forerun.core import Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.workload import Workload

CARD = Card(
    name="deep_linear",
    does="Trains a deep linear network from small weights towards a matrix whose singular values are known.",
    source="Saxe, McClelland, Ganguli 2014",
    assumes="Small initial weights; whitened inputs, full batch.",
    needs="The extra [lab]; 2 seconds.",
    promises="gold/excess is the distance from the target matrix; slices tell how much of each mode is learned.",
    known_answer="The strongest mode is learned before the weakest.",
    control="A network of depth one learns them without plateaus.",
)
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "steps": 1000,
    "lr": 0.05,
    "schedule": "constant",
    "momentum": 0.0,
    "depth": 3,
    "size": 16,
    "modes": 4,
    "strongest": 4.0,
    "scale": 0.01,
    "noise": 0.1,
    "eval_every": 10,
}
"""``modes`` singular values fall by half from ``strongest``; ``scale`` of the initial product; ``noise`` of the samples
that training sees of the target."""


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; see `_DEFAULTS`."""
    random = loop.seeded(seed)
    size, depth, modes = int(settings["size"]), int(settings["depth"]), int(settings["modes"])
    values = float(settings["strongest"]) * 0.5 ** torch.arange(modes)
    left, right = (torch.linalg.qr(torch.randn(size, size, generator=random))[0][:, :modes] for _ in range(2))
    target = left @ torch.diag(values) @ right.T
    noisy = target + float(settings["noise"]) * torch.randn(size, size, generator=random)
    valid = target + float(settings["noise"]) * torch.randn(size, size, generator=random)
    layers = [nn.Linear(size, size, bias=False) for _ in range(depth)]
    model = nn.Sequential(*layers)
    for layer in layers:
        nn.init.orthogonal_(layer.weight, gain=float(settings["scale"]) ** (1.0 / depth), generator=random)
    eye = torch.eye(size)

    def off(net: nn.Module, matrix: Tensor) -> Tensor:
        return (net(eye).T - matrix).square().sum() / 2.0

    def evaluate(net: nn.Module) -> dict[str, float]:
        learned = (left.T @ net(eye).T @ right).diagonal() / values
        metrics = {"val/loss": off(net, valid).item(), "gold/excess": off(net, target).item()}
        return metrics | {f"gold/learned{{mode={i}}}": share for i, share in enumerate(learned.tolist())}

    task = loop.Task(model, lambda _: loop.Batch((noisy,), size), lambda net, data: off(net, data[0]), evaluate)
    return loop.train(task, settings, log)


DEEP_LINEAR = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
