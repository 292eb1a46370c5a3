"""Digits: an MLP or a small CNN on scikit-learn's 8 x 8 digits, plain or as tasks that come one after another.

1,797 images: 1,000 at most to train on, 300 to validate, the rest is gold. Labels of the training and validation images
may be wrong; gold labels never are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import BadInput, Card, MissingExtra
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.workload import Workload
from forerun.recipes import cyclic_curriculum
from forerun.recipes.early_learning import EarlyLearning
from forerun.recipes.ghost_batch_norm import GhostBatchNorm1d
from forerun.recipes.weight_average import soup

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
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "model": "mlp",
    "width": 64,
    "variant": "plain",
    "noise": 0.0,
    "train": 1000,
    "batch": 32,
    "norm": "none",
    "ghost": 16,
    "recipe": "none",
    "tasks": 5,
    "shots": 5,
    "local_steps": 20,
    "skew": 0.8,
    "soup": 0,
    "soup_steps": 150,
    "curriculum": "none",
    "curriculum_steps": 200,
}
"""``variant``: plain, permuted, class_incremental, few_shot, or federated: ``tasks`` clients, each holding mostly two
digits (a share ``skew``), train ``local_steps`` in turn from the same weights, which are then averaged. ``norm``: none,
batch, ghost. ``recipe``: none, early_learning. ``noise``: share of training and validation labels drawn anew. ``soup``:
so many networks are trained on from the one trained, for ``soup_steps`` in other orders, and their weights averaged.
``curriculum``: none, or cyclic by what a network trained for ``curriculum_steps`` makes of each example."""
VARIANTS = ("plain", "permuted", "class_incremental", "few_shot", "federated")
_SPLIT = 0  # seed of the split into training, validation and gold images: the same for every run


@cache
def images() -> tuple[Tensor, Tensor]:
    """All images (1797, 64), from -1 to 1, and their labels: 1,000 to train on, 300 to validate, then gold."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as cause:
        raise MissingExtra("workload 'digits'", "scikit-learn", "lab") from cause
    data = cast(Any, load_digits())
    order = torch.randperm(len(data.target), generator=torch.Generator().manual_seed(_SPLIT))
    return torch.tensor(data.data, dtype=torch.float32)[order] / 8.0 - 1.0, torch.tensor(data.target)[order]


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train on digits; see `_DEFAULTS`.

    Raises:
        BadInput: no such variant, model, norm or recipe.
    """
    random = loop.seeded(seed)
    x, y = images()
    gold = (x[1300:], y[1300:])
    train_y = _noisy(y[:1000], settings["noise"], random)
    valid = (x[1000:1300], _noisy(y[1000:1300], settings["noise"], random))
    stream = _Stream(x[:1000], train_y, settings, random)
    memory = EarlyLearning(1000, 10) if settings["recipe"] == "early_learning" else None
    if settings["recipe"] not in ("none", "early_learning"):
        raise BadInput(f"no recipe {settings['recipe']!r}; there are: none, early_learning", where="digits")

    def loss(model: nn.Module, data: tuple[Any, ...]) -> Tensor:
        images, labels, index = data
        logits = model(images)
        return functional.cross_entropy(logits, labels) if memory is None else memory(index, logits, labels)

    stopped = _Stopped()

    def evaluate(model: nn.Module) -> dict[str, float]:
        metrics = _scores("val", model, stream.shown(valid[0]), valid[1]) | _scores(
            "gold", model, stream.shown(gold[0]), gold[1]
        )
        return metrics | stopped.best(metrics) | stream.slices(model, gold)

    model = _model(settings)
    task = loop.Task(model, stream.batch, loss, evaluate)
    if settings["variant"] == "federated":
        task = replace(task, after=_Rounds(model, settings))
    if settings["curriculum"] == "cyclic":
        stream.easy = _ease(loop.Task(_model(settings), stream.batch, loss, evaluate), x[:1000], train_y, settings, log)
    elif settings["curriculum"] != "none":
        raise BadInput(f"no curriculum {settings['curriculum']!r}; there are: none, cyclic", where="digits")
    metrics = loop.train(task, settings, log)
    return metrics | _soup(task, settings, log) if settings["soup"] else metrics


def _ease(task: loop.Task[nn.Module], x: Tensor, y: Tensor, settings: Mapping[str, Any], log: MetricsLog) -> Tensor:
    """The probability that a network trained for a while gives each example's label."""
    loop.train(task, dict(settings) | {"steps": settings["curriculum_steps"]}, log, quiet=True)
    with torch.no_grad():
        return functional.softmax(task.model(x), dim=1).gather(1, y[:, None])[:, 0].clamp(min=1e-4)


