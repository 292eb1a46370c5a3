"""TFRecord framing, ``u64 length | u32 crc | payload | u32 crc``, walked without believing a damaged length.

Checksums are CRC-32C, masked as ``((c >> 15) | (c << 17)) + 0xa282ead8``. Records of one length are checked together,
column by column, so that a million checksums take well under a second in numpy.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

HEAD, TAIL = 12, 4  # bytes before and after a payload
_SEARCH = 1 << 20  # offsets tried at a time when looking for the next intact record
_BATCH = 1 << 17  # records checked at a time


@dataclass(frozen=True)
class Loss:
    """Bytes that hold no readable record: where they begin, how many they are, why, and how many records that costs.

    ``records`` is None where no length can be believed, so that they cannot be counted.
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
    """

    start: np.ndarray
    length: np.ndarray
    losses: tuple[Loss, ...]


def frame(data: np.ndarray) -> Framed:
    """Find every intact record.

    A record whose payload fails its checksum costs that record. A length that fails its own is not believed: the next
    offset at which both checksums hold is searched for.

    Args:
        data: shape (n,), uint8, the whole file.
    """
    starts, losses = _walk(data)
    offset = np.array(starts, dtype=np.int64)
    length = _u64(data, offset) if offset.size else offset
    good = _payload_ok(data, offset, length)
    for i in np.flatnonzero(~good).tolist():
        losses.append(Loss(int(offset[i]), int(length[i]) + HEAD + TAIL, "checksum of the record does not match"))
    losses.sort(key=lambda loss: loss.start)
    return Framed(offset[good] + HEAD, length[good], tuple(losses))


def looks_framed(head: bytes) -> bool:
    """Whether a file's start is a length with a matching checksum.

    Example:
        >>> looks_framed(bytes(12)), looks_framed(b"step,loss,acc")
        (False, False)
    """
    data = np.frombuffer(head[:HEAD], np.uint8)
    return data.size == HEAD and bool(_length_ok(data, np.zeros(1, np.int64))[0])


def _walk(data: np.ndarray) -> tuple[list[int], list[Loss]]:
    """Offsets of the records along the chain of lengths, resuming behind what breaks it."""
    raw, end = memoryview(data), data.size
    starts: list[int] = []
    losses: list[Loss] = []
    known: dict[bytes, bool] = {}
    unpack = struct.Struct("<Q").unpack_from
    offset = 0
    while offset < end:
        head = bytes(raw[offset : offset + HEAD])
        believed = known.get(head)
        if believed is None:
            believed = known[head] = len(head) == HEAD and bool(_length_ok(np.frombuffer(head, np.uint8), _FIRST)[0])
        following = offset + unpack(head)[0] + HEAD + TAIL if believed else end + 1
        if following <= end:
            starts.append(offset)
            offset = following
            continue
        found = _next_intact(data, offset + 1)
        why = "length does not match its checksum" if not believed else "file ends inside a record"
        if found is None and len(head) < HEAD:
            why = "file ends inside a record"
        records = 1 if believed or len(head) < HEAD else None
        losses.append(Loss(offset, (end if found is None else found) - offset, why, records))
        offset = end if found is None else found
    return starts, losses


_FIRST = np.zeros(1, np.int64)


def _next_intact(data: np.ndarray, begin: int) -> int | None:
    """The next offset at which a record stands whose two checksums hold."""
    last = data.size - HEAD - TAIL
    for low in range(begin, last + 1, _SEARCH):
        offset = np.arange(low, min(low + _SEARCH, last + 1))
        offset = offset[_length_ok(data, offset)]
        length = _u64(data, offset)
        fits = (length >= 0) & (length <= data.size - offset - HEAD - TAIL)
        offset, length = offset[fits], length[fits]
        good = np.flatnonzero(_payload_ok(data, offset, length))
        if good.size:
            return int(offset[good[0]])
    return None


def _length_ok(data: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Whether the length at each offset matches its checksum; the cheap bound on the length comes first."""
    size = _u64(data, offset)
    plausible = (size >= 0) & (size < 1 << 40)
    good = np.zeros(offset.size, bool)
    likely = offset[plausible]
    good[plausible] = _masked(_crc(rows_of(data, likely, 8))) == _u32(data, likely + 8)
    return good


