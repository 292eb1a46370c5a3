"""Sacred's FileStorageObserver: a numbered folder with ``metrics.json``, ``config.json`` and ``run.json``."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import WALL, Log
from forerun.runs.readers.columns import moment, number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import read_json

CARD = Card(
    name="sacred",
    does="Reads a run's folder of Sacred's FileStorageObserver: metrics, settings and how it ended.",
    source="sacred 0.7 to 0.8, observers/file_storage.py: {name: {steps, timestamps, values}}",
    assumes="Steps are those given to log_scalar; where none were given Sacred counted the calls of each metric.",
    needs="One value in metrics.json.",
    promises="Values equal what was logged. What is no number costs that value and is counted.",
    known_answer="Sacred's own observer, against what was logged.",
    control="A metrics.json without steps and values is left alone.",
)
_SHAPE = re.compile(rb'\s*\{\s*"(?:[^"\\]|\\.){1,200}"\s*:\s*\{\s*"(?:steps|timestamps|values)"\s*:\s*\[')
_ENDS = {"COMPLETED": "finished", "FAILED": "crashed", "INTERRUPTED": "crashed", "TIMEOUT": "crashed"}


def sniff(path: Path, head: bytes) -> float:
    named = path.name == "metrics.json"  # all that is read of the folder
    return 0.95 if named and _SHAPE.match(head) and b'"steps"' in head else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    return [folder / "config.json", folder / "run.json", *(f for f in [folder / "metrics.json"] if f.is_file())]


def _logs(path: Path) -> Iterator[Log]:
    document = read_json(path)
    if not isinstance(document, dict):
        raise UnreadableLog("no JSON object", where=path.name)
    if path.name == "config.json":
        yield Log(CARD.name, config={str(key): value for key, value in document.items() if key != "__annotations__"})
    elif path.name == "run.json":
        yield _run(document)
    else:
        yield _metrics(document, path)


def _run(document: dict[str, Any]) -> Log:
    log = Log(CARD.name, end=_ENDS.get(str(document.get("status")), ""))  # type: ignore[arg-type]
    experiment = document.get("experiment")
    if isinstance(experiment, dict) and isinstance(experiment.get("name"), str):
        log.config["sacred/name"] = experiment["name"]
    if (result := number(document.get("result"))) is not None:
        log.config["sacred/result"] = result
    return log


def _metrics(metrics: dict[str, Any], path: Path) -> Log:
    log = Log(CARD.name)
    steps, moments = [np.empty(0)], [np.empty(0)]
    for name, records in metrics.items():
        step, when, value = _column(records)
        whole = np.isfinite(step) & ~value.mask
        if not whole.all():
            log.damage.append(Damage(path.name, name, "values without a step or a number", int((~whole).sum())))
        log.series[name] = (np.arange(log.n, log.n + int(whole.sum())), np.asarray(value.data[whole]))
        log.n += int(whole.sum())
        steps.append(step[whole])
        moments.append(when[whole])
    log.axes = {"step": np.concatenate(steps), WALL: np.concatenate(moments)}
    return log


def _column(records: Any) -> tuple[Array, Array, np.ma.MaskedArray]:
    """Step, moment and value of each record of a metric; what is missing is NaN, a value masked."""
    lists = [records.get(key) if isinstance(records, dict) else None for key in ("steps", "timestamps", "values")]
    steps, times, values = (cells if isinstance(cells, list) else [] for cells in lists)
    n = max(len(steps), len(values))
    step = _floats(_padded(steps, n)).filled(np.nan)
    return step, _moments(_padded(times, n)), _floats(_padded(values, n))


def _padded(cells: list[Any], n: int) -> list[Any]:
    return [*cells[:n], *[None] * (n - len(cells))]


def _floats(cells: list[Any]) -> np.ma.MaskedArray:
    """The numbers of a column, also those that were pickled as objects of numpy; what is none is masked."""
    if all(type(cell) is float for cell in cells):
        return np.ma.masked_array(np.array(cells, float), mask=np.zeros(len(cells), bool))
    plain = [number(cell.get("value") if isinstance(cell, dict) else cell) for cell in cells]
    values = np.array([np.nan if value is None else value for value in plain], float)
    return np.ma.masked_array(values, mask=np.array([value is None for value in plain], bool))


def _moments(cells: list[Any]) -> Array:
    if all(type(cell) is str and len(cell) == 26 and cell[20:].isdigit() for cell in cells):
        with contextlib.suppress(ValueError):
            return np.array(cells, "datetime64[us]").astype(np.int64) / 1e6
    moments = [moment(str(cell)) for cell in cells]
    return np.array([np.nan if when is None else when for when in moments], float)


SACRED = Reader(
    card=CARD,
    sniff=sniff,
    follow=whole(_logs),
    unit=unit,
    files=files,
    companions=("config.json", "run.json", "info.json"),
)
