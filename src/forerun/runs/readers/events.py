"""One event of a TensorBoard event file: its scalars, and where they lie in its bytes.

An event is ``{1: wall_time, 2: step, 5: summary {1: value {1: tag, 2: simple_value, 8: tensor}}}`` in protobuf's wire
format, of which no more is understood here than a scalar needs.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


class MalformedEvent(Exception):
    """Bytes that are no event."""


@dataclass(frozen=True)
class Scalar:
    """One scalar of an event.

    Args:
        tag: its name, as the bytes written.
        tag_span: where they begin and end in the record.
        value: what was logged.
        kind: numpy type of the value's bytes.
        at: where those begin; -1 where the value is not written as bytes of a fixed width.
    """

    tag: bytes
    tag_span: tuple[int, int]
    value: float
    kind: str = ""
    at: int = -1


@dataclass(frozen=True)
class ScalarEvent:
    """An event's wall time (unix seconds), step and scalars, and where the first two lie.

    ``wall_at`` is -1 and ``step_span`` empty where they are not written and so are 0.
    """

    wall: float
    wall_at: int
    step: int
    step_span: tuple[int, int]
    scalars: tuple[Scalar, ...]

    @property
    def repeatable(self) -> bool:
        """Whether other records can be decoded by where things lie in this one."""
        return self.wall_at >= 0 and bool(self.scalars) and all(scalar.at >= 0 for scalar in self.scalars)


NOTHING = ScalarEvent(0.0, -1, 0, (0, 0), ())


def parse(record: bytes) -> ScalarEvent:
    """The scalars of a record; none where it holds something else.

    Raises:
        MalformedEvent: the bytes are no event.

    Example:
        >>> event = parse(bytes.fromhex("09000000000000f03f 1007 2a0d 0a0b 0a046c6f7373 150000003f"))
        >>> event.wall, event.step, event.scalars[0].value
        (1.0, 7, 0.5)
    """
    wall, wall_at, step, step_span = 0.0, -1, 0, (0, 0)
    scalars: list[Scalar] = []
    for field in _fields(record, 0, len(record)):
        if field.number == 1 and field.wire == 1:
            wall, wall_at = struct.unpack_from("<d", record, field.begin)[0], field.begin
        elif field.number == 2 and field.wire == 0:
            step, step_span = _signed(field.varint), (field.begin, field.end)
        elif field.number == 5 and field.wire == 2:
            scalars.extend(_summary(record, field))
    return ScalarEvent(wall, wall_at, step, step_span, tuple(scalars))


@dataclass(frozen=True)
class _Field:
    """A protobuf field: number, wire type, where its value begins and ends, and the value of a varint."""

    number: int
    wire: int
    begin: int
    end: int
    varint: int = 0


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise MalformedEvent


def _signed(varint: int) -> int:
    return varint - (1 << 64) if varint >> 63 else varint


_WIDTH = {1: 8, 5: 4}  # bytes of the wire types of fixed width


def _fields(data: bytes, at: int, end: int) -> Iterator[_Field]:
    while at < end:
        key, begin = _varint(data, at, end)
        wire, value = key & 7, 0
        if wire == 0:
            value, at = _varint(data, begin, end)
        elif wire == 2:
            size, begin = _varint(data, begin, end)
            at = begin + size
        elif wire in _WIDTH:
            at = begin + _WIDTH[wire]
        else:
            raise MalformedEvent
        if at > end:
            raise MalformedEvent
        yield _Field(key >> 3, wire, begin, at, value)


def _summary(record: bytes, summary: _Field) -> Iterator[Scalar]:
    for value in _fields(record, summary.begin, summary.end):
        if value.number == 1 and value.wire == 2:
            scalar = _scalar(record, value)
            if scalar is not None:
                yield scalar


_OTHER_VALUES = (3, 4, 5, 6)  # histograms, image, audio; of a value's kinds the one written last counts


@dataclass(frozen=True)
class _Number:
    """A number, and where its bytes lie if they are of a fixed width."""

    value: float
    kind: str = ""
    at: int = -1


def _scalar(record: bytes, value: _Field) -> Scalar | None:
    span, number = (value.begin, value.begin), None
    for field in _fields(record, value.begin, value.end):
        if field.number == 1 and field.wire == 2:
            span = (field.begin, field.end)
        elif field.number == 2 and field.wire == 5:
            number = _fixed(record, "<f4", field)
        elif field.number == 8 and field.wire == 2:
            number = _tensor(record, field)
        elif field.number in _OTHER_VALUES:
            number = None
    return None if number is None else Scalar(record[slice(*span)], span, number.value, number.kind, number.at)


def _fixed(record: bytes, kind: str, field: _Field) -> _Number | None:
    if field.end - field.begin != np.dtype(kind).itemsize:
        return None
    return _Number(float(np.frombuffer(record, kind, 1, field.begin)[0]), kind, field.begin)


# TensorFlow's DataType: 1 float, 2 double, 3 int32, 4 uint8, 5 int16, 6 int8, 9 int64, 14 bfloat16, 17 uint16, 19 half,
# 22 uint32, 23 uint64; how an element is written, and the tensor's field that lists elements one by one instead
_BYTES: dict[int, str] = dict(
    zip((1, 2, 3, 4, 5, 6, 9, 17, 19, 22, 23), "<f4 <f8 <i4 u1 <i2 i1 <i8 <u2 <f2 <u4 <u8".split(), strict=True)
)
_LISTED = {1: 5, 2: 6, 3: 7, 4: 7, 5: 7, 6: 7, 9: 10, 14: 13, 17: 7, 19: 13, 22: 16, 23: 17}
_HALF, _BFLOAT16, _UINT64 = 19, 14, 23


def _tensor(record: bytes, tensor: _Field) -> _Number | None:
    """A tensor's only element; None when it has none or several, or a type that is no number."""
    dtype, content = 0, None
    listed: list[_Field] = []
    for field in _fields(record, tensor.begin, tensor.end):
        if field.number == 1 and field.wire == 0:
            dtype = field.varint
        elif field.number == 2 and field.wire == 2 and _elements(record, field) != 1:
            return None
        elif field.number == 4 and field.wire == 2 and field.end > field.begin:
            content = field
        elif field.number > 4:
            listed.append(field)
    if content is not None:
        return _of_content(record, dtype, content)
    listed = [field for field in listed if field.number == _LISTED.get(dtype)]
    return _of_listed(record, dtype, listed[0]) if len(listed) == 1 else None


