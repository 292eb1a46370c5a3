"""An order: one thing that a training is told to do, within its range and for a time."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from forerun.core import BadInput, UnknownName

LASTS = 600.0
"""Seconds for which an order holds unless it says otherwise: ours; a training that logs less often takes it late."""
LONGEST = 86_400.0  # seconds an order may hold: ours, a day
_AHEAD = 60.0  # seconds by which the clocks of two machines may differ: ours


@dataclass(frozen=True)
class Act:
    """Something that a training can be told to do.

    Args:
        does: what that is.
        unit: what its amount counts; empty where it has none.
        low, high: between which its amount lies.
    """

    does: str
    unit: str = ""
    low: float = math.nan
    high: float = math.nan


ACTS: Mapping[str, Act] = {
    "stop": Act("end the training after the update it is at"),
    "cooldown": Act("let the learning rate fall to its end from here on", "steps", 1, 1e9),
    "change lr": Act("multiply the learning rate", "factor", 0.01, 10.0),  # ours: beyond is another run
    "roll back": Act("go back to the last snapshot, at a learning rate multiplied", "factor", 0.01, 1.0),
}
"""All that an order may say."""


@dataclass(frozen=True)
class Order:
    """One thing that a training is told to do.

    Args:
        run: the run's id.
        action: one of `ACTS`.
        amount: how much of it, in the act's unit; None where it has none.
        reasons: sentences.
        by: what gave it.
        given, expires: unix times.
        id: 32 letters of its own.

    Raises:
        UnknownName: no such action.
        BadInput: an amount or a time outside its range, or a field of another type.

    Example:
        >>> Order("mlp", "change lr", 0.5, ("it diverged",), "advise", given=0.0, expires=600.0).amount
        0.5
    """

    run: str
    action: str
    amount: float | None
    reasons: tuple[str, ...]
    by: str
    given: float
    expires: float
    id: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.id or uuid.uuid4().hex)
        _check_types(self)
        if self.action not in ACTS:
            raise UnknownName("action", self.action, ACTS, where="order")
        _check_amount(self.action, self.amount)
        if not 0 <= self.given < self.expires <= self.given + LONGEST:
            raise BadInput(f"it must hold for up to {LONGEST:g} s from when it was given", where="order")

    def check_time(self, now: float) -> None:
        """Raise ``BadInput`` where it holds no more, or was given in the future."""
        if now >= self.expires:
            raise BadInput(
                f"it has expired {now - self.expires:.0f} s ago; give it anew", where=f"order {self.action!r}"
            )
        if self.given > now + _AHEAD:
            raise BadInput(
                f"it was given {self.given - now:.0f} s in the future; set the clocks", where=f"order {self.action!r}"
            )

    def says(self) -> str:
        """What it tells the training to do.

        Example:
            >>> Order("mlp", "cooldown", 200, (), "advise", 0.0, 600.0).says()
            'cooldown (200 steps)'
        """
        return self.action if self.amount is None else f"{self.action} ({self.amount:g} {ACTS[self.action].unit})"

    def as_json(self) -> dict[str, Any]:
        """Its fields, as JSON carries them."""
        return asdict(self) | {"reasons": list(self.reasons)}


def order_of(text: str | bytes) -> Order:
    """The order that a text of JSON holds.

    Raises:
        BadInput: it holds no order, or one with fields that no order has.
        UnknownName: no such action.

    Example:
        >>> order = Order("mlp", "stop", None, ("hopeless",), "advise", 0.0, 600.0)
        >>> order_of(json.dumps(order.as_json())) == order
        True
    """
    try:
        content = cast(object, json.loads(text))
    except ValueError as error:
        raise BadInput("not JSON", where="order") from error
    names = {field.name for field in fields(Order)}
    if not isinstance(content, dict) or cast("dict[str, Any]", content).keys() != names:
        raise BadInput(f"an order has the fields {', '.join(sorted(names))}", where="order")
    values = cast("dict[str, Any]", content)
    if not isinstance(values["reasons"], list):
        raise BadInput("reasons must be a list", where="order")
    values["reasons"] = tuple(cast("list[str]", values["reasons"]))
    return Order(**values)


def _check_types(order: Order) -> None:
    words = {name: getattr(order, name) for name in ("run", "action", "by", "id")}
    words |= {f"reason {i}": reason for i, reason in enumerate(order.reasons)}
    for name, word in words.items():
        if not isinstance(word, str):
            raise BadInput(f"{name} must be text, but is {word!r}", where="order")
    for name in ("given", "expires"):
        if not _is_number(getattr(order, name)):
            raise BadInput(f"{name} must be a unix time, but is {getattr(order, name)!r}", where="order")


def _check_amount(action: str, amount: Any) -> None:
    act = ACTS[action]
    if not act.unit:
        if amount is not None:
            raise BadInput(f"{action!r} takes no amount, but has {amount!r}", where="order")
    elif not _is_number(amount) or not act.low <= amount <= act.high:
        raise BadInput(f"{action!r} takes {act.low:g} to {act.high:g} {act.unit}, not {amount!r}", where="order")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
