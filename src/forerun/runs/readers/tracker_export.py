"""Metrics as Neptune's exporter and Comet's download give them: one row a value, in Parquet, CSV or JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, MissingExtra, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import WALL, Log
from forerun.runs.readers.columns import moment, number
from forerun.runs.readers.text import first_lines, read_json, read_text

CARD = Card(
    name="tracker_export",
    does="Reads exports of one row a value: those of Neptune's exporter (Parquet, CSV) and Comet's (CSV, JSON).",
    source="neptune-exporter: run_id, attribute_path, step, timestamp, float_value; Comet: metricName, metricValue",
    assumes="Attributes of Neptune that are no series of numbers are settings.",
    needs="One value of one metric.",
    promises="Every number is kept; rows without one are settings or left out.",
    known_answer="Two runs with two metrics give two runs of two curves.",
    control="A table without these columns is left to other readers.",
)
_NEPTUNE = {"attribute_path", "float_value"}
_COMET = {"metricName", "metricValue"}
_WORDS = {
    "run": ("run_id", "sys/id", "experimentKey", "experiment_key", "runId"),
    "metric": ("attribute_path", "metricName"),
    "value": ("float_value", "metricValue"),
    "step": ("step",),
    "epoch": ("epoch",),
    "time": ("timestamp", "metricTimestamp"),
}


def sniff(path: Path, head: bytes) -> float:
    if head.startswith(b"PAR1"):
        return 0.92 if path.suffix == ".parquet" and _parquet_names(path) >= _NEPTUNE else 0.0
    if head.lstrip().startswith(b"["):
        return 0.9 if b'"metricName"' in head[:4096] and b'"metricValue"' in head[:4096] else 0.0
    header = first_lines(head, 1)
    names = {name.strip().strip('"') for name in header[0].split(",")} if header else set()
    return 0.92 if names >= _NEPTUNE or names >= _COMET else 0.0


def _parquet_names(path: Path) -> set[str]:
    try:
        import polars as pl

        return set(pl.read_parquet_schema(path))
    except Exception:  # no polars, or no Parquet: either way the tidy reader tells it better
        return set()


def _logs(path: Path) -> Iterator[Log]:
    rows = _rows(path)
    runs: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        runs.setdefault(str(_of(row, "run") or ""), []).append(row)
    if not runs:
        raise UnreadableLog("no rows in it", where=path.name)
    for id, held in runs.items():
        yield _log(id, held)


def _rows(path: Path) -> Sequence[Mapping[str, Any]]:
    with path.open("rb") as file:
        head = file.read(64).lstrip()
    if head.startswith(b"PAR1"):
        return _parquet(path)
    if head.startswith(b"["):
        told = read_json(path)
        return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    try:
        return list(csv.DictReader(io.StringIO(read_text(path), newline="")))
    except csv.Error as error:
        raise UnreadableLog(f"not CSV: {error}", where=path.name) from error


def _parquet(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        import polars as pl
    except ImportError as error:
        raise MissingExtra("reader 'tracker_export' on a Parquet file", "polars", "parquet") from error
    try:
        wanted = [name for names in _WORDS.values() for name in names] + ["string_value", "int_value", "bool_value"]
        return pl.read_parquet(path, columns=[n for n in pl.read_parquet_schema(path) if n in wanted]).to_dicts()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableLog(f"not a readable Parquet file: {str(error)[:200]}", where=path.name) from error


def _of(row: Mapping[str, Any], word: str) -> Any:
    return next((row[name] for name in _WORDS[word] if row.get(name) not in (None, "")), None)


def _log(id: str, rows: Sequence[Mapping[str, Any]]) -> Log:
    log = Log(CARD.name, id=id)
    points: dict[str, tuple[list[int], list[float]]] = {}
    places: list[tuple[float, float, float]] = []
    for row in rows:
        metric, value, step, epoch = (_of(row, word) for word in ("metric", "value", "step", "epoch"))
        found = number(value)
        if metric is None or (found is None or (step is None and epoch is None)):
            _setting(log, metric, row)
            continue
        held = points.setdefault(str(metric), ([], []))
        held[0].append(len(places))
        held[1].append(found)
        places.append((_number(step), _number(epoch), _time(_of(row, "time"))))
    log.n = len(places)
    for name, column in zip(("step", "epoch", WALL), np.array(places, float).reshape(-1, 3).T, strict=True):
        if np.isfinite(column).any():
            log.axes[name] = column
    log.series = {name: (np.array(at), np.array(values)) for name, (at, values) in points.items()}
    return log


def _setting(log: Log, name: Any, row: Mapping[str, Any]) -> None:
    told = (row.get(key) for key in ("float_value", "int_value", "string_value", "bool_value"))
    value = next((value for value in told if value not in (None, "")), None)
    if name is not None and isinstance(value, (str, int, float, bool)):
        log.config[str(name)] = value if number(value) is None else number(value)


def _number(value: Any) -> float:
    found = number(value)
    return np.nan if found is None else found


def _time(value: Any) -> float:
    """Unix seconds of a moment, a date or milliseconds."""
    if hasattr(value, "timestamp"):
        return float(value.timestamp())
    found = number(value)
    if found is not None:
        return found / 1000.0 if found > 1e11 else found
    told = moment(str(value)) if value is not None else None
    return np.nan if told is None else told


follow = whole(_logs)
