"""Exports of trackers that write one row a value: Neptune's exporter (Parquet) and Comet's metrics (JSON, CSV)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Damage, Lineage, UnreadableLog
from forerun.runs.growth import text_of, whole, whole_lines
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.parquet import parquet_schema, read_parquet
from forerun.runs.readers.columns import number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, head_of, read_text
from forerun.runs.regular import opened_file

CARD = Card(
    name="tracker_export",
    does="Reads Parquet files of neptune-exporter (extra [parquet]) and metrics exported from Comet as JSON or CSV.",
    source="neptune-exporter, src/neptune_exporter/model.py; comet_ml, APIExperiment.get_metrics",
    assumes="Comet's timestamps are milliseconds. A run's Parquet parts lie in one folder.",
    needs="Neptune: run_id, attribute_path, attribute_type, step, float_value. Comet: metricName, metricValue.",
    promises="System statistics (Neptune's monitoring/, Comet's sys.) are not read. Values that are no number are "
    "counted.",
    known_answer='[{"metricName": "loss", "metricValue": "2.5", "step": 10}] gives loss = 2.5 at step 10.',
    control="A Parquet file without Neptune's columns is left to the tidy reader.",
)

_NEPTUNE = ("run_id", "attribute_path", "attribute_type", "step", "float_value")
_PART = re.compile(r"(.+)_part_(\d+)\.parquet")
_FOOTER = 1 << 16
_SINGLE = {"float": "float_value", "int": "int_value", "string": "string_value", "bool": "bool_value"}
_FORK = ("sys/forking/parent", "sys/forking/step")
_SETTINGS, _LONG_TEXT = 10_000, 2_000
_KEYS = ("experimentKey", "experiment_key", "experimentId", "experiment_id")
_LISTED = 20


def sniff(path: Path, head: bytes) -> float:
    if head.startswith(b"PAR1"):
        footer = _footer(path)
        return 0.95 if all(name.encode() in footer for name in _NEPTUNE) else 0.0
    if b"metricName" not in head or b"metricValue" not in head:
        return 0.0
    shown = first_lines(head, 1)
    if head.lstrip()[:1] in (b"[", b"{"):
        return 0.9 if re.search(rb'"metricName"\s*:', head) and len(shown) else 0.0
    return 0.9 if shown and {"metricName", "metricValue"} <= set(next(csv.reader(shown), [])) else 0.0


def _footer(path: Path) -> bytes:
    with opened_file(path) as file:
        file.seek(max(0, path.stat().st_size - _FOOTER))
        return file.read(_FOOTER)


def unit(path: Path) -> Path:
    """The folder where a run is split into parts, else the file."""
    return path.parent if _PART.fullmatch(path.name) else path


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.parquet") if _PART.fullmatch(file.name))


def follow(path: Path, state: State) -> Iterator[Step]:
    start = head_of(path, 65536)
    document = start.lstrip()[:1] in (b"[", b"{")
    yield from (_PARQUET if start[:4] == b"PAR1" else _JSON if document else _CSV)(path, state)


def _logs(text: str, path: Path) -> Iterator[Log]:
    runs: dict[str, _Rows] = {}
    for place, record in _comet(text, path):
        key = next((str(record[name]) for name in _KEYS if record.get(name)), "")
        runs.setdefault(key, _Rows(path)).add(place, record)
    if not runs:
        raise UnreadableLog("no metric of Comet's in it", where=path.name)
    for key, rows in runs.items():
        yield rows.log(key)


@dataclass
class _Rows:
    """Comet's records of one run: each is one value of one metric."""

    path: Path
    n: int = 0
    metrics: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)
    axes: dict[str, list[float]] = field(default_factory=lambda: {"step": [], "epoch": [], WALL: []})
    damage: list[Damage] = field(default_factory=list)

    def add(self, place: str, record: Mapping[str, Any]) -> None:
        name, value = record.get("metricName"), number(record.get("metricValue"))
        if not isinstance(name, str) or not name or name.startswith("sys."):
            return
        if value is None:
            if len(self.damage) < _LISTED:
                self.damage.append(Damage(self.path.name, place, f"{name[:80]}: not a number", 1))
            return
        rows, values = self.metrics.setdefault(name, ([], []))
        rows.append(self.n)
        values.append(value)
        for axis, key in (("step", "step"), ("epoch", "epoch"), (WALL, "timestamp")):
            x = number(record.get(key) if record.get(key) != "" else None)
            self.axes[axis].append(np.nan if x is None else x / 1000 if axis == WALL else x)
        self.n += 1

    def log(self, id: str) -> Log:
        log = Log(CARD.name, id=id, n=self.n, damage=self.damage)
        log.axes = {axis: np.array(column) for axis, column in self.axes.items()}
        log.series = {name: (np.array(rows), np.array(values)) for name, (rows, values) in self.metrics.items()}
        return log