def _payload_ok(data: np.ndarray, offset: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Whether each record's payload matches its checksum."""
    good = np.zeros(offset.size, bool)
    order = np.argsort(length, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(length[order])) + 1) if order.size else []:
        size = int(length[group[0]])
        batch = max(1, min(_BATCH, (1 << 25) // max(size, 1)))
        for begin in range(0, group.size, batch):
            some = group[begin : begin + batch]
            first = offset[some] + HEAD
            good[some] = _masked(_crc(rows_of(data, first, size))) == _u32(data, first + size)
    return good


def rows_of(data: np.ndarray, first: np.ndarray, size: int) -> np.ndarray:
    """The ``size`` bytes at each offset, (r, size); copies rows, not an index a byte."""
    if not size:
        return np.zeros((first.size, 0), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(data, size)[first]


def _crc(rows: np.ndarray) -> np.ndarray:
    """CRC-32C of each row of bytes, (r, n) -> (r,): eight bytes a round for all rows at once."""
    if rows.shape[0] == 1 and rows.shape[1] >= 8 * _LANES:
        return np.array([_crc_long(rows[0])], np.uint32)
    crc = np.full(rows.shape[0], 0xFFFFFFFF, np.uint32)
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
    return crc ^ np.uint32(0xFFFFFFFF)


_LANES = 256  # stretches of a long record that are summed side by side


def _crc_long(row: np.ndarray) -> int:
    """CRC-32C of one long record: of many stretches at once, joined by what appending zero bytes does to a checksum."""
    size = row.size // _LANES
    total = 0
    for crc in _crc(row[: size * _LANES].reshape(_LANES, size)).tolist():
        total = _after_zeros(size, total) ^ crc
    register = total ^ 0xFFFFFFFF
    for byte in row[size * _LANES :].tolist():
        register = _PLAIN[(register ^ byte) & 0xFF] ^ register >> 8
    return register ^ 0xFFFFFFFF


def _after_zeros(size: int, crc: int) -> int:
    """What a checksum becomes when ``size`` zero bytes follow: a linear map of its 32 bits."""
    result = 0
    for bit, column in enumerate(_zeros(size)):
        result ^= column if crc >> bit & 1 else 0
    return result


@lru_cache(maxsize=64)
def _zeros(size: int) -> tuple[int, ...]:
    """The images of the 32 bits under ``size`` zero bytes, by repeated squaring."""
    if size == 0:
        return tuple(1 << bit for bit in range(32))
    if size % 2:
        return tuple(_PLAIN[column & 0xFF] ^ column >> 8 for column in _zeros(size - 1))
    half = size // 2
    return tuple(_after_zeros(half, column) for column in _zeros(half))


def _tables() -> np.ndarray:
    """Slicing-by-8 tables of the reflected Castagnoli polynomial 0x82f63b78."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0x82F63B78), table >> 1).astype(np.uint32)
    tables = [table]
    for _ in range(7):
        tables.append(table[tables[-1] & 0xFF] ^ tables[-1] >> 8)
    return np.stack(tables)


_TABLES = _tables()
_PLAIN: list[int] = _TABLES[0].tolist()


def _masked(crc: np.ndarray) -> np.ndarray:
    return (crc >> np.uint32(15) | crc << np.uint32(17)) + np.uint32(0xA282EAD8)


def _u32(data: np.ndarray, offset: np.ndarray) -> np.ndarray:
    return rows_of(data, offset, 4).view("<u4")[:, 0]


def _u64(data: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Lengths as signed integers: one beyond 2^63 reads as negative and fits no file."""
    return rows_of(data, offset, 8).view("<i8")[:, 0]
