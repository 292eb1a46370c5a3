"""Detectron2's output folder: ``metrics.json`` with a JSON object a line, ``config.yaml`` beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card
from forerun.runs.growth import lines, whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import log_of_records
from forerun.runs.readers.nested import numbers, objects
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_text

CARD = Card(
    name="detectron2",
    does="Reads metrics.json of Detectron2 and what is built on it; config.yaml tells the planned end.",
    source="detectron2 0.1 to 0.6, utils/events.py: JSONWriter; solver settings as yacs writes them",
    assumes="The terminal log and event files of the same folder hold the same numbers.",
    needs="A line with iteration and total_loss or data_time.",
    promises="Values are those of the file; x is the iteration from 0. A line that is no object is counted.",
    known_answer="Lines made after JSONWriter.",
    control="A metrics.json without iteration is left to the readers of JSON.",
)
_MAX_ITER = re.compile(r"^\s+MAX_ITER: (\d{1,12})\s*$", re.MULTILINE)
_SEED = re.compile(r"^SEED: (\d{1,12})\s*$", re.MULTILINE)
_CLOCKS = {"time": "iteration_time"}  # seconds of an iteration, which elsewhere is the name of a moment
_NO_METRICS = ("eta_seconds",)


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head, 5) if path.name == "metrics.json" else []
    ours = [line for line in shown if line.startswith("{") and '"iteration":' in line]
    signs = any(f'"{sign}":' in line for line in ours for sign in ("total_loss", "data_time", "eta_seconds"))
    return 0.9 if signs and len(ours) * 2 > len(shown) else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    return [folder / "config.yaml", *(file for file in [folder / "metrics.json"] if file.is_file())]


def twins(unit: Path) -> list[Path]:
    return [unit / "log.txt", *unit.glob("log.txt.rank*")]


def follow(path: Path, state: State) -> Iterator[Step]:
    if path.name == "config.yaml":
        yield from _SETTINGS(path, state)
        return
    for block in lines(path, state):
        log = _log(block.lines, block.first, path)
        yield block.step([log], lambda rest, at=block.after: [_log(rest, at, path)] if rest else [])


def _settings(path: Path) -> Iterator[Log]:
    text = read_text(path)
    log = Log(CARD.name)
    for name, pattern in (("max_iter", _MAX_ITER), ("seed", _SEED)):
        if match := pattern.search(text):
            log.config[name] = int(match[1])
    yield log


_SETTINGS = whole(_settings)


def _log(raw_lines: list[str], first: int, path: Path) -> Log:
    rows, damage = objects(raw_lines, first, path)
    log = log_of_records([_record(row) for row in rows], format=CARD.name)
    log.damage = damage
    return log


def _record(row: dict[str, Any]) -> dict[str, float]:
    return {_CLOCKS.get(name, name): value for name, value in numbers(row).items() if name not in _NO_METRICS}


DETECTRON2 = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=("config.yaml",),
    twins=twins,
    repeats=("tensorboard",),
)
