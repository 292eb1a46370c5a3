"""W&B's own files, ``run-ID.wandb``, as the client writes them on the machine that trains, online or not.

A history record holds one call of ``log``: keys, in any order, and numbers as JSON text. Those of a block are searched
for keys with numbers at once, and a record that holds anything else is parsed on its own.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage, Lineage
from forerun.core.axes import UNITS, axis_of
from forerun.runs.beside import beside
from forerun.runs.growth import BLOCK, GrowingFile
from forerun.runs.log import WALL, Log, State, Step, writable
from forerun.runs.readers import leveldb
from forerun.runs.readers.columns import number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.wire import Field, Malformed, double, fields, signed, text, varint
from forerun.runs.regular import is_regular

CARD = Card(
    name="wandb",
    does="Reads the .wandb files of W&B runs, online or offline, without an account or the client.",
    source="wandb 0.12 to 0.31: LevelDB log blocks around wandb_internal.proto",
    assumes="A run that was taken up again left a folder beside the first; they are one run.",
    needs="One history record.",
    promises="Values equal what the client's classes decode. A damaged byte costs at most its block and is counted.",
    known_answer="The client's own protobuf classes and json, on files it wrote.",
    control="A LevelDB log without the W&B mark is left alone.",
)
_BESIDE = tuple(
    "files/config.yaml files/wandb-summary.json files/wandb-metadata.json files/output.log files/requirements.txt "
    "logs/debug.log logs/debug-internal.log logs/debug-core.log".split()
)
_MARK = b":W&B"
_MOST = 1 << 26  # bytes kept in memory for the sake of one record
_HISTORY, _CONFIG, _METRIC, _RUN, _EXIT = 2, 5, 12, 17, 18
_OWN_AXES = {"_step": "_step", "_runtime": "seconds", "_timestamp": WALL}
_FOLDER = re.compile(r"(?:offline-)?run-(\d{8}_\d{6})-(.+)")


def sniff(path: Path, head: bytes) -> float:
    return 0.95 if head.startswith(_MARK) and head[4:6] in (b"\xe1\xbe", b"\xbe\xe1") else 0.0


def unit(path: Path) -> Path:
    """The run's folder; of one that was taken up again the first, so that all of its files are one run."""
    return min((file.parent for file in _of_one_run(path.parent, path.name)), default=path.parent)


def files(folder: Path) -> list[Path]:
    here = sorted(file for file in folder.glob("*.wandb"))
    return [file for name in here for file in _of_one_run(folder, name.name)]


def _of_one_run(folder: Path, name: str) -> list[Path]:
    """The files of a run in its folder and in those beside it that bear its id."""
    return [file for other in beside(folder, _run_id) if is_regular(file := other / name)]


def _run_id(folder: str) -> str | None:
    match = _FOLDER.fullmatch(folder)
    return match[2] if match else None


def follow(path: Path, state: State) -> Iterator[Step]:
    with GrowingFile(path, state) as file:
        fresh, size = file.fresh, BLOCK
        before: State = {} if fresh else state
        reader = _Reader(path, dict(before.get("held", {})), set(before.get("steps", ())))
        left = int(before.get("pending", 0))
        while True:
            data = file.read(size)
            begin = leveldb.HEAD if not file.offset else 0
            unframed = leveldb.unframe(data[begin:], file.offset + begin)
            end, more = unframed.end + begin if unframed.end or begin <= len(data) else 0, len(data) == size
            if more and end <= begin:
                if size < _MOST:
                    size *= 4
                    continue
                unframed.losses.append((file.offset, len(data), "record too long to be read"))
                end = (file.offset + len(data)) // leveldb.BLOCK * leveldb.BLOCK - file.offset
            rest = 0 if more else len(data) - end
            if end or fresh or rest != left:
                log = reader.log(unframed)
                file.take(end)
                new_state = file.state() | {"held": reader.latest, "steps": sorted(reader.steps), "pending": rest}
                yield Step(new_state, [log], [_unfinished(path, file.offset, rest)] if rest else [], fresh)
            fresh, size, left = False, BLOCK, rest
            if not more:
                return


def _unfinished(path: Path, offset: int, left: int) -> Log:
    why = f"file ends inside a record; the writer may still be writing; {left} bytes lost"
    return Log(CARD.name, damage=[Damage(path.name, f"byte {offset}", why, 1)])


