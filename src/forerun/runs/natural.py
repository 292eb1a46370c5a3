"""Names in the order people count in: ``version_2`` before ``version_10``."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"(\d+)")
Natural = tuple[tuple[str | int, ...], str]
"""What names are sorted by."""


def natural(name: str) -> Natural:
    """A key to sort names by.

    Example:
        >>> sorted(["version_10", "version_2", "a"], key=natural)
        ['a', 'version_2', 'version_10']
    """
    parts = _DIGITS.split(name)  # text and digits by turns, so that like is compared with like
    return tuple(int(part[:100]) if i % 2 else part for i, part in enumerate(parts)), name


def as_walked(path: str) -> tuple[tuple[int, object], ...]:
    """A key that sorts relative paths of files as a walk comes to them: those of a folder before those of its folders.

    Example:
        >>> sorted(["b/a.csv", "b/c/a.csv", "z.csv", "b/d.csv"], key=as_walked)
        ['z.csv', 'b/a.csv', 'b/d.csv', 'b/c/a.csv']
    """
    *folders, name = path.split("/")
    return (*((1, natural(folder)) for folder in folders), (0, natural(name)))
