"""The table of ``study.trials_dataframe()``: one row a trial, what it came to over its number."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forerun.core import Card
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.text import first_lines
from forerun.runs.readers.trials import AXIS

CARD = Card(
    name="optuna_csv",
    does="Reads Optuna's table of trials: the value of each trial over its number.",
    source="optuna 2 to 5, study/_dataframe.py: number, value or values_NAME, datetime_start, params_NAME, state",
    assumes="Nothing: which way the value is better stands in the storage and not in the table.",
    needs="The columns number, value and state, and one row.",
    promises="As csv. Settings, times and attributes of trials are no metrics.",
    known_answer="Optuna's own study.trials.",
    control="A table without a trial's number and state is left to the csv reader.",
)
_VALUE = re.compile(r"values?(_.+)?")


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head, 1)
    names = set(next(csv.reader(shown), [])) if shown else set()
    valued = any(_VALUE.fullmatch(name) for name in names)
    return 0.9 if valued and {"number", "state", "datetime_start"} <= names else 0.0


def follow(path: Path, state: State) -> Iterator[Step]:
    for step in delimited.follow_rows(path, state, CARD.name):
        for log in (*step.logs, *step.pending):
            _only_values(log)
        yield step


def _only_values(log: Log) -> None:
    numbers = log.series.pop("number", None)
    log.axis = AXIS
    if numbers is not None:
        log.axes = {AXIS: np.full(log.n, np.nan)}
        log.axes[AXIS][numbers[0]] = numbers[1]
    log.series = {name: held for name, held in log.series.items() if _VALUE.fullmatch(name)}
    log.unfit = {name: unfit for name, unfit in log.unfit.items() if _VALUE.fullmatch(name)}
