"""TensorBoard event files, decoded without TensorFlow, tensorboard or protobuf.

Writers repeat one layout a hundred thousand times, so records are grouped by length, one of them is parsed, and all
that differ from it only in names, time, step and values are decoded as columns; whatever is left is parsed one by one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from forerun.core import Card, Damage, Run, UnreadableLog
from forerun.runs.assemble import assemble
from forerun.runs.log import Log
from forerun.runs.readers.events import NOTHING, Malformed, ScalarEvent, parse
from forerun.runs.readers.tfrecord import HEAD, TAIL, Framed, Loss, frame, looks_framed, rows_of

CARD = Card(
    name="tensorboard",
    does="Reads the scalars of TensorBoard event files; those of one folder are one run, in order of their start.",
    source="tensorflow/core/util/event.proto, lib/io/record_writer",
    assumes="A later file continues the run: where steps repeat, it wins.",
    needs="One intact scalar.",
    promises="Values and steps equal tensorboard's own loader. A damaged record costs that record and is counted.",
    known_answer="tensorboard's own loader, on files of torch's SummaryWriter in both styles.",
    control="A file that neither begins as an event file nor is named and framed as one is left alone.",
)
_NAME = re.compile(r"tfevents\.(\d+)")
_MOST_TAGS = 100_000
_MOST_LOSSES = 1_000  # told one by one; those behind them are told in one sum
_BATCH = 1 << 17  # records of one length decoded at a time, which bounds memory
_MOST_LAYOUTS = 64  # layouts tried in a batch before the rest is parsed one by one
_WORTH = 8  # records that make a layout worth trying
_LONGEST = 4096  # bytes of a record that can be a few scalars with names


def sniff(path: Path, head: bytes) -> float:
    """Either sign of an event file is enough, so that a damaged byte in one of them does not cost the file."""
    if b"brain.Event:" in head[:64]:
        return 0.95
    return 0.6 if "tfevents" in path.name and looks_framed(head) else 0.0


def unit(path: Path) -> Path:
    return path.parent


def read(path: Path) -> Iterator[Run]:
    parts = sorted((_read_file(file) for file in _event_files(path)), key=lambda part: part.order)
    if not any(part.tags for part in parts):
        why = "; ".join(loss.why for part in parts for loss in part.losses[:3]) or "no scalars in it"
        raise UnreadableLog(f"no readable scalar: {why}", where=path.name)
    yield assemble(_log(parts))


def _event_files(path: Path) -> list[Path]:
    """The file asked for, or those of a folder that are named or begin as event files; what follows a link is not."""
    if not path.is_dir():
        return [path]
    try:
        files = sorted(file for file in path.iterdir() if file.is_file() and not file.is_symlink())
    except OSError as error:
        raise UnreadableLog(f"cannot be opened: {error.strerror}", where=path.name) from error
    return [file for file in files if "tfevents" in file.name or sniff(file, _head(file))]


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(64)
    except OSError:
        return b""  # neither named nor readable as a log of this format, so none of its files


Columns = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class _Part:
    """One file's scalars: per tag step, wall time and value, in file order."""

    name: str
    tags: dict[str, Columns]
    losses: tuple[Loss, ...]
    began: float = math.inf

    @property
    def order(self) -> tuple[int, float, str]:
        found = _NAME.search(self.name)
        return (int(found[1]) if found else 0, self.began, self.name)


def _log(parts: list[_Part]) -> Log:
    log = Log(CARD.name)
    tags = dict.fromkeys(tag for part in parts for tag in part.tags)
    pieces = {tag: [part.tags[tag] for part in parts if tag in part.tags] for tag in tags}
    for tag, columns in pieces.items():
        log.series[tag] = (np.concatenate([c[0] for c in columns]), np.concatenate([c[2] for c in columns]))
    densest = max(pieces, key=lambda tag: len(log.series[tag][0]))
    wall = np.concatenate([columns[1] for columns in pieces[densest]])
    log.positions = {"step": log.series[densest][0], "seconds": _elapsed(wall)}
    log.damage = [damage for part in parts for damage in _told(part)]
    return log


