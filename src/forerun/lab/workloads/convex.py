"""Convex problems whose best value is known: logistic regression, and a least absolute deviation that is not smooth."""

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
    name="convex",
    does="Minimises a logistic or an absolute loss of a linear model by stochastic (sub)gradients.",
    source="ours; the setting of Defazio et al. 2023 and Schaipp et al. 2025",
    assumes="Convex, one peak rate.",
    needs="The extra [lab]; 1 to 3 seconds.",
    promises="gold/excess is the full loss above its minimum, which a second-order method finds.",
    known_answer="Under linear decay gold/excess falls below a tenth of its first value, and below 0.02.",
    control="At a constant rate it ends above twice that.",
)
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "problem": "absolute",
    "steps": 1000,
    "lr": 0.05,
    "momentum": 0.0,
    "batch": 8,
    "features": 20,
    "examples": 400,
}
"""``problem``: absolute (not smooth) or logistic."""


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Minimise; see `_DEFAULTS`.

    Raises:
        BadInput: no such problem.
    """
    if settings["problem"] not in ("absolute", "logistic"):
        raise BadInput(f"no problem {settings['problem']!r}; there are: absolute, logistic", where="convex")
    random = loop.seeded(seed)
    n, d = int(settings["examples"]), int(settings["features"])
    x = torch.randn(n, d, generator=random)
    truth = torch.randn(d, generator=random)
    noise = torch.randn(n, generator=random)
    logistic = settings["problem"] == "logistic"
    y = ((x @ truth + 2.0 * noise) > 0).float() if logistic else x @ truth + noise
    model = nn.Linear(d, 1, bias=False)
    nn.init.zeros_(model.weight)

    def loss(net: nn.Module, data: tuple[Any, ...]) -> Tensor:
        predicted = net(data[0])[:, 0]
        if logistic:
            return functional.binary_cross_entropy_with_logits(predicted, data[1])
        return (predicted - data[1]).abs().mean()

    best = _minimum(x, y, loss)

    def batch(_: int) -> loop.Batch:
        index = torch.randint(n, (int(settings["batch"]),), generator=random)
        return loop.Batch((x[index], y[index]), len(index))

    def evaluate(net: nn.Module) -> dict[str, float]:
        full = loss(net, (x, y)).item()
        return {"val/loss": full, "gold/excess": full - best}

    return loop.train(loop.Task(model, batch, loss, evaluate), settings, log)


def _minimum(x: Tensor, y: Tensor, loss: Any) -> float:
    """The least value of the full loss: L-BFGS on it, smoothed ever less where it has corners."""
    net = nn.Linear(x.shape[1], 1, bias=False).double()
    nn.init.zeros_(net.weight)
    data = (x.double(), y.double())
    smooth = (0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4) if y.unique().numel() > 2 else (0.0,)
    for width in smooth:
        steps = torch.optim.LBFGS(net.parameters(), max_iter=500, line_search_fn="strong_wolfe", tolerance_grad=1e-12)

        def closure(steps: torch.optim.LBFGS = steps, width: float = width) -> Tensor:
            steps.zero_grad()
            off = net(data[0])[:, 0] - data[1]
            full = loss(net, data) if width == 0.0 else (off.square() + width**2).sqrt().mean()
            full.backward()
            return full

        steps.step(closure)
    with torch.no_grad():
        return float(loss(net, data))


CONVEX = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
