"""LevelDB's log format, as W&B writes it: blocks of 32 KiB, records cut into fragments that do not cross them.

A fragment is ``u32 crc | u16 length | u8 type`` and its bytes; the type says whether it is a whole record (1) or the
first (2), a middle (3) or the last (4) part of one. W&B's checksum is zlib's CRC-32 of type and bytes, its blocks are
counted from the start of the file, and its file begins with a header of seven bytes inside the first block.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

BLOCK = 32768
HEAD = 7
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
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
    found = Unframed()
    at, size = 0, len(data)
    parts: list[bytes] = []
    begun = 0  # where the record that parts belong to began
    while True:
        room = BLOCK - (offset + at) % BLOCK
        if room < HEAD:
            at += room
            room = BLOCK
        if at + HEAD > size:
            break
        crc, length, kind = _PARSE(data, at)
        if not crc and not length and not kind:  # filled up with zeros, if all of it is there
            if at + room > size:
                break
            at += room
            continue
        end = at + HEAD + length
        fits = HEAD + length <= room and kind in (_FULL, _FIRST, _MIDDLE, _LAST)
        if fits and end > size:
            break
        if not fits or zlib.crc32(data[at + HEAD - 1 : end]) != crc:
            if at + room > size and not (fits and _stands(data, end, offset)):
                break  # the rest of the block is still to come, and may tell more
            after = end if fits and _stands(data, end, offset) else at + room
            found.losses.append((offset + at, after - at, "checksum of a record does not match"))
            parts, at = [], after
            continue
        body = data[at + HEAD : end]
        if kind == _FULL:
            if parts:
                found.losses.append((offset + begun, at - begun, "a record without its end"))
            found.records.append(body)
            parts = []
        elif kind == _FIRST:
            if parts:
                found.losses.append((offset + begun, at - begun, "a record without its end"))
            parts, begun = [body], at
        elif not parts:
            found.losses.append((offset + at, end - at, "a record without its start"))
        else:
            parts.append(body)
            if kind == _LAST:
                found.records.append(b"".join(parts))
                parts = []
        at = end
        found.end = begun if parts else at
    if not parts:
        found.end = min(at, size) if at > found.end else found.end
    return found


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