def _elapsed(wall: np.ndarray) -> np.ndarray:
    """Seconds since the first record; NaN where a clock wrote what is no time."""
    usable = np.abs(wall) < 1e15
    return np.where(usable, wall, np.nan) - (wall[usable].min() if usable.any() else 0.0)


def _told(part: _Part) -> Iterator[Damage]:
    for loss in part.losses[:_MOST_LOSSES]:
        size = f"; {loss.size} bytes lost" if loss.size else ""
        yield Damage(part.name, f"byte {loss.start}", f"{loss.why}{size}", loss.records)
    rest = part.losses[_MOST_LOSSES:]
    if rest:
        known = [loss.records for loss in rest if loss.records is not None]
        why = f"{len(rest)} further places damaged; {sum(loss.size for loss in rest)} bytes lost"
        yield Damage(part.name, f"byte {rest[0].start}", why, sum(known) if len(known) == len(rest) else None)


def _read_file(file: Path) -> _Part:
    try:
        data = np.fromfile(file, np.uint8)  # not mapped: a log truncated while it is read would end the process
    except OSError as error:
        return _Part(file.name, {}, (Loss(0, 0, f"cannot be opened: {error.strerror}", None),))
    framed = frame(data)
    scalars = _Scalars(data)
    for group in _by_length(framed):
        scalars.take(framed.start[group], int(framed.length[group[0]]))
    tags = scalars.by_tag()
    losses = sorted((*framed.losses, *scalars.losses), key=lambda loss: loss.start)
    return _Part(file.name, tags, tuple(losses), _began(data, framed))


def _began(data: np.ndarray, framed: Framed) -> float:
    """Wall time of the first intact record."""
    if not framed.start.size:
        return math.inf
    begin = int(framed.start[0])
    try:
        wall = parse(data[begin : begin + int(framed.length[0])].tobytes()).wall
    except Malformed:
        return math.inf
    return wall if math.isfinite(wall) else math.inf


def _by_length(framed: Framed) -> list[np.ndarray]:
    order = np.argsort(framed.length, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(framed.length[order])) + 1) if order.size else []


