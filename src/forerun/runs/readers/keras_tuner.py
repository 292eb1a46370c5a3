"""Keras Tuner's project folder: ``trial_ID/trial.json`` a trial, what it came to over the trials' numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Direction, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import read_json
from forerun.runs.readers.trials import AXIS

CARD = Card(
    name="keras_tuner",
    does="Reads Keras Tuner's trials as one run: each metric's best value of every trial, over the trials' numbers.",
    source="keras-tuner 1.0 to 1.4, engine/trial.py and engine/metrics_tracking.py",
    assumes="Of several executions of a trial the mean counts, as the tuner itself takes it.",
    needs="One trial.json with an observation and a number for an id; older versions' ids tell no order.",
    promises="Values are those of the files; directions are those the tuner was given.",
    known_answer="Files made after Trial.save.",
    control="A trial.json without hyperparameters and metrics is left alone.",
)
_FOLDER = re.compile(r"trial_(\d{1,9})")
_DIRECTIONS: dict[str, Direction] = {"min": "min", "max": "max"}


def sniff(path: Path, head: bytes) -> float:
    ours = path.name == "trial.json" and b'"hyperparameters"' in head and b'"trial_id"' in head
    return 0.95 if ours and path.parent.name.startswith("trial_") else 0.0


def unit(path: Path) -> Path:
    return path.parent.parent


def files(folder: Path) -> list[Path]:
    return list(folder.glob("trial_*/trial.json"))


def _logs(path: Path) -> Iterator[Log]:
    trial = read_json(path)
    place = _FOLDER.fullmatch(path.parent.name)
    if not isinstance(trial, dict) or place is None:
        raise UnreadableLog("a trial whose id is no number; such trials have no order", where=path.parent.name)
    metrics = list(_metrics(trial))
    log = log_of_records([{name: value for name, _, value in metrics}], format=CARD.name)
    log.axis, log.order = AXIS, (float(place[1]),)
    log.axes = {AXIS: np.array([float(place[1])])}
    log.directions = {name: _DIRECTIONS[way] for name, way, _ in metrics if way in _DIRECTIONS}
    yield log


def _metrics(trial: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Name, direction and last observation of each metric."""
    outer = trial.get("metrics")
    histories = outer.get("metrics") if isinstance(outer, dict) else None
    for name, history in histories.items() if isinstance(histories, dict) else ():
        observations = history.get("observations") if isinstance(history, dict) else None
        last = observations[-1] if isinstance(observations, list) and observations else None
        value = last.get("value") if isinstance(last, dict) else None
        plain = [number(one) for one in (value if isinstance(value, list) else [value])]
        values = [one for one in plain if one is not None]
        if plain and len(values) == len(plain):
            mean = values[0] if len(values) == 1 else float(np.mean(values))  # most have one execution
            yield str(name), str(history.get("direction")), mean


KERAS_TUNER = Reader(
    card=CARD, sniff=sniff, follow=whole(_logs), unit=unit, files=files, companions=("oracle.json", "tuner0.json")
)
