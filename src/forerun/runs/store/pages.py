"""A store's rows found in the pages of its file, whatever the pages between say.

Every row carries a seal that tells whether it is one, so a page needs no index, no parent and no header to be searched:
wherever bytes decode to a row whose seal holds, there is one. A row in which one bit was flipped is found by trying
each. What was deleted is overwritten with zeros, so nothing is found that no longer held. The format of pages and cells
is that of https://www.sqlite.org/fileformat2.html.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from forerun.runs.store import rows
from forerun.runs.store.schema import PAGE

_LEAF = 13  # the first byte of a page whose cells are rows of a table
_MOST_LOCAL = PAGE - 35  # bytes of a row that stands in its page as a whole
_LEAST_LOCAL = (PAGE - 12) * 32 // 255 - 23
_LARGEST = 1 << 30  # bytes of a row; more is a damaged number
_LONGEST_NUMBER, _LONGEST_HEAD = 9, 100  # bytes of a number that says how long it is, and of a row's header
_MENDED = 64  # cells of a file in which each bit is tried
_INTS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # bytes of an integer by its type
_REALS = {
    rows.FileRow: (10,),
    rows.SeriesRow: (7,),
    rows.ChunkRow: (4, 5),
    rows.ItemRow: (4, 5),
    rows.JournalRow: (1,),
    rows.CalibrationRow: (1,),
}
"""Columns that hold real numbers, which the file keeps as integers where they are whole."""
_KEYED = (rows.FileRow, rows.LogRow, rows.SeriesRow, rows.JournalRow)  # whose first column is the number of the row
_BY_WIDTH: dict[int, list[type[Any]]] = {}
for _kind in rows.TABLE:
    _BY_WIDTH.setdefault(len(_kind._fields) + 1, []).append(_kind)


class Found(NamedTuple):
    """A row as it was found.

    Args:
        key: its number in its table.
        row: what it says.
        mended: a flipped bit of it was put right.
        loose: no pointer of its page leads to it; where there is another of its kind and name, that holds.
    """

    key: int
    row: Any
    mended: bool = False
    loose: bool = False


def search(data: bytes) -> Iterator[Found]:
    """Every row in a file's pages."""
    tried = 0
    for begin in range(0, len(data) - PAGE + 1, PAGE):
        start = begin + (100 if begin == 0 else 0)  # the first page begins with the file's header
        if data[start] == 0:
            continue  # what a long row overflows into, or nothing
        cells = _pointed(data, begin, start)
        decoded = [(at, *_row(data, at)) for at in cells]
        whole = [(at, row, end) for at, row, end in decoded if row is not None]
        yield from (row for _, row, _ in whole)
        leaf = data[start] == _LEAF
        sound = len(whole) == len(cells) == int.from_bytes(data[start + 3 : start + 5], "big")
        if sound if leaf else not whole:
            continue
        covered = [(at, end) for at, _, end in whole]
        for at in _between(start + 8, begin + PAGE, covered):
            row, end = _row(data, at) if data[at] else (None, 0)
            if row is not None and not _inside(at, covered):
                covered.append((at, end))
                yield row._replace(loose=True)
        for at, row, _ in decoded:
            if row is None and not _inside(at, covered) and tried < _MENDED:
                tried += 1
                mended = _mended(data, at, min([cell for cell in cells if cell > at], default=begin + PAGE))
                if mended is not None:
                    yield mended


def _pointed(data: bytes, begin: int, start: int) -> list[int]:
    """Where the page says that its cells are."""
    cells: list[int] = []
    for place in range(start + 8, begin + PAGE - 1, 2):
        at = begin + int.from_bytes(data[place : place + 2], "big")
        if not place + 2 <= at < begin + PAGE:
            break
        if len(cells) >= PAGE // 6 or at in cells:
            break
        cells.append(at)
    return cells


def _between(at: int, end: int, covered: list[tuple[int, int]]) -> Iterator[int]:
    """Where in the rest of a page a cell may begin."""
    for first, last in [*sorted(covered), (end, end)]:
        yield from range(at, first)
        at = max(at, last)


def _inside(at: int, covered: list[tuple[int, int]]) -> bool:
    return any(first <= at < end for first, end in covered)


def _mended(data: bytes, at: int, end: int) -> Found | None:
    """The row of a cell in which one bit was flipped: of a chunk's bytes, where its seal tells which, or any other."""
    cell = bytearray(data[at:end])
    decoded = _cell(data, at, cell)
    if (put_right := _chunk_mended(decoded)) is not None:
        return put_right
    for place in range(_reach(cell) if decoded is None else len(cell)):
        for bit in range(8):
            cell[place] ^= 1 << bit
            row, _ = _row(data, at, cell)
            cell[place] ^= 1 << bit
            if row is not None:
                return row._replace(mended=True)
    return None


def _reach(cell: bytearray) -> int:
    """How much of a cell that decodes to nothing says so: its header, and a pointer if it overflows.

    No bit beyond makes a row of it.
    """
    size, place = _varint(cell, 0)
    _, place = _varint(cell, place)
    head, _ = _varint(cell, place)
    return len(cell) if size > _MOST_LOCAL else min(place + max(_LONGEST_NUMBER, min(head, _LONGEST_HEAD)), len(cell))


