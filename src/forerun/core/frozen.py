"""What makes a noun frozen to the bottom: read-only arrays, read-only mappings, equality by value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core.secrets import masked_setting

Array = NDArray[np.float64]
_Any = NDArray[Any]  # made once: to make it costs more than to look at an array
K = TypeVar("K")
V = TypeVar("V")


def frozen_array(values: ArrayLike) -> Array:
    """A float64 copy that cannot be written to; what already cannot is not copied again.

    That is an array of its own, or one that lies in a file which was opened for reading alone.
    """
    if isinstance(values, np.ndarray) and not values.flags.writeable:
        given = cast(_Any, values)
        if given.dtype == np.float64 and (given.flags.owndata or _in_a_file(given)):
            return given
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


def _in_a_file(values: _Any) -> bool:
    """Whether an array lies in a file that nobody can write to through it."""
    base: object = values.base
    return isinstance(base, np.memmap) and base.mode == "r"


class FrozenMap(Mapping[K, V]):
    """A read-only mapping that keeps order, compares by value and can be pickled; shown, it shows no secret.

    Example:
        >>> FrozenMap({"lr": 0.1})
        FrozenMap({'lr': 0.1})
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        self._items: dict[K, V] = {k: cast(V, freeze(v)) for k, v in (items or {}).items()}

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"FrozenMap({masked_setting(self._items)!r})"


_ATOMS = frozenset((str, int, float, bool, type(None)))  # a column of a million words holds nothing to look into


def freeze(value: Any) -> Any:
    """The same value with every dict, list and array in it made read-only."""
    if isinstance(value, FrozenMap):
        return cast(object, value)
    if isinstance(value, Mapping):
        return FrozenMap(cast(Mapping[Any, Any], value))
    if isinstance(value, (list, tuple)):
        items = cast(list[Any], value)
        return tuple(items) if _ATOMS.issuperset(map(type, items)) else tuple(freeze(item) for item in items)
    if isinstance(value, np.ndarray):
        return frozen_array(cast(Array, value))
    return value


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, counting NaN as equal to NaN."""
    if a is b:
        return True
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(cast(Array, a), cast(Array, b), equal_nan=True)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        left, right = cast(Mapping[Any, Any], a), cast(Mapping[Any, Any], b)
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(a, tuple) and isinstance(b, tuple):
        xs, ys = cast(tuple[Any, ...], a), cast(tuple[Any, ...], b)
        return len(xs) == len(ys) and all(same(x, y) for x, y in zip(xs, ys, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b)
    return bool(a == b)


class Noun:
    """Base of the frozen dataclasses: freezes mapping, list and array fields and compares by value."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(cast(Any, self)):
            object.__setattr__(self, field.name, freeze(getattr(self, field.name)))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [field.name for field in dataclasses.fields(cast(Any, self))]
        return all(same(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # pyright: ignore[reportAssignmentType]  # arrays have no stable hash
