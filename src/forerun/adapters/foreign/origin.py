"""What a library is to those who read its schedules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, BadInput, Schedule

Read = Callable[[Any, "int | None"], Schedule]


def over_steps(_: Any) -> str:
    """What schedules count that count updates."""
    return "step"


@dataclass(frozen=True)
class Origin:
    """One library.

    Args:
        read: a schedule's closed form, for so many updates.
        values: what a schedule gives at updates, increasing, shape (n,).
        in_order: whether it can be asked for those only one after the other.
        rounding: the share of a value that may be lost in its arithmetic.
        axis: what a schedule counts.
    """

    read: Read
    values: Callable[[Any, NDArray[np.int64]], Array]
    in_order: bool = False
    rounding: float = 1e-9  # sums and products of float64, over many thousand updates
    axis: Callable[[Any], str] = over_steps


def by_kind(table: Mapping[str, Read], refused: Mapping[str, str], kind: Callable[[Any], str]) -> Read:
    """One function for schedules of several kinds.

    Args:
        table: what reads a kind.
        refused: why one has no closed form.
        kind: the name of a schedule's.
    """

    def read(scheduler: Any, steps: int | None) -> Schedule:
        name = kind(scheduler)
        if name not in table:
            no_form(name, refused.get(name, "it is none that is known"))
        return table[name](scheduler, steps)

    return read


def class_name(scheduler: Any) -> str:
    """The name of its class."""
    return type(scheduler).__name__


def no_form(name: str, why: str) -> NoReturn:
    """Refuse a schedule, with the way out."""
    way_out = "forerun.adapters.foreign.sampled(schedule, steps=...)"
    raise BadInput(f"no closed form: {why}. Sample it: {way_out}", where=name)


def horizon(name: str, steps: int | None) -> int:
    """The length that was given for what has none of its own."""
    if steps is None:
        raise BadInput("it has no end of its own: say steps, how many updates it is for", where=name)
    return steps


def line(start: float, end: float, steps: float, axis: str = "step") -> Schedule:
    """A straight line, held after it."""
    return Schedule("knots", {"x": [0.0, float(steps)], "value": [float(start), float(end)]}, axis)


def joined(read: Read, parts: Sequence[Any], starts: Sequence[int], steps: int | None) -> Schedule:
    """Schedules one after the other, each from its own start.

    Args:
        read: reads one.
        parts: the schedules.
        starts: where all but the first take over.
        steps: how many updates the whole is for.
    """
    begins = [0, *starts]
    lengths = [*np.diff(begins).tolist(), None if steps is None else steps - begins[-1]]
    whole, *rest = [read(part, length) for part, length in zip(parts, lengths, strict=True)]
    for part, start in zip(rest, starts, strict=True):
        whole = whole.then(part, at=start)
    return whole


def called(function: Any, at: NDArray[np.int64]) -> Array:
    """The values of a function of the count."""
    return np.array([float(function(int(n))) for n in at])


def _a_function(function: Any, _: int | None) -> Schedule:
    no_form(getattr(function, "__name__", type(function).__name__), "it is a function")


FUNCTION = Origin(read=_a_function, values=called)
