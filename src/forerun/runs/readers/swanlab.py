"""SwanLab's run folder: a ``.swanlab`` file of records in LevelDB's framing, settings in ``files/config.yaml``.

Version 1 of the file holds JSON, version 2 protocol buffers. What no backup was kept of stands in ``logs/KEY/N.log``, a
thousand JSON lines each.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from forerun.core import Card, Damage, UnreadableLog
from forerun.runs.growth import text_of, whole, whole_lines
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.readers import leveldb
from forerun.runs.readers.columns import moment, number
from forerun.runs.readers.lightning_csv import plain_settings
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_text
from forerun.runs.readers.wire import Field, Malformed, double, fields, signed, text, varint
from forerun.runs.regular import bytes_of

CARD = Card(
    name="swanlab",
    does="Reads the folder of a SwanLab run: its records, settings and how it ended.",
    source="swanlab 0.6 to 0.7 (data/porter, JSON) and 0.8 to 0.10 (proto/swanlab/record/v1), run to see",
    assumes="System metrics are not metrics of the training.",
    needs="One scalar.",
    promises="Values equal what was logged, NaN included. A record that fails its checksum is told.",
    known_answer="SwanLab's own offline files, against what was logged.",
    control="A file without its mark is left alone.",
)
_MARK, _JSON, _PROTOBUF = b":SWL", 1, 2
_SETTING = re.compile(r"^(\S[^\n]*):\n(?:  [^\n]*\n)*?  (value: [^\n]+)$", re.MULTILINE)
_SYSTEM = "__swanlab__."
_START, _FINISH, _SCALAR = 10, 11, 13


def sniff(path: Path, head: bytes) -> float:
    if head.startswith(_MARK):
        return 0.95
    shown = first_lines(head, 1) if _is_part(path) else []
    return 0.95 if shown and all(f'"{key}"' in shown[0] for key in ("index", "data", "create_time")) else 0.0


def _is_part(path: Path) -> bool:
    return path.suffix == ".log" and len(path.parts) > 3 and path.parts[-3] == "logs"


def unit(path: Path) -> Path:
    return path.parent.parent.parent if _is_part(path) else path.parent


def files(folder: Path) -> list[Path]:
    """The settings, and the records once: the logs of single metrics repeat what the backup holds."""
    backups = sorted(folder.glob("*.swanlab"))
    return [folder / "files" / "config.yaml", *(backups or sorted(folder.glob("logs/*/*.log")))]


def twins(unit: Path) -> list[Path]:
    """What the terminal showed, and the extremes of each metric."""
    return [*unit.glob("console/*.log"), *unit.glob("logs/*/_summary.json")]


def follow(path: Path, state: State) -> Iterator[Step]:
    yield from (_PARTS if path.name != "config.yaml" and _is_part(path) else _OTHERS)(path, state)


def _logs(path: Path) -> Iterator[Log]:
    if path.name == "config.yaml":
        pairs = _SETTING.findall(read_text(path)[:100_000])
        yield Log(CARD.name, config={key: plain_settings(line).get("value") for key, line in pairs})
    else:
        yield _backup(path)


_OTHERS = whole(_logs)
_PARTS = whole_lines(lambda path, half: [_part(path, half)])


class _Rows:
    """Scalars in the order they were logged."""

    def __init__(self) -> None:
        self.steps: list[float] = []
        self.times: list[float] = []
        self.values: list[float] = []
        self.rows: dict[str, list[int]] = {}

    def add(self, key: str, step: float, time: float, value: float) -> None:
        if not key.startswith(_SYSTEM):
            self.rows.setdefault(key, []).append(len(self.steps))
            self.steps.append(step)
            self.times.append(time)
            self.values.append(value)

    def into(self, log: Log) -> Log:
        values = np.array(self.values, float)
        log.n = values.size
        log.axes = {"step": np.array(self.steps, float), WALL: np.array(self.times, float)}
        log.series = {key: (np.array(rows), values[rows]) for key, rows in self.rows.items()}
        return log


def _part(path: Path, half: bool) -> Log:
    """A file of one metric's lines, without the rest of the run."""
    rows, log = _Rows(), Log(CARD.name)
    for i, line in enumerate(text_of(path, half).split("\n"), 1):
        if line.strip() and not _line(line, unquote(path.parent.name), rows):
            log.damage.append(Damage(path.name, f"line {i}", "no record of a scalar", 1))
    log.order = (number(path.stem) or 0.0,)
    return rows.into(log)


def _line(line: str, key: str, rows: _Rows) -> bool:
    try:
        return _scalar(json.loads(line), key, rows)
    except (ValueError, RecursionError):
        return False


def _scalar(scalar: Any, key: str, rows: _Rows) -> bool:
    """Whether an object of index, data and create_time is a scalar; it is added."""
    if not isinstance(scalar, dict):
        return False
    step, value = number(scalar.get("index")), number(scalar.get("data"))
    if step is None or value is None:
        return False
    when = moment(str(scalar.get("create_time")))
    rows.add(key, step, np.nan if when is None else when, value)
    return True