def _soup(task: loop.Task[nn.Module], settings: Mapping[str, Any], log: MetricsLog) -> dict[str, float]:
    """Metrics of the averaged weights; beside them those of what they are the average of.

    ``..._single`` is the mean over the networks, ``..._best`` the one that is best on the validation images.
    """
    start = {name: value.clone() for name, value in task.model.state_dict().items()}
    states: list[dict[str, Tensor]] = []
    singles: list[dict[str, float]] = []
    more = dict(settings) | {"steps": settings["soup_steps"], "average": "none"}
    for _ in range(int(settings["soup"])):
        task.model.load_state_dict(start)
        singles.append(loop.train(task, more, log, quiet=True))
        states.append({name: value.clone() for name, value in task.model.state_dict().items()})
    task.model.load_state_dict(soup(states))
    best = min(singles, key=lambda one: one["val/loss"])
    beside: dict[str, float] = {}
    for name in ("gold/acc", "gold/loss"):
        beside |= {f"{name}_single": sum(one[name] for one in singles) / len(singles), f"{name}_best": best[name]}
    return loop.measured(task, task.model) | beside


class _Stopped:
    """What early stopping would end with: gold accuracy where validation, whose labels may be wrong, was best."""

    def __init__(self) -> None:
        self.valid, self.gold = -1.0, 0.0

    def best(self, metrics: Mapping[str, float]) -> dict[str, float]:
        if metrics["val/acc"] > self.valid:
            self.valid, self.gold = metrics["val/acc"], metrics["gold/acc"]
        return {"gold/acc_stopped": self.gold}


