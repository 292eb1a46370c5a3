"""Thrift's compact protocol, read only: what Parquet's footer and page headers are written in.

Source: apache/thrift, doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

import struct
from typing import Any

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12


class Compact:
    """A place in bytes, which moves on with what is read.

    Raises:
        IndexError: the bytes end, or hold what no writer writes.

    Example:
        >>> Compact(bytes([0x15, 0x04, 0x18, 2, 97, 98, 0])).fields()
        {1: 2, 2: b'ab'}
    """

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def fields(self) -> dict[int, Any]:
        """A struct: its fields by number."""
        values, number = dict[int, Any](), 0
        while (head := self._byte()) != 0:
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            values[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind)
        return values

    def _value(self, kind: int) -> Any:
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind < _DOUBLE:
            return self._integer()
        if kind == _DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_LIST, _SET):
            head = self._byte()
            count = self._varint() if head >> 4 == 15 else head >> 4
            return [self._value(head & 15) for _ in range(count)]
        if kind == _STRUCT:
            return self.fields()
        raise IndexError(f"no value of kind {kind}")  # a map is in nothing of Parquet's

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _bytes(self, n: int) -> bytes:
        self.at += n
        if self.at > len(self.data):
            raise IndexError("the bytes end")
        return self.data[self.at - n : self.at]

    def _varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _integer(self) -> int:
        """Zigzag."""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
