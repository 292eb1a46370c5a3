"""TensorBoard event files, decoded without TensorFlow, tensorboard or protobuf.

Writers repeat one layout a hundred thousand times, so records are grouped by length, one of them is parsed, and all
that differ from it only in names, time, step and values are decoded as columns; whatever is left is parsed one by one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Damage
from forerun.runs.growth import BLOCK, GrowingFile
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.readers import hparams
from forerun.runs.readers.events import NOTHING, MalformedEvent, ScalarEvent, parse
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.tfrecord import HEAD, TAIL, Framed, Loss, frame, looks_framed, rows_of
from forerun.runs.regular import is_regular, listed, start_of

CARD = Card(
    name="tensorboard",
    does="Reads the scalars of TensorBoard event files; those of one folder are one run, in order of their start,"
    " and several where a later one begins at the first step again.",
    source="tensorflow/core/util/event.proto, lib/io/record_writer",
    assumes="A later file continues the run: where steps repeat, it wins.",
    needs="One intact scalar.",
    promises="Values and steps equal tensorboard's own loader. A damaged record costs that record and is counted.",
    known_answer="tensorboard's own loader, on files of torch's SummaryWriter in both styles.",
    control="A file that neither begins as an event file nor is named and framed as one is left alone.",
)
_MOMENT = re.compile(r"\d{9,11}\.\d+")  # what torch's add_hparams names its folder by
_EMPTY = 1024  # bytes of event files that say no more than that they were begun (ours)
_NAME = re.compile(r"tfevents\.(\d{1,18})")
_MOST = 1 << 26  # bytes kept in memory for the sake of one record
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
    """The folder; for what torch's ``add_hparams`` puts into one of its own, that above, where it has a log."""
    return path.parent.parent if _of_hparams(path) else path.parent


def _of_hparams(path: Path) -> bool:
    """Whether a file holds settings and final values only: its folder is named by a moment, and stands beside a log."""
    if not _MOMENT.fullmatch(path.parent.name):
        return False
    beside = [file for file in _event_files(path.parent.parent) if "tfevents" in file.name]
    return sum(file.stat().st_size for file in beside) > _EMPTY


def files(folder: Path) -> list[Path]:
    """The files that are named or begin as event files, and those that hold its settings."""
    inner = [file for other in folder.glob("*.*/") if _MOMENT.fullmatch(other.name) for file in _event_files(other)]
    return [*_event_files(folder), *(file for file in inner if _of_hparams(file))]


def _event_files(folder: Path) -> list[Path]:
    paths = [file for file in listed(folder) if is_regular(file)]
    return [file for file in paths if "tfevents" in file.name or sniff(file, start_of(file, 64))]


def follow(path: Path, state: State) -> Iterator[Step]:
    with GrowingFile(path, state) as file:
        began = None if file.fresh else state.get("began")
        pending = 0 if file.fresh else int(state.get("pending", 0))
        fresh, size = file.fresh, BLOCK
        while True:
            data = np.frombuffer(file.read(size), np.uint8)
            more = data.size == size
            framed = frame(data, more=more)
            if more and not framed.end:
                if data.size < _MOST:
                    size = min(max(size * 4, framed.wanted), _MOST)
                    continue
                framed = _passed_over(framed, data.size)
            if began is None and framed.start.size:
                began = _began(data, framed)
            left = 0 if more else data.size - framed.end
            if framed.end or fresh or left != pending:
                log = _log(path, data, framed, file.offset)
                log.order = _order(path, began)
                if _of_hparams(path):
                    log = _settings_only(log)
                file.take(framed.end)
                new_state = file.state() | {"pending": left} | ({} if began is None else {"began": began})
                yield Step(
                    new_state, [log], [_unfinished(path, file.offset, left, framed.wanted)] if left else [], fresh
                )
            fresh, size, pending = False, BLOCK, left
            if not more:
                return


def _passed_over(framed: Framed, size: int) -> Framed:
    """A record, or damage, longer than is kept in memory, left behind unread."""
    length = framed.wanted or size - HEAD
    why = "record too long to be scalars" if framed.wanted else "length does not match its checksum"
    return replace(framed, losses=(Loss(0, length, why, 1 if framed.wanted else None),), end=length)


def _order(path: Path, began: float | None) -> tuple[float, ...]:
    """Event files follow each other by the time in their name, then by their first record's."""
    match = _NAME.search(path.name)
    return () if began is None else (float(match[1]) if match else 0.0, began)


def _unfinished(path: Path, offset: int, left: int, wanted: int) -> Log:
    cut = wanted or left < HEAD
    why = "file ends inside a record; the writer may still be writing" if cut else "length does not match its checksum"
    damage = Damage(path.name, f"byte {offset}", f"{why}; {left} bytes lost", 1 if cut else None)
    return Log(CARD.name, damage=[damage])


def _log(path: Path, data: np.ndarray, framed: Framed, offset: int) -> Log:
    """The records of a stretch of a file that begins at ``offset``."""
    scalars = _Scalars(data, framed)
    for group in _by_length(framed):
        scalars.take(group, int(framed.length[group[0]]))
    log = Log(CARD.name, n=framed.start.size, axes={"step": scalars.step, WALL: scalars.wall}, series=scalars.by_tag())
    losses = sorted((*framed.losses, *scalars.losses), key=lambda loss: loss.start)
    log.damage = list(_damage(path, losses, offset))
    log.config = _hparams(data, framed)
    return log


def _hparams(data: np.ndarray, framed: Framed) -> dict[str, Any]:
    raw = data.tobytes()
    at, settings = raw.find(hparams.MARK), {}
    while at >= 0:
        row = int(np.searchsorted(framed.start, at, side="right")) - 1
        if row >= 0:
            begin = int(framed.start[row])
            settings |= hparams.settings_of(raw[begin : begin + int(framed.length[row])])
        at = raw.find(hparams.MARK, at + 1)
    return settings


