"""Settings that every training has, beside those of its world and of its parts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import BadInput, FrozenMap, Schedule, UnknownName
from forerun.core.frozen import Array
from forerun.recipes.meter import COLUMNS
from forerun.recipes.part import within
from forerun.schedules import SCHEDULES, value
from forerun.schedules.written import read_schedule

SETTINGS: Mapping[str, Any] = FrozenMap({
    "steps": 600,
    "lr": 0.1,
    "schedule": "cosine",
    "warmup": 0,
    "cooldown": 0,
    "final": 0.0,
    "momentum": 0.9,
    "weight_decay": 0.0,
    "clip": 0.0,
    "batch": 32,
    "eval_every": 25,
    "budget": "steps",
    "spend": 0.0,
    "until": "",
})  # fmt: skip
"""Name to default. ``schedule``: a form that the settings beside it fill in, or a JSON file that ``forerun schedule``
wrote, which says all of it. ``budget``: the column of the meter that ``spend`` is of; a run ends when it is spent, and
its learning rate follows the share that is; with a ``spend`` of 0 it ends after its steps. ``until``: a metric and what
it is to reach (``val/acc>=0.99``): the run ends at the first evaluation at which it has; empty for none."""


LIMITS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("steps", "batch", "eval_every"), (1, math.inf)),
    **dict.fromkeys(("lr", "warmup", "cooldown", "final", "weight_decay", "clip", "spend"), (0, math.inf)),
    "momentum": (0, 1),
}
"""The least and the most that a setting may be."""


def rate_of(settings: Mapping[str, Any]) -> Schedule:
    """The learning rate's schedule that the settings name.

    Raises:
        BadInput: it is a file that holds none.
    """
    if str(settings["schedule"]).endswith(".json"):
        return read_schedule(Path(settings["schedule"]))
    takes = SCHEDULES.load(settings["schedule"]).parameters
    names = [name for name in ("steps", "warmup", "cooldown", "final") if name in takes]
    return Schedule(settings["schedule"], {"peak": settings["lr"]} | {name: settings[name] for name in names})


def rates_of(settings: Mapping[str, Any], legs: tuple[int, ...]) -> Array:
    """The learning rate of every step: over each leg the schedule runs once."""
    each = [value(rate_of({**settings, "steps": n}), np.arange(1, n + 1) - 0.5) for n in legs]
    return np.concatenate(each)


def checked(settings: Mapping[str, Any], where: str) -> None:
    """Refuse settings that mean nothing.

    Raises:
        BadInput: one lies beyond its limits, or ``until`` is no metric and bound.
        UnknownName: a budget of no column of the meter.
    """
    within(settings, LIMITS, where)
    if settings["until"]:
        _goal(settings["until"])
    if settings["budget"] not in COLUMNS:
        raise UnknownName("budget", settings["budget"], COLUMNS, where=where)


def reached(until: str, metrics: Mapping[str, float]) -> bool:
    """Whether an evaluation has come to what ``until`` says; empty text is never reached.

    Raises:
        UnknownName: the evaluation has no such metric. BadInput: the text is no metric and bound.

    Example:
        >>> reached("val/acc>=0.9", {"val/acc": 0.95}), reached("val/loss<=0.1", {"val/loss": 0.2}), reached("", {})
        (True, False, False)
    """
    if not until:
        return False
    metric, at_least, bound = _goal(until)
    if metric not in metrics:
        raise UnknownName("metric", metric, metrics, where="until")
    return metrics[metric] >= bound if at_least else metrics[metric] <= bound


def _goal(until: str) -> tuple[str, bool, float]:
    """The metric, whether it is to be at least its bound and not at most, and the bound."""
    parts = re.fullmatch(r"\s*(\S+?)\s*(>=|<=)\s*(\S+)\s*", until)
    try:
        if parts and not math.isnan(float(parts[3])):
            return parts[1], parts[2] == ">=", float(parts[3])
    except ValueError:
        pass
    raise BadInput(f"is a metric and what it is to reach, as in val/acc>=0.99, not {until!r}", where="until")
