"""The training loop that workloads share: schedule, optimizer, gradient norms, average of the weights, log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from forerun.core import BadInput, FrozenMap, Schedule
from forerun.lab.log import MetricsLog, data_seed
from forerun.recipes.weight_average import WeightAverage
from forerun.schedules import SCHEDULES, value
from forerun.schedules.written import read_schedule

DEFAULTS: Mapping[str, Any] = FrozenMap({
    "steps": 600,
    "lr": 0.1,
    "schedule": "cosine",
    "warmup": 0,
    "cooldown": 0,
    "final": 0.0,
    "optimizer": "sgd",
    "momentum": 0.9,
    "weight_decay": 0.0,
    "clip": 0.0,
    "average": "none",
    "average_from": 0.5,
    "eval_every": 25,
})  # fmt: skip
"""Settings of every workload. ``schedule``: a form that the settings beside it fill in, or a JSON file that ``forerun
schedule`` wrote, which says all of it. ``average``: none, ema, or tail (uniform from ``average_from``, a share of the
steps)."""


@dataclass(frozen=True)
class Batch:
    """What one step is taken on: whatever the loss needs, and how much of the data that is."""

    data: tuple[Any, ...]
    samples: int
    tokens: int = 0


M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Task(Generic[M]):
    """What a workload hands to the loop.

    Args:
        model: the network.
        batch: step -> `Batch`, steps counted from 1.
        loss: the network and a batch's data -> the loss.
        evaluate: the network -> metrics by name; those under ``gold/`` are of data that training never sees.
        after: called after every optimizer step.
    """

    model: M
    batch: Callable[[int], Batch]
    loss: Callable[[M, tuple[Any, ...]], Tensor]
    evaluate: Callable[[M], dict[str, float]]
    after: Callable[[M], None] = lambda _: None


def seeded(seed: int) -> torch.Generator:
    """A generator of its own, with PyTorch's global one set too, on one thread and by deterministic kernels."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(data_seed(seed))


def rate_of(settings: Mapping[str, Any]) -> Schedule:
    """The learning rate's schedule that the settings name.

    Raises:
        BadInput: it is a file that holds none.
    """
    if str(settings["schedule"]).endswith(".json"):
        return read_schedule(Path(settings["schedule"]))
    takes = SCHEDULES.load(settings["schedule"]).parameters
    names = [name for name in ("steps", "warmup", "cooldown", "final") if name in takes]
    return Schedule(settings["schedule"], {"peak": settings["lr"]} | {name: settings[name] for name in names})


def optimizer_of(model: nn.Module, settings: Mapping[str, Any]) -> torch.optim.Optimizer:
    """The optimizer that the settings name; norms and biases do not decay.

    Raises:
        BadInput: no such optimizer.
    """
    decay = [p for p in model.parameters() if p.dim() >= 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decay, "weight_decay": settings["weight_decay"]}, {"params": rest, "weight_decay": 0.0}]
    if settings["optimizer"] == "sgd":
        return torch.optim.SGD(groups, lr=settings["lr"], momentum=settings["momentum"], foreach=True)
    if settings["optimizer"] == "adamw":
        return torch.optim.AdamW(groups, lr=settings["lr"], betas=(0.9, 0.98), foreach=True)
    raise BadInput(f"no optimizer {settings['optimizer']!r}; there are: sgd, adamw", where="lab")


def train(task: Task[M], settings: Mapping[str, Any], log: MetricsLog, *, quiet: bool = False) -> dict[str, float]:
    """Train, write every ``eval_every`` steps, and return the metrics at the end, of the average where there is one.

    A training that only prepares another one is quiet: what it spends counts, but nothing of it is written.

    A loss that is not finite ends the training, and the log says that it diverged.
    """
    model, steps = task.model, int(settings["steps"])
    optimizer, rate = optimizer_of(model, settings), rate_of(settings)
    rates = value(rate, torch.arange(1, steps + 1).numpy() - 0.5)
    kept = _average(model, settings)
    path: list[tuple[int, float]] = []
    start = [p.detach().clone() for p in model.parameters()]
    size = sum(p.numel() for p in model.parameters())
    smooth = 0.0
    for step in range(1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = float(rates[step - 1])
        batch = task.batch(step)
        model.train()
        loss = task.loss(model, batch.data)
        optimizer.zero_grad()
        loss.backward()
        due = step in (1, steps) or step % settings["eval_every"] == 0 or not loss.isfinite()
        norms = _norms(model) if due and not quiet else {}
        if settings["clip"]:
            nn.utils.clip_grad_norm_(model.parameters(), settings["clip"])
        optimizer.step()
        task.after(model)
        log.spend(samples=batch.samples, tokens=batch.tokens, flops=6.0 * size * (batch.tokens or batch.samples))
        smooth = loss.item() if step == 1 else 0.9 * smooth + 0.1 * loss.item()
        if kept is not None and (settings["average"] == "ema" or step > settings["average_from"] * steps):
            kept.update()
        if due and not quiet:
            record = {"train/loss": loss.item(), "train/loss_smooth": smooth, "lr": float(rates[step - 1])} | norms
            record["weight_distance"] = _distance(model, start)
            path.append((step, record["weight_distance"]))
            log.write(step, record | measured(task, model))
        if not loss.isfinite():
            log.diverged = True
            break
    if kept is not None and kept.count:
        model.load_state_dict(kept.state)
    return measured(task, model) | _log_r2(path)


def _log_r2(path: list[tuple[int, float]]) -> dict[str, float]:
    """How much of the variance of the distance from the start the logarithm of the step explains.

    Undefined, and left out, of fewer than three points and where the weights have not moved.
    """
    steps, distance = np.array(path, float).reshape(-1, 2).T
    if len(path) < 3 or (distance == distance[0]).all():
        return {}
    return {"weight_distance_log_r2": float(np.corrcoef(np.log(steps), distance)[0, 1] ** 2)}


@torch.no_grad()
def measured(task: Task[M], model: M) -> dict[str, float]:
    """What the task's evaluation says of the network."""
    model.eval()
    return task.evaluate(model)


def _average(model: nn.Module, settings: Mapping[str, Any]) -> WeightAverage | None:
    decays = {"ema": 0.98, "tail": None}
    if settings["average"] == "none":
        return None
    if settings["average"] not in decays:
        raise BadInput(f"no average {settings['average']!r}; there are: none, {', '.join(decays)}", where="lab")
    return WeightAverage(model, decay=decays[settings["average"]])


def _norms(model: nn.Module) -> dict[str, float]:
    """Gradient norms, of all weights and by matrix."""
    by = {name: p.grad.norm().item() for name, p in model.named_parameters() if p.grad is not None and p.dim() >= 2}
    every = sum(p.grad.square().sum().item() for p in model.parameters() if p.grad is not None)
    return {"grad_norm": every**0.5} | {f"grad_norm/{name.removesuffix('.weight')}": norm for name, norm in by.items()}


@torch.no_grad()
def _distance(model: nn.Module, start: list[Tensor]) -> float:
    """How far the weights have gone from where they started."""
    return sum((p - s).square().sum().item() for p, s in zip(model.parameters(), start, strict=True)) ** 0.5
