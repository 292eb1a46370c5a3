"""One training, whatever its engine: the loop, and everything that moves in it, saved and restored together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from forerun.core import BadInput
from forerun.recipes.abilities import OpenWorld
from forerun.recipes.engine import Engine
from forerun.recipes.meter import Cost, Meter
from forerun.recipes.part import Setup, Weights
from forerun.recipes.settings import checked, rates_of, reached
from forerun.recipes.slots import AdamW, Seen
from forerun.recipes.world import Moment

Write = Callable[[int, Mapping[str, float], Cost], None]
"""A step, its record, and the cost so far."""


def silent(step: int, record: Mapping[str, float], cost: Cost) -> None:
    """Write nothing."""


class TrainingRun:
    """A training from its first step to its last.

    A loss that is not finite ends it, and ``diverged`` says so.

    Args:
        world: opened. engine: with its slots filled. settings: those of `SETTINGS`, and of the world where parts ask.
        start: the weights that the training before it came to. write: is handed every record.
        clock: seconds. name: of the world, for messages.

    Raises:
        BadInput: the world lacks an ability that the engine or a part needs, or the start is of another network.

    Example:
        >>> from forerun.lab import WORLDS
        >>> from forerun.recipes import RECIPES
        >>> from forerun.recipes.settings import SETTINGS
        >>> world = WORLDS.load("convex")
        >>> settings = {**SETTINGS, **world.settings, **world.training, "steps": 50}
        >>> engine = RECIPES.load("supervised").engine.tuned({"sampler": "uniform"})
        >>> training = TrainingRun(world.open(settings, 0), engine, settings)
        >>> training.run()
        >>> training.step, training.meter.cost.steps
        (50, 50)
    """

    def __init__(
        self,
        world: OpenWorld,
        engine: Engine,
        settings: Mapping[str, Any],
        *,
        start: Weights | None = None,
        write: Write = silent,
        clock: Callable[[], float] = time.perf_counter,
        name: str = "world",
    ) -> None:
        engine.check(world, name)
        checked(settings, name)
        self.world, self.engine, self.settings, self.write = world, engine, settings, write
        self.meter = Meter(clock)
        self.model = engine.network(world)
        engine.built(self.model)
        setup = Setup(world, self.model, settings, self.meter, start)
        self.begun = engine.start.init(setup)
        self.method = engine.init(setup)
        self.average = engine.average.init(setup)
        self.control = engine.controller.init(setup)
        self.optimizer = (engine.optimizer or AdamW()).init(setup)
        self.rates = rates_of(settings, engine.average.legs(setup))
        self.origin = [p.detach().clone() for p in self.model.parameters()]
        self.step, self.smooth, self.multiplier = 0, 0.0, 1.0
        self.diverged = self.stopped = False
        self.history: list[dict[str, float]] = []

    @property
    def last(self) -> int:
        """The last step that is planned."""
        return len(self.rates)

    @property
    def done(self) -> bool:
        """Whether it has ended: diverged, stopped, come to what it trains until, at its last step or budget."""
        return self.diverged or self.stopped or self.share() >= 1.0

    def share(self) -> float:
        """The share of the budget that is spent."""
        if self.settings["spend"]:
            return getattr(self.meter.tick(), self.settings["budget"]) / self.settings["spend"]
        return self.step / self.last

    def run(self, until: int | None = None) -> None:
        """Take steps to the end, or until one.

        Raises:
            BadInput: ``until`` lies behind, or beyond the last step.
        """
        if until is not None and not self.settings["spend"] and not self.step <= until <= self.last:
            raise BadInput(f"step {until} is not among {self.step} to {self.last}", where="training")
        while not self.done and (until is None or self.step < until):
            self.advance()

    def rate(self) -> float:
        """The learning rate of the step at hand."""
        at = int(self.share() * self.last) if self.settings["spend"] else self.step - 1
        return self.multiplier * float(self.rates[min(at, self.last - 1)])

    def advance(self) -> None:
        """Take one step, and write a record where one is due."""
        self.step += 1
        moment, lr = Moment(self.step, int(self.settings["steps"])), self.rate()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        if not self.model.training:  # as after an evaluation; to go through all modules costs
            self.model.train()
        taken = self.method.loss(moment)
        loss = taken.loss.item()
        self.diverged = not np.isfinite(loss)
        due = self.step in (1, self.last) or self.step % self.settings["eval_every"] == 0 or self.diverged
        norms: dict[str, float] = {}
        self.meter.step(
            self.optimizer, taken.loss, self.model, samples=taken.samples, tokens=taken.tokens,
            clip=self.settings["clip"], watch=(lambda: norms.update(_norms(self.model))) if due else None,
        )  # fmt: skip
        self.engine.start.hold(self.begun)
        self.method.follow()
        self.engine.average.follow(self.average, self.model, moment, self.optimizer)
        self.smooth = loss if self.step == 1 else 0.9 * self.smooth + 0.1 * loss
        order, said = self.engine.controller(self.control, Seen(self.step, loss, lr, taken.numbers))
        self.multiplier, self.stopped = self.multiplier * order.rate, order.stop
        if due or self.done:
            numbers = {name: float(number) for name, number in {**taken.numbers, **said}.items()}
            self.record({"train/loss": loss, "train/loss_smooth": self.smooth, "lr": lr} | norms | numbers, moment)

    def record(self, numbers: dict[str, float], moment: Moment) -> None:
        """Evaluate and write; a run that has come to what it trains until ends here."""
        numbers["weight_distance"] = _distance(self.model, self.origin)
        numbers |= self.evaluated(moment)
        self.stopped = self.stopped or reached(self.settings["until"], numbers)
        self.history.append({"step": self.step, **numbers})
        self.write(self.step, numbers, self.meter.tick())

    @torch.no_grad()
    def evaluated(self, moment: Moment) -> dict[str, float]:
        """Metrics of the network as it is."""
        with self.meter.phase("evaluate"):
            self.model.eval()
            return self.method.evaluate(moment)

    def result(self) -> dict[str, float]:
        """The metrics at the end, of the average where there is one, with what is said of the whole run.

        Of an average over networks ``..._single`` is their mean, ``..._best`` the one that is best on validation.
        """
        moment = Moment(self.step, int(self.settings["steps"]))
        singles: list[dict[str, float]] = []
        for weights in self.engine.average.members(self.average):
            self.model.load_state_dict(weights)
            singles.append(self.evaluated(moment))
        self.engine.average.finish(self.average, self.model)
        self.method.finish()
        metrics = self.evaluated(moment)
        whole = self.world.summary([*self.history, {"step": self.step, **metrics}])
        return metrics | _log_r2(self.history) | whole | _beside(singles)

    def state_dict(self) -> dict[str, Any]:
        """Everything that moves: what a training goes on from as if it had not stopped."""
        moving = ("step", "smooth", "multiplier", "diverged", "stopped", "history", "origin")
        whole = {name: getattr(self, name) for name in moving}
        return whole | {name: part.state_dict() for name, part in self._stateful().items()} | {
            "random": self.world.random.get_state(),
            "torch": torch.get_rng_state(),
        }  # fmt: skip

    def load_state_dict(self, state: Mapping[str, Any], *, fork: bool = False) -> None:
        """Go on from a state; of a fork only what both have: the parts that are new start anew."""
        for name in ("step", "smooth", "multiplier", "diverged", "stopped"):
            setattr(self, name, state[name])
        self.history = [dict(record) for record in state["history"]]
        self.origin = [value.clone() for value in state["origin"]]
        for name, part in self._stateful().items():
            if fork and name in ("begun", "average", "control", "optimizer") and not _same_kind(part, state[name]):
                continue
            part.load_state_dict(state[name])
        self.world.random.set_state(state["random"])
        torch.set_rng_state(state["torch"])

    def _stateful(self) -> dict[str, Any]:
        names = ("model", "method", "begun", "average", "control", "optimizer", "meter")
        return {name: getattr(self, name) for name in names}


def _same_kind(part: Any, state: Any) -> bool:
    """Whether a state is of such a part, by what it holds."""
    mine = part.state_dict()
    if "param_groups" in mine:
        return [set(g) for g in mine["param_groups"]] == [set(g) for g in state.get("param_groups", [])]
    return mine.keys() == state.keys()


def _beside(singles: list[dict[str, float]]) -> dict[str, float]:
    if not singles:
        return {}
    best = min(singles, key=lambda one: one["val/loss"])
    numbers: dict[str, float] = {}
    for name in (name for name in best if name.startswith("gold/") and "{" not in name):
        numbers |= {f"{name}_single": sum(one[name] for one in singles) / len(singles), f"{name}_best": best[name]}
    return numbers


def _log_r2(history: list[dict[str, float]]) -> dict[str, float]:
    """How much of the variance of the distance from the start the logarithm of the step explains.

    Undefined, and left out, of fewer than three records and where the weights have not moved.
    """
    steps = np.array([record["step"] for record in history], float)
    distance = np.array([record["weight_distance"] for record in history], float)
    if len(history) < 3 or (distance == distance[0]).all():
        return {}
    return {"weight_distance_log_r2": float(np.corrcoef(np.log(steps), distance)[0, 1] ** 2)}


def _norms(model: nn.Module) -> dict[str, float]:
    """Gradient norms, of all weights and by matrix."""
    by = {name: p.grad.norm().item() for name, p in model.named_parameters() if p.grad is not None and p.dim() >= 2}
    every = sum(p.grad.square().sum().item() for p in model.parameters() if p.grad is not None)
    return {"grad_norm": every**0.5} | {f"grad_norm/{name.removesuffix('.weight')}": norm for name, norm in by.items()}


@torch.no_grad()
def _distance(model: nn.Module, origin: list[Tensor]) -> float:
    """How far the weights have gone from where they started."""
    return sum((p - s).square().sum().item() for p, s in zip(model.parameters(), origin, strict=True)) ** 0.5
