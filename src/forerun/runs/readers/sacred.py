"""Sacred's FileStorageObserver: a numbered folder with ``metrics.json``, ``config.json`` and ``run.json``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Damage, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import WALL, Log
from forerun.runs.readers.columns import moment, number
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
COMPANIONS = ("config.json", "run.json", "info.json")
_SHAPE = re.compile(rb'\s*\{\s*"(?:[^"\\]|\\.){1,200}"\s*:\s*\{\s*"(?:steps|timestamps|values)"\s*:\s*\[')
_ENDS = {"COMPLETED": "finished", "FAILED": "crashed", "INTERRUPTED": "crashed", "TIMEOUT": "crashed"}


def sniff(path: Path, head: bytes) -> float:
    return 0.95 if _SHAPE.match(head) and b'"steps"' in head else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    return [folder / "config.json", folder / "run.json", *(f for f in [folder / "metrics.json"] if f.is_file())]


def _logs(path: Path) -> Iterator[Log]:
    told = read_json(path)
    if not isinstance(told, dict):
        raise UnreadableLog("no JSON object", where=path.name)
    if path.name == "config.json":
        yield Log(CARD.name, config={str(key): value for key, value in told.items() if key != "__annotations__"})
    elif path.name == "run.json":
        yield _run(told)
    else:
        yield _metrics(told, path)


follow = whole(_logs)


def _run(told: dict[str, Any]) -> Log:
    log = Log(CARD.name, end=_ENDS.get(str(told.get("status")), ""))  # type: ignore[arg-type]
    experiment = told.get("experiment")
    if isinstance(experiment, dict) and isinstance(experiment.get("name"), str):
        log.config["sacred/name"] = experiment["name"]
    if (result := number(told.get("result"))) is not None:
        log.config["sacred/result"] = result
    return log


def _metrics(told: dict[str, Any], path: Path) -> Log:
    log = Log(CARD.name)
    steps: list[float] = []
    moments: list[float] = []
    for name, held in told.items():
        column = _column(held)
        good = [i for i, (step, _, value) in enumerate(column) if step is not None and value is not None]
        if len(good) < len(column):
            log.damage.append(Damage(path.name, name, "values without a step or a number", len(column) - len(good)))
        log.series[name] = (
            np.arange(len(steps), len(steps) + len(good)),
            np.array([column[i][2] for i in good], float),
        )
        steps += [column[i][0] for i in good]  # type: ignore[misc]
        moments += [np.nan if column[i][1] is None else column[i][1] for i in good]  # type: ignore[misc]
    log.n = len(steps)
    log.axes = {"step": np.array(steps, float), WALL: np.array(moments, float)}
    return log


def _column(held: Any) -> list[tuple[float | None, float | None, float | None]]:
    """Step, moment and value of each record of a metric; what is missing is None."""
    if not isinstance(held, dict):
        return []
    steps, times, values = (held.get(key) if isinstance(held.get(key), list) else [] for key in _KEYS)
    n = max(len(steps), len(values))
    times = [*times, *[None] * (n - len(times))]
    steps, values = [*steps, *[None] * (n - len(steps))], [*values, *[None] * (n - len(values))]
    rows = zip(steps, times, values, strict=False)
    return [(number(step), moment(str(when)), _value(value)) for step, when, value in rows]


_KEYS = ("steps", "timestamps", "values")


def _value(value: Any) -> float | None:
    """A value, also one that was pickled as an object of numpy."""
    return number(value.get("value") if isinstance(value, dict) else value)
