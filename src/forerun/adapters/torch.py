"""PyTorch: a schedule as an `LRScheduler`.

It counts updates of the optimizer, not calls of its own ``step()``: called eight times an update by a launcher of eight
processes, or after every micro-batch of an accumulated gradient, it advances once an update.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakMethod

from forerun.adapters.clock import Clock, clock_of
from forerun.adapters.rates import RateLookup
from forerun.core import BadInput, MissingExtra, Schedule, UnknownName, codec

try:
    from torch import Tensor
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler
except ModuleNotFoundError as cause:
    raise MissingExtra("forerun.adapters.torch", "torch", "torch") from cause

_NONE_YET = "the optimizer has made no update yet, so the rate stays; step() counts updates, not its own calls"
_LATE = "{} updates since the last step(); the schedule counts them: call it after each (Lightning: interval='step')"
_MANY = 10  # fewer may be one: optimizers step their parts, or what they inherit from, each by itself


class ScheduleLR(LRScheduler):
    """Sets what a schedule says of update n of an optimizer, n = 0, 1, ...

    Its state is JSON: the count of updates and the schedules. Where one is loaded, the newest schedule wins: the
    script's, if the script gave another to the run that was saved; else the one in force there, edits included.

    Args:
        optimizer: whose groups are set.
        schedule: the learning rate.
        factors: a group's rate over the schedule's, one a group. Default: its rate over the largest of any group's, so
            that the schedule is the highest rate.
        also: further settings of the groups by name and their schedules, over the same axis: ``"weight_decay"``,
            ``"momentum"`` (the first of Adam's betas). Groups keep their ratios here too; one without any stays so.
        per_step: what an update adds on the schedule's axis: tokens, samples or epochs. Over steps it is 1.

    Raises:
        BadInput: factors that are not one a group, no ``per_step`` over another axis than steps, or a further schedule
            over another axis.
        UnknownName: ``also`` names what a group does not have.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1)
        >>> scheduler = ScheduleLR(optimizer, Schedule("linear", {"peak": 0.1, "steps": 2}))
        >>> for _ in range(2):
        ...     print(scheduler.get_last_lr())
        ...     optimizer.step()
        ...     scheduler.step()
        [0.1]
        [0.05]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedule: Schedule,
        *,
        factors: Sequence[float] | None = None,
        also: Mapping[str, Schedule] | None = None,
        per_step: float | None = None,
    ) -> None:
        self._given = {"lr": schedule, **(also or {})}
        self._rates = _rates(self._given, clock_of(schedule, per_step))
        self.factors = {key: _ratios(optimizer.param_groups, key) for key in self._given}
        if factors is not None:
            self.factors["lr"] = tuple(map(float, factors))
        self._updates = _Updates()
        self._watch(optimizer)
        super().__init__(optimizer)

    @property
    def schedule(self) -> Schedule:
        """The schedule of the learning rate in force."""
        return self._rates["lr"].schedule

    @property
    def last(self) -> float:
        """The last update that the schedule of the learning rate speaks of; infinite where it has no end."""
        return self._rates["lr"].last

    def step(self, epoch: int | None = None) -> None:
        """On to the next update, where the optimizer has made one since the last call; or to update ``epoch``."""
        count = self._updates.count
        if epoch is None and count != 1 and not self._is_initial:
            self._updates.warn(of_steps=self.schedule.axis == "step")
            if count == 0:
                return
        self._step_count += 1
        self._update_lr(epoch)

    def get_lr(self) -> list[float | Tensor]:
        """The rates of the groups for the update that comes."""
        rate = self._rates["lr"].at(self.last_epoch)
        return [rate * factor for factor in self.factors["lr"]]

    def edit(self, schedule: Schedule, *, of: str = "lr") -> None:
        """Follow another schedule from the update that comes: a new horizon, say. The count of updates goes on.

        Args:
            schedule: over the same axis.
            of: the setting that is scheduled.

        Raises:
            BadInput: it counts something else.
            UnknownName: nothing of that name is scheduled.
        """
        if of not in self._rates:
            raise UnknownName("scheduled setting", of, self._rates)
        schedules = {key: rates.schedule for key, rates in self._rates.items()} | {of: schedule}
        self._rates = _rates(schedules, self._rates["lr"].clock)
        self._write()

    def state_dict(self) -> dict[str, Any]:
        """The count of updates, what they add and the schedules, as JSON carries them."""
        return {
            "step": self.last_epoch,
            "clock": self._rates["lr"].clock.state(),
            "schedules": {key: codec.encode(rates.schedule) for key, rates in self._rates.items()},
            "given": {key: codec.encode(schedule) for key, schedule in self._given.items()},
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where a run was saved, under the newest schedule.

        Raises:
            BadInput: it is no state of this class, or of a run that counted something else.
        """
        if not {"step", "clock", "schedules", "given"} <= state_dict.keys():
            raise BadInput(f"no state of a ScheduleLR, but of something with {', '.join(state_dict)}")
        n, saved, given = int(state_dict["step"]), state_dict["schedules"], state_dict["given"]
        if saved["lr"]["axis"] != self.schedule.axis:
            raise BadInput(f"the saved run counts {saved['lr']['axis']}, the schedule {self.schedule.axis}")
        newest = {
            key: codec.decode(saved[key]) if codec.encode(schedule) == given.get(key) else schedule
            for key, schedule in self._given.items()
        }
        clock = Clock(**state_dict["clock"]).turned(n, self._rates["lr"].clock.per_step)
        self._rates = _rates(newest, clock)
        self.last_epoch = n
        self._write()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._watch(self.optimizer)  # a copied optimizer comes without its hooks

    def _watch(self, optimizer: Optimizer) -> None:
        """Count its updates; where its state is loaded, which holds rates of its own, write the schedule's again."""
        inner = vars(optimizer).get("optimizer", optimizer)  # what Accelerate wraps
        inner.register_step_post_hook(self._updates)
        inner.register_load_state_dict_post_hook(_Rewrite(WeakMethod(self._write)))

    def _update_lr(self, epoch: int | None = None) -> None:  # also called by torch's schedulers of schedulers
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._updates.count = 0
        self._write()

    def _write(self) -> None:
        """What the schedules say of the update that comes, into the groups."""
        groups = self.optimizer.param_groups
        for key, rates in self._rates.items():
            value, factors = rates.at(self.last_epoch), self.factors[key]
            if len(factors) != len(groups):
                raise BadInput(f"{len(factors)} factors for {len(groups)} groups: set scheduler.factors[{key!r}] anew")
            for group, factor in zip(groups, factors, strict=True):
                put(group, key, value * factor)
        self._last_lr = self.get_lr()


class _Updates:
    """How many updates an optimizer has made since they were last looked at: a hook that it calls after each."""

    def __init__(self) -> None:
        self.count = 0
        self.any = False

    def __call__(self, *_: Any) -> None:
        self.count += 1
        self.any = True

    def warn(self, *, of_steps: bool) -> None:
        """Say where the schedule will not go on as its user may think."""
        if not self.any:
            warnings.warn(_NONE_YET, stacklevel=3)
        elif self.count >= _MANY and of_steps:
            warnings.warn(_LATE.format(self.count), stacklevel=3)


@dataclass(frozen=True)
class _Rewrite:
    """A scheduler's writing, as long as it lives: its optimizer does not keep it alive."""

    write: WeakMethod[Callable[[], None]]

    def __call__(self, *_: Any) -> None:
        if write := self.write():
            write()


def _rates(schedules: Mapping[str, Schedule], clock: Clock) -> dict[str, RateLookup]:
    """By setting; all over one axis."""
    axis = schedules["lr"].axis
    for key, schedule in schedules.items():
        if schedule.axis != axis:
            raise BadInput(f"counts {schedule.axis}, but that of the learning rate {axis}", where=f"schedule of {key}")
    return {key: RateLookup(schedule, clock) for key, schedule in schedules.items()}


def _ratios(groups: Sequence[dict[str, Any]], key: str) -> tuple[float, ...]:
    """What each group began with over the largest of them; 1 for all where none has any."""
    for group in groups:
        group.setdefault(f"initial_{key}", _get(group, key))  # as torch keeps initial_lr: it survives a resume
    first = [float(group[f"initial_{key}"]) for group in groups]
    return tuple(value / max(first) for value in first) if max(first) > 0 else (1.0,) * len(first)


def _get(group: dict[str, Any], key: str) -> Any:
    """A setting of a group; Adam's momentum is the first of its betas."""
    if key == "momentum" and "betas" in group:
        return group["betas"][0]
    if key not in group:
        raise UnknownName("setting of the optimizer's groups", key, [name for name in group if name != "params"])
    return group[key].item() if isinstance(group[key], Tensor) else group[key]


def put(group: dict[str, Any], key: str, value: float) -> None:
    """Set it; in place where it is a tensor, which a compiled step has in its hands."""
    if key not in group:
        group["betas"] = (value, *group["betas"][1:])
    elif isinstance(group[key], Tensor):
        group[key].fill_(value)
    else:
        group[key] = value
