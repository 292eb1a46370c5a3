"""TensorBoard event files, decoded without TensorFlow, tensorboard or protobuf.

An event is ``{1: wall_time, 2: step, 5: summary {1: value {1: tag, 2: simple_value, 8: tensor}}}``. Writers repeat one
layout a hundred thousand times, so records are grouped by length, one of them is parsed, and all that differ from it
only in time, step and value are decoded as columns; whatever is left is parsed one by one.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forerun.core import Card, Damage, Run, UnreadableLog
from forerun.runs.assemble import Log, assemble
from forerun.runs.readers.tfrecord import HEAD, Framed, Loss, frame, looks_framed, rows_of

CARD = Card(
    name="tensorboard",
    does="Reads the scalars of TensorBoard event files; those of one folder are one run, in order of their start.",
    source="tensorflow/core/util/event.proto, lib/io/record_writer",
    assumes="A later file continues the run: where steps repeat, it wins.",
    needs="One intact scalar.",
    promises="Values and steps equal tensorboard's own loader. A damaged record costs that record and is counted.",
    known_answer="tensorboard's own loader, on files of torch's SummaryWriter in both styles.",
    control="A file whose first length fails its checksum is refused.",
)
_NAME = re.compile(r"tfevents\.(\d+)")
_MOST_TAGS = 100_000
_BATCH = 1 << 17  # records of one length decoded at a time, which bounds memory
_MOST_LAYOUTS = 64  # layouts tried in a batch before the rest is parsed one by one
_WORTH = 8  # records that make a layout worth trying
_LONGEST = 4096  # bytes of a record that can be a scalar with a name


def sniff(path: Path, head: bytes) -> float:
    if not looks_framed(head):
        return 0.0
    return 0.95 if b"brain.Event:" in head[:64] or "tfevents" in path.name else 0.6


def unit(path: Path) -> Path:
    return path.parent


def read(path: Path) -> Iterator[Run]:
    files = [path] if path.is_file() else sorted(_event_files(path), key=_started)
    parts = [_read_file(file) for file in files]
    if not any(part.tags for part in parts):
        why = "; ".join(loss.why for part in parts for loss in part.losses[:3]) or "no scalars in it"
        raise UnreadableLog(f"no readable scalar: {why}", where=path.name)
    yield assemble(_log(parts))


def _event_files(folder: Path) -> Iterator[Path]:
    for file in folder.iterdir():
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as opened:
                if looks_framed(opened.read(64)):
                    yield file


def _started(file: Path) -> tuple[int, str]:
    found = _NAME.search(file.name)
    return (int(found[1]) if found else 0, file.name)


@dataclass(frozen=True)
class _Part:
    """One file's scalars: per tag step, wall time and value, in file order."""

    name: str
    tags: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    losses: tuple[Loss, ...]


def _log(parts: list[_Part]) -> Log:
    log = Log(CARD.name)
    tags = dict.fromkeys(tag for part in parts for tag in part.tags)
    columns = {tag: [part.tags[tag] for part in parts if tag in part.tags] for tag in tags}
    for tag, pieces in columns.items():
        step, _, value = (np.concatenate(column) for column in zip(*pieces, strict=True))
        log.series[tag] = (step, value)
    densest = max(columns, key=lambda tag: sum(len(piece[0]) for piece in columns[tag]))
    step, wall, _ = (np.concatenate(column) for column in zip(*columns[densest], strict=True))
    log.positions = {"step": step, "seconds": wall - wall.min()}
    log.damage = [
        Damage(part.name, f"byte {loss.start}", f"{loss.why}; {loss.size} bytes lost", loss.records)
        for part in parts
        for loss in part.losses
    ]
    return log


def _read_file(file: Path) -> _Part:
    try:
        data = np.fromfile(file, np.uint8)
    except OSError as error:
        raise UnreadableLog(f"cannot be opened: {error.strerror}", where=file.name) from error
    framed = frame(data)
    scalars = _Scalars(data)
    for group in _by_length(framed):
        scalars.take(framed.start[group], int(framed.length[group[0]]))
    return _Part(file.name, scalars.by_tag(), (*framed.losses, *scalars.losses))


def _by_length(framed: Framed) -> list[np.ndarray]:
    order = np.argsort(framed.length, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(framed.length[order])) + 1) if order.size else []


