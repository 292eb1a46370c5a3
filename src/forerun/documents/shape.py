"""What documents are made of."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from forerun.core.codec import encode
from forerun.core.decision import Range

Document = dict[str, Any]
NOTHING_JUDGED = "nothing judged"
"""The verdict of what is measured and not held against anything."""


def or_undefined(value: float | None, why: str) -> Any:
    """The number, or a word where there is none.

    Example:
        >>> or_undefined(None, "no finite value"), or_undefined(float("inf"), "")
        ({'undefined': 'no finite value'}, {'number': 'inf'})
    """
    return {"undefined": why} if value is None else encode(value)


def range_document(value: Range | None, why: str) -> Document:
    """An estimate with its range and unit, or a word where there is none."""
    return {"undefined": why} if value is None else {name: encode(one) for name, one in asdict(value).items()}


def given(**fields: Any) -> Document:
    """The fields that have a value.

    Example:
        >>> given(seed=3, task=None)
        {'seed': 3}
    """
    return {name: value for name, value in fields.items() if value is not None}
