"""CatBoost's ``catboost_info``: the errors of every iteration as tables and once more as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Damage, Direction, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_json

CARD = Card(
    name="catboost",
    does="Reads a catboost_info folder as one run: metrics of the learn set and of every test set.",
    source="catboost 0.2 to 1.2: learn_error.tsv, test_error.tsv, time_left.tsv, catboost_training.json",
    assumes="The JSON repeats the tables; with them it gives only the planned end and which way a metric is better.",
    needs="One of the tables, or the JSON.",
    promises="Values are those of the files; x is the iteration from 0.",
    known_answer="CatBoost's own get_evals_result.",
    control="A table whose first column is not iter is left to the csv reader.",
)
_JSON = "catboost_training.json"
_TABLES = ("learn_error.tsv", "test_error.tsv", "time_left.tsv")
_EVENTS = ("learn", *(f"test{i or ''}" for i in range(20)))  # folders of event files with the same numbers
_SUFFIX = re.compile(r"(.+):(\d{1,3})")
_BETTER: dict[str, Direction] = {"Min": "min", "Max": "max"}


def sniff(path: Path, head: bytes) -> float:
    if path.name in _TABLES:
        shown = first_lines(head, 1)
        return 0.95 if shown and shown[0].startswith("iter\t") else 0.0
    start = head[:4000]
    is_training = b'"iterations"' in head or b'"learn_metrics"' in start or b'"launch_mode"' in start
    return 0.95 if start.lstrip()[:1] == b"{" and b'"meta"' in start and is_training else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    return [folder / name for name in (_JSON, *_TABLES)]


def follow(path: Path, state: State) -> Iterator[Step]:
    if path.name not in _TABLES:
        yield from _TRAINING(path, state)
        return
    for step in delimited.follow_rows(path, state, CARD.name):
        for log in step.every:
            _rename(log, path.name.partition("_")[0])
        yield step


def _rename(log: Log, kind: str) -> None:
    """Give the columns of a table the names of their data sets; times become an axis."""
    if kind == "time":
        passed = log.series.get("Passed")
        log.series, log.unfit = {}, {}
        if passed is not None:
            log.axes["seconds"] = np.full(log.n, np.nan)
            log.axes["seconds"][passed[0]] = passed[1] / 1000.0
        return
    suffixes = [int(match[2]) for name in log.series if (match := _SUFFIX.fullmatch(name))]
    last = max(suffixes, default=-1) + 1
    log.series = {_name(name, kind, last): column for name, column in log.series.items()}
    log.unfit = {_name(name, kind, last): unfit for name, unfit in log.unfit.items()}


def _name(column: str, kind: str, last: int) -> str:
    """Several test sets: ``AUC:0`` is of the first, and the last has no number."""
    match = _SUFFIX.fullmatch(column)
    part = int(match[2]) if match else last
    return f"{kind}{part or ''}/{match[1] if match else column}"


def _training(path: Path) -> Iterator[Log]:
    document = read_json(path)
    meta = document.get("meta") if isinstance(document, dict) else None
    if not isinstance(meta, dict):
        raise UnreadableLog("no meta object in it", where=path.name)
    tabled = any((path.parent / name).is_file() for name in _TABLES[:2])
    log = Log(CARD.name) if tabled else _iterations(document.get("iterations"), meta, path)
    for part in _parts(meta):
        for name, better in _metrics(meta, part):
            if better in _BETTER:
                log.directions[f"{part}/{name}"] = _BETTER[better]
    count = number(meta.get("iteration_count"))
    if count is not None and count > 1:
        log.horizon["step"] = count
    yield log


_TRAINING = whole(_training)


def _iterations(entries: Any, meta: dict[str, Any], path: Path) -> Log:
    names = {part: [f"{part}/{name}" for name, _ in _metrics(meta, part)] for part in _parts(meta)}
    records = [_iteration(entry, names) for entry in (entries if isinstance(entries, list) else ())]
    log = log_of_records([record for record in records if record], format=CARD.name)
    lost = sum(not record for record in records)
    log.damage = [Damage(path.name, "iterations", "entries without an iteration", lost)] if lost else []
    return log


def _iteration(entry: Any, names: dict[str, list[str]]) -> dict[str, float]:
    """An entry's numbers; empty where it does not say which iteration it is."""
    at = number(entry.get("iteration")) if isinstance(entry, dict) else None
    if at is None:
        return {}
    cells: list[tuple[str, Any]] = [("seconds", entry.get("passed_time"))]
    for part, columns in names.items():
        values = entry.get(part)
        cells += zip(columns, values if isinstance(values, list) else (), strict=False)
    plain = ((name, number(value)) for name, value in cells)
    return {"iteration": at} | {name: value for name, value in plain if value is not None}


def _parts(meta: dict[str, Any]) -> list[str]:
    name_lists = [meta.get(key) for key in ("learn_sets", "test_sets")]
    sets = [name for names in name_lists if isinstance(names, list) for name in names if isinstance(name, str)]
    return list(dict.fromkeys(("learn", *sets)))


def _metrics(meta: dict[str, Any], part: str) -> list[tuple[str, str]]:
    """Names of a data set's metrics and which value of each is best; older versions list the learn set's only."""
    listing = meta.get("learn_metrics" if part == "learn" else "test_metrics") or meta.get("learn_metrics")
    entries = [entry for entry in (listing if isinstance(listing, list) else ()) if isinstance(entry, dict)]
    return [(str(entry.get("name")), str(entry.get("best_value"))) for entry in entries]


CATBOOST = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=(*_TABLES, _JSON, *_EVENTS),
)