@dataclass(frozen=True)
class _Field:
    """A protobuf field: number, wire type, where its value begins and ends, and the value of a varint."""

    number: int
    wire: int
    begin: int
    end: int
    varint: int = 0


class _Malformed(Exception):
    pass


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise _Malformed


def _fields(data: bytes, at: int, end: int) -> Iterator[_Field]:
    while at < end:
        key, at = _varint(data, at, end)
        number, wire = key >> 3, key & 7
        value = 0
        begin = at
        if wire == 0:
            value, at = _varint(data, at, end)
        elif wire == 1:
            at += 8
        elif wire == 2:
            size, begin = _varint(data, at, end)
            at = begin + size
        elif wire == 5:
            at += 4
        else:
            raise _Malformed
        if at > end:
            raise _Malformed
        yield _Field(number, wire, begin, at, value)


@dataclass(frozen=True)
class _Scalar:
    """One scalar of an event, with where its parts lie in the record; ``kind`` is the numpy type of its bytes."""

    tag: bytes
    step: int
    wall: float
    value: float
    kind: str
    at: int


@dataclass(frozen=True)
class _Layout:
    """Where a record's wall time, step and single value lie."""

    wall: int
    step: tuple[int, int]
    scalar: _Scalar


def _parse(record: bytes) -> tuple[list[_Scalar], _Layout | None]:
    """Every scalar of an event, and its layout when the record holds one scalar that can stand as a template."""
    wall_at, step_span, step = -1, (0, 0), 0
    summaries: list[_Field] = []
    for field in _fields(record, 0, len(record)):
        if field.number == 1 and field.wire == 1:
            wall_at = field.begin
        elif field.number == 2 and field.wire == 0:
            step_span, step = (field.begin, field.end), field.varint
        elif field.number == 5 and field.wire == 2:
            summaries.append(field)
    wall = struct.unpack_from("<d", record, wall_at)[0] if wall_at >= 0 else 0.0
    step = step - (1 << 64) if step >> 63 else step
    scalars = [
        scalar
        for summary in summaries
        for value in _fields(record, summary.begin, summary.end)
        if value.number == 1 and value.wire == 2
        if (scalar := _scalar(record, value, step, wall)) is not None
    ]
    plain = len(scalars) == 1 and len(summaries) == 1 and wall_at >= 0 and scalars[0].at >= 0
    return scalars, _Layout(wall_at, step_span, scalars[0]) if plain else None


def _scalar(record: bytes, value: _Field, step: int, wall: float) -> _Scalar | None:
    tag, found = b"", None
    for field in _fields(record, value.begin, value.end):
        if field.number == 1 and field.wire == 2:
            tag = record[field.begin : field.end]
        elif field.number == 2 and field.wire == 5:
            found = ("<f4", field.begin)
        elif field.number == 8 and field.wire == 2:
            found = _tensor(record, field)
    if found is None:
        return None
    kind, at = found
    return _Scalar(tag, step, wall, float(np.frombuffer(record, kind, 1, at)[0]), kind, at)


_CONTENT = {1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 19: "<f2", 22: "<u4", 23: "<u8"}
_TYPED = {5: "<f4", 6: "<f8"}  # float_val, double_val


def _tensor(record: bytes, tensor: _Field) -> tuple[str, int] | None:
    """Type and place of a tensor's only element; None when it has several, or a type that is no number."""
    dtype, content, typed = 0, None, None
    for field in _fields(record, tensor.begin, tensor.end):
        if field.number == 1 and field.wire == 0:
            dtype = field.varint
        elif field.number == 4 and field.wire == 2:
            content = field
        elif field.number in _TYPED:
            typed = field
    if typed is not None and typed.end - typed.begin == np.dtype(_TYPED[typed.number]).itemsize:
        return _TYPED[typed.number], typed.begin
    kind = _CONTENT.get(dtype)
    if kind is None or content is None or content.end - content.begin != np.dtype(kind).itemsize:
        return None
    return kind, content.begin


