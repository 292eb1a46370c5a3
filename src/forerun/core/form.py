"""A form of schedule: the formula behind a `Schedule` of that name, and the forms there are."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from numbers import Real
from types import UnionType
from typing import TYPE_CHECKING, Any, Protocol, cast, get_args, get_origin, get_type_hints

import numpy as np

from forerun.core.card import Card
from forerun.core.errors import BadInput, UnknownName
from forerun.core.family import Family
from forerun.core.frozen import Array

if TYPE_CHECKING:
    from forerun.core.schedule import Schedule


class Formula(Protocol):
    """A form with its parameters filled in: a frozen dataclass whose fields they are.

    Fields of type ``float`` are finite numbers from 0 on, unless `at_least` or `above_zero` say otherwise; those of
    type ``Array`` are series, of ``str`` words, of ``Schedule`` schedules; any may be None where that is the default.
    """

    @property
    def end(self) -> float:
        """The last t it speaks of; infinite where there is none."""
        ...

    def lr(self, t: Array) -> Array:
        """The value at t, any shape, none of it past the end."""
        ...


@dataclass(frozen=True)
class Extension:
    """A new horizon.

    Args:
        to: where the schedule is to end, on its axis.
        how: the way there, by name.
        factor: what a second stage of some ways multiplies the value by.
    """

    to: float
    how: str
    factor: float | None = None


@dataclass(frozen=True)
class Form:
    """One way to write a schedule down.

    Args:
        card: its data sheet.
        formula: its parameters and its formula.
        extend: the same for a new horizon; None where that means nothing.
        axes: what t may count; empty where any axis will do.
    """

    card: Card
    formula: type[Formula]
    extend: Callable[[Schedule, Extension], Schedule] | None = None
    axes: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters."""
        return tuple(_fields(self.formula))

    def read(self, schedule: Schedule) -> Formula:
        """The formula that a schedule's parameters describe.

        Raises:
            UnknownName: a parameter that the form does not have.
            BadInput: a parameter is missing or means nothing, or the axis is none of the form's.
        """
        where = f"schedule {schedule.name!r}"
        if self.axes and schedule.axis not in self.axes:
            raise BadInput(f"it counts {' or '.join(self.axes)}, not {schedule.axis}: say axis=", where=where)
        fields = _fields(self.formula)
        for name in schedule.params:
            if name not in fields:
                raise UnknownName("parameter", name, fields, where=where)
        try:
            return self.formula(**{name: _read(*of, schedule.params.get(name)) for name, of in fields.items()})
        except BadInput as error:
            raise BadInput(error.message, where=error.where or where) from error


def at_least(low: float, default: Any = dataclasses.MISSING) -> Any:
    """A number's field whose least value is not 0."""
    return dataclasses.field(default=default, metadata={"low": low})


def above_zero(default: Any = dataclasses.MISSING) -> Any:
    """A number's field that may not be 0."""
    return dataclasses.field(default=default, metadata={"low": math.nextafter(0.0, 1.0)})


def _read(field: dataclasses.Field[Any], kind: Any, value: Any) -> Any:
    """What a parameter says, as the kind its field is of: the field's default where it says nothing."""
    if value is None and field.default is not dataclasses.MISSING:
        return field.default
    if kind is float:
        return _number(field.name, value, field.metadata.get("low", 0.0))
    if kind == Array:
        return _series(field.name, value)
    if not isinstance(value, kind):
        raise BadInput(f"{field.name} must be {_A[kind.__name__]}, but is {value!r}")
    return value


_A = {"str": "a word", "Schedule": "a schedule"}


@cache
def _fields(formula: type[Formula]) -> dict[str, tuple[dataclasses.Field[Any], Any]]:
    """The fields of a formula by name, and of what kind each is, or may be."""
    hints = get_type_hints(formula)
    kinds = {name: next((a for a in get_args(h) if get_origin(h) is UnionType), h) for name, h in hints.items()}
    return {field.name: (field, kinds[field.name]) for field in dataclasses.fields(cast(Any, formula))}


def _number(name: str, value: Any, low: float) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value < low:
        bounds = {-math.inf: "a finite number", math.nextafter(0.0, 1.0): "a number above 0"}
        raise BadInput(f"{name} must be {bounds.get(low, f'a number from {low:g} on')}, but is {value!r}")
    return float(value)


def _series(name: str, value: Any) -> Array:
    try:
        series = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name} must be a series of numbers, but is {value!r}") from error
    if series.ndim != 1:
        raise BadInput(f"{name} must be a series of numbers, but is {value!r}")
    return series


SCHEDULES: Family[Form] = Family(
    kind="schedule",
    table={
        "constant": "forerun.schedules.constant:CONSTANT",
        "linear": "forerun.schedules.linear:LINEAR",
        "cosine": "forerun.schedules.cosine:COSINE",
        "sgdr": "forerun.schedules.sgdr:SGDR",
        "step": "forerun.schedules.step:STEP",
        "multistep": "forerun.schedules.multistep:MULTISTEP",
        "exponential": "forerun.schedules.exponential:EXPONENTIAL",
        "polynomial": "forerun.schedules.polynomial:POLYNOMIAL",
        "inverse_sqrt": "forerun.schedules.inverse_sqrt:INVERSE_SQRT",
        "inverse_time": "forerun.schedules.inverse_time:INVERSE_TIME",
        "onecycle": "forerun.schedules.onecycle:ONECYCLE",
        "rex": "forerun.schedules.rex:REX",
        "wsd": "forerun.schedules.wsd:WSD",
        "wsd_s": "forerun.schedules.wsd_s:WSD_S",
        "infinite": "forerun.schedules.infinite:INFINITE",
        "rewarm": "forerun.schedules.rewarm:REWARM",
        "two_stage": "forerun.schedules.two_stage:TWO_STAGE",
        "power": "forerun.schedules.power:POWER",
        "cyclic": "forerun.schedules.cyclic:CYCLIC",
        "knots": "forerun.schedules.knots:KNOTS",
        "refined": "forerun.schedules.refined:REFINED",
        "path": "forerun.schedules.logged:PATH",
        "then": "forerun.schedules.then:THEN",
        "scale": "forerun.schedules.scale:SCALE",
        "sample": "forerun.schedules.sample:SAMPLE",
        "rebase": "forerun.schedules.rebase:REBASE",
        "on": "forerun.schedules.on:ON",
    },
    group="forerun.schedules",
    of=Form,
)
"""The table stands here, and not beside the forms, so that a `Schedule` has its values wherever it goes."""
