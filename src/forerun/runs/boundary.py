"""What a reader may cost: whatever it raises costs its file, and is told; nothing of it reaches the other files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from forerun.core import ForerunError, UnreadableLog

Item = TypeVar("Item")
_LONGEST = 200  # characters of another's message


@contextmanager
def boundary(where: str) -> Iterator[None]:
    """Any error inside becomes an `UnreadableLog` that names it; our own, as of an extra that is missing, stay.

    Example:
        >>> with boundary("a.csv"):
        ...     float("0.0025.")
        Traceback (most recent call last):
        ...
        forerun.core.errors.UnreadableLog: a.csv: ValueError: could not convert string to float: '0.0025.'
    """
    try:
        yield
    except ForerunError:
        raise
    except Exception as error:
        raise UnreadableLog(f"{type(error).__name__}: {str(error)[:_LONGEST]}", where=where) from error


def bounded(begin: Callable[[], Iterable[Item]], where: str) -> Iterator[Item]:
    """The items of what a reader begins, its errors within the boundary."""
    with boundary(where):
        yield from begin()
