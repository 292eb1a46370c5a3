"""JSON lines: one object a record, numbers by key, nested keys joined with a slash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage
from forerun.core.axes import WALL_CLOCK, axis_of
from forerun.runs.counters import ROW
from forerun.runs.datasets import why_no_log
from forerun.runs.growth import lines, whole_lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.tables.cells import Style, read_cell
from forerun.runs.readers.tables.long_form import RUNS, SPLITS, TAGS, logs_of_table, prefix_of
from forerun.runs.readers.text import first_lines, head_of, suffix_of

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
_WORDS = frozenset(("nan", "inf", "-inf", "infinity", "-infinity"))
_WRAPS = frozenset(("data", "metrics", "logs"))  # what says nothing of the metrics in it
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
    if sum(found is not None for found in objects) * 2 <= len(objects):
        return 0.0
    plain = [found for found in objects if found]
    if not any(axis_of(key) or key in WALL_CLOCK for found in plain for key in found) and not _measured(plain):
        return 0.3
    return 0.7 if suffix_of(path) in (".jsonl", ".ndjson") else 0.55


def _measured(objects: list[dict[str, Any]]) -> bool:
    """Whether records that name no axis are those of a training."""
    words = [key for found in objects for key, value in found.items() if isinstance(value, (str, list))]
    numbers = dict.fromkeys(name for found in objects for name, _ in _numbers(found))
    return len(objects) > 2 and not words and not why_no_log(numbers)


def follow(path: Path, state: State) -> Iterator[Step]:
    roles = _roles(head_of(path, 65536))
    anew = bool(state) and "roles" in state and state["roles"] != roles
    if roles:
        yield from _long(path, {} if anew or "roles" not in state else state, roles)
        return
    before: State = {} if anew else state
    row = int(before.get("row", 0))
    for block in lines(path, before):
        row = 0 if block.fresh else row
        log = _log(block.lines, block.first, path, row)
        log.damage += block.damage
        row += log.n
        more = partial(_more, block.after, path, row)
        yield block.step([log], more, {"roles": roles, "row": row}, fresh=anew)
        anew = False


def _more(first: int, path: Path, row: int, rest: list[str]) -> list[Log]:
    """The records of lines that may yet change."""
    return [_log(rest, first, path, row)] if rest else []


def _roles(head: bytes) -> list[str]:
    """Keys whose words, or seeds, say what a record is; with them the file is read as a whole."""
    found: set[str] = set()
    for line in first_lines(head, 200):
        for key, value in (_object(line) or {}).items():
            name = key.lower()
            if isinstance(value, str) and len(value) <= _SHORT:
                if (name in SPLITS and prefix_of(value)) or name in RUNS or name in TAGS:
                    found.add(key)
            elif name in RUNS and type(value) is int:
                found.add(key)
    return sorted(found)


def _long(path: Path, state: State, roles: list[str]) -> Iterator[Step]:
    stamp = {key: value for key, value in state.items() if key != "roles"}
    for step in whole_lines(_logs_by_role)(path, stamp):
        yield step._replace(state={**step.state, "roles": roles}, fresh=bool(state))


def _logs_by_role(path: Path, half: bool) -> Iterator[Log]:
    settings: dict[str, Any] = {}
    records: list[tuple[dict[str, float], dict[str, str]]] = []
    damage: list[Damage] = []
    roles = _roles(head_of(path, 65536))
    for block in lines(path, {}):
        damage += block.damage
        for told in _objects(block.told(half), block.first, path, damage):
            words = {key: told.pop(key) for key in roles if isinstance(told.get(key), str)}
            record = _record(_without_settings(told, settings))
            if record:
                records.append((record, words))
    table = {name: _masked(rows, values, len(records)) for name, rows, values in _by_key([told for told, _ in records])}
    spoken = {key: [words.get(key, "") for _, words in records] for key in roles if any(key in w for _, w in records)}
    logs = logs_of_table(table, spoken, format=CARD.name, path=path)
    for log in logs:
        log.config = settings | log.config
    if logs:
        logs[0].damage += damage
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


def _log(found: list[str], first: int, path: Path, row: int) -> Log:
    settings: dict[str, Any] = {}
    damage: list[Damage] = []
    told = (_without_settings(told, settings) for told in _objects(found, first, path, damage))
    log = log_of_records([record for held in told if (record := _record(held))], format=CARD.name)
    if log.n:
        log.axes[ROW] = np.arange(row + 1.0, row + log.n + 1)
    log.config, log.damage = settings, damage
    return log


def _objects(found: list[str], first: int, path: Path, damage: list[Damage]) -> Iterator[dict[str, Any]]:
    for i, line in enumerate(found, first):
        if line and not line.isspace():
            told = _object(line)
            if told is None:
                damage.append(Damage(path.name, f"line {i}", "not a JSON object", 1))
            else:
                yield told


def _without_settings(told: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    for key in () if _SETTINGS.isdisjoint(told) else _SETTINGS:
        if isinstance(told.get(key), dict):
            settings |= told.pop(key)
    return told


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _record(told: dict[str, Any]) -> dict[str, float]:
    """The numbers of an object by name; most objects hold nothing else."""
    plain = {
        key: value for key, value in told.items() if type(value) is float or (type(value) is int and value < 2**53)
    }
    return plain if len(plain) == len(told) and min(plain.values(), default=0) > -(2**53) else dict(_numbers(told))


def _numbers(record: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    for key, value in record.items():
        if type(value) is float:
            yield prefix + key, value
        elif type(value) is int:
            yield prefix + key, _bounded(value)
        elif isinstance(value, dict) and depth < 8:
            yield from _numbers(value, prefix if key in _WRAPS else f"{prefix}{key}/", depth + 1)
        elif isinstance(value, str) and (told := _quoted(key, value)) is not None:
            yield prefix + key, told


def _bounded(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _quoted(key: str, text: str) -> float | None:
    if len(text) > _SHORT or not text:
        return None
    timed = key.strip().lower() in WALL_CLOCK or axis_of(key) == "seconds"
    if not (timed or text[0] in "+-.0123456789" or text.lower() in _WORDS):
        return None
    return read_cell(text, Style(timed=timed)) if timed else number(text)
