"""JSON lines: one object a record, numbers by key, nested keys joined with a slash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage
from forerun.core.axes import WALL_CLOCK, axis_of
from forerun.runs.counters import ROW
from forerun.runs.datasets import why_no_log
from forerun.runs.growth import lines, whole_lines
from forerun.runs.log import Log, State, Step, Unfit, merged
from forerun.runs.readers.columns import apart, log_of_columns, log_of_records, number
from forerun.runs.readers.flat_json import columns
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.tables.layout import COMMENTS, is_timed
from forerun.runs.readers.tables.long_form import RUNS, SPLITS, TAGS, logs_of_table, prefix_of
from forerun.runs.readers.text import first_lines, head_of, json_of, parts, suffix_of
from forerun.runs.readers.written import ABSENT, Notation, either, notation_of, read, why_not

CARD = Card(
    name="jsonl",
    does="Reads JSON lines: every number is a metric or an axis by its key; a config object is settings.",
    source="ours",
    assumes="One object a line. Numbers may be quoted. A split, mode or phase prefixes metrics; words tell runs apart.",
    needs="Objects with an axis (step, epoch, tokens, time ...) and a metric, or that are named like measures.",
    promises="A line that is not a JSON object costs that line and is counted.",
    known_answer='{"step": 1, "train": {"loss": 2.0}} gives train/loss = 2 at step 1.',
    control="A JSON document over several lines is refused.",
)

_SETTINGS = frozenset(("config", "args", "hparams", "hyperparameters", "params"))
_WRAPS = frozenset(("data", "metrics", "logs"))  # what says nothing of the metrics in it
_BEGINS = frozenset("+-.0123456789nNiI\u2212\u221e")  # what a number may begin with
_SHORT = 100  # characters of text that may stand beside numbers in a record (ours)


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head)
    if len(head) >= 65536 and len(shown) == 1:
        return 0.0
    objects = [_object(line) for line in shown]
    if len(shown) == 1 and suffix_of(path) == ".json":
        return 0.0  # a JSON document that happens to stand on one line
    if len(shown) > 1 and len(head) >= 65536:
        objects.pop()  # the last line may be cut by the end of the head
    if sum(record is not None for record in objects) * 2 <= len(objects):
        return 0.0
    plain = [record for record in objects if record]
    if not any(axis_of(key) or key in WALL_CLOCK for record in plain for key in record) and not _measured(plain):
        return 0.3
    return 0.7 if suffix_of(path) in (".jsonl", ".ndjson") else 0.55


def _measured(objects: list[dict[str, Any]]) -> bool:
    """Whether records that name no axis are those of a training."""
    words = [key for record in objects for key, value in record.items() if isinstance(value, (str, list))]
    numbers: list[tuple[str, float]] = []
    for record in objects:
        _collect(record, "", 0, numbers, [])
    return len(objects) > 2 and not words and not why_no_log(dict.fromkeys(name for name, _ in numbers))


def follow(path: Path, state: State) -> Iterator[Step]:
    manner = _manner(head_of(path, 65536))
    anew = bool(state) and "roles" in state and _kept(state) != manner.state()
    if manner.roles:
        yield from _long(path, {} if anew or "roles" not in state else state, manner)
        return
    before: State = {} if anew else state
    row = int(before.get("row", 0))
    for block in lines(path, before):
        row = 0 if block.fresh else row
        log = _log(block.text, block.first, path, row, manner)
        log.damage += block.damage
        row += log.n
        more = partial(_more, block.after, path, row, manner)
        yield block.step([log], more, {**manner.state(), "row": row}, fresh=anew)
        anew = False


def _more(first: int, path: Path, row: int, manner: _Manner, rest: list[str]) -> list[Log]:
    """The records of lines that may yet change."""
    return [_log("".join(f"{line}\n" for line in rest), first, path, row, manner)] if rest else []


@dataclass(frozen=True)
class _Manner:
    """What the start of a file tells of its records.

    Args:
        roles: keys whose words, or seeds, say what a record is; with them the file is read as a whole.
        quoted: how numbers in quotes are written, by name.
        measured: names that hold numbers, so that a word under one is one lost.
    """

    roles: list[str]
    quoted: dict[str, Notation]
    measured: frozenset[str] = frozenset()

    def state(self) -> dict[str, Any]:
        quoted = {name: asdict(notation) for name, notation in self.quoted.items()}
        return {"roles": self.roles} | ({"quoted": quoted} if quoted else {})


def _kept(state: State) -> dict[str, Any]:
    return {key: state[key] for key in ("roles", "quoted") if key in state}


def _manner(head: bytes) -> _Manner:
    roles: set[str] = set()
    cells: dict[str, list[str]] = {}
    measured: set[str] = set()
    for line in first_lines(head, 200):
        record = _object(line) or {}
        for key, value in record.items():
            name = key.lower()
            if isinstance(value, str) and len(value) <= _SHORT:
                if (name in SPLITS and prefix_of(value)) or name in RUNS or name in TAGS:
                    roles.add(key)
            elif name in RUNS and type(value) is int:
                roles.add(key)
        numbers: list[tuple[str, float]] = []
        words: list[tuple[str, str]] = []
        _collect(record, "", 0, numbers, words)
        measured.update(name for name, _ in numbers)
        for name, text in words:
            cells.setdefault(name, []).append(text)
    quoted = {name: notation for name, texts in cells.items() if (notation := _notation(name, texts)) is not None}
    return _Manner(sorted(roles), quoted, frozenset(measured | quoted.keys()))


def _notation(name: str, cells: list[str]) -> Notation | None:
    """How the numbers in quotes under a key are written; None where most are none."""
    axis = axis_of(name)
    notation = notation_of(cells, timed=is_timed(name), counts=axis not in (None, "epoch", "seconds"))
    spoken = [cell for cell in cells if cell.strip().lower() not in ABSENT]
    read_ = sum(read(cell, notation) is not None or either(cell) for cell in spoken)
    return notation if read_ * 2 > len(spoken) else None


def _long(path: Path, state: State, manner: _Manner) -> Iterator[Step]:
    stamp = {key: value for key, value in state.items() if key not in ("roles", "quoted")}
    for step in whole_lines(lambda path, half: _logs_by_role(path, manner, half))(path, stamp):
        yield step._replace(state={**step.state, **manner.state()}, fresh=bool(state))


def _logs_by_role(path: Path, manner: _Manner, half: bool) -> Iterator[Log]:
    settings: dict[str, Any] = {}
    records: list[tuple[dict[str, float], dict[str, str]]] = []
    damage: list[Damage] = []
    unfit: dict[str, Unfit] = {}
    for block in lines(path, {}):
        damage += block.damage
        for i, entry in _objects(block.told(half), block.first, path, damage):
            words = {key: entry.pop(key) for key in manner.roles if isinstance(entry.get(key), str)}
            record = _record(_without_settings(entry, settings), manner, unfit, path, i)
            if record:
                records.append((record, words))
    table = {
        name: _masked(rows, values, len(records)) for name, rows, values in _by_key([entry for entry, _ in records])
    }
    spoken = {
        key: [words.get(key, "") for _, words in records] for key in manner.roles if any(key in w for _, w in records)
    }
    logs = logs_of_table(table, spoken, format=CARD.name, path=path)
    for log in logs:
        log.config = settings | log.config
    if logs:
        logs[0].damage += damage
        logs[0].unfit |= unfit
    yield from logs


def _by_key(records: list[dict[str, float]]) -> Iterator[tuple[str, list[int], list[float]]]:
    columns: dict[str, tuple[list[int], list[float]]] = {}
    for i, record in enumerate(records):
        for name, value in record.items():
            rows, values = columns.setdefault(name, ([], []))
            rows.append(i)
            values.append(value)
    for name, (rows, values) in columns.items():
        yield name, rows, values


def _masked(rows: list[int], values: list[float], n: int) -> Array:
    column = np.ma.masked_all(n)
    column[rows] = values
    return column


def _log(text: str, first: int, path: Path, row: int, manner: _Manner) -> Log:
    """The records of whole lines, read some thousands at a time, so that one of another layout slows no others."""
    logs = [Log(CARD.name)]
    for part in parts(text):
        logs.append(_flat(part) or _line_by_line(part.split("\n")[:-1], first, path, manner))
        first += part.count("\n")
    log = merged(logs)
    if log.n:
        log.axes[ROW] = np.arange(row + 1.0, row + log.n + 1)
    return log


def _flat(text: str) -> Log | None:
    """The records of lines that hold the same names and nothing but numbers; None where one does not."""
    table = columns(text.encode())
    return None if table is None else log_of_columns(dict(zip(*table, strict=True)), format=CARD.name)


def _line_by_line(raw_lines: list[str], first: int, path: Path, manner: _Manner) -> Log:
    settings: dict[str, Any] = {}
    damage: list[Damage] = []
    unfit: dict[str, Unfit] = {}
    entries = ((i, _without_settings(entry, settings)) for i, entry in _objects(raw_lines, first, path, damage))
    records = [record for i, entry in entries if (record := _record(entry, manner, unfit, path, i))]
    log = log_of_records(records, format=CARD.name)
    log.config, log.damage, log.unfit = settings, damage, unfit
    return log


def _objects(
    raw_lines: list[str], first: int, path: Path, damage: list[Damage]
) -> Iterator[tuple[int, dict[str, Any]]]:
    for i, line in enumerate(raw_lines, first):
        if line and not line.isspace():
            entry = _object(line)
            if entry is not None:
                yield i, entry
            elif not line.lstrip().startswith(COMMENTS):
                damage.append(Damage(path.name, f"line {i}", "not a JSON object", 1))


def _without_settings(entry: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    for key in () if _SETTINGS.isdisjoint(entry) else _SETTINGS:
        if isinstance(entry.get(key), dict):
            settings |= entry.pop(key)
    return entry


def _object(line: str) -> dict[str, Any] | None:
    document = json_of(line)
    return document if isinstance(document, dict) else None


def _record(entry: dict[str, Any], manner: _Manner, unfit: dict[str, Unfit], path: Path, line: int) -> dict[str, float]:
    """The numbers of an object by name; most objects hold nothing else."""
    plain = {
        key: value for key, value in entry.items() if type(value) is float or (type(value) is int and value < 2**53)
    }
    if len(plain) == len(entry) and min(plain.values(), default=0) > -(2**53):
        return plain
    numbers: list[tuple[str, float]] = []
    words: list[tuple[str, str]] = []
    _collect(entry, "", 0, numbers, words)
    for name, text in words:
        notation = manner.quoted.get(name)
        parsed = read(text, notation) if notation else number(text) if text[0] in _BEGINS else None
        if parsed is not None:
            numbers.append((name, parsed))
        elif name in manner.measured and text.strip().lower() not in ABSENT:
            cells = unfit.setdefault(name, Unfit())
            cells.count += 1
            if len(cells.first) < Unfit.LISTED:
                cells.first.append(Damage(path.name, f"line {line}", f"{name}: {why_not(text)}", 1))
    return apart(numbers)


def _collect(
    record: dict[str, Any], prefix: str, depth: int, numbers: list[tuple[str, float]], words: list[tuple[str, str]]
) -> None:
    """The numbers and the short texts nested in an object, by the keys that lead to them."""
    for key, value in record.items():
        kind = type(value)
        if kind is float:
            numbers.append((prefix + key, value))
        elif kind is int:
            numbers.append((prefix + key, _bounded(value)))
        elif kind is str:
            if 0 < len(value) <= _SHORT:
                words.append((prefix + key, value))
        elif kind is dict and depth < 8:
            _collect(value, prefix if key in _WRAPS else f"{prefix}{key}/", depth + 1, numbers, words)


def _bounded(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


JSONL = Reader(card=CARD, sniff=sniff, follow=follow)
