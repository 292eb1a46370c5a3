"""LevelDB's log format, as W&B writes it: blocks of 32 KiB, records cut into fragments that do not cross them.

A fragment is ``u32 crc | u16 length | u8 type`` and its bytes; the type says whether it is a whole record (1) or the
first (2), a middle (3) or the last (4) part of one. W&B's checksum is zlib's CRC-32 of type and bytes, its blocks are
counted from the start of the file, and its file begins with a header of seven bytes inside the first block.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

BLOCK = 32768
HEAD = 7
_FULL, _FIRST, _MIDDLE, _LAST, _PADDING, _DAMAGED = 1, 2, 3, 4, 5, 6
_PARSE = struct.Struct("<IHB").unpack_from


@dataclass
class Unframed:
    """The whole records in a stretch of a file.

    Args:
        records: their bytes.
        losses: ``(offset, size, why)`` of what holds no readable record.
        end: bytes understood; what follows needs more than is there.
    """

    records: list[bytes] = field(default_factory=list)
    losses: list[tuple[int, int, str]] = field(default_factory=list)
    end: int = 0


def unframe(data: bytes, offset: int) -> Unframed:
    """Take records from bytes that stand at ``offset`` in their file, where a fragment begins.

    A fragment that fails its checksum costs its record where the next one stands where it should, else the rest of its
    block; reading goes on at the next.
    """
    unframed = Unframed()
    parts: list[bytes] = []
    begun = 0  # where the record that parts belong to began
    for at, end, kind in _fragments(data, offset):
        if kind == _DAMAGED:
            unframed.losses.append((offset + at, end - at, "checksum of a record does not match"))
            parts = []
        elif kind in (_FULL, _FIRST):
            if parts:
                unframed.losses.append((offset + begun, at - begun, "a record without its end"))
            parts, begun = [data[at + HEAD : end]], at
        elif kind != _PADDING and not parts:
            unframed.losses.append((offset + at, end - at, "a record without its start"))
        elif kind != _PADDING:
            parts.append(data[at + HEAD : end])
        if parts and kind in (_FULL, _LAST):
            unframed.records.append(parts[0] if kind == _FULL else b"".join(parts))
            parts = []
        unframed.end = begun if parts else min(end, len(data))
    return unframed


def _fragments(data: bytes, offset: int) -> Iterator[tuple[int, int, int]]:
    """Where each fragment begins and ends, and its type, as far as all of it is there; padding and damage as well."""
    at, size = 0, len(data)
    while True:
        room = BLOCK - (offset + at) % BLOCK
        if room >= HEAD and at + HEAD > size:
            return
        crc, length, kind = _PARSE(data, at) if room >= HEAD else (0, 0, 0)
        end = at + HEAD + length
        fits = HEAD + length <= room and kind in (_FULL, _FIRST, _MIDDLE, _LAST)
        if not (crc or length or kind):  # the rest of a block is filled up with zeros
            end, kind = at + room, _PADDING
        elif fits and end > size:
            return
        elif not fits or zlib.crc32(data[at + HEAD - 1 : end]) != crc:
            follows = fits and _stands(data, end, offset)
            end, kind = end if follows else at + room, _DAMAGED
        if kind in (_PADDING, _DAMAGED) and end > size and room >= HEAD:
            return  # the rest of the block is still to come, and may tell more
        yield at, end, kind
        at = end


def _stands(data: bytes, at: int, offset: int) -> bool:
    """Whether an intact fragment begins at ``at``."""
    room = BLOCK - (offset + at) % BLOCK
    if room < HEAD:
        return True
    if at + HEAD > len(data):
        return False
    crc, length, kind = _PARSE(data, at)
    end = at + HEAD + length
    return 1 <= kind <= 4 and HEAD + length <= room and end <= len(data) and zlib.crc32(data[at + 6 : end]) == crc
