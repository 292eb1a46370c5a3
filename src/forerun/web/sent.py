"""What a JSON object that was sent says, field by field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from forerun.core import Array, BadInput

_MOST = 10_000  # numbers or words of a list
Sent = Mapping[str, Any]


def word(sent: Sent, name: str) -> str | None:
    """A text; None where there is none.

    Raises:
        BadInput: it is something else.
    """
    value = sent.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"is a text, not {value!r}", where=name)
    return value or None


def needed(sent: Sent, name: str) -> str:
    """A text.

    Raises:
        BadInput: there is none.
    """
    value = word(sent, name)
    if value is None:
        raise BadInput("is missing", where=name)
    return value


def number(sent: Sent, name: str) -> float | None:
    """A finite number; None where there is none.

    Raises:
        BadInput: it is something else.

    Example:
        >>> number({"steps": 10}, "steps"), number({}, "steps")
        (10.0, None)
    """
    value = sent.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadInput(f"is a number, not {value!r}", where=name)
    return float(value)


def numbers(sent: Sent, name: str) -> Array:
    """A list of finite numbers, shape (n,).

    Raises:
        BadInput: it is something else.
    """
    return np.array([number({name: one}, name) for one in _listed(sent, name)], float)


def words(sent: Sent, name: str) -> tuple[str, ...] | None:
    """A list of texts; None where there is none.

    Raises:
        BadInput: it is something else.
    """
    return None if sent.get(name) is None else tuple(str(one) for one in _listed(sent, name))


def part(sent: Sent, name: str) -> Sent:
    """An object; empty where there is none.

    Raises:
        BadInput: it is something else.
    """
    value = sent.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise BadInput(f"is an object, not {value!r}", where=name)
    return cast(Sent, value or {})


def _listed(sent: Sent, name: str) -> list[Any]:
    value: Any = sent.get(name)
    if not isinstance(value, list) or len(listed := cast(list[Any], value)) > _MOST:
        raise BadInput(f"is a list of at most {_MOST:,}", where=name)
    return listed