def _settings_only(log: Log) -> Log:
    """Settings, and final values beside them, which are no points of the run's curves."""
    final = {name: float(values[-1]) for name, (_, values) in log.series.items()}
    return Log(CARD.name, config={**final, **log.config}, damage=log.damage, order=log.order)


def _damage(path: Path, losses: list[Loss], offset: int) -> Iterator[Damage]:
    for loss in losses[:_MOST_LOSSES]:
        size = f"; {loss.size} bytes lost" if loss.size else ""
        yield Damage(path.name, f"byte {offset + loss.start}", f"{loss.why}{size}", loss.records)
    rest = losses[_MOST_LOSSES:]
    if rest:
        known = [loss.records for loss in rest if loss.records is not None]
        why = f"{len(rest)} further places damaged; {sum(loss.size for loss in rest)} bytes lost"
        yield Damage(path.name, f"byte {offset + rest[0].start}", why, sum(known) if len(known) == len(rest) else None)


def _began(data: np.ndarray, framed: Framed) -> float:
    """Wall time of the first intact record."""
    begin = int(framed.start[0])
    try:
        wall = parse(data[begin : begin + int(framed.length[0])].tobytes()).wall
    except MalformedEvent:
        return 0.0
    return wall if math.isfinite(wall) else 0.0


def _by_length(framed: Framed) -> list[np.ndarray]:
    order = np.argsort(framed.length, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(framed.length[order])) + 1) if order.size else []


@dataclass
class _Series:
    """One tag's values as they were found: the numbers of their records, and the values."""

    pieces: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    singles: list[tuple[int, float]] = field(default_factory=list)

    def in_order(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and values in file order."""
        pieces = list(self.pieces)
        if self.singles:
            pieces.append((np.array([row for row, _ in self.singles]), np.array([value for _, value in self.singles])))
        rows, values = (np.concatenate(column) for column in zip(*pieces, strict=True))
        order = np.argsort(rows, kind="stable")
        return rows[order], values[order]


class _Scalars:
    """Collects the scalars of a stretch of a file, as columns where many records share a layout."""

    def __init__(self, data: np.ndarray, framed: Framed) -> None:
        self._data = data
        self._start = framed.start
        self._series: dict[bytes, _Series] = {}
        self.step = np.full(framed.start.size, np.nan)
        self.wall = np.full(framed.start.size, np.nan)
        self.losses: list[Loss] = []

    def take(self, row: np.ndarray, size: int) -> None:
        """All records of one length."""
        for begin in range(0, row.size, _BATCH):
            self._take_batch(row[begin : begin + _BATCH], size)

    def by_tag(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Per tag rows and values in file order; tags in order of their first record."""
        ordered = {tag: series.in_order() for tag, series in self._series.items()}
        named: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for tag in sorted(ordered, key=lambda tag: ordered[tag][0][0]):
            named[tag.decode("utf-8", errors="backslashreplace")] = ordered[tag]  # keeps two damaged names apart
        return named

    def _take_batch(self, row: np.ndarray, size: int) -> None:
        rows = _words(self._data, self._start[row], size) if size <= _LONGEST else None
        for _ in range(_MOST_LAYOUTS):
            if rows is None or row.size < _WORTH:
                break
            left = self._like_first(row, rows, size)
            row, rows = row[left], rows[left]
        for one in row.tolist():
            self._keep(one, self._parsed(one, size))

    def _parsed(self, row: int, size: int) -> ScalarEvent:
        offset = int(self._start[row])
        try:
            return parse(self._data[offset : offset + size].tobytes())
        except MalformedEvent:
            self.losses.append(Loss(offset - HEAD, size + HEAD + TAIL, "not an event"))
            return NOTHING

    def _keep(self, row: int, event: ScalarEvent) -> None:
        if event.scalars:
            self.step[row], self.wall[row] = event.step, event.wall
        for scalar in event.scalars:
            self._of(scalar.tag).singles.append((row, scalar.value))

    def _of(self, tag: bytes) -> _Series:
        return self._series.setdefault(tag, _Series())

    def _like_first(self, row: np.ndarray, rows: np.ndarray, size: int) -> np.ndarray:
        """Decode the first record and all that are laid out like it; a mask of those that are left."""
        event = self._parsed(int(row[0]), size)
        left = np.arange(row.size) > 0
        if not event.repeatable:
            self._keep(int(row[0]), event)
            return left
        fixed, names = _masks(event, size, rows.shape[1])
        index = np.flatnonzero(_agree(rows, rows[:1], fixed))
        index = index[_same_varint(rows[index].view(np.uint8), event.step_span)]
        order, bounds = _grouped(rows[index], names)
        index = index[order]
        self._columns(row[index], rows[index].view(np.uint8), event, bounds)
        left[index] = False
        return left

    def _columns(self, row: np.ndarray, rows: np.ndarray, event: ScalarEvent, bounds: list[int]) -> None:
        """Decode records of one layout; those between two bounds bear the same names."""
        self.step[row], self.wall[row] = _steps(rows, event.step_span), _column(rows, event.wall_at, "<f8")
        for scalar in event.scalars:
            value = _column(rows, scalar.at, scalar.kind)
            for begin, end in pairwise(bounds):
                series = self._of(rows[begin, slice(*scalar.tag_span)].tobytes())
                series.pieces.append((row[begin:end], value[begin:end]))


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


TENSORBOARD = Reader(card=CARD, sniff=sniff, follow=follow, unit=unit, files=files)
