"""TFRecord framing, ``u64 length | u32 crc | payload | u32 crc``, walked without believing a damaged length.

Checksums are CRC-32C, masked as ``((c >> 15) | (c << 17)) + 0xa282ead8``. Records of one length are checked together,
column by column, so that a million checksums take well under a second in numpy.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

import numpy as np

HEAD, TAIL = 12, 4  # bytes before and after a payload
_SEARCH = 1 << 18  # offsets tried at a time when looking for the next record
_BATCH = 1 << 17  # records checked at a time
_FEW = 32  # below this many records of one length a plain loop is as fast as columns
_ONES = 0xFFFFFFFF
_BLOCK = 256  # a long record is checked in blocks of so many bytes, all at once
_LONG = 1 << 14  # from here on that is faster than a plain loop
_CHUNK = 1 << 20  # bytes of a long record handled at a time, which bounds memory


@dataclass(frozen=True)
class Loss:
    """Bytes that hold no readable record.

    Args:
        start: where they begin.
        size: how many they are.
        why: what is wrong there.
        records: how many records that costs; None where it cannot be known, since no length there can be believed.
    """

    start: int
    size: int
    why: str
    records: int | None = 1


@dataclass(frozen=True)
class Framed:
    """Intact records of a file.

    Args:
        start: shape (r,), offset of each payload.
        length: shape (r,), bytes of each payload.
        losses: what lies between them, in order.
        end: bytes understood; what follows needs more than the bytes that are there.
        wanted: bytes from ``end`` on that the record standing there says it takes; 0 where it cannot be believed.
    """

    start: np.ndarray
    length: np.ndarray
    losses: tuple[Loss, ...]
    end: int
    wanted: int = 0


def frame(data: np.ndarray, *, more: bool = False) -> Framed:
    """Find every intact record.

    A record whose payload fails its checksum costs that record. A length that fails its own is not believed: the next
    offset at which a length and its checksum agree, and fit into the file, is searched for.

    Args:
        data: shape (n,), uint8, a file or the part of it that begins with a record.
        more: whether the file goes on behind ``data``, so that what does not fit may do so with what follows.
    """
    offset, losses, end, wanted = _walk(data, more)
    length = _u64(data, offset) if offset.size else offset
    good = _payload_ok(data, offset, length)
    for i in np.flatnonzero(~good).tolist():
        losses.append(Loss(int(offset[i]), int(length[i]) + HEAD + TAIL, "checksum of the record does not match"))
    losses.sort(key=lambda loss: loss.start)
    return Framed(offset[good] + HEAD, length[good], tuple(losses), end, wanted)


def looks_framed(head: bytes) -> bool:
    """Whether a file's start is a length with a matching checksum.

    Example:
        >>> looks_framed(bytes(12)), looks_framed(b"step,loss,acc")
        (False, False)
    """
    return _length(head[:HEAD]) is not None


def _length(head: bytes) -> int | None:
    """The length a record's head states, None when it does not match its checksum."""
    if len(head) < HEAD:
        return None
    length, checksum = struct.unpack("<QI", head)
    return length if _mask(_crc_one(head[:8])) == checksum else None


def _walk(data: np.ndarray, more: bool) -> tuple[np.ndarray, list[Loss], int, int]:
    """Offsets of the records along the chain of lengths, resuming behind what breaks it, and where that ends."""
    raw, end, offset = data.data, data.size, 0
    starts = array("q")
    losses: list[Loss] = []
    heads = _Heads(data)
    known: dict[bytes, int] = {}  # a run has few lengths: their checksums are worked out once
    wanted = 0
    while offset < end:
        head = bytes(raw[offset : offset + HEAD])
        length = known.get(head)
        if length is None and (length := _length(head)) is not None:
            known[head] = length
        if length is not None and offset + length + HEAD + TAIL <= end:
            starts.append(offset)
            offset += length + HEAD + TAIL
            continue
        following = end if more and (length is not None or end - offset < HEAD) else heads.after(offset)
        if following == end:
            wanted = 0 if length is None else length + HEAD + TAIL
            break
        why = "length does not match its checksum" if length is None else "length reaches beyond the end of the file"
        losses.append(Loss(offset, following - offset, why, None))
        offset = following
    return np.array(starts, dtype=np.int64), losses, offset, wanted


class _Heads:
    """Offsets at which a length stands that matches its checksum and fits into the file.

    Each stretch of the file is searched once however often the chain breaks, so that a file made to break it everywhere
    costs one pass. The payloads found this way are checked with all others: checking them here, one by one, would let
    overlapping lengths cost the square of the file.
    """

    def __init__(self, data: np.ndarray) -> None:
        self._data = data
        self._begin = self._searched = 0
        self._found: list[int] = []

    def after(self, offset: int) -> int:
        """The first such offset behind ``offset``, the file's end when there is none."""
        while True:
            at = bisect_left(self._found, offset + 1)
            if at < len(self._found):
                return self._found[at]
            self._begin = max(self._searched, offset + 1)
            if self._begin > self._data.size - HEAD - TAIL:
                return self._data.size
            self._search()

    def _search(self) -> None:
        data = self._data
        self._searched = min(self._begin + _SEARCH, data.size - HEAD - TAIL + 1)
        offset = np.arange(self._begin, self._searched)
        length = _u64(data, offset)
        fits = (length >= 0) & (length <= data.size - HEAD - TAIL - offset)
        offset = offset[fits]
        matches = _masked(_crc(rows_of(data, offset, 8))) == _u32(data, offset + 8)
        self._found = offset[matches].tolist()