def _chunk_mended(cell: Cell | None) -> Found | None:
    """The chunk of whose bytes one bit was flipped; a checksum's error tells which, as each bit has one of its own."""
    if cell is None or len(cell.values) != len(rows.ChunkRow._fields) + 1 or not isinstance(cell.values[-1], int):
        return None
    values = _of_kind(rows.ChunkRow, cell.key, cell.values)
    if values is None or not isinstance(values[-1], bytes) or not isinstance(values[-2] or b"", bytes):
        return None
    error = rows.seal("chunk", values) ^ cell.values[-1]
    gaps = values[-2] or b""
    raw = bytearray(gaps + values[-1])
    effects = tuple(_EFFECT[1 << bit] for bit in range(8))
    for place in range(len(raw) - 1, -1, -1):
        if error in effects:
            raw[place] ^= 1 << effects.index(error)
            values[-2:] = [bytes(raw[: len(gaps)]) if gaps else values[-2], bytes(raw[len(gaps) :])]
            whole = rows.holds("chunk", values, cell.values[-1])
            return Found(cell.key, rows.ChunkRow(*values), mended=True) if whole else None
        effects = tuple(effect >> 8 ^ _EFFECT[effect & 255] for effect in effects)
    return None


_EFFECT = [zlib.crc32(bytes([byte])) ^ zlib.crc32(b"\0") for byte in range(256)]
"""What a change of the last byte changes in a CRC-32."""


class Cell(NamedTuple):
    """What bytes decode to: a row's number, its values, and where what of it stands in its page ends."""

    key: int
    values: list[Any]
    end: int


def _row(data: bytes, at: int, changed: bytes | bytearray | None = None) -> tuple[Found | None, int]:
    """The row of a cell and the end of what of it stands in its page; None where there is none."""
    cell = _cell(data, at, changed)
    for kind in () if cell is None else _BY_WIDTH[len(cell.values)]:
        values = _of_kind(kind, cell.key, cell.values)
        if values is not None and rows.holds(rows.TABLE[kind], values, cell.values[-1]):
            return Found(cell.key, kind(*values)), cell.end
    return None, 0


def _cell(data: bytes, at: int, changed: bytes | bytearray | None) -> Cell | None:
    """The values of a cell, if they can be those of a row.

    Args:
        changed: what is to be taken for the bytes from ``at`` on.
    """
    here = data[at : at - at % PAGE + PAGE] if changed is None else changed
    size, place = _varint(here, 0)
    key, place = _varint(here, place)
    if not 3 < size < _LARGEST or place >= len(here):
        return None
    local = size if size <= _MOST_LOCAL else _LEAST_LOCAL + (size - _LEAST_LOCAL) % (PAGE - 4)
    if size > _MOST_LOCAL and local > _MOST_LOCAL:
        local = _LEAST_LOCAL
    if place + local > len(here):
        return None
    head, _ = _varint(here, place)
    kinds = _types(here, place, min(head, local))
    if kinds is None or len(kinds) not in _BY_WIDTH or head + sum(_width(kind) for kind in kinds) != size:
        return None
    body = bytes(here[place : place + local])
    if local < size:
        rest = _overflow(data, int.from_bytes(here[place + local : place + local + 4], "big"), size - local)
        if rest is None:
            return None
        body += rest
    return Cell(key, _values(body, head, kinds), at + place + local + (4 if local < size else 0))


def _types(here: bytes | bytearray, place: int, head: int) -> list[int] | None:
    end = place + head
    if head < 2 or head > _LONGEST_HEAD or end > len(here):
        return None
    _, place = _varint(here, place)
    kinds: list[int] = []
    while place < end:
        kind, place = (here[place], place + 1) if here[place] < 128 else _varint(here, place)
        if kind < 0:
            return None
        kinds.append(kind)
    return kinds if place == end and 10 not in kinds and 11 not in kinds else None


def _width(kind: int) -> int:
    return _INTS.get(kind, 8 if kind == 7 else 0) if kind < 12 else (kind - 12) // 2


def _values(body: bytes, at: int, kinds: list[int]) -> list[Any]:
    values: list[Any] = []
    for kind in kinds:
        part = body[at : at + _width(kind)]
        at += len(part)
        if kind in _INTS:
            values.append(int.from_bytes(part, "big", signed=True))
        elif kind == 7:
            values.append(struct.unpack(">d", part)[0])
        elif kind >= 12:
            values.append(part if kind % 2 == 0 else part.decode("utf-8", "surrogateescape"))
        else:
            values.append({8: 0, 9: 1}.get(kind))
    return values


def _of_kind(kind: type[Any], key: int, values: list[Any]) -> list[Any] | None:
    fields = list(values[:-1])
    if kind in _KEYED:
        if fields[0] is not None:
            return None
        fields[0] = key
    for column in _REALS.get(kind, ()):
        if isinstance(fields[column], int):
            fields[column] = float(fields[column])
    return fields


def _overflow(data: bytes, page: int, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size > 0:
        begin = (page - 1) * PAGE
        if page < 2 or begin + PAGE > len(data):
            return None
        part = data[begin + 4 : begin + 4 + min(size, PAGE - 4)]
        parts.append(part)
        size -= len(part)
        page = int.from_bytes(data[begin : begin + 4], "big")
    return b"".join(parts)


def _varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends; -1 where it is cut."""
    value = 0
    for count in range(9):
        if at + count >= len(data):
            return -1, at
        byte = data[at + count]
        if count == 8:
            return (value << 8 | byte) - (1 << 64 if value >> 55 else 0), at + 9
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at + count + 1
    return -1, at
