"""JSON lines: one object a record, numbers by key, nested keys joined with a slash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage
from forerun.core.axes import WALL_CLOCK, axis_of
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import log_of_records, moment, number
from forerun.runs.readers.text import first_lines, suffix_of

CARD = Card(
    name="jsonl",
    does="Reads JSON lines: every number is a metric or an axis by its key; a config object is settings.",
    source="ours",
    assumes="One object a line. NaN and Infinity may be bare or quoted.",
    needs="Objects with an axis (step, epoch, tokens, time ...) and a metric.",
    promises="A line that is not a JSON object costs that line and is counted.",
    known_answer='{"step": 1, "train": {"loss": 2.0}} gives train/loss = 2 at step 1.',
    control="A JSON document over several lines is refused.",
)

_SETTINGS = ("config", "args", "hparams", "hyperparameters", "params")
_WORDS = frozenset(("nan", "inf", "-inf", "infinity", "-infinity"))


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
    if not any(axis_of(key) or key in WALL_CLOCK for found in objects if found for key in found):
        return 0.3
    return 0.7 if suffix_of(path) in (".jsonl", ".ndjson") else 0.55


def follow(path: Path, state: State) -> Iterator[Step]:
    for block in lines(path, state):
        pending = [_log(block.rest, block.after, path)] if block.rest else []
        log = _log(block.lines, block.first, path)
        log.damage += block.damage
        yield Step(block.state, [log], pending, block.fresh)


def _log(found: list[str], first: int, path: Path) -> Log:
    settings: dict[str, Any] = {}
    records: list[dict[str, float]] = []
    damage: list[Damage] = []
    for i, line in enumerate(found, first):
        if not line.strip():
            continue
        told = _object(line)
        if told is None:
            damage.append(Damage(path.name, f"line {i}", "not a JSON object", 1))
            continue
        for key in _SETTINGS:
            if isinstance(told.get(key), dict):
                settings |= told.pop(key)
        record = dict(_numbers(told))
        if record:
            records.append(record)
    log = log_of_records(records, format=CARD.name)
    log.config, log.damage = settings, damage
    return log


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _numbers(record: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    for key, value in record.items():
        name = prefix + str(key)
        if isinstance(value, dict) and depth < 8:
            yield from _numbers(value, name + "/", depth + 1)
        elif isinstance(value, str):
            told = moment(value) if key in WALL_CLOCK else number(value) if value.lower() in _WORDS else None
            if told is not None:
                yield name, told
        elif (told := number(value)) is not None:
            yield name, told
