"""MLPerf's ``:::MLLOG`` lines, among whatever else a training prints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage
from forerun.core.axes import axis_of
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.reader import Reader

CARD = Card(
    name="mllog",
    does="Reads MLPerf result files: scores and losses by epoch, samples or step, and the settings declared.",
    source="mlperf_logging, mllog.py; and :::MLPv0.5 lines of the first round",
    assumes="A number logged with a position in its metadata is a metric, one without it a setting.",
    needs="One number with an epoch_num, samples_count or step_num.",
    promises="A line whose JSON cannot be read costs that line and is counted.",
    known_answer="The recorded results against the tidy tables made of them.",
    control="Text without the mark is left alone.",
)
_LINE = re.compile(r":::ML(?:LOG|P\S{0,40})\s+(\{.*)$")
_MARK = re.compile(rb":::ML(?:LOG|Pv)")
_POSITIONS = {"epoch_num": "epoch", "samples_count": "samples", "step_num": "step", "iteration": "step"}
_OURS = frozenset(("file", "lineno", "status", "method"))
_HORIZONS = {"opt_learning_rate_training_steps": "step", "max_steps": "step", "max_epochs": "epoch"}


def sniff(path: Path, head: bytes) -> float:
    marks = _MARK.findall(head)
    return 0.95 if len(marks) > 2 or head.startswith(b":::ML") else 0.0


def follow(path: Path, state: State) -> Iterator[Step]:
    for block in lines(path, state):
        log = _log(block.lines, block.first, path)
        yield block.step([log], lambda rest, at=block.after: [_log(rest, at, path)] if rest else [])


def _log(raw_lines: list[str], first: int, path: Path) -> Log:
    records: list[dict[str, float]] = []
    words = Log(CARD.name)
    for i, line in enumerate(raw_lines, first):
        if ":::ML" not in line or (match := _LINE.search(line)) is None:
            continue
        try:
            record = json.loads(match[1])
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict) and isinstance(record.get("key"), str):
            _take(record, record["key"], records, words)
        else:
            words.damage.append(Damage(path.name, f"line {i}", "not an MLLOG record", 1))
    numbers = log_of_records(records, format=CARD.name)
    return replace(words, n=numbers.n, axes=numbers.axes, series=numbers.series)


def _take(record: dict[str, Any], key: str, records: list[dict[str, float]], words: Log) -> None:
    metadata = record["metadata"] if isinstance(record.get("metadata"), dict) else {}
    value, at = record.get("value"), _position(metadata)
    if key == "run_stop":
        status = metadata.get("status") or (value.get("status") if isinstance(value, dict) else value)
        words.end = "finished" if status == "success" else "crashed"
        return
    prefix, metrics = (f"{key}/", value) if isinstance(value, dict) else ("", {key: value})
    numbers = {prefix + str(name): plain for name, figure in metrics.items() if (plain := number(figure)) is not None}
    if numbers and at and key not in _STRUCTURE:
        time = number(record.get("time_ms"))
        when = {} if time is None else {"timestamp": time / 1000.0}
        records.append(at | when | {name: figure for name, figure in numbers.items() if axis_of(name) is None})
    elif isinstance(value, (str, int, float)) and value != "":
        words.config[key] = value
        if key == "seed" and abs(numbers.get(key, 1e18)) < 1e18:
            words.seed = int(numbers[key])
        if key in _HORIZONS and numbers.get(key, 0) > 1:
            words.horizon[_HORIZONS[key]] = numbers[key]


_STRUCTURE = frozenset("block_start block_stop epoch_start epoch_stop eval_start eval_stop train_samples".split())


def _position(metadata: dict[str, Any]) -> dict[str, float]:
    pairs = ((axis, number(metadata.get(name))) for name, axis in _POSITIONS.items())
    return {axis: value for axis, value in pairs if value is not None}


MLLOG = Reader(card=CARD, sniff=sniff, follow=follow)
