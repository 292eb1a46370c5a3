"""Lightning's CSVLogger: ``version_N/metrics.csv`` with sparse rows, settings beside it in ``hparams.yaml``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card
from forerun.runs.growth import whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_text

CARD = Card(
    name="lightning_csv",
    does="Reads the folder a Lightning CSVLogger writes: metrics.csv and the plain settings of hparams.yaml.",
    source="lightning 2.x, loggers/csv_logs.py: one row a logging call, so most cells are empty",
    assumes="Columns epoch and step; a validation row and a train row at one step are two rows.",
    needs="metrics.csv with one row.",
    promises="As csv. Nested settings in hparams.yaml are not read; nothing is evaluated.",
    known_answer="Lightning's own CSVLogger, tested against what was logged.",
    control="A CSV without both columns is left to the csv reader.",
)
_HPARAMS = "hparams.yaml"


def sniff(path: Path, head: bytes) -> float:
    if path.name != "metrics.csv":
        return 0.0
    columns = set(first_lines(head, 1)[0].split(",")) if first_lines(head, 1) else set()
    return 0.9 if {"step", "epoch"} <= columns else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    return [folder / "metrics.csv", folder / _HPARAMS]


def follow(path: Path, state: State) -> Iterator[Step]:
    yield from _SETTINGS(path, state) if path.name == _HPARAMS else delimited.follow_rows(path, state, CARD.name)


def _settings(path: Path) -> Iterator[Log]:
    yield Log(CARD.name, config=plain_settings(read_text(path)))


_SETTINGS = whole(_settings)


def plain_settings(text: str) -> dict[str, Any]:
    """The top-level ``key: value`` lines of a YAML file; anything nested is passed over.

    Example:
        >>> plain_settings("lr: 0.1\\nname: a\\nmodel:\\n  depth: 3\\n")
        {'lr': 0.1, 'name': 'a'}
    """
    settings: dict[str, Any] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and value.strip() and not line[:1].isspace() and key.strip() and not line.startswith(("#", "-")):
            settings[key.strip()] = _scalar(value.strip())
    return settings


def _scalar(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


LIGHTNING_CSV = Reader(card=CARD, sniff=sniff, follow=follow, unit=unit, files=files, companions=(_HPARAMS,))
