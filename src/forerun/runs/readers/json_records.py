"""A JSON document that is a list of points of many runs, as benchmark suites publish them (Dopamine, for one)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from forerun.core import Card, UnreadableLog
from forerun.core.axes import axis_of
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.tables.long_form import SPLITS
from forerun.runs.readers.text import read_json

CARD = Card(
    name="json_records",
    does="Reads a JSON list of records with an axis; words such as Agent or Game tell one run from another.",
    source="ours; Dopamine's baselines are {Iteration, Value, Agent}",
    assumes="Of several values of a run at one x each is a repeat, a run of its own.",
    needs="One record with an axis and a number.",
    promises="Every number is kept. What is no object is counted.",
    known_answer="Dopamine's published curves against the tidy table made of them.",
    control="A list whose first record names no axis, or no run in words, is left to json_document.",
)
_FIRST = re.compile(rb"\s*\[\s*\{([^{}\[\]]{1,4000})\}")
_WORD = re.compile(rb'"([^"\\]{1,200})"\s*:\s*"(?![\d\-])')
_FEW = 5  # keys of a record that is a point of a published curve and not what a training logged (ours)
_KEY = re.compile(rb'"([^"\\]{1,200})"\s*:')


def sniff(path: Path, head: bytes) -> float:
    first = _FIRST.match(head)
    keys = [key.decode("utf-8", "replace") for key in _KEY.findall(first[1])] if first else []
    words = [key.decode("utf-8", "replace").lower() for key in _WORD.findall(first[1])] if first else []
    return 0.7 if words and not SPLITS & set(words) and len(keys) <= _FEW and any(axis_of(key) for key in keys) else 0.0


def _logs(path: Path) -> Iterator[Log]:
    document = read_json(path)
    if not isinstance(document, list):
        raise UnreadableLog("not a list of records", where=path.name)
    runs: dict[tuple[str, int], list[dict[str, float]]] = {}
    repeats: dict[tuple[str, float | None], int] = {}
    for record in document:
        if isinstance(record, dict):
            words, numbers = _point(record)
            x = next((value for key, value in numbers.items() if axis_of(key)), None)
            repeat = repeats[words, x] = repeats.get((words, x), -1) + 1
            runs.setdefault((words, repeat), []).append(numbers)
    repeated = {words for words, repeat in runs if repeat}
    for (words, repeat), records in runs.items():
        log = log_of_records(records, format=CARD.name)
        log.id = f"{words}/{repeat}" if words in repeated else words
        if any("Agent" in record for record in document[:1] if isinstance(record, dict)):
            log.directions = dict.fromkeys(log.series, "max")  # Dopamine: the mean return of an iteration
        log.seed = repeat if words in repeated else None
        yield log


def _point(record: dict[str, Any]) -> tuple[str, dict[str, float]]:
    """What a record says in words, and its numbers."""
    words: list[str] = []
    numbers: dict[str, float] = {}
    for key, value in record.items():
        kind = type(value)
        if kind is float:
            numbers[key] = value
            continue
        if kind is str and key:
            words.append(value)
        plain = _spoken(value) if kind is str else number(value)
        if plain is not None:
            numbers[key] = plain
    return "/".join(words), numbers


_spoken = lru_cache(maxsize=4096)(number)  # words are few


JSON_RECORDS = Reader(card=CARD, sniff=sniff, follow=whole(_logs))
