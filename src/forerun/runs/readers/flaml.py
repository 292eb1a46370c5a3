"""FLAML's log: one JSON object a trial of its search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import number
from forerun.runs.readers.nested import objects
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines
from forerun.runs.readers.trials import AXIS

CARD = Card(
    name="flaml",
    does="Reads FLAML's search log as one run: the validation loss of each trial over its number.",
    source="flaml 1 to 2.7, automl/training_log.py: TrainingLogRecord",
    assumes="With log_type better, its default, only trials that were better than all before are in the log.",
    needs="One object with record_id and validation_loss.",
    promises="Values are those of the file. A line that is no record costs that line and is counted.",
    known_answer="FLAML's own TrainingLogRecord.",
    control="JSON lines without record_id are left to the jsonl reader.",
)


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head, 1)
    return 0.95 if shown and '"record_id"' in shown[0] and '"validation_loss"' in shown[0] else 0.0


def follow(path: Path, state: State) -> Iterator[Step]:
    for block in lines(path, state):
        log = _log(block.lines, block.first, path)
        yield block.step([log], lambda rest, at=block.after: [_log(rest, at, path)] if rest else [])


def _log(raw_lines: list[str], first: int, path: Path) -> Log:
    trials, damage = objects(raw_lines, first, path)
    rows = [row for one in trials if (row := _row(one)) is not None]
    columns = np.array(rows, float).reshape(-1, 3).T
    log = Log(CARD.name, n=len(rows), axis=AXIS, damage=damage)
    log.axes = {AXIS: columns[0], "seconds": columns[1]}
    log.series = {"validation_loss": (np.arange(log.n), columns[2])} if rows else {}
    log.directions = {"validation_loss": "min"}
    return log


def _row(trial: dict[str, Any]) -> tuple[float, float, float] | None:
    """A trial's number, clock and loss; None of what is no trial, as the last line that names the best."""
    place, clock, loss = (number(trial.get(key)) for key in ("record_id", "wall_clock_time", "validation_loss"))
    return None if place is None or loss is None else (place, np.nan if clock is None else clock, loss)


FLAML = Reader(card=CARD, sniff=sniff, follow=follow)