def _comet(text: str, path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each record of an export, and where it stands."""
    try:
        if text.lstrip()[:1] in ("[", "{"):
            yield from _nested(json.loads(text))
            return
        table = csv.DictReader(io.StringIO(text.replace("\0", ""), newline=""))
        if not {"metricName", "metricValue"} <= set(table.fieldnames or ()):
            raise UnreadableLog("no columns metricName and metricValue", where=path.name)
        for row in table:
            yield f"line {table.line_num}", row
    except (ValueError, RecursionError, csv.Error) as error:
        raise UnreadableLog(f"not an export of Comet: {str(error)[:200]}", where=path.name) from error


def _nested(document: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The records in lists and objects of them; an object of lists names runs by its keys."""
    if isinstance(document, list):
        for i, record in enumerate(document, 1):
            if isinstance(record, dict) and "metricName" in record:
                yield f"record {i}", {"experimentKey": key, **record}
            elif depth < 4:
                yield from _nested(record, key, depth + 1)
    elif isinstance(document, dict) and depth < 4:
        for name, inner in document.items():
            runs = isinstance(inner, list) and name not in ("metrics", "data", "values")
            yield from _nested(inner, name if runs else key, depth + 1)


def _neptune(path: Path) -> Iterator[Log]:
    """One log a run; its attributes are settings, its float series metrics."""
    needs = "reader 'tracker_export' on a Parquet file"
    schema = parquet_schema(path, needs)
    import polars as pl

    try:
        missing = [name for name in _NEPTUNE if name not in schema]
        if missing:
            raise UnreadableLog(f"not a Neptune export: no columns {', '.join(missing)}", where=path.name)
        wanted = [name for name in (*_NEPTUNE, "timestamp", "project_id", *_SINGLE.values()) if name in schema]
        kinds = ["float_series", *_SINGLE]
        table = read_parquet(path, needs, list(dict.fromkeys(wanted)))
        table = table.filter(pl.col("attribute_type").is_in(kinds)).with_columns(
            pl.col("step").cast(pl.Float64), pl.col("float_value").cast(pl.Float64), *_seconds(pl, schema)
        )
        part = _PART.fullmatch(path.name)
        for (run,), rows in table.group_by(["run_id"], maintain_order=True):
            log = _run(pl, str(run), rows)
            log.order = (float(part[2][:12]),) if part else ()
            yield log
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise UnreadableLog(f"not a readable Parquet file: {str(error)[:200]}", where=path.name) from error


def _seconds(pl: Any, schema: Mapping[str, Any]) -> Iterable[Any]:
    """Moments as unix seconds."""
    if "timestamp" in schema and isinstance(schema["timestamp"], pl.Datetime):
        yield pl.col("timestamp").dt.epoch("ms").cast(pl.Float64).truediv(1000).alias("timestamp")
    elif "timestamp" in schema:
        yield pl.lit(None).cast(pl.Float64).alias("timestamp")


def _run(pl: Any, id: str, rows: Any) -> Log:
    log = Log(CARD.name, id=id)
    single = rows.filter(pl.col("attribute_type") != "float_series")
    for attribute in single.head(_SETTINGS).iter_rows(named=True):
        value = attribute.get(_SINGLE[attribute["attribute_type"]])
        if value is not None and not (isinstance(value, str) and len(value) > _LONG_TEXT):
            log.config[str(attribute["attribute_path"])] = value
    log.name = str(log.config["sys/name"]) if log.config.get("sys/name") else None
    parent, point = (log.config.get(name) for name in _FORK)
    if isinstance(parent, str) and parent:
        log.lineage = Lineage(parent, fork_point=number(point))
    series = rows.filter((pl.col("attribute_type") == "float_series") & ~_system(pl))
    log.n = series.height
    for axis, column in (("step", "step"), (WALL, "timestamp")):
        if column in series.columns:
            log.axes[axis] = series[column].fill_null(float("nan")).to_numpy().astype(float)
    for (name,), part in series.with_row_index("_row").group_by(["attribute_path"], maintain_order=True):
        logged = part.filter(pl.col("float_value").is_not_null())
        log.series[str(name)] = (logged["_row"].to_numpy().astype(np.int64), logged["float_value"].to_numpy())
    return log


def _system(pl: Any) -> Any:
    return pl.col("attribute_path").str.starts_with("monitoring/")


_PARQUET = whole(_neptune)
_JSON = whole(lambda path: _logs(read_text(path), path))
_CSV = whole_lines(lambda path, half: _logs(text_of(path, half), path))


TRACKER_EXPORT = Reader(card=CARD, sniff=sniff, follow=follow, unit=unit, files=files)