class _Reader:
    """What is known of a file across its blocks: axes that keep their value until told otherwise, and what is one."""

    def __init__(self, path: Path, latest: dict[str, float], steps: set[str]) -> None:
        self._path = path
        self.latest = latest
        self.steps = steps

    def log(self, unframed: leveldb.Unframed) -> Log:
        log = Log(CARD.name, sticky="counter")
        plain: list[int] = []
        bodies: list[bytes] = []
        single: dict[str, tuple[list[int], list[float]]] = {}
        for record in unframed.records:
            begun = _BEGIN(record)
            if begun and (body := _body(record, begun)) is not None:
                plain.append(log.n)
                bodies.append(body)
                log.n += 1
            elif not _IDLE(record):
                self._take(record, log, single)
        columns: dict[str, list[tuple[np.ndarray, Array]]] = {}
        for key, (rows, values) in _columns(bodies, plain, lambda row, body: self._odd(row, body, log, single)):
            columns.setdefault(key, []).append((rows, values))
        for key, (at, numbers) in single.items():
            columns.setdefault(key, []).append((np.array(at), np.array(numbers)))
        self._place(log, {key: _in_order(pieces) for key, pieces in columns.items()})
        for offset, size, why in unframed.losses:
            log.damage.append(Damage(self._path.name, f"byte {offset}", f"{why}; {size} bytes lost", None))
        return log

    def _take(self, record: bytes, log: Log, single: dict[str, tuple[list[int], list[float]]]) -> None:
        """A record of any kind, parsed on its own."""
        try:
            for part in fields(record, 0, len(record)):
                if part.number == _HISTORY:
                    log.n += 1
                    _put(_items(record, part.begin, part.end), log.n - 1, single)
                elif part.number in (_CONFIG, _METRIC, _RUN, _EXIT):
                    _word(record, part, log)
            self.steps |= {axis for axis in log.metric_axis.values() if axis not in UNITS}
        except (Malformed, ValueError, OverflowError, RecursionError) as error:
            self._lost(log.n, error, log)

    def _odd(self, row: int, body: bytes, log: Log, single: dict[str, tuple[list[int], list[float]]]) -> None:
        """A history record that holds more than plain numbers."""
        try:
            _put(_items(body, 0, len(body)), row, single)
        except (Malformed, ValueError, OverflowError, RecursionError) as error:
            self._lost(row, error, log)

    def _lost(self, row: int, error: Exception, log: Log) -> None:
        why = f"a record that cannot be read: {type(error).__name__}"
        log.damage.append(Damage(self._path.name, f"record {row}", why, 1))

    def _place(self, log: Log, columns: dict[str, tuple[np.ndarray, Array]]) -> None:
        """Axes by row, metrics as they are; an axis that someone logs beside metrics holds until it is logged again."""
        for key, (rows, values) in columns.items():
            axis = _axis(key) or (key if key in self.steps else None)
            if axis is None or axis in log.axes:
                log.series[key] = (rows, values)
                continue
            column = np.full(log.n, np.nan)
            column[rows] = values
            log.axes[axis] = column
        for axis in {*log.axes, *self.latest} - {*_OWN_AXES.values()}:
            column = log.axes.setdefault(axis, np.full(log.n, np.nan))
            if log.n:
                known = np.isfinite(column)
                last = np.maximum.accumulate(np.where(known, np.arange(log.n), -1))
                log.axes[axis] = np.where(last >= 0, column[last], self.latest.get(axis, np.nan))
                if np.isfinite(log.axes[axis][-1]):
                    self.latest[axis] = float(log.axes[axis][-1])


def _axis(key: str) -> str | None:
    """The axis a key is by its name; a counter of a group, such as ``val/step``, is one of its own where defined."""
    grouped = "/" in key and not key.endswith("/global_step")
    return _OWN_AXES.get(key) or (None if grouped else axis_of(key))


def _floats(cells: Sequence[bytes]) -> tuple[Array, np.ndarray]:
    """The numbers that cells of JSON hold, and which cells hold one: words such as true do not."""
    try:
        return np.array(cells).astype(float), np.ones(len(cells), bool)
    except ValueError:
        numbers = [number(cell.decode("ascii").strip('"')) for cell in cells]
        numeric = np.array([value is not None for value in numbers])
        return np.array([0.0 if value is None else value for value in numbers]), numeric