class _Stream:
    """Which images a step is taken on: epochs over the training images of the task at hand."""

    def __init__(self, x: Tensor, y: Tensor, settings: Mapping[str, Any], random: torch.Generator) -> None:
        self.x, self.y, self.random, self.settings = x, y, random, settings
        self.variant, self.tasks = settings["variant"], int(settings["tasks"])
        if self.variant not in VARIANTS:
            raise BadInput(f"no variant {self.variant!r}; there are: {', '.join(VARIANTS)}", where="digits")
        self.maps = [torch.arange(64), *(torch.randperm(64, generator=random) for _ in range(self.tasks - 1))]
        self.client = torch.zeros_like(y)
        if self.variant == "federated":
            own = torch.rand(len(y), generator=random) < settings["skew"]
            self.client = torch.where(own, y * self.tasks // 10, torch.randint(self.tasks, y.shape, generator=random))
        self.queue = torch.zeros(0, dtype=torch.long)
        self.task = self.epoch = 0
        self.easy: Tensor | None = None

    def _shown(self) -> Tensor:
        """What the next epoch shows, in its order."""
        members = self._members()
        self.epoch += 1
        if self.easy is None:
            return members[torch.randperm(len(members), generator=self.random)]
        share = cyclic_curriculum.share_at(self.epoch - 1)
        return members[cyclic_curriculum.subset(self.easy[members], share, self.random)]

    def _members(self) -> Tensor:
        """The training images of the task at hand."""
        if self.variant == "class_incremental":
            low, high = self.task * 10 // self.tasks, (self.task + 1) * 10 // self.tasks
            return torch.nonzero((self.y >= low) & (self.y < high)).flatten()
        if self.variant == "federated":
            return torch.nonzero(self.client == self.task).flatten()
        if self.variant == "few_shot":
            return torch.cat([torch.nonzero(self.y == c).flatten()[: int(self.settings["shots"])] for c in range(10)])
        return torch.arange(int(self.settings["train"]))

    def batch(self, step: int) -> loop.Batch:
        if self.variant in ("permuted", "class_incremental", "federated"):
            task = min((step - 1) * self.tasks // int(self.settings["steps"]), self.tasks - 1)
            if self.variant == "federated":
                task = (step - 1) // int(self.settings["local_steps"]) % self.tasks
            if task != self.task:
                self.task, self.queue = task, self.queue[:0]
        size = int(self.settings["batch"])
        while len(self.queue) < size:
            self.queue = torch.cat([self.queue, self._shown()])
        index, self.queue = self.queue[:size], self.queue[size:]
        return loop.Batch((self.shown(self.x[index]), self.y[index], index), size)

    def shown(self, x: Tensor) -> Tensor:
        """Images as the task at hand shows them."""
        return x[:, self.maps[self.task]] if self.variant == "permuted" else x

    def slices(self, model: nn.Module, gold: tuple[Tensor, Tensor]) -> dict[str, float]:
        """Gold accuracy on every task so far, where there are several."""
        metrics: dict[str, float] = {}
        for task in range(self.task + 1 if self.variant in ("permuted", "class_incremental") else 0):
            x, y = gold
            if self.variant == "permuted":
                x = x[:, self.maps[task]]
            else:
                mine = (y >= task * 10 // self.tasks) & (y < (task + 1) * 10 // self.tasks)
                x, y = x[mine], y[mine]
            metrics[f"gold/acc{{task={task}}}"] = (model(x).argmax(dim=1) == y).float().mean().item()
        return metrics


class _Rounds:
    """Federated averaging: every client starts a round from the same weights, and their averages start the next."""

    def __init__(self, model: nn.Module, settings: Mapping[str, Any]) -> None:
        self.local, self.clients = int(settings["local_steps"]), int(settings["tasks"])
        self.step = 0
        self.done: list[dict[str, Tensor]] = []
        self.start = self._copy(model)

    def __call__(self, model: nn.Module) -> None:
        self.step += 1
        if self.step % self.local:
            return
        self.done.append(self._copy(model))
        if len(self.done) == self.clients:
            self.start, self.done = soup(self.done), []
        model.load_state_dict(self.start)

    @staticmethod
    def _copy(model: nn.Module) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _noisy(y: Tensor, share: float, random: torch.Generator) -> Tensor:
    wrong = torch.rand(len(y), generator=random) < share
    return torch.where(wrong, torch.randint(10, y.shape, generator=random), y)


def _scores(name: str, model: nn.Module, x: Tensor, y: Tensor) -> dict[str, float]:
    logits = model(x)
    right = (logits.argmax(dim=1) == y).float().mean().item()
    return {f"{name}/loss": functional.cross_entropy(logits, y).item(), f"{name}/acc": right}


def _model(settings: Mapping[str, Any]) -> nn.Module:
    width = int(settings["width"])
    norms = {"none": nn.Identity, "batch": lambda: nn.BatchNorm1d(width),
             "ghost": lambda: GhostBatchNorm1d(width, ghost=int(settings["ghost"]))}  # fmt: skip
    if settings["norm"] not in norms:
        raise BadInput(f"no norm {settings['norm']!r}; there are: {', '.join(norms)}", where="digits")
    norm = norms[settings["norm"]]
    if settings["model"] == "mlp":
        return nn.Sequential(
            nn.Linear(64, width), norm(), nn.ReLU(), nn.Linear(width, width), norm(), nn.ReLU(), nn.Linear(width, 10)
        )
    if settings["model"] == "cnn":
        return nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(128, width), norm(), nn.ReLU(), nn.Linear(width, 10),
        )  # fmt: skip
    raise BadInput(f"no model {settings['model']!r}; there are: mlp, cnn", where="digits")


DIGITS = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
