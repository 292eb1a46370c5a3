"""The points of a series as rows of the table ``chunk``, and back."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from forerun.core import Array, Damage
from forerun.runs.log import Log, writable
from forerun.runs.store import chunks, rows
from forerun.runs.store.rows import ChunkRow, Connection, SeriesRow

_MOST = 1 << 31  # points of a chunk; more is a damaged number


def columns(log: Log) -> Iterator[tuple[str, str, np.ndarray, Array]]:
    """A Log's columns with the rows that hold a value."""
    for name, column in log.axes.items():
        yield "axis", writable(name), *_known(column)
    if log.lr is not None:
        yield "lr", "lr", *_known(log.lr)
    for name, (numbers, values) in log.series.items():
        yield "metric", writable(name), np.asarray(numbers, np.int64), np.asarray(values, float)


def _known(column: Array) -> tuple[np.ndarray, Array]:
    column = np.asarray(column, float)
    numbers = np.flatnonzero(~np.isnan(column))
    return numbers, column if numbers.size == column.size else column[numbers]


def spread(n: int, numbers: np.ndarray, values: Array) -> Array:
    if numbers.size == n:
        return values
    column = np.full(n, np.nan)
    column[numbers] = values
    return column


def keep(db: Connection, series: SeriesRow, numbers: np.ndarray, values: Array) -> tuple[SeriesRow, list[ChunkRow]]:
    """The series with points behind those it has, and the chunks they are, which are still to be put in.

    They are a chunk of their own, which takes in those before it that are neither full nor larger: so a point is
    written anew a dozen times at most, and a series has a dozen chunks at most that are not full.

    Raises:
        Damaged: the chunk before them is.
    """
    n, last = series.n + numbers.size, real_last(numbers, values)
    if 0 < series.newest <= min(numbers.size, chunks.SIZE - 1):
        numbers, values = _reopened(db, series.id, numbers, values)
    packs = list(packed(series.id, numbers, values))
    return series._replace(n=n, newest=packs[-1].n, last_row=last[0], last_value=last[1]), packs


def real_last(numbers: np.ndarray, values: Array) -> tuple[int, float | None]:
    return int(numbers[-1]), rows.real(float(values[-1]))


def _reopened(db: Connection, series: int, numbers: np.ndarray, values: Array) -> tuple[np.ndarray, Array]:
    """The points with those of the chunks before them that are neither full nor larger."""
    parts: list[tuple[np.ndarray, Array]] = [(numbers, values)]
    size = numbers.size
    for chunk in rows.select(db, ChunkRow, "WHERE series = ? ORDER BY first_row DESC LIMIT 16", (series,)):
        if chunk.n > size or chunk.n >= chunks.SIZE:
            break
        earlier, before = points(chunk)
        parts.append((np.asarray(earlier, np.int64), before))
        size += chunk.n
        db.run("DELETE FROM chunk WHERE series = ? AND first_row = ?", (series, chunk.first_row))
    parts.reverse()
    return np.concatenate([part for part, _ in parts]), np.concatenate([part for _, part in parts])


def packed(series: int, numbers: np.ndarray, values: Array) -> Iterator[ChunkRow]:
    size = max(chunks.SIZE, numbers.size) if chunks.regular(values) and _even(numbers) else chunks.SIZE
    coder = chunks.Coder()
    for begin in range(0, numbers.size, size):
        chunk_numbers, chunk_values = numbers[begin : begin + size], values[begin : begin + size]
        gaps = None if _even(chunk_numbers) else zlib.compress(np.diff(chunk_numbers).astype("<u8").tobytes(), 1)
        finite = chunk_values[np.isfinite(chunk_values)] if not np.isfinite(chunk_values).all() else chunk_values
        low, high = (rows.real(finite.min()), rows.real(finite.max())) if finite.size else (None, None)
        span = int(chunk_numbers[0]), int(chunk_numbers[-1]), chunk_numbers.size
        yield ChunkRow(series, *span, low, high, gaps, coder.encode(chunk_values))


def _even(numbers: np.ndarray) -> bool:
    return numbers.size < 2 or bool((np.diff(numbers) == numbers[1] - numbers[0]).all())


def whole(db: Connection, series: SeriesRow, damage: list[Damage]) -> tuple[np.ndarray, Array]:
    """All points of a series; what cannot be read of them is told of and left out."""
    place = f"series {series.id} ({series.name})"
    numbers: list[np.ndarray | range] = []
    values = np.empty(0)  # filled chunk by chunk: memory for all of them at once costs more than the reading
    at = lost = 0
    after = -1
    for chunk, sound in rows.sealed(db, ChunkRow, "WHERE series = ? ORDER BY first_row", (series.id,)):
        try:
            if not sound:
                raise ValueError("checksum of the chunk does not match")
            chunk_numbers, chunk_values = points(chunk)
            if chunk.first_row <= after or at + chunk_values.size > series.n:
                raise ValueError("out of its place")
        except ValueError as error:
            left = min(chunk.n, series.n) if isinstance(chunk.n, int) and chunk.n > 0 else None
            damage.append(Damage(db.name, f"{place}, row {chunk.first_row}", str(error), left))
            lost += left or 0
            continue
        if not values.size:
            values = np.empty(series.n)
        values[at : at + chunk_values.size] = chunk_values
        numbers.append(chunk_numbers)
        at, after = at + chunk_values.size, chunk.last_row
    if at + lost != series.n:
        damage.append(Damage(db.name, place, f"{at} of {series.n} points are there", max(0, series.n - at - lost)))
    return joined_rows(numbers), values if at == series.n else values[:at].copy()


def joined_rows(numbers: Sequence[np.ndarray | range]) -> np.ndarray:
    """Row numbers of consecutive chunks; where none is missing they are counted, not put together."""
    if numbers and all(isinstance(part, range) for part in numbers):
        begin, end = numbers[0][0], numbers[-1][-1] + 1
        if sum(len(part) for part in numbers) == end - begin:
            return _counted(begin, end)
    return np.concatenate([np.empty(0, np.int64), *(np.asarray(part, np.int64) for part in numbers)])


@lru_cache(maxsize=16)
def _counted(begin: int, end: int) -> np.ndarray:
    """Consecutive numbers, kept because most series of a store have the same."""
    numbers = np.arange(begin, end)
    numbers.flags.writeable = False
    return numbers


def points(chunk: ChunkRow) -> tuple[np.ndarray | range, Array]:
    """The rows and values of a chunk.

    Raises:
        ValueError: it is no chunk.
    """
    _, first, last, n, _, _, gaps, data = chunk
    if not 0 < n < _MOST:
        raise ValueError(f"says that it has {n} points")
    if gaps is None:
        numbers = range(first, last + 1, max(1, (last - first) // (n - 1)) if n > 1 else 1)
    else:
        steps = np.frombuffer(zlib.decompress(gaps), "<u8").astype(np.int64)
        numbers = first + np.concatenate([[0], np.cumsum(steps)])
    if len(numbers) != n:
        raise ValueError(f"{len(numbers)} rows in a chunk of {n}")
    return numbers, chunks.decode(data, n)