class _Scalars:
    """Collects the scalars of one file, as columns where many records share a layout."""

    def __init__(self, data: np.ndarray) -> None:
        self._data = data
        self._pieces: dict[bytes, list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]] = {}
        self.losses: list[Loss] = []

    def take(self, start: np.ndarray, size: int) -> None:
        """All records of one length."""
        for begin in range(0, start.size, _BATCH):
            self._take_batch(start[begin : begin + _BATCH], size)

    def _take_batch(self, start: np.ndarray, size: int) -> None:
        rows = _words(self._data, start, size) if size <= _LONGEST else None
        for _ in range(_MOST_LAYOUTS):
            if rows is None or start.size < _WORTH:
                break
            scalars, layout = self._one(int(start[0]), size)
            left = np.arange(start.size) > 0
            if layout is None:
                self._keep(int(start[0]), scalars)
            else:
                left = self._columns(start, rows, layout, size)
            start, rows = start[left], rows[left]
        for offset in start.tolist():
            self._keep(offset, self._one(offset, size)[0])

    def by_tag(self) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Per tag step, wall time and value in file order."""
        ordered: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        for tag, pieces in list(self._pieces.items())[:_MOST_TAGS]:
            place, step, wall, value = (np.concatenate(column) for column in zip(*pieces, strict=True))
            order = np.argsort(place, kind="stable")
            name = tag.decode("utf-8", errors="replace")
            ordered[name] = (step[order].astype(float), wall[order], value[order])
        extra = len(self._pieces) - _MOST_TAGS
        if extra > 0:
            self.losses.append(Loss(0, 0, f"{extra} tags beyond the first {_MOST_TAGS} left out"))
        return ordered

    def _one(self, offset: int, size: int) -> tuple[list[_Scalar], _Layout | None]:
        try:
            return _parse(self._data[offset : offset + size].tobytes())
        except (_Malformed, struct.error, ValueError):
            self.losses.append(Loss(offset - HEAD, size, "not an event"))
            return [], None

    def _keep(self, offset: int, scalars: list[_Scalar]) -> None:
        for s in scalars:
            piece = (np.array([offset]), np.array([s.step]), np.array([s.wall]), np.array([s.value]))
            self._pieces.setdefault(s.tag, []).append(piece)

    def _columns(self, start: np.ndarray, rows: np.ndarray, layout: _Layout, size: int) -> np.ndarray:
        """Decode all records that differ from the first only in time, step and value; a mask of those that are left."""
        width = np.dtype(layout.scalar.kind).itemsize
        fixed = np.zeros(rows.shape[1] * 8, np.uint8)
        fixed[:size] = 0xFF
        for begin, end in ((layout.wall, layout.wall + 8), layout.step, (layout.scalar.at, layout.scalar.at + width)):
            fixed[begin:end] = 0
        same = np.ones(len(rows), bool)
        for word, mask in enumerate(fixed.view("<u8")):
            same &= (rows[:, word] ^ rows[0, word]) & mask == 0
        alike = rows[same].view(np.uint8)
        whole = _same_varint(alike, layout.step)
        alike, same[same] = alike[whole], whole
        wall = _column(alike, layout.wall, "<f8")
        value = _column(alike, layout.scalar.at, layout.scalar.kind)
        self._pieces.setdefault(layout.scalar.tag, []).append((start[same], _steps(alike, layout.step), wall, value))
        return ~same


def _words(data: np.ndarray, start: np.ndarray, size: int) -> np.ndarray:
    """Records padded with zeros to whole words, (r, w) of eight bytes: comparing words is what makes grouping cheap."""
    padded = np.zeros((start.size, -(-size // 8) * 8), np.uint8)
    padded[:, :size] = rows_of(data, start, size)
    return padded.view("<u8")


def _column(rows: np.ndarray, at: int, kind: str) -> np.ndarray:
    width = np.dtype(kind).itemsize
    return np.ascontiguousarray(rows[:, at : at + width]).view(kind)[:, 0].astype(float)


def _same_varint(rows: np.ndarray, span: tuple[int, int]) -> np.ndarray:
    """Whether the bytes of the span are one varint: every byte but the last has its high bit set."""
    begin, end = span
    if begin == end:
        return np.ones(len(rows), bool)
    high = rows[:, begin:end] >= 0x80
    return high[:, :-1].all(axis=1) & ~high[:, -1]


def _steps(rows: np.ndarray, span: tuple[int, int]) -> np.ndarray:
    step = np.zeros(len(rows), np.uint64)
    for i, column in enumerate(rows[:, slice(*span)].T):
        step |= (column & 0x7F).astype(np.uint64) << np.uint64(7 * i)
    return step.view(np.int64)
