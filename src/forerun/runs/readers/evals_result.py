"""XGBoost's and LightGBM's ``evals_result`` saved as JSON: data set, metric, one value a boosting round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.columns import number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import read_json

CARD = Card(
    name="evals_result",
    does="Reads the evals_result dictionaries of XGBoost and LightGBM.",
    source='{"train": {"logloss": [...]}}, as both libraries hand it to the caller',
    assumes="The values of each list are those of the boosting rounds, all of them, from the first.",
    needs="One list of numbers.",
    promises="x is the number of rounds done, from 1. What is no number costs that value and is counted.",
    known_answer="xgboost's and lightgbm's own dictionaries.",
    control="JSON that is not a data set's name, a metric's name and a list of numbers is left to json_document.",
)
_SHAPE = re.compile(
    rb'\s*\{\s*(?:"evals_result"\s*:\s*\{\s*)?"(?:d?train|training|learn|d?valid|d?val|d?test|eval|validation)(?:_?\d+)?"'
    rb'\s*:\s*\{\s*"(?!(?:loss|acc|accuracy)")[^"\\]{1,200}"\s*:\s*\[\s*[-0-9NI]'
)


def sniff(path: Path, head: bytes) -> float:
    return 0.8 if _SHAPE.match(head) else 0.0


def _logs(path: Path) -> Iterator[Log]:
    document = read_json(path)
    if isinstance(document, dict) and isinstance(document.get("evals_result"), dict):
        document = document["evals_result"]
    log = Log(CARD.name)
    columns = dict(_columns(document))
    if not columns:
        raise UnreadableLog("no lists of numbers below data set and metric", where=path.name)
    log.n = max(map(len, columns.values()))
    log.axes["step"] = np.arange(1.0, log.n + 1)
    for name, values in columns.items():
        numbers = [number(value) for value in values]
        rows = [i for i, value in enumerate(numbers) if value is not None]
        log.series[name] = (np.array(rows, np.int64), np.array([numbers[i] for i in rows], float))
    yield log


def _columns(document: Any) -> Iterator[tuple[str, list[Any]]]:
    for data, metrics in document.items() if isinstance(document, dict) else ():
        for metric, values in metrics.items() if isinstance(metrics, dict) else ():
            if isinstance(values, list) and values:
                yield f"{data}/{metric}", values


EVALS_RESULT = Reader(card=CARD, sniff=sniff, follow=whole(_logs))
