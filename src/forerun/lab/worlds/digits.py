"""Digits: an MLP or a small CNN on scikit-learn's 8 x 8 digits, plain or as tasks that come one after another.

1,797 images: 1,000 at most to train on, 300 to validate, the rest is gold. Labels of the training and validation images
may be wrong; gold labels never are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import BadInput, Card, MissingExtra
from forerun.lab.models.images import image_network
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, History, Moment, Predicted

CARD = Card(
    name="digits",
    does="Trains an MLP or a CNN on 8 x 8 digits: plain, permuted or class-incremental tasks, noisy labels, few shots.",
    source="scikit-learn's digits (UCI, Alpaydin and Kaynak 1998, CC BY 4.0)",
    assumes="Nothing.",
    needs="The extra [lab]; 1 to 10 seconds.",
    promises="gold/acc is of 497 images with true labels that no training or choice sees.",
    known_answer="The defaults reach a gold accuracy above 95%.",
    control="With every label wrong at random it stays at chance.",
)
_SETTINGS: Mapping[str, Any] = {
    "model": "mlp", "width": 64, "norm": "none", "variant": "plain", "noise": 0.0, "train": 1000, "tasks": 5,
    "shots": 5, "local_steps": 20, "skew": 0.8,
}  # fmt: skip
"""``variant``: plain, permuted, class_incremental, few_shot, or federated: ``tasks`` clients, each holding mostly two
digits (a share ``skew``), in turn for ``local_steps`` each. ``norm``: none or batch. ``noise``: share of training and
validation labels drawn anew."""
_TRAINING: Mapping[str, Any] = {"optimizer": "sgd", "sampler": "shuffled"}
VARIANTS = ("plain", "permuted", "class_incremental", "few_shot", "federated")
_SPLIT = 0  # seed of the split into training, validation and gold images: the same for every run


@cache
def images() -> tuple[Tensor, Tensor]:
    """All images (1797, 64), from -1 to 1, and their labels: 1,000 to train on, 300 to validate, then gold."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as cause:
        raise MissingExtra("world 'digits'", "scikit-learn", "lab") from cause
    data = cast(Any, load_digits())
    order = torch.randperm(len(data.target), generator=torch.Generator().manual_seed(_SPLIT))
    return torch.tensor(data.data, dtype=torch.float32)[order] / 8.0 - 1.0, torch.tensor(data.target)[order]


class DigitsWorld(Opened):
    """Training, validation and gold images, as tasks that come one after another where the variant has several.

    ``gold/acc_stopped`` is what early stopping would end with: gold accuracy where validation, whose labels may be
    wrong, was best.

    Raises:
        BadInput: no such variant.
    """

    criterion: Criterion = "cross_entropy"
    classes, examples = 10, 1000

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        self.variant = settings["variant"]
        if self.variant not in VARIANTS:
            raise BadInput(f"no variant {self.variant!r}; there are: {', '.join(VARIANTS)}", where="digits")
        super().__init__(seed)
        self.settings, (x, y) = settings, images()
        several = self.variant in ("permuted", "class_incremental", "federated")
        parts = int(settings["tasks"])
        self.tasks = parts if several else 1
        self.x, self.gold = x[:1000], (x[1300:], y[1300:])
        self.y = _noisy(y[:1000], settings["noise"], self.random)
        self.valid = (x[1000:1300], _noisy(y[1000:1300], settings["noise"], self.random))
        self.maps = [torch.arange(64), *(torch.randperm(64, generator=self.random) for _ in range(parts - 1))]
        self.client = torch.zeros_like(self.y)
        if self.variant == "federated":
            own = torch.rand(len(self.y), generator=self.random) < settings["skew"]
            anyone = torch.randint(parts, self.y.shape, generator=self.random)
            self.client = torch.where(own, self.y * parts // 10, anyone)

    def model(self) -> nn.Module:
        return image_network(self.settings["model"], int(self.settings["width"]), self.settings["norm"])

    def labels(self) -> Tensor:
        return self.y

    def task(self, moment: Moment) -> int:
        if self.variant == "federated":
            return (moment.step - 1) // int(self.settings["local_steps"]) % self.tasks
        return min((moment.step - 1) * self.tasks // moment.steps, self.tasks - 1)

    def members(self, moment: Moment) -> Tensor:
        if self.variant == "class_incremental":
            return torch.nonzero(self._of_task(self.y, self.task(moment))).flatten()
        if self.variant == "federated":
            return torch.nonzero(self.client == self.task(moment)).flatten()
        if self.variant == "few_shot":
            return torch.cat([torch.nonzero(self.y == c).flatten()[: int(self.settings["shots"])] for c in range(10)])
        return torch.arange(int(self.settings["train"]))

    def take(self, index: Tensor, moment: Moment) -> Batch:
        return Batch((self._shown(self.x[index], self.task(moment)), self.y[index]), len(index), index=index)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0]), batch.data[1], index=batch.index)

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        metrics, task = dict[str, float](), self.task(moment)
        for name, (x, y) in (("val", self.valid), ("gold", self.gold)):
            metrics |= _scores(name, model, self._shown(x, task), y)
        if self.variant in ("permuted", "class_incremental"):
            metrics |= {f"gold/acc{{task={i}}}": self._accuracy(model, i) for i in range(task + 1)}
        return metrics

    def summary(self, history: History) -> dict[str, float]:
        best = max(history, key=lambda record: record["val/acc"])
        return {"gold/acc_stopped": best["gold/acc"]}

    def _accuracy(self, model: nn.Module, task: int) -> float:
        """Of the gold images of one task."""
        x, y = self.gold
        if self.variant == "class_incremental":
            mine = self._of_task(y, task)
            x, y = x[mine], y[mine]
        return (model(self._shown(x, task)).argmax(dim=1) == y).float().mean().item()

    def _of_task(self, y: Tensor, task: int) -> Tensor:
        return (y >= task * 10 // self.tasks) & (y < (task + 1) * 10 // self.tasks)

    def _shown(self, x: Tensor, task: int) -> Tensor:
        """Images as a task shows them."""
        return x[:, self.maps[task]] if self.variant == "permuted" else x


def _noisy(y: Tensor, share: float, random: torch.Generator) -> Tensor:
    wrong = torch.rand(len(y), generator=random) < share
    return torch.where(wrong, torch.randint(10, y.shape, generator=random), y)


def _scores(name: str, model: nn.Module, x: Tensor, y: Tensor) -> dict[str, float]:
    logits = model(x)
    right = (logits.argmax(dim=1) == y).float().mean().item()
    return {f"{name}/loss": functional.cross_entropy(logits, y).item(), f"{name}/acc": right}


DIGITS = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=DigitsWorld)