def _in_order(pieces: list[tuple[np.ndarray, Array]]) -> tuple[np.ndarray, Array]:
    if len(pieces) == 1:
        return pieces[0]
    rows, values = (np.concatenate(column) for column in zip(*pieces, strict=True))
    order = np.argsort(rows, kind="stable")
    return rows[order], values[order]


_VARINT = rb"[\x80-\xff]*[\x00-\x7f]"
_BEGIN = re.compile(rb"(?:\x08" + _VARINT + rb")?\x12(" + _VARINT + rb")").match  # a record that begins with history
_IDLE = re.compile(rb"(?:\x08" + _VARINT + rb")?[\x1a\x3a]").match  # the summary, repeated at each step, and load
_ITEM = re.compile(
    rb"\x0a[\x00-\x7f][\x0a\x12][\x00-\x7f]([^\x00-\x1f\x7f-\xff]{1,120})\x82\x01[\x00-\x7f]"
    rb'("?[0-9A-Za-z.+\-]{1,32}"?)|\x00\xff'
)
_BETWEEN = b"\x00\xff"
_STEP = re.compile(rb"\x12(?:\x00|[\x02-\x0b]\x08" + _VARINT + rb")").fullmatch
_AROUND = 7  # bytes of an item beside its key and its number: tags and lengths


def _body(record: bytes, begun: re.Match[bytes]) -> bytes | None:
    """The bytes of a history record's message, where it is all the record holds."""
    size, _ = varint(begun[1], 0, len(begun[1]))
    return record[begun.end() :] if begun.end() + size == len(record) else None


def _columns(
    bodies: list[bytes], rows: list[int], odd: Callable[[int, bytes], None]
) -> Iterator[tuple[str, tuple[np.ndarray, Array]]]:
    """Per key the numbers of many history records, found by one pattern in all of their bytes at once.

    A record of which the pattern does not account for every byte is handed to ``odd`` and parsed on its own, so that
    what looks like an item inside a text is never taken for one.
    """
    if not bodies:
        return
    keys, cells = zip(*_ITEM.findall(_BETWEEN.join([*bodies, b""])), strict=True)
    key_size, cell_size = (np.fromiter(map(len, column), np.int64, len(column)) for column in (keys, cells))
    record, real = np.cumsum(key_size == 0), key_size > 0
    accounted = np.bincount(record[real], (key_size + cell_size)[real] + _AROUND, len(bodies) + 1)[: len(bodies)]
    whole = _accounted_for(bodies, accounted.astype(np.int64))
    for i in np.flatnonzero(~whole).tolist():
        odd(rows[i], bodies[i])
    real &= np.append(whole, False)[record]
    if not real.all():
        keys, cells = tuple(compress(keys, real)), tuple(compress(cells, real))
    place, values, numeric = np.array(rows)[record[real]], *_floats(cells)
    if not numeric.all():
        keys, place, values = tuple(compress(keys, numeric)), place[numeric], values[numeric]
    for key, positions in _grouped(keys):
        yield key.decode("ascii"), (place[positions], values[positions])


def _accounted_for(bodies: list[bytes], accounted: np.ndarray) -> np.ndarray:
    """Which messages are their items and, behind them, a step, and nothing else."""
    left = np.fromiter(map(len, bodies), np.int64, len(bodies)) - accounted
    stepped = [bool(_STEP(body[len(body) - size :])) if 0 < size < 16 else not size
               for body, size in zip(bodies, left.tolist(), strict=True)]  # fmt: skip
    return np.array(stepped)


def _grouped(keys: Sequence[bytes]) -> Iterator[tuple[bytes, np.ndarray]]:
    """Each key and where it stands, in order of first appearance."""
    code = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    codes = np.fromiter(map(code.__getitem__, keys), np.int32, len(keys))
    order = np.argsort(codes.astype(np.int16) if len(code) < 1 << 15 else codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(code) + 1)).tolist()
    for key, begin, end in zip(code, bounds, bounds[1:], strict=False):
        yield key, order[begin:end]


def _put(items: Iterable[tuple[str, float]], row: int, single: dict[str, tuple[list[int], list[float]]]) -> None:
    for key, value in list(items):
        rows, values = single.setdefault(key, ([], []))
        rows.append(row)
        values.append(value)


