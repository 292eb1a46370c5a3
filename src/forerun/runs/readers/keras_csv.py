"""Keras' CSVLogger: ``epoch`` from 0, then the metrics in order of their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card
from forerun.core.axes import axis_of
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines

CARD = Card(
    name="keras_csv",
    does="Reads the file of Keras' CSVLogger, also one that several calls of fit were appended to.",
    source="keras 2 and 3, callbacks/csv_logger.py: append=True counts each fit from 0 again",
    assumes="An epoch 0 after others is the first of a further fit of the same model; its epochs follow on.",
    needs="A header of epoch and metrics, and one row that is epoch 0.",
    promises="As csv. A row with more cells than the header, which a callback that joined later causes, is counted.",
    known_answer="keras' own CSVLogger, two fits into one file.",
    control="A table that does not begin with one epoch 0, or whose columns are unordered, is left to csv.",
)
_START = re.compile(r"0(?:\.0)?[,;\t]")


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head, 3)
    if len(shown) < 2 or not _START.match(shown[1]) or any(_START.match(line) for line in shown[2:]):
        return 0.0
    names = re.split(r"[,;\t]", shown[0].strip())
    if any(axis_of(name) for name in names[1:]):
        return 0.0
    return 0.8 if names[0] == "epoch" and len(names) > 1 and names[1:] == sorted(names[1:]) else 0.0


def follow(path: Path, state: State) -> Iterator[Step]:
    before = dict(state.get("epochs", {"base": 0.0, "last": -1.0}))
    for step in delimited.follow_rows(path, state, CARD.name):
        epochs: dict[str, Any] = {"base": 0.0, "last": -1.0} if step.fresh else before
        for log in step.logs:
            epochs = _continued(log, epochs)
        for log in (*step.pending, *(step.half or ())):
            _continued(log, epochs)
        before = epochs
        yield step._replace(state={**step.state, "epochs": epochs})


def _continued(log: Log, epochs: dict[str, float]) -> dict[str, float]:
    """Let the epochs of a further fit follow those before it; where that leaves off."""
    epoch = log.axes.get("epoch")
    if epoch is None or not log.n:
        return epochs
    before = np.append(epochs["last"] - epochs["base"], epoch[:-1])
    again = (epoch == 0) & (before >= 0)
    base = epochs["base"] + np.cumsum(np.where(again, before + 1, 0.0))
    log.axes["epoch"] = epoch + base
    return {"base": float(base[-1]), "last": float(log.axes["epoch"][-1])}


KERAS_CSV = Reader(card=CARD, sniff=sniff, follow=follow)
