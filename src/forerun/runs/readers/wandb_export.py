"""What W&B lets one download: a run as JSON, its history as CSV, or a chart as CSV with a column a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, UnreadableLog
from forerun.core.axes import axis_of
from forerun.runs.growth import whole
from forerun.runs.log import Log, State, Step, merged
from forerun.runs.readers import delimited
from forerun.runs.readers.columns import axes_of, log_of_columns, log_of_records, number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_json, suffix_of
from forerun.runs.regular import opened_file

CARD = Card(
    name="wandb_export",
    does="Reads runs exported from W&B: JSON with summary, config and history, history as CSV, and charts as CSV.",
    source="W&B's export button and public API: run.history(), run.config, run.summary",
    assumes="A chart's columns are named RUN - METRIC; those of its bands, __MIN and __MAX, are left out.",
    needs="One row of history.",
    promises="Values a tracker repeats until the next are points once.",
    known_answer="The recorded exports against the tidy table made of them.",
    control="JSON without history is left alone.",
)
_CHART = re.compile(r"(.+) - (.+?)(__MIN|__MAX)?")


def sniff(path: Path, head: bytes) -> float:
    start = head.lstrip()
    if start.startswith(b"{"):
        known = b'"history"' in head or (b'"summary"' in head and b'"_wandb"' in head)
        return 0.85 if suffix_of(path) == ".json" and known and b'"config"' in head else 0.0
    header = first_lines(head, 1)
    return 0.8 if header and (_is_chart(_names(header[0])) or _is_history(_names(header[0]))) else 0.0


def _names(line: str) -> list[str]:
    return [name.strip().strip('"') for name in line.split(",")]


def _is_chart(names: Sequence[str]) -> bool:
    return len(names) > 1 and axis_of(names[0]) is not None and all(_CHART.fullmatch(name) for name in names[1:])


def _is_history(names: Sequence[str]) -> bool:
    return "_step" in names and bool({"_runtime", "_timestamp"} & set(names))


def follow(path: Path, state: State) -> Iterator[Step]:
    with opened_file(path) as file:
        head = file.read(65536)
    if head.lstrip().startswith(b"{"):
        yield from _DOCUMENT(path, state)
        return
    for step in delimited.follow_rows(path, state, CARD.name):
        apart = _by_run if _is_chart(_names(next(iter(first_lines(head, 1)), ""))) else _one
        half = None if step.half is None else [*_all(step.half, apart)]
        yield step._replace(logs=[*_all(step.logs, apart)], pending=[*_all(step.pending, apart)], half=half)


def _all(logs: Sequence[Log], apart: Any) -> Iterator[Log]:
    for log in logs:
        yield from apart(log)


def _one(log: Log) -> Iterator[Log]:
    log.sticky = "counter"
    yield log


def _by_run(log: Log) -> Iterator[Log]:
    """A chart's columns, each the metric of one run."""
    runs: dict[str, Log] = {}
    for name, column in log.series.items():
        match = _CHART.fullmatch(name)
        if match and not match[3]:
            run = runs.setdefault(match[1], Log(CARD.name, id=match[1], n=log.n, axes=dict(log.axes)))
            run.series[match[2]] = column
    if runs:
        next(iter(runs.values())).damage = log.damage
    yield from runs.values()


def _logs(path: Path) -> Iterator[Log]:
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("history"), (dict, list)):
        raise UnreadableLog("no history in it", where=path.name)
    log = _history(document["history"])
    config = document["config"] if isinstance(document.get("config"), dict) else {}
    log.config = {str(key): value for key, value in config.items() if not isinstance(value, (dict, list))}
    if isinstance(document.get("name"), str):
        log.config["wandb/name"] = log.name = document["name"]
    log.sticky = "counter"
    yield log


def _history(history: Any) -> Log:
    """History as rows, as columns, or as columns in groups that each have their own axis."""
    if isinstance(history, list):
        rows = [{str(k): v for k, value in row.items() if (v := number(value)) is not None}
                for row in history if isinstance(row, dict)]  # fmt: skip
        return log_of_records(rows, format=CARD.name)
    groups = {str(name): content for name, content in history.items() if isinstance(content, dict)}
    columns = {str(name): content for name, content in history.items() if isinstance(content, list)}
    parts = [_group(name, content) for name, content in groups.items()] + ([_group("", columns)] if columns else [])
    return _stacked([part for part in parts if part])


def _group(prefix: str, columns: Mapping[str, Any]) -> dict[str, Array]:
    """Equally long columns; those of another length than their axis are not dated, and left out."""
    lists = {str(name): column for name, column in columns.items() if isinstance(column, list) and column}
    axis_names = axes_of(lists)
    n = len(lists[next(iter(axis_names))]) if axis_names else 0
    return {
        name if name in axis_names or not prefix else f"{prefix}/{name}": _floats(column)
        for name, column in lists.items()
        if len(column) == n
    }


def _floats(column: Sequence[Any]) -> Array:
    numbers = [number(value) for value in column]
    values = np.array([0.0 if value is None else value for value in numbers])
    return np.ma.masked_array(values, mask=[value is None for value in numbers])


def _stacked(parts: Sequence[Mapping[str, Array]]) -> Log:
    """Groups of columns one below the other."""
    return merged(log_of_columns(part, format=CARD.name) for part in parts) if parts else Log(CARD.name)


_DOCUMENT = whole(_logs)


WANDB_EXPORT = Reader(card=CARD, sniff=sniff, follow=follow)