def _payload_ok(data: np.ndarray, offset: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Whether each record's payload matches its checksum."""
    good = np.zeros(offset.size, bool)
    order = np.argsort(length, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(length[order])) + 1) if order.size else []:
        size = int(length[group[0]])
        batch = max(1, min(_BATCH, (1 << 25) // max(size, 1)))
        for begin in range(0, group.size, batch):
            chunk = group[begin : begin + batch]
            good[chunk] = _sized_ok(data, offset[chunk] + HEAD, size)
    return good


def _sized_ok(data: np.ndarray, first: np.ndarray, size: int) -> np.ndarray:
    if first.size >= _FEW:
        return _masked(_crc(rows_of(data, first, size))) == _u32(data, first + size)
    checksums = _u32(data, first + size).tolist()
    pairs = zip(first.tolist(), checksums, strict=True)
    return np.array([_mask(_crc_one(data[at : at + size])) == crc for at, crc in pairs])


def rows_of(data: np.ndarray, first: np.ndarray, size: int) -> np.ndarray:
    """The ``size`` bytes at each offset, (r, size); copies rows, not an index a byte."""
    if not size or not first.size:
        return np.zeros((first.size, size), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(data, size)[first]


def _crc(rows: np.ndarray) -> np.ndarray:
    """CRC-32C of each row of bytes, (r, n) -> (r,)."""
    return _advance(np.full(rows.shape[0], _ONES, np.uint32), rows) ^ np.uint32(_ONES)


def _advance(crc: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The registers after each row of bytes: eight bytes a round for all rows at once."""
    columns = np.ascontiguousarray(rows.T)
    whole = rows.shape[1] // 8 * 8
    for i in range(0, whole, 8):
        c = columns[i : i + 8]
        low = crc ^ (c[0] | c[1].astype(np.uint32) << 8 | c[2].astype(np.uint32) << 16 | c[3].astype(np.uint32) << 24)
        crc = (
            _TABLES[7][low & 0xFF] ^ _TABLES[6][low >> 8 & 0xFF] ^ _TABLES[5][low >> 16 & 0xFF] ^ _TABLES[4][low >> 24]
        )
        crc ^= _TABLES[3][c[4]] ^ _TABLES[2][c[5]] ^ _TABLES[1][c[6]] ^ _TABLES[0][c[7]]
    for column in columns[whole:]:
        crc = _TABLES[0][(crc ^ column) & 0xFF] ^ crc >> 8
    return crc


def _crc_one(data: bytes | np.ndarray) -> int:
    """CRC-32C of one record."""
    crc, table = _ONES, _PLAIN
    begin = 0
    while len(data) - begin >= _LONG:
        size = min(_CHUNK, (len(data) - begin) // _BLOCK * _BLOCK)
        crc = _advance_blocks(crc, np.frombuffer(data[begin : begin + size], np.uint8).reshape(-1, _BLOCK))
        begin += size
    for byte in bytes(data[begin:]):
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ _ONES


def _advance_blocks(crc: int, blocks: np.ndarray) -> int:
    """The register after consecutive blocks.

    The register is linear over GF(2) in what it was and what it reads: all blocks are read at once from zero, and each
    result is added to the register that has passed over as many zero bytes.
    """
    a, b, c, d = _zeros_passed()
    for read in _advance(np.zeros(len(blocks), np.uint32), blocks).tolist():
        crc = a[crc & 0xFF] ^ b[crc >> 8 & 0xFF] ^ c[crc >> 16 & 0xFF] ^ d[crc >> 24] ^ read
    return crc


@cache
def _zeros_passed() -> list[list[int]]:
    """For each byte of the register, what its value becomes over one block of zeros."""
    before = np.arange(256, dtype=np.uint32) << np.array([[0], [8], [16], [24]], np.uint32)
    return _advance(before.ravel(), np.zeros((1024, _BLOCK), np.uint8)).reshape(4, 256).tolist()


def _tables() -> np.ndarray:
    """Slicing-by-8 tables of the reflected Castagnoli polynomial 0x82f63b78."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0x82F63B78), table >> 1).astype(np.uint32)
    tables: list[np.ndarray] = [table]
    for _ in range(7):
        tables.append(table[tables[-1] & 0xFF] ^ tables[-1] >> 8)
    return np.stack(tables)


_TABLES = _tables()
_PLAIN: list[int] = _TABLES[0].tolist()


def _masked(crc: np.ndarray) -> np.ndarray:
    return (crc >> np.uint32(15) | crc << np.uint32(17)) + np.uint32(0xA282EAD8)


def _mask(crc: int) -> int:
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF


def _u32(data: np.ndarray, offset: np.ndarray) -> np.ndarray:
    return rows_of(data, offset, 4).view("<u4")[:, 0]


def _u64(data: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Lengths as signed integers: one beyond 2^63 reads as negative and fits no file."""
    return rows_of(data, offset, 8).view("<i8")[:, 0]
