"""Protobuf's wire format, as far as logs need it: the fields of a message, one after the other."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple


class Malformed(Exception):
    """Bytes that are no message."""


class Field(NamedTuple):
    """A field of a message.

    Args:
        number: which.
        value: an integer (of a varint or of fixed bytes), or 0 where it is bytes.
        begin, end: where its bytes stand.
        head: where its tag stands.
    """

    number: int
    value: int
    begin: int
    end: int
    head: int


def fields(data: bytes, begin: int, end: int) -> Iterator[Field]:
    """The fields of the message that stands between two places.

    Raises:
        Malformed: it is none.

    Example:
        >>> [(f.number, f.value) for f in fields(bytes([8, 150, 1]), 0, 3)]
        [(1, 150)]
    """
    at = begin
    while at < end:
        head = at
        tag, at = varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, after = varint(data, at, end)
            yield Field(number, value, at, after, head)
        elif wire in (1, 5):
            after = at + (8 if wire == 1 else 4)
            if after > end:
                raise Malformed
            yield Field(number, int.from_bytes(data[at:after], "little"), at, after, head)
        elif wire == 2:
            size, at = varint(data, at, end)
            after = at + size
            if after > end:
                raise Malformed
            yield Field(number, 0, at, after, head)
        else:
            raise Malformed
        at = after


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number and where it ends.

    Raises:
        Malformed: it does not end in time.
    """
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise Malformed
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise Malformed


def signed(value: int) -> int:
    """The number a varint of 64 bits means."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def double(value: int) -> float:
    """The number that eight fixed bytes mean."""
    return struct.unpack("<d", value.to_bytes(8, "little"))[0]


def text(data: bytes, field: Field) -> str:
    return data[field.begin : field.end].decode("utf-8", errors="backslashreplace")
