"""Many printed blocks of one layout at once: the same keys in the same rows, and one frame around each.

A log may print a hundred thousand such blocks. What stands before the cell of each row of the first is looked for in
the same row of every other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_FEW = 8  # blocks that are as fast read row by row (ours)


class Stretch(NamedTuple):
    """Blocks of one layout that follow one another.

    Args:
        begin, end: the lines they take, the frame behind the last among them.
        keys: by row of a block, as printed.
        cells: by row, one a block; without blanks around them.
    """

    begin: int
    end: int
    keys: list[str]
    cells: list[list[str]]


def stretch(lines: Sequence[str]) -> Stretch | None:
    """The blocks between the first and the last frame of some lines; None where they are not of one layout.

    Example:
        >>> blocks = "".join(f"| step | {i} |\\n| loss | .5 |\\n-----\\n" for i in range(8))
        >>> alike = stretch(("begun\\n-----\\n" + blocks + "| step |").split("\\n"))
        >>> alike.begin, alike.end, alike.keys, alike.cells[0]
        (2, 26, [' step ', ' loss '], ['0', '1', '2', '3', '4', '5', '6', '7'])
    """
    frame = next((line for line in lines if line[:5] == "-----"), "")
    if not frame or frame.strip("-"):
        return None
    frames = np.flatnonzero([line == frame for line in lines])
    sizes = np.diff(frames) - 1
    begins, size = (frames[:-1] + 1)[sizes > 0], int(sizes.max(initial=0))
    if len(begins) < _FEW or (sizes[sizes > 0] != size).any():
        return None
    keys: list[str] = []
    cells: list[list[str]] = []
    for row in range(size):
        places: list[int] = (begins + row).tolist()
        column = [lines[at] for at in places]
        key = "|".join(column[0].split("|")[:2]) + "|"
        text = "".join(column)
        if key[:1] != "|" or text.count("|") != 3 * len(column) or "\x1b" in text:
            return None
        if {line[: len(key)] for line in column} != {key} or {line[-1:] for line in column} != {"|"}:
            return None
        keys.append(key[1:-1])
        cells.append([line[len(key) : -1].strip() for line in column])
    return Stretch(int(frames[0]) + 1, int(frames[-1]) + 1, keys, cells)
