"""A reader as a value: how files of a format are known, which of them make runs, and what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from forerun.core import BadInput, Card, Run
from forerun.runs.log import Follow


@dataclass(frozen=True)
class Reader:
    """What reads one format: built-in or a third party's, it runs behind `forerun.runs.boundary`.

    It raises only ``UnreadableLog`` or ``MissingExtra``; whatever else costs its file. It opens files with
    `forerun.runs.regular`. What it loses it counts, as ``Damage``.

    Args:
        card: its data sheet; the name on it is the format's.
        sniff: how sure it is, from 0 to 1, that a file is of its format, by the file's path and start (up to 64 KiB).
            The name may add to what the content says but never decides alone.
        follow: what a file has gained since a state; `forerun.runs.log` has the types, `forerun.runs.growth` the two
            usual ways: lines of a text that grows, and documents written anew as a whole. Feeding a file in any slices
            must give what reading it at once gives.
        read: the runs in a unit, in place of ``follow``: they are then read anew whenever a file of it changes.
        unit: the folder whose files make the runs that a file is of, when it takes several; None where each file
            stands for itself.
        files: the files of such a folder, settings that stand beside the records among them; what each of them holds is
            joined in the order of ``Log.order``, then of their paths. It goes with ``follow`` and ``unit``.
        companions: names of files in such a folder that are read along and are no logs of their own.
        twins: other files that hold the same run once more, as a terminal log.
        repeats: formats whose logs in such a folder hold the same numbers once more, and are not read.

    Raises:
        BadInput: neither or both of ``follow`` and ``read``; ``files`` without ``unit`` or the other way round.

    Example:
        >>> from forerun.runs.readers import READERS
        >>> csv = READERS.load("csv")
        >>> csv.sniff(Path("a.csv"), b"step,loss") > csv.sniff(Path("a"), b"hm")
        True
    """

    card: Card
    sniff: Callable[[Path, bytes], float]
    follow: Follow | None = None
    read: Callable[[Path], Iterable[Run]] | None = None
    unit: Callable[[Path], Path] | None = None
    files: Callable[[Path], Iterable[Path]] | None = None
    companions: tuple[str, ...] = ()
    twins: Callable[[Path], Iterable[Path]] | None = None
    repeats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.follow is None) == (self.read is None):
            raise BadInput("a reader has follow, or read in its place", where=f"reader {self.card.name!r}")
        if (self.files is not None) != (self.follow is not None and self.unit is not None):
            raise BadInput("files goes with follow and unit", where=f"reader {self.card.name!r}")
