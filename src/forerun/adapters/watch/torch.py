"""PyTorch: what a plain loop does when it is told to change its rate, cool down or go back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from forerun.adapters.torch import ScheduleLR, put
from forerun.control import Order
from forerun.core import BadInput, Schedule
from forerun.watcher.acting import Handler


class Snapshot:
    """A copy in memory of what a training is made of, to go back to.

    Args:
        parts: what has a ``state_dict`` and takes one: model, optimizer, scheduler.

    Example:
        >>> import torch
        >>> model = torch.nn.Linear(1, 1)
        >>> snapshot = Snapshot(model)
        >>> snapshot.keep()
        >>> before = model.weight.item()
        >>> _ = torch.nn.init.constant_(model.weight, 7.0)
        >>> snapshot.restore()
        >>> model.weight.item() == before
        True
    """

    def __init__(self, *parts: Any) -> None:
        self._parts = parts
        self._states: list[Any] | None = None

    def keep(self) -> None:
        """Take the copy; the one before is let go."""
        self._states = [copy.deepcopy(part.state_dict()) for part in self._parts]

    def restore(self) -> None:
        """Go back to it.

        Raises:
            BadInput: none was taken.
        """
        if self._states is None:
            raise BadInput("no snapshot was kept; call keep() from time to time", where="roll back")
        for part, state in zip(self._parts, self._states, strict=True):
            part.load_state_dict(copy.deepcopy(state))


class RateOverride:
    """Another learning rate than the one that is set, in every update of an optimizer: a factor, and a cooldown.

    It is put on just before an update and taken off after it, so that it holds under any scheduler, also one that makes
    a rate of the one before. Nothing shows it but `rate`: what is saved with the optimizer does not hold it.

    Args:
        optimizer: whose updates are made so.

    Example:
        >>> import torch
        >>> weight = torch.nn.Parameter(torch.zeros(1))
        >>> optimizer = torch.optim.SGD([weight], lr=0.5)
        >>> override = RateOverride(optimizer)
        >>> override.cool(steps=2)
        >>> for _ in range(4):
        ...     weight.grad = -torch.ones(1)
        ...     optimizer.step()
        ...     print(weight.item(), optimizer.param_groups[0]["lr"])
        0.5 0.5
        0.75 0.5
        0.75 0.5
        0.75 0.5
    """

    def __init__(self, optimizer: Any) -> None:
        inner = vars(optimizer).get("optimizer", optimizer)  # what Accelerate wraps
        self._groups = inner.param_groups
        self._factor, self._made, self._steps = 1.0, 0, 0
        self._from: list[float] = []
        self._set: list[Any] | None = None
        self._depth = 0  # of updates within an update: an optimizer may step what it inherits from
        inner.register_step_pre_hook(self._on)
        inner.register_step_post_hook(self._off)

    def scale(self, factor: float) -> None:
        """Multiply the rate from the update that comes."""
        self._factor *= factor
        self._from = [rate * factor for rate in self._from]

    def cool(self, steps: int) -> None:
        """From the update that comes straight down to 0 over so many updates, and 0 after."""
        self._from, self._made, self._steps = self.rates(), 0, steps

    def rates(self) -> list[float]:
        """Of each group, that of the update that comes."""
        if not self._from:
            return [float(group["lr"]) * self._factor for group in self._groups]
        left = max(0.0, 1.0 - self._made / self._steps)
        return [rate * left for rate in self._from]

    def _on(self, *_: Any) -> None:
        self._depth += 1
        if self._depth == 1:
            rates = self.rates()
            self._set = [float(group["lr"]) for group in self._groups]
            self._write(rates)
            self._made += 1

    def _off(self, *_: Any) -> None:
        self._depth -= 1
        if self._depth == 0 and self._set is not None:
            self._write(self._set)
            self._set = None

    def _write(self, rates: Sequence[float]) -> None:
        for group, rate in zip(self._groups, rates, strict=True):
            put(group, "lr", rate)


def handlers(
    optimizer: Any, scheduler: Any = None, restore: Callable[[], object] | None = None
) -> Mapping[str, Handler]:
    """What does the orders, for ``Watcher(allow=..., handlers=handlers(...), dry=False)``.

    Args:
        optimizer: whose rate is changed.
        scheduler: what sets its rate. A `ScheduleLR` is edited, and saved with the run; under any other the rate is
            overridden (`RateOverride`).
        restore: goes back to a checkpoint of the user's own; `Snapshot.restore`, say. To roll back takes one.

    Returns:
        By action; of those that nothing here can do, none.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1)
        >>> done = handlers(optimizer)
        >>> _ = done["change lr"](Order("mlp", "change lr", 0.5, (), "advise", 0.0, 600.0))
        >>> list(done), optimizer.param_groups[0]["lr"]
        (['change lr', 'cooldown'], 0.05)
    """
    rate = rate_of(optimizer, scheduler)
    table: dict[str, Handler] = {
        "change lr": lambda order: rate.scale(amount_of(order)),
        "cooldown": lambda order: rate.cool(round(amount_of(order))),
    }
    if restore is not None:
        table["roll back"] = lambda order: (restore(), rate.scale(amount_of(order)))
    return table


class _SetRate(RateOverride):
    """The rate of an optimizer under no scheduler: a change of it stays, and is saved with the optimizer."""

    def scale(self, factor: float) -> None:
        for group in self._groups:
            put(group, "lr", float(group["lr"]) * factor)
        self._from = [rate * factor for rate in self._from]


class _ScheduledRate:
    """The rate under a schedule of ours, which is edited."""

    def __init__(self, scheduler: ScheduleLR) -> None:
        self._scheduler = scheduler

    def scale(self, factor: float) -> None:
        self._scheduler.edit(self._scheduler.schedule.scale(factor))

    def cool(self, steps: int) -> None:
        self._scheduler.edit(cooled(self._scheduler, steps))

    def rates(self) -> list[float]:
        return [float(rate) for rate in self._scheduler.get_last_lr()]


def rate_of(optimizer: Any, scheduler: Any) -> RateOverride | _ScheduledRate:
    """What changes the rate of an optimizer, by what sets it."""
    if isinstance(scheduler, ScheduleLR):
        return _ScheduledRate(scheduler)
    return _SetRate(optimizer) if scheduler is None else RateOverride(optimizer)


def cooled(scheduler: ScheduleLR, steps: int) -> Schedule:
    """The schedule up to the update that comes, and from there on straight down to 0 over so many updates.

    Raises:
        BadInput: it counts something else than steps.
    """
    plan, now = scheduler.schedule, float(scheduler.last_epoch)
    if plan.axis != "step":
        raise BadInput(f"the schedule counts {plan.axis}; a cooldown is told in steps", where="cooldown")
    rate = float(plan.lr(now))
    down = Schedule("linear", {"peak": rate, "steps": steps})
    return plan.then(down, at=now) if now else down


def amount_of(order: Order) -> float:
    """How much of it.

    Raises:
        BadInput: it does not say.
    """
    if order.amount is None:
        raise BadInput(f"{order.action!r} takes an amount", where="order")
    return order.amount
