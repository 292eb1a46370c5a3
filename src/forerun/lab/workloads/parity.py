"""Sparse parity: the parity of a few bits among many, of which nothing is learned until all of them are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import BadInput, Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.workload import Workload

CARD = Card(
    name="parity",
    does="Trains an MLP on the parity of a few bits among many, always on fresh inputs: a long plateau, then a drop.",
    source="Barak et al. 2022",
    assumes="Nothing.",
    needs="The extra [lab]; 5 to 10 seconds.",
    promises="gold/acc is of inputs never trained on; at chance until the bits are found.",
    known_answer="With the defaults gold/acc stays near one half for hundreds of steps and ends above 95%.",
    control="The parity of all bits is not learned in the same steps.",
)
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "steps": 3000,
    "lr": 0.1,
    "schedule": "constant",
    "momentum": 0.0,
    "weight_decay": 1e-3,
    "eval_every": 50,
    "bits": 30,
    "relevant": 3,
    "width": 256,
    "batch": 64,
}
_GOLD, _VALID = 2000, 1000


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; see `_DEFAULTS`.

    Raises:
        BadInput: more relevant bits than bits.
    """
    bits, relevant = int(settings["bits"]), int(settings["relevant"])
    if not 0 < relevant <= bits:
        raise BadInput(f"relevant must lie in 1 to {bits}, but is {relevant}", where="parity")
    random = loop.seeded(seed)
    chosen = torch.randperm(bits, generator=random)[:relevant]

    def draw(count: int) -> tuple[Tensor, Tensor]:
        x = torch.randint(2, (count, bits), generator=random).float() * 2.0 - 1.0
        return x, x[:, chosen].prod(dim=1)

    held_out = {"val": draw(_VALID), "gold": draw(_GOLD)}
    model = nn.Sequential(nn.Linear(bits, int(settings["width"])), nn.ReLU(), nn.Linear(int(settings["width"]), 1))

    def batch(_: int) -> loop.Batch:
        return loop.Batch(draw(int(settings["batch"])), int(settings["batch"]))

    def loss(net: nn.Module, data: tuple[Any, ...]) -> Tensor:
        return functional.softplus(-data[1] * net(data[0])[:, 0]).mean()

    def evaluate(net: nn.Module) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for name, (x, y) in held_out.items():
            metrics[f"{name}/loss"] = loss(net, (x, y)).item()
            metrics[f"{name}/acc"] = ((net(x)[:, 0] > 0) == (y > 0)).float().mean().item()
        return metrics

    return loop.train(loop.Task(model, batch, loss, evaluate), settings, log)


PARITY = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