def _items(record: bytes, begin: int, end: int) -> Iterator[tuple[str, float]]:
    """The numbers of a history record; its own step is given by an item as well, or else by a field."""
    step: int | None = None
    names: set[str] = set()
    for part in fields(record, begin, end):
        if part.number == 1:
            for key, value in _item(record, part):
                if key not in names:
                    names.add(key)
                    yield key, value
        elif part.number == 2:
            step = next((signed(f.value) for f in fields(record, part.begin, part.end) if f.number == 1), 0)
    if "_step" not in names and step is not None:
        yield "_step", float(step)


def _item(record: bytes, item: Field) -> Iterator[tuple[str, float]]:
    """The numbers of one item: one, or those of a JSON object."""
    key: list[str] = []
    value: Any = None
    for part in fields(record, item.begin, item.end):
        if part.number in (1, 2):
            key.append(text(record, part))
        elif part.number == 16 and value is None:
            value = json.loads(record[part.begin : part.end])
        elif part.number == 5:
            value = (part.value >> 1) ^ -(part.value & 1) if _is_varint(record, part) else signed(part.value)
        elif part.number == 6:
            value = double(part.value)
    yield from _numbers(".".join(key), value)


def _is_varint(record: bytes, part: Field) -> bool:
    return record[part.head] & 7 == 0


def _numbers(key: str, value: Any, depth: int = 0) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict) and depth < 8:
        if "_type" not in value:  # images, tables, histograms
            for name, inner in value.items():
                yield from _numbers(f"{key}.{name}", inner, depth + 1)
    elif isinstance(value, str):
        if value in ("NaN", "Infinity", "-Infinity"):
            yield writable(key), float(value)
    elif (plain := number(value)) is not None:
        yield writable(key), plain


def _word(record: bytes, part: Field, log: Log) -> None:
    """What a record says beside history: settings, axes of metrics, where the run comes from, how it ended."""
    if part.number == _CONFIG:
        _config(record, part, log)
    elif part.number == _METRIC:
        _metric(record, part, log)
    elif part.number == _EXIT:
        codes = [signed(f.value) for f in fields(record, part.begin, part.end) if f.number == 1]
        log.end = "finished" if not any(codes) else "crashed"
    elif part.number == _RUN:
        _run(record, part, log)


def _config(record: bytes, part: Field, log: Log) -> None:
    for update in fields(record, part.begin, part.end):
        if update.number != 1:
            continue
        key: list[str] = []
        for piece in fields(record, update.begin, update.end):
            if piece.number in (1, 2):
                key.append(text(record, piece))
            elif piece.number == 16:
                value = json.loads(record[piece.begin : piece.end])
                if key and key[0] != "_wandb":
                    log.config |= dict(_settings(".".join(key), value))


def _settings(key: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and depth < 8:
        for name, inner in value.items():
            yield from _settings(f"{key}.{name}", inner, depth + 1)
    elif value is None or isinstance(value, (str, int, float, bool, list)):
        yield key, value


def _metric(record: bytes, part: Field, log: Log) -> None:
    """``define_metric``: the axis a metric is logged on, and which way it is better."""
    by_number = {f.number: f for f in fields(record, part.begin, part.end)}
    if not {1, 2} & by_number.keys():
        return
    name = text(record, by_number[1] if 1 in by_number else by_number[2])  # a name, or a pattern that ends in a star
    if 4 in by_number:
        step = text(record, by_number[4])
        log.metric_axis[name] = _axis(step) or step
    if 8 in by_number and by_number[8].value in (1, 2):
        log.directions[name] = "min" if by_number[8].value == 1 else "max"


def _run(record: bytes, part: Field, log: Log) -> None:
    by_number = {f.number: f for f in fields(record, part.begin, part.end)}
    if 4 in by_number:
        _config(record, by_number[4], log)
    for place, key in ((8, "wandb/name"), (3, "wandb/project"), (6, "wandb/group"), (7, "wandb/job_type")):
        if place in by_number:
            log.config[key] = text(record, by_number[place])
    log.name = log.config.get("wandb/name") or None
    if 17 in by_number:
        started = next((f.value for f in fields(record, by_number[17].begin, by_number[17].end) if f.number == 1), 0)
        log.order = (float(started),)
    if 23 in by_number:
        branch = {f.number: f for f in fields(record, by_number[23].begin, by_number[23].end)}
        if 1 in branch:
            point = double(branch[2].value) if 2 in branch else 0.0
            log.lineage = Lineage(text(record, branch[1]), point if math.isfinite(point) else None)


WANDB = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=_BESIDE,
)
