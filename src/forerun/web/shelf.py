"""Arrays of runs that are over, in a file instead of in memory: what is looked at seldom is then nobody's memory."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from typing import Any

import numpy as np

from forerun.core import Array, Curve, FrozenMap, Run, Table
from forerun.core.run import OVER

_SLAB = 1 << 24  # values of a file, which is mapped twice: to be written to, and to be read alone
_SMALL = 512  # values of an array that stays in memory


class Shelf:
    """Keeps arrays in a file without a name, which is gone when the process is; equal ones once.

    Example:
        >>> curve = Curve(range(1000), range(1000), metric="loss")
        >>> run = Run("a", {"loss": curve}, "csv", status="finished")
        >>> shelved = Shelf().keep(run)
        >>> shelved == run, shelved.curves["loss"].y.flags.owndata
        (True, False)
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Array] = {}
        self._slab: tuple[np.memmap, np.memmap] | None = None
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
        if self._slab is None or self._used + values.size > self._slab[1].size:
            self._slab, self._used = _new_slab(max(_SLAB, values.size)), 0
        writable, readable = self._slab
        begin, self._used = self._used, self._used + values.size
        writable[begin : self._used] = values
        return np.asarray(readable[begin : self._used])


def _new_slab(size: int) -> tuple[np.memmap, np.memmap]:
    with tempfile.TemporaryFile(prefix="forerun-") as file:
        file.truncate(8 * size)
        return np.memmap(file, np.float64, "r+", shape=(size,)), np.memmap(file, np.float64, "r", shape=(size,))


def _columns(table: Table) -> list[tuple[str, Any]]:
    return list(table.columns.items())
