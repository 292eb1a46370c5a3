"""The points of a series as rows of the table ``chunk``, and back."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from forerun.core import Array
from forerun.runs.log import Log, writable
from forerun.runs.store import chunks

PUT = "INSERT INTO chunk (series, first_row, last_row, n, low, high, checksum, rows, data) VALUES (?,?,?,?,?,?,?,?,?)"
GET = "SELECT first_row, last_row, n, checksum, rows, data FROM chunk WHERE series = ? ORDER BY first_row"


def columns(log: Log) -> Iterator[tuple[str, str, np.ndarray, Array]]:
    """A Log's columns with the rows that hold a value."""
    for name, column in log.axes.items():
        yield "axis", writable(name), *_known(column)
    if log.lr is not None:
        yield "lr", "lr", *_known(log.lr)
    for name, (rows, values) in log.series.items():
        yield "metric", writable(name), np.asarray(rows, np.int64), np.asarray(values, float)


def _known(column: Array) -> tuple[np.ndarray, Array]:
    column = np.asarray(column, float)
    rows = np.flatnonzero(~np.isnan(column))
    return rows, column if rows.size == column.size else column[rows]


def spread(n: int, rows: np.ndarray, values: Array) -> Array:
    if rows.size == n:
        return values
    column = np.full(n, np.nan)
    column[rows] = values
    return column


def packed(series: int, rows: np.ndarray, values: Array) -> Iterator[tuple[Any, ...]]:
    size = max(chunks.SIZE, rows.size) if chunks.regular(values) and _even(rows) else chunks.SIZE
    coder = chunks.Coder()
    for begin in range(0, rows.size, size):
        some, held = rows[begin : begin + size], values[begin : begin + size]
        data = coder.encode(held)
        gaps = None if _even(some) else zlib.compress(np.diff(some).astype("<u8").tobytes(), 1)
        checksum = zlib.crc32(data, zlib.crc32(gaps or b""))
        finite = held[np.isfinite(held)] if not np.isfinite(held).all() else held
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (None, None)
        yield (series, int(some[0]), int(some[-1]), some.size, low, high, checksum, gaps, data)


def _even(rows: np.ndarray) -> bool:
    return rows.size < 2 or bool((np.diff(rows) == rows[1] - rows[0]).all())


def joined_rows(rows: Sequence[np.ndarray | range]) -> np.ndarray:
    """Row numbers of consecutive chunks; where none is missing they are counted, not put together."""
    if rows and all(isinstance(some, range) for some in rows):
        begin, end = rows[0][0], rows[-1][-1] + 1
        if sum(len(some) for some in rows) == end - begin:
            return _counted(begin, end)
    return np.concatenate([np.empty(0, np.int64), *(np.asarray(some, np.int64) for some in rows)])


@lru_cache(maxsize=16)
def _counted(begin: int, end: int) -> np.ndarray:
    """Consecutive numbers, kept because most series of a store have the same."""
    rows = np.arange(begin, end)
    rows.flags.writeable = False
    return rows


def points(chunk: Sequence[Any]) -> tuple[np.ndarray | range, Array]:
    """The rows and values of a chunk.

    Raises:
        ValueError: it is not what was written.
    """
    first, last, n, checksum, packed, data = chunk
    if zlib.crc32(data, zlib.crc32(packed or b"")) != checksum:
        raise ValueError("checksum of the chunk does not match")
    if packed is None:
        rows = range(first, last + 1, max(1, (last - first) // (n - 1)) if n > 1 else 1)
    else:
        gaps = np.frombuffer(zlib.decompress(packed), "<u8").astype(np.int64)
        rows = first + np.concatenate([[0], np.cumsum(gaps)])
    if len(rows) != n:
        raise ValueError(f"{len(rows)} rows in a chunk of {n}")
    return rows, chunks.decode(data, n)
