"""The tidy table: one row a point, columns source, task, run, metric, direction, x_name, x, y, lr, seed, config."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage, UnreadableLog
from forerun.runs.growth import text_of, whole, whole_lines
from forerun.runs.log import Log, State, Step
from forerun.runs.parquet import is_parquet, parquet_schema, read_parquet
from forerun.runs.readers.columns import number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.tables.cells import plain_column, read_column
from forerun.runs.readers.text import first_lines
from forerun.runs.readers.written import notation_of, why_not

CARD = Card(
    name="tidy",
    does="Reads tables of many recorded runs, one row a point, from Parquet (extra [parquet]) or CSV.",
    source="ours",
    assumes="A curve is one (source, task, run, metric); rows with a repeated x keep the last.",
    needs="Columns run, metric, x and y; the others are optional.",
    promises="float32 values are widened exactly; null y is read as NaN, rows with null x are left out and counted.",
    known_answer="A two-run table gives two runs named source/task/run.",
    control="A table without a y column is refused.",
)

_NEEDED = ("run", "metric", "x", "y")
_OPTIONAL = ("source", "task", "direction", "x_name", "lr", "seed", "config")
_KEY = ("source", "task", "run", "metric")
_NEEDING = "reader 'tidy' on a Parquet file"


@dataclass(frozen=True)
class _Group:
    """The rows of one curve."""

    source: str | None
    task: str | None
    run: str
    metric: str
    x: Array
    y: Array
    lr: Array | None
    direction: str | None
    x_name: str | None
    seed: float | None
    config: str | None
    damage: tuple[Damage, ...] = ()


def sniff(path: Path, head: bytes) -> float:
    if head.startswith(b"PAR1"):
        return 0.9
    header = first_lines(head, 1)
    return 0.9 if header and set(_NEEDED) <= {cell.strip().strip('"') for cell in header[0].split(",")} else 0.0


def follow(path: Path, state: State) -> Iterator[Step]:
    yield from (_PARQUET if is_parquet(path) else _CSV)(path, state)


def _logs(groups: Iterable[_Group]) -> Iterator[Log]:
    for (source, task, run), curves in itertools.groupby(groups, key=lambda g: (g.source, g.task, g.run)):
        yield _log("/".join(part for part in (source, task, run) if part), list(curves))


_PARQUET = whole(lambda path: _logs(_parquet_groups(path)))
_CSV = whole_lines(lambda path, half: _logs(_csv_groups(path, half)))


def _log(id: str, groups: list[_Group]) -> Log:
    """A run's curves one after the other, each on its own axis."""
    first = groups[0]
    seed = int(first.seed) if first.seed is not None and math.isfinite(first.seed) else None
    log = Log(CARD.name, id=id, config=_settings(first.config), seed=seed, source=first.source, task=first.task)
    log.n = sum(len(group.x) for group in groups)
    begin = 0
    for group in groups:
        axis, end = group.x_name or "step", begin + len(group.x)
        log.axes.setdefault(axis, np.full(log.n, np.nan))[begin:end] = group.x
        log.series[group.metric] = (np.arange(begin, end), group.y)
        log.metric_axis[group.metric] = axis
        if group.lr is not None:
            log.lr = np.full(log.n, np.nan) if log.lr is None else log.lr
            log.lr[begin:end] = group.lr
        log.damage += group.damage
        if group.direction in ("min", "max"):
            log.directions[group.metric] = "max" if group.direction == "max" else "min"
        begin = end
    log.axis = first.x_name or "step"
    return log


