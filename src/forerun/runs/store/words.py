"""What of a `Log` is no number, as JSON."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import numpy as np

from forerun.core import codec
from forerun.runs.log import Log, Unfit

_TABLES = ("axes", "series", "lr", "damage", "items", "n")
_WORDY = (
    "axis",
    "metric_axis",
    "config",
    "horizon",
    "directions",
    "unfit",
    "sticky",
    "end",
    "gone",
    "source",
    "task",
    "lineage",
    "data_order",
    "name",
)


def dump(log: Log) -> str:
    """Everything a store does not keep as columns or rows."""
    words = {f.name: getattr(log, f.name) for f in fields(log) if f.name not in _TABLES and getattr(log, f.name)}
    words["seed"] = log.seed
    words["config"] = json.dumps(log.config, default=str)  # another's JSON: its objects must not be taken for ours
    words["unfit"] = {name: {"count": u.count, "first": u.first} for name, u in log.unfit.items()}
    return json.dumps(codec.encode(words), allow_nan=False)


def speaks(log: Log) -> bool:
    """Whether a Log says anything but numbers."""
    return log.seed is not None or any(getattr(log, name) for name in _WORDY)


def load(text: str) -> Log:
    """A Log without records."""
    words = codec.decode(json.loads(text))
    words["config"] = json.loads(words["config"])
    if words.get("sticky") is True:  # as stores of version 2 and before say it
        words["sticky"] = "bar" if words["format"] == "text" else "counter"
    words["order"] = tuple(words.get("order", ()))
    words["unfit"] = {name: Unfit(u["count"], list(u["first"])) for name, u in words["unfit"].items()}
    return Log(**words)


def dump_whole(logs: list[Log]) -> str:
    """Logs of a few records, numbers included."""
    return json.dumps([{"words": dump(log), "numbers": codec.encode(_numbers(log))} for log in logs], allow_nan=False)


def load_whole(text: str) -> list[Log]:
    return [_with_numbers(load(piece["words"]), codec.decode(piece["numbers"])) for piece in json.loads(text)]


def _numbers(log: Log) -> dict[str, Any]:
    series = {name: [rows.tolist(), np.asarray(values, float)] for name, (rows, values) in log.series.items()}
    return {"n": log.n, "axes": log.axes, "series": series, "lr": log.lr, "damage": log.damage, "items": log.items}


def _with_numbers(log: Log, numbers: dict[str, Any]) -> Log:
    log.n, log.damage = numbers["n"], list(numbers["damage"])
    log.axes = {name: np.array(column, float) for name, column in numbers["axes"].items()}
    log.series = {name: (np.array(r, np.int64), np.array(v, float)) for name, (r, v) in numbers["series"].items()}
    log.lr = None if numbers["lr"] is None else np.array(numbers["lr"], float)
    log.items = [tuple(item) for item in numbers["items"]]
    return log