def _elements(record: bytes, shape: _Field) -> int:
    """How many elements a shape has; a dimension whose size is not written has size 0."""
    return math.prod(
        sum(field.varint for field in _fields(record, dimension.begin, dimension.end) if field.number == 1)
        for dimension in _fields(record, shape.begin, shape.end)
        if dimension.number == 2 and dimension.wire == 2
    )


def _of_content(record: bytes, dtype: int, content: _Field) -> _Number | None:
    if dtype == _BFLOAT16 and content.end - content.begin == 2:
        return _Number(_bfloat16(int.from_bytes(record[content.begin : content.end], "little")))
    return _fixed(record, _BYTES[dtype], content) if dtype in _BYTES else None


def _of_listed(record: bytes, dtype: int, field: _Field) -> _Number | None:
    if field.number in (5, 6):
        return _fixed(record, _BYTES[dtype], field)
    value, end = _varint(record, field.begin, field.end)
    if end != field.end:
        return None
    if dtype == _BFLOAT16:
        return _Number(_bfloat16(value))
    if dtype == _HALF:
        return _Number(float(np.uint16(value & 0xFFFF).view(np.float16)))
    return _Number(float(value if dtype == _UINT64 else _signed(value)))


def _bfloat16(bits: int) -> float:
    """The number whose float32 has these 16 bits as its upper half."""
    return struct.unpack("<f", struct.pack("<I", (bits & 0xFFFF) << 16))[0]