def _settings(config: str | None) -> dict[str, Any]:
    try:
        document = json.loads(config) if config else {}
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _parquet_groups(path: Path) -> Iterator[_Group]:
    columns = parquet_schema(path, _NEEDING)
    import polars as pl

    _check(columns, path)
    optional = [name for name in _OPTIONAL if name in columns]
    table = read_parquet(path, _NEEDING, [*_NEEDED, *optional])
    key = [name for name in _KEY if name in table.columns]
    lists = [name for name in ("x", "y", "lr") if name in table.columns]
    rest = [name for name in table.columns if name not in (*key, *lists)]
    grouped = table.group_by(key, maintain_order=True).agg(
        *(pl.col(name).cast(pl.Float64) for name in lists), *(pl.col(name).first() for name in rest)
    )
    run_key = [name for name in key if name != "metric"]
    order = grouped.select(run_key).unique(maintain_order=True).with_row_index("_order")
    grouped = grouped.join(order, on=run_key, maintain_order="left").sort("_order", maintain_order=True)
    texts = [name for name in (*key, *rest) if name != "seed"]
    grouped = grouped.with_columns(pl.col(name).cast(pl.String) for name in texts)
    series = {name: grouped[name] for name in grouped.columns}
    for i in range(grouped.height):
        row = {name: column[i] for name, column in series.items()}
        arrays: dict[str, Any] = {
            name: row[name].to_numpy().astype(float) if name in row else None for name in ("x", "y", "lr")
        }
        texts_of: dict[str, Any] = {
            name: row.get(name) for name in ("source", "task", "direction", "x_name", "seed", "config")
        }
        yield _Group(run=row["run"], metric=row["metric"], **arrays, **texts_of)


def _csv_groups(path: Path, half: bool) -> Iterator[_Group]:
    columns = _csv_columns(path, half)
    grouped: dict[tuple[str, ...], list[int]] = {}
    for i, (x, y, *key) in enumerate(zip(*(columns[name] for name in ("x", "y", *_KEY)), strict=True)):
        if x and y and not (x.isspace() or y.isspace()):  # an empty cell is no value, and no divergence
            grouped.setdefault(tuple(key), []).append(i)
    runs = {key[:3]: i for i, key in reversed(list(enumerate(grouped)))}
    for key in sorted(grouped, key=lambda key: runs[key[:3]]):
        source, task, run, metric = (name or None for name in key)
        rows = grouped[key]
        read = {name: _values([columns[name][i] for i in rows], name) for name in ("x", "y", "lr")}
        lost = {i: why for _, bad in read.values() for i, why in bad.items()}
        values = {name: np.delete(column, list(lost)) for name, (column, _) in read.items()}
        words = {name: columns[name][rows[0]] or None for name in ("direction", "x_name", "config")}
        seed = number(columns["seed"][rows[0]])
        damage = tuple(Damage(path.name, f"{run}, {metric}", lost[i], 1) for i in sorted(lost))
        yield _Group(source, task, run or "", metric or "", seed=seed, damage=damage, **values, **words)  # type: ignore[arg-type]


def _csv_columns(path: Path, half: bool) -> dict[str, list[str]]:
    """The cells of every column, empty where the table has none, or a row ends before it."""
    table = csv.reader(io.StringIO(text_of(path, half), newline=""))
    header = next(table, [])
    _check(header, path)
    rows = [row if len(row) >= len(header) else row + [""] * (len(header) - len(row)) for row in table if row]
    at = {name: i for i, name in enumerate(header)}
    return {
        name: [row[at[name]] for row in rows] if name in at else [""] * len(rows) for name in (*_NEEDED, *_OPTIONAL)
    }


def _values(cells: list[str], name: str) -> tuple[Array, dict[int, str]]:
    """A column's numbers, NaN where it is empty, and what is to be told of the rows that hold something else."""
    if not any(cells):
        return np.full(len(cells), np.nan), {}
    if (plain := plain_column(cells)) is not None:
        return plain, {}
    values, bad = read_column(cells, notation_of(cells))
    return np.asarray(np.ma.filled(values, np.nan), float), {i: f"{name}: {why_not(cells[i])}" for i in bad}


def _check(columns: Any, path: Path) -> None:
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        listed = ", ".join(list(columns)[:20])
        raise UnreadableLog(f"a tidy table needs the columns {', '.join(missing)}; it has {listed}", where=path.name)


TIDY = Reader(card=CARD, sniff=sniff, follow=follow)
