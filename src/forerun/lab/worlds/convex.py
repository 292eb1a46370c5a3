"""Convex problems whose best value is known: logistic regression, and a least absolute deviation that is not smooth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import BadInput, Card
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

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
_SETTINGS: Mapping[str, Any] = {"problem": "absolute", "features": 20, "examples": 400}
"""``problem``: absolute (not smooth) or logistic."""
_TRAINING: Mapping[str, Any] = {
    "steps": 1000, "lr": 0.05, "momentum": 0.0, "batch": 8, "optimizer": "sgd", "sampler": "uniform",
}  # fmt: skip


class ConvexWorld(Opened):
    """Examples and the best value of their loss.

    Raises:
        BadInput: no such problem.
    """

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        if settings["problem"] not in ("absolute", "logistic"):
            raise BadInput(f"no problem {settings['problem']!r}; there are: absolute, logistic", where="convex")
        super().__init__(seed)
        random, n, self.features = self.random, int(settings["examples"]), int(settings["features"])
        self.x = torch.randn(n, self.features, generator=random)
        truth, noise = torch.randn(self.features, generator=random), torch.randn(n, generator=random)
        self.criterion: Criterion = "logistic" if settings["problem"] == "logistic" else "absolute"
        logistic = self.criterion == "logistic"
        self.y = torch.where((self.x @ truth + 2.0 * noise) > 0, 1.0, -1.0) if logistic else self.x @ truth + noise
        self.examples, self.best = n, _minimum(self.x, self.y, self._loss, smooth=logistic)

    def model(self) -> nn.Module:
        model = nn.Linear(self.features, 1, bias=False)
        nn.init.zeros_(model.weight)
        return model

    def members(self, moment: Moment) -> Tensor:
        return torch.arange(self.examples)

    def take(self, index: Tensor, moment: Moment) -> Batch:
        return Batch((self.x[index], self.y[index]), len(index), index=index)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0])[:, 0], batch.data[1], index=batch.index)

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        full = self._loss(model, self.x, self.y).item()
        return {"val/loss": full, "gold/excess": full - self.best}

    def _loss(self, net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        predicted = net(x)[:, 0]
        return (
            functional.softplus(-y * predicted).mean() if self.criterion == "logistic" else (predicted - y).abs().mean()
        )


def _minimum(x: Tensor, y: Tensor, loss: Any, *, smooth: bool) -> float:
    """The least value of the full loss: L-BFGS on it, smoothed ever less where it has corners."""
    net = nn.Linear(x.shape[1], 1, bias=False).double()
    nn.init.zeros_(net.weight)
    x, y = x.double(), y.double()
    for width in (0.0,) if smooth else (0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4):
        steps = torch.optim.LBFGS(net.parameters(), max_iter=500, line_search_fn="strong_wolfe", tolerance_grad=1e-12)

        def closure(steps: torch.optim.LBFGS = steps, width: float = width) -> Tensor:
            steps.zero_grad()
            full = loss(net, x, y) if width == 0.0 else ((net(x)[:, 0] - y).square() + width**2).sqrt().mean()
            full.backward()
            return full

        steps.step(closure)
    with torch.no_grad():
        return float(loss(net, x, y))


CONVEX = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=ConvexWorld)
