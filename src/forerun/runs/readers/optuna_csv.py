"""The table of ``study.trials_dataframe()``: one row a trial, what it came to over its number."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forerun.core import Array, Card
from forerun.runs.growth import whole_lines
from forerun.runs.log import Log, merged
from forerun.runs.readers import delimited
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines
from forerun.runs.readers.trials import AXIS

CARD = Card(
    name="optuna_csv",
    does="Reads Optuna's table of trials: the value of each trial over its number.",
    source="optuna 2 to 5, study/_dataframe.py: number, value or values_NAME, datetime_start, params_NAME, state",
    assumes="Nothing: which way the value is better stands in the storage and not in the table.",
    needs="The columns number, value and a parameter or a time, and one row.",
    promises="As csv. Settings, times and attributes of trials are no metrics.",
    known_answer="Optuna's own study.trials.",
    control="A table without a trial's number and parameters is left to the csv reader.",
)
_VALUE = re.compile(r"values?(_.+)?")


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head, 1)
    names = set(next(csv.reader(shown), [])) if shown else set()
    valued = any(_VALUE.fullmatch(name) for name in names)
    described = "datetime_start" in names or any(name.startswith("params_") for name in names)
    return 0.9 if valued and described and "number" in names else 0.0


def _logs(path: Path, half: bool) -> Iterator[Log]:
    """The table as a whole: it is written at once, and often sorted by what the trials came to."""
    steps = delimited.follow_rows(path, {}, CARD.name)
    log = merged(log for step in steps for log in (*step.logs, *(step.last if half else step.pending)))
    numbers = log.series.get("number", (np.empty(0, np.int64), np.empty(0)))
    column = np.full(log.n, np.nan)
    column[numbers[0]] = numbers[1]
    order = np.argsort(column, kind="stable")
    place = np.argsort(order)
    log.axis, log.axes = AXIS, {AXIS: column[order]}
    values = {name: series for name, series in log.series.items() if _VALUE.fullmatch(name)}
    log.series = {name: _sorted(place[rows], value) for name, (rows, value) in values.items()}
    log.unfit = {name: unfit for name, unfit in log.unfit.items() if _VALUE.fullmatch(name)}
    yield log


def _sorted(rows: np.ndarray, values: Array) -> tuple[np.ndarray, Array]:
    order = np.argsort(rows, kind="stable")
    return rows[order], values[order]


OPTUNA_CSV = Reader(card=CARD, sniff=sniff, follow=whole_lines(_logs))