@dataclass
class _Series:
    """One tag's records as they were found: place in the file, step, wall time and value."""

    pieces: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    singles: list[tuple[float, ...]] = field(default_factory=list)

    def in_order(self) -> tuple[np.ndarray, ...]:
        """The four columns in file order."""
        pieces = [*self.pieces, tuple(np.array(self.singles, float).T)] if self.singles else self.pieces
        columns = [np.concatenate(column).astype(float) for column in zip(*pieces, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        return tuple(column[order] for column in columns)


class _Scalars:
    """Collects the scalars of one file, as columns where many records share a layout."""

    def __init__(self, data: np.ndarray) -> None:
        self._data = data
        self._series: dict[str, _Series] = {}
        self._beyond = 0
        self.losses: list[Loss] = []

    def take(self, start: np.ndarray, size: int) -> None:
        """All records of one length."""
        for begin in range(0, start.size, _BATCH):
            self._take_batch(start[begin : begin + _BATCH], size)

    def by_tag(self) -> dict[str, Columns]:
        """Per tag step, wall time and value in file order; tags in order of their first record."""
        if self._beyond:
            why = f"more than {_MOST_TAGS} tags; the records of those beyond are left out"
            self.losses.append(Loss(0, 0, why, self._beyond))
        found = {name: series.in_order() for name, series in self._series.items()}
        return {name: found[name][1:] for name in sorted(found, key=lambda name: found[name][0][0])}  # type: ignore[misc]

    def _take_batch(self, start: np.ndarray, size: int) -> None:
        rows = _words(self._data, start, size) if size <= _LONGEST else None
        for _ in range(_MOST_LAYOUTS):
            if rows is None or start.size < _WORTH:
                break
            left = self._like_first(start, rows, size)
            start, rows = start[left], rows[left]
        for offset in start.tolist():
            self._keep(offset, self._parsed(offset, size))

    def _parsed(self, offset: int, size: int) -> ScalarEvent:
        try:
            return parse(self._data[offset : offset + size].tobytes())
        except Malformed:
            self.losses.append(Loss(offset - HEAD, size + HEAD + TAIL, "not an event"))
            return NOTHING

    def _keep(self, place: int, event: ScalarEvent) -> None:
        for scalar in event.scalars:
            series = self._of(scalar.tag, 1)
            if series is not None:
                series.singles.append((place, event.step, event.wall, scalar.value))

    def _of(self, tag: bytes, records: int) -> _Series | None:
        """Where a tag's records go; None, and they are counted, when there are too many tags."""
        name = tag.decode("utf-8", errors="backslashreplace")  # unlike U+FFFD this keeps two damaged names apart
        if name not in self._series and len(self._series) >= _MOST_TAGS:
            self._beyond += records
            return None
        return self._series.setdefault(name, _Series())

    def _like_first(self, start: np.ndarray, rows: np.ndarray, size: int) -> np.ndarray:
        """Decode the first record and all that are laid out like it; a mask of those that are left."""
        event = self._parsed(int(start[0]), size)
        left = np.arange(start.size) > 0
        if not event.repeatable:
            self._keep(int(start[0]), event)
            return left
        fixed, names = _masks(event, size, rows.shape[1])
        index = np.flatnonzero(_agree(rows, rows[:1], fixed))
        index = index[_same_varint(rows[index].view(np.uint8), event.step_span)]
        order, bounds = _grouped(rows[index], names)
        index = index[order]
        self._columns(start[index], rows[index].view(np.uint8), event, bounds)
        left[index] = False
        return left

    def _columns(self, place: np.ndarray, rows: np.ndarray, event: ScalarEvent, bounds: list[int]) -> None:
        """Decode records of one layout; those between two bounds bear the same names."""
        step, wall = _steps(rows, event.step_span), _column(rows, event.wall_at, "<f8")
        for scalar in event.scalars:
            value = _column(rows, scalar.at, scalar.kind)
            for begin, end in pairwise(bounds):
                series = self._of(rows[begin, slice(*scalar.tag_span)].tobytes(), end - begin)
                if series is not None:
                    series.pieces.append(tuple(column[begin:end] for column in (place, step, wall, value)))


def _words(data: np.ndarray, start: np.ndarray, size: int) -> np.ndarray:
    """Records padded with zeros to whole words, (r, w) of eight bytes: comparing words is what makes grouping cheap."""
    padded = np.zeros((start.size, -(-size // 8) * 8), np.uint8)
    padded[:, :size] = rows_of(data, start, size)
    return padded.view("<u8")


def _masks(event: ScalarEvent, size: int, words: int) -> tuple[np.ndarray, np.ndarray]:
    """Which bits of a record are its layout, and which are the names in it; the rest are time, step and values."""
    fixed, names = np.zeros((2, words * 8), np.uint8)
    fixed[:size] = 0xFF
    fixed[event.wall_at : event.wall_at + 8] = 0
    fixed[slice(*event.step_span)] = 0
    for scalar in event.scalars:
        fixed[scalar.at : scalar.at + np.dtype(scalar.kind).itemsize] = 0
        fixed[slice(*scalar.tag_span)] = 0
        names[slice(*scalar.tag_span)] = 0xFF
    return fixed.view("<u8"), names.view("<u8")


def _agree(rows: np.ndarray, other: np.ndarray, mask: np.ndarray) -> np.ndarray:
    same = np.ones(len(rows), bool)
    for word in np.flatnonzero(mask):
        same &= (rows[:, word] ^ other[:, word]) & mask[word] == 0
    return same


_ODD = np.uint64(0x9E3779B97F4A7C15)


def _grouped(rows: np.ndarray, names: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Rows in order of the names they bear, and where each name begins and ends in that order.

    Names are told apart by a hash. A row whose hash is that of another name is left out, to be decoded later, so that a
    collision costs time and never puts a value under a wrong name. The first row is always in.
    """
    key = np.zeros(len(rows), np.uint64)
    for word in np.flatnonzero(names):
        key = (key ^ rows[:, word] & names[word]) * _ODD
        key ^= key >> np.uint64(32)
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(group, kind="stable")
    order = order[_agree(rows[order], rows[first[group[order]]], names)]
    return order, np.searchsorted(group[order], np.arange(len(first) + 1)).tolist()


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