def _backup(path: Path) -> Log:
    data = bytes_of(path)
    if len(data) < leveldb.HEAD or not data.startswith(_MARK) or data[6] not in (_JSON, _PROTOBUF):
        raise UnreadableLog("not a SwanLab file of version 1 or 2; `swanlab sync` and export it", where=path.name)
    unframed = leveldb.unframe(data[leveldb.HEAD :], leveldb.HEAD)
    log, rows = Log(CARD.name), _Rows()
    lost = (_json_records if data[6] == _JSON else _protobuf_records)(unframed.records, log, rows)
    log.damage += [Damage(path.name, f"record {i}", "cannot be read", 1) for i in lost]
    losses = [*unframed.losses]
    if unframed.end + leveldb.HEAD < len(data):
        rest = len(data) - leveldb.HEAD - unframed.end
        losses.append((unframed.end + leveldb.HEAD, rest, "file ends inside a record; the writer may still be writing"))
    log.damage += [Damage(path.name, f"byte {at}", f"{why}; {size} bytes lost", None) for at, size, why in losses]
    return rows.into(log)


_PLAIN = re.compile(
    rb'\{"model_type": "Scalar", "data": \{"metric": \{"index": (\d{1,15}), "data": (-?\d[-+.e\d]{0,40}), '
    rb'"create_time": "([^"\\]{1,40})"\}, "key": "([^"\\]+)", "step": \d+, "epoch": \d+\}\}'
).fullmatch


def _moment(text: bytes) -> float:
    when = moment(text.decode("ascii", "replace"))
    return np.nan if when is None else when


def _json_records(records: Iterable[bytes], log: Log, rows: _Rows) -> Iterator[int]:
    for i, record in enumerate(records):
        plain = _PLAIN(record)
        if plain:
            index, data, when, key = plain.groups()
            rows.add(key.decode("utf-8", "backslashreplace"), float(index), _moment(when), float(data))
            continue
        try:
            entry = json.loads(record)
            kind, data = entry["model_type"], entry["data"]
            if kind == "Scalar":
                _scalar(data["metric"], str(data["key"]), rows)
            elif kind == "Experiment" and isinstance(data.get("name"), str):
                log.config["swanlab/name"] = data["name"]
            elif kind == "Footer":
                log.end = "finished" if data["success"] else "crashed"
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            yield i


_V = rb"[\x80-\xff]*[\x00-\x7f]"
_BEGIN = re.compile(
    rb"(?:\x08%b)?(?:\x12.(?:\x08%b)?(?:\x10%b)?)?\x6a%b\x0a([\x00-\x7f])" % (_V, _V, _V, _V), re.DOTALL
).match
_REST = re.compile(
    rb"(?:\x10(%b))?\x18\x01\x22.(?:\x08(%b))?(?:\x10(%b))?\x2a(?:\x00|\x09\x09(.{8}))" % (_V, _V, _V), re.DOTALL
).fullmatch
_DOUBLE = struct.Struct("<d").unpack


def _protobuf_records(records: Iterable[bytes], log: Log, rows: _Rows) -> Iterator[int]:
    """Scalars are laid out alike and matched as a whole; anything else is parsed field by field."""
    names: dict[bytes, str] = {}
    for i, record in enumerate(records):
        begin = _BEGIN(record)
        key_end = begin.end() + begin[1][0] if begin else 0
        rest = _REST(record, key_end) if begin else None
        if begin and rest:
            raw = record[begin.end() : key_end]
            key = names.get(raw) or names.setdefault(raw, raw.decode("utf-8", "backslashreplace"))
            step, seconds, nanos, value = rest.groups()
            when = _integer(seconds) + _integer(nanos) / 1e9
            rows.add(key, _integer(step), when, _DOUBLE(value)[0] if value else 0.0)
            continue
        try:
            for part in fields(record, 0, len(record)):
                _word(record, part, log, rows)
        except (Malformed, struct.error, OverflowError):
            yield i


def _integer(raw: bytes | None) -> int:
    if not raw:
        return 0
    if len(raw) > 9:
        return signed(varint(raw, 0, len(raw))[0]) if len(raw) == 10 else 0
    value = 0
    for byte in reversed(raw):
        value = value << 7 | byte & 0x7F
    return value


def _word(record: bytes, part: Field, log: Log, rows: _Rows) -> None:
    if part.number not in (_START, _FINISH, _SCALAR):
        return
    inner = {field.number: field for field in fields(record, part.begin, part.end)}
    if part.number == _START and 4 in inner:
        log.config["swanlab/name"] = text(record, inner[4])
    elif part.number == _FINISH:
        state = inner[1].value if 1 in inner else 0
        log.end = "finished" if state == 1 else "crashed" if state else ""
    elif part.number == _SCALAR and {1, 5} <= inner.keys():
        numbers = [double(field.value) for field in fields(record, inner[5].begin, inner[5].end) if field.number == 1]
        step = signed(inner[2].value) if 2 in inner else 0
        rows.add(text(record, inner[1]), step, np.nan, numbers[0] if numbers else 0.0)


SWANLAB = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=("files/config.yaml", "files/requirements.txt", "files/swanlab-metadata.json", "debug/debug.log"),
    twins=twins,
)
