"""The roles that the numbers of a line play."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

LOCAL, BAR, LEADING, PLAIN, GLOBAL = 0, 1, 2, 3, 4
"""How a step was named: ``[i/n]`` or a batch of an epoch, a progress bar, a bare number at the line's start, a step,
and one that is said to be the run's."""


@dataclass
class LinePlan:
    """The roles of a line's numbers, by their index; -1 for none.

    Args:
        stamp: a date and time.
        epoch, epoch_end: the epoch and how many there will be.
        step, step_end, kind: the step, its end, and how it was named.
        counters: further axes; ``counter_end`` the end of the last of them.
        metrics: index and name of each metric; ``recorded`` those that are: all beside one that measures
            quality, else rates and norms.
        units: of metrics that are printed with one; ``agreed`` the units of a log that they are known to agree with.
        magnitudes: letters behind numbers, by index.
        ratios: of metrics that are printed as right/total, the index of the total and whether it is a percentage.
        split: what the line says of the data it is about.
        measured: the metrics among them that measure quality.
        record: a dictionary of Hugging Face, each of which is a record; ``bar`` the progress bar of a line that holds
            nothing else.
        samples: its steps count samples of the epoch; ``size`` that its step is how many the epoch has had.
        keras: a bar that ends with the epoch, whose values only then hold.
        places: it says where it stands; ``plain`` that this is a step and nothing else.
        ends: it tells of the run's end.
        sticky: a bar, which prints a metric's last value until there is a new one.
        seconds: index and unit of the time since the start.
    """

    stamp: int = -1
    epoch: int = -1
    epoch_end: int = -1
    step: int = -1
    step_end: int = -1
    kind: int = LOCAL
    counters: list[tuple[str, int]] = field(default_factory=list)
    counter_end: int = -1
    metrics: list[tuple[int, str]] = field(default_factory=list)
    recorded: list[tuple[int, str]] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    agreed: object = None
    magnitudes: dict[int, str] = field(default_factory=dict)
    ratios: dict[int, tuple[int, bool]] = field(default_factory=dict)
    split: str | None = None
    measured: tuple[str, ...] = ()
    record: bool = False
    bar: int = -1
    samples: bool = False
    size: bool = False
    keras: bool = False
    ends: bool = False
    sticky: bool = False
    seconds: tuple[int, float] | None = None
    places: bool = False
    plain: bool = False

    @property
    def measures(self) -> bool:
        return bool(self.measured)

    @property
    def standing(self) -> bool:
        return self.epoch >= 0 or self.step >= 0 or bool(self.counters)

    @cached_property
    def alone(self) -> Literal["", "step", "epoch"]:
        """The axis of a line of records that says a step of the run or an epoch, and nothing else of its place."""
        if not self.recorded or self.counters or self.ratios or self.record or self.keras or self.bar >= 0:
            return ""
        if self.step < 0:
            return "epoch" if self.epoch >= 0 else ""
        of_run = self.kind in (PLAIN, LOCAL, BAR) and self.split not in ("val", "test")
        return "step" if of_run and self.epoch < 0 and not (self.samples or self.size) else ""
