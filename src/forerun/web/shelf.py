"""Arrays of runs that are over, in files instead of in memory: what is looked at seldom is then nobody's memory.

Several processes see the same arrays: of one on the shelf, `dumps` writes where it lies, and `loads` maps it.
"""

from __future__ import annotations

import contextlib
import copyreg
import hashlib
import io
from dataclasses import replace
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any, cast

import numpy as np

from forerun.core import Array, Curve, FrozenMap, Run, Table
from forerun.core.run import OVER

_SLAB = 1 << 24  # values of a file, which is mapped twice: to be written to, and to be read alone
_SMALL = 512  # values of an array that stays in memory
_MAPPED: dict[str, np.memmap] = {}  # the files of other processes' shelves that are mapped here


class Shelf:
    """Keeps arrays in files; equal ones once.

    Args:
        folder: where the files lie. Who maps one removes its name, so that the disk has it back when all who mapped it
            are gone; the folder itself is its owner's to remove.

    Example:
        >>> import tempfile
        >>> curve = Curve(range(1000), range(1000), metric="loss")
        >>> run = Run("a", {"loss": curve}, "csv", status="finished")
        >>> shelf = Shelf(Path(tempfile.mkdtemp()))
        >>> shelved = shelf.keep(run)
        >>> shelved == run, shelved.curves["loss"].y.flags.owndata
        (True, False)
        >>> len(shelf.dumps(shelved)) < 2000, loads(shelf.dumps(shelved)) == run
        (True, True)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[bytes, Array] = {}
        self._places: dict[int, tuple[str, int, int]] = {}
        self._slab: tuple[str, np.memmap, np.memmap] | None = None
        self._used = 0

    def keep(self, run: Run) -> Run:
        """The same run, its arrays shelved; one that goes on stays as it is."""
        if run.status not in OVER:
            return run
        return replace(
            run,
            curves=FrozenMap({name: self._curve(curve) for name, curve in run.curves.items()}),
            segments=FrozenMap({name: tuple(map(self._curve, each)) for name, each in run.segments.items()}),
            positions=self._table(run.positions),
        )

    def dumps(self, value: object) -> memoryview:
        """A value as bytes for another process of the same machine."""
        written = io.BytesIO()
        pickler = ForkingPickler(written, 5)
        pickler.dispatch_table = copyreg.dispatch_table | {np.ndarray: self._reduced}  # type: ignore[attr-defined]
        pickler.dump(value)
        return written.getbuffer()

    def _reduced(self, array: np.ndarray[Any, Any]) -> Any:
        place = self._places.get(array.__array_interface__["data"][0])
        return array.__reduce_ex__(5) if place is None or place[2] != array.size else (_array_at, place)

    def _curve(self, curve: Curve) -> Curve:
        lr = None if curve.lr is None else self._array(curve.lr)
        return replace(curve, x=self._array(curve.x), y=self._array(curve.y), lr=lr)

    def _table(self, table: Table) -> Table:
        return Table({name: self._array(one) if isinstance(one, np.ndarray) else one for name, one in _columns(table)})

    def _array(self, values: Any) -> Any:
        if values.size < _SMALL or values.dtype != np.float64:
            return values
        digest = hashlib.sha256(np.ascontiguousarray(values).data).digest()
        if digest not in self._known:
            self._known[digest] = self._laid(values)
        return self._known[digest]

    def _laid(self, values: Array) -> Array:
        if self._slab is None or self._used + values.size > self._slab[2].size:
            self._slab, self._used = self._new_slab(max(_SLAB, values.size)), 0
        name, writable, readable = self._slab
        begin, self._used = self._used, self._used + values.size
        writable[begin : self._used] = values
        laid = np.asarray(readable[begin : self._used])
        self._places[laid.__array_interface__["data"][0]] = name, begin, values.size
        return laid

    def _new_slab(self, size: int) -> tuple[str, np.memmap, np.memmap]:
        file = self.folder / f"{len(self._places)}.f8"
        with file.open("xb") as made:
            made.truncate(8 * size)
        return str(file), np.memmap(file, np.float64, "r+", shape=(size,)), np.memmap(file, np.float64, "r")


def loads(written: bytes | memoryview) -> Any:
    """What `Shelf.dumps` wrote, in any process of the machine."""
    return ForkingPickler.loads(written)  # pyright: ignore


def put_away(folder: Path) -> None:
    """Map no more what lies in a folder; arrays that someone holds stay."""
    for name in [name for name in _MAPPED if Path(name).parent == folder]:
        del _MAPPED[name]


def _array_at(name: str, begin: int, size: int) -> Array:
    if name not in _MAPPED:
        _MAPPED[name] = np.memmap(name, np.float64, "r")
        with contextlib.suppress(OSError):  # where a file that is mapped keeps its name, its folder goes with it
            Path(name).unlink()
    return cast(Array, np.asarray(_MAPPED[name][begin : begin + size]))


def _columns(table: Table) -> list[tuple[str, Any]]:
    return list(table.columns.items())
