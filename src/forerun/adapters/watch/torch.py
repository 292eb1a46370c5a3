"""PyTorch: what a plain loop does when it is told to change its rate, cool down or go back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from forerun.adapters.torch import ScheduleLR
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


def handlers(
    optimizer: Any, scheduler: ScheduleLR | None = None, snapshot: Snapshot | None = None
) -> Mapping[str, Handler]:
    """What does the orders, for ``Watcher(allow=..., handlers=handlers(...), dry=False)``.

    Args:
        optimizer: whose rate is changed; under another scheduler than ours, which would set it anew, none is.
        scheduler: what sets its rate; to cool down takes one.
        snapshot: what to go back to; to roll back takes one.

    Returns:
        By action; of those that nothing here can do, none.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1)
        >>> done = handlers(optimizer)
        >>> _ = done["change lr"](Order("mlp", "change lr", 0.5, (), "advise", 0.0, 600.0))
        >>> list(done), optimizer.param_groups[0]["lr"]
        (['change lr'], 0.05)
    """
    scale = _scaled(optimizer, scheduler)
    table: dict[str, Handler] = {"change lr": lambda order: scale(_amount(order))}
    if scheduler is not None:
        table["cooldown"] = lambda order: scheduler.edit(cooled(scheduler, round(_amount(order))))
    if snapshot is not None:
        table["roll back"] = lambda order: (snapshot.restore(), scale(_amount(order)))
    return table


def cooled(scheduler: ScheduleLR, steps: int) -> Schedule:
    """The schedule up to the update that comes, and from there on straight down to 0 over so many updates.

    Raises:
        BadInput: it counts something else than steps.
    """
    plan, now = scheduler.schedule, float(scheduler.last_epoch)
    if plan.axis != "step":
        raise BadInput(f"the schedule counts {plan.axis}; a cooldown is told in steps", where="cooldown")
    rate = float(plan.lr(now))
    return (
        plan.then(Schedule("linear", {"peak": rate, "steps": steps}), at=now)
        if now
        else Schedule("linear", {"peak": rate, "steps": steps})
    )


def _scaled(optimizer: Any, scheduler: ScheduleLR | None) -> Callable[[float], None]:
    """What multiplies the rate: in the schedule where there is one, else in the optimizer's groups."""

    def scale(factor: float) -> None:
        if scheduler is not None:
            scheduler.edit(scheduler.schedule.scale(factor))
            return
        for group in optimizer.param_groups:
            group["lr"] *= factor

    return scale


def _amount(order: Order) -> float:
    if order.amount is None:
        raise BadInput(f"{order.action!r} takes an amount", where="order")
    return order.amount
