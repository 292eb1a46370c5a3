"""The slots that every engine has: layers, optimizer, start, average and controller, and their plainest parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn

from forerun.recipes.part import Numbers, Part, Setup, Weights, fitting, missing_start
from forerun.recipes.world import Moment


@dataclass(frozen=True)
class Layers(Part):
    """Changes the network, once, before anything else; its state is the network's own. ``kind``: what it looks for."""

    kind: ClassVar[str] = "layer"

    def change(self, model: nn.Module) -> int:
        """How many places were changed."""
        raise NotImplementedError


@dataclass(frozen=True)
class Optimizer(Part):
    """Makes the optimizer; norms and biases do not decay."""

    def init(self, setup: Setup) -> torch.optim.Optimizer:
        decay = [p for p in setup.model.parameters() if p.dim() >= 2]
        rest = [p for p in setup.model.parameters() if p.dim() < 2]
        groups = [{"params": decay, "weight_decay": setup.settings["weight_decay"]}]
        return self.of([*groups, {"params": rest, "weight_decay": 0.0}], setup)

    def of(self, groups: list[dict[str, Any]], setup: Setup) -> torch.optim.Optimizer:
        """The optimizer of these groups of parameters."""
        raise NotImplementedError


@dataclass(frozen=True)
class Sgd(Optimizer):
    """Stochastic gradient descent with the setting ``momentum``."""

    name: ClassVar[str] = "sgd"

    def of(self, groups: list[dict[str, Any]], setup: Setup) -> torch.optim.Optimizer:
        return torch.optim.SGD(groups, lr=setup.settings["lr"], momentum=setup.settings["momentum"], foreach=True)


@dataclass(frozen=True)
class AdamW(Optimizer):
    """AdamW (Loshchilov and Hutter 2019)."""

    name: ClassVar[str] = "adamw"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"beta1": (0.0, 0.9999), "beta2": (0.0, 0.999999)}
    beta1: float = 0.9
    beta2: float = 0.98

    def of(self, groups: list[dict[str, Any]], setup: Setup) -> torch.optim.Optimizer:
        return torch.optim.AdamW(groups, lr=setup.settings["lr"], betas=(self.beta1, self.beta2), foreach=True)


@dataclass(frozen=True)
class Start(Part):
    """Where the weights start, and what they are held to after every step."""

    def hold(self, state: Any) -> None:
        """After an optimizer step."""


@dataclass(frozen=True)
class FreshStart(Start):
    """The weights as the world drew them."""

    name: ClassVar[str] = "fresh"


@dataclass(frozen=True)
class CheckpointStart(Start):
    """The weights that the start came to."""

    name: ClassVar[str] = "checkpoint"

    def init(self, setup: Setup) -> Any:
        if setup.start is None:
            raise missing_start(self.name, "its weights are trained on")
        fitting(setup.start, setup.model, "start")
        setup.model.load_state_dict(setup.start)
        return super().init(setup)


@dataclass(frozen=True)
class Averaging(Part):
    """What is made of the weights along the run, and what is left of them at its end."""

    def legs(self, setup: Setup) -> tuple[int, ...]:
        """How many steps each of the run's legs has; over each the learning rate runs through its schedule once."""
        return (int(setup.settings["steps"]),)

    def follow(self, state: Any, model: nn.Module, moment: Moment, optimizer: torch.optim.Optimizer) -> None:
        """After an optimizer step."""

    def finish(self, state: Any, model: nn.Module) -> None:
        """Give the network the weights that the run ends with."""

    def members(self, state: Any) -> Sequence[Weights]:
        """The weights of networks that the last ones are the average of, where they are to be judged beside it."""
        return ()


@dataclass(frozen=True)
class NoAverage(Averaging):
    """The last weights."""

    name: ClassVar[str] = "none"


@dataclass(frozen=True)
class Seen:
    """What a controller sees of a step that was taken: its loss, rate and numbers."""

    step: int
    loss: float
    lr: float
    numbers: Numbers


@dataclass(frozen=True)
class StepOrder:
    """What a controller wants: the rate times so much from now on, and whether to stop here."""

    rate: float = 1.0
    stop: bool = False


@dataclass(frozen=True)
class Controller(Part):
    """Looks at every step, and may change the rate or end the run."""

    name: ClassVar[str] = "none"

    def __call__(self, state: Any, step: Seen) -> tuple[StepOrder, Numbers]:
        return StepOrder(), {}
