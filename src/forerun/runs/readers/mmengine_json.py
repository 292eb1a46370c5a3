"""MMEngine's ``vis_data`` folder: ``scalars.json`` with a JSON object a line, ``config.py`` beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from forerun.core import Card
from forerun.runs.growth import lines, whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.mmcv_json import planned
from forerun.runs.readers.nested import numbers, object_of, objects
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_text

CARD = Card(
    name="mmengine_json",
    does="Reads the scalars of MMDetection 3, MMSegmentation 1 and others on MMEngine, and the planned end.",
    source="mmengine 0.1 to 0.10, hooks/logger_hook.py and visualization/vis_backend.py",
    assumes="A row without a learning rate or an iteration is a validation; its step is an epoch where it lies below "
    "the training's, and it then stands where the training stood.",
    needs="One row with a step.",
    promises="Values are those of the file. A line that is not an object costs that line and is counted.",
    known_answer="Lines made after LoggerHook: validation of epoch 2 stands at the last step of epoch 2.",
    control="JSON lines outside vis_data that are not MMEngine's are left to the jsonl reader.",
)
_STAMPED = re.compile(r"\d{8}_\d{6}\.json")
_TRAINING = ("lr", "base_lr", "iter", "epoch", "loss")


def sniff(path: Path, head: bytes) -> float:
    named = path.name == "scalars.json" or _STAMPED.fullmatch(path.name)
    shown = first_lines(head, 1)
    if not named or not shown or not shown[0].startswith("{"):
        return 0.0
    row = object_of(shown[0])
    return 0.95 if row is not None and "step" in row and "mode" not in row else 0.0


def unit(path: Path) -> Path:
    return path.parent if path.parent.name == "vis_data" else path


def files(folder: Path) -> list[Path]:
    """The settings and one of the two files of the same rows."""
    stamped = sorted(file for file in folder.iterdir() if _STAMPED.fullmatch(file.name))
    scalars = folder / "scalars.json"
    return [folder / "config.py", *([scalars] if scalars.is_file() else stamped[-1:])]


def twins(unit: Path) -> list[Path]:
    """The text log beside vis_data, and the figures of a last test."""
    stamp = unit.parent.name
    return [unit.parent / f"{stamp}.log", unit.parent / f"{stamp}.json"] if unit.name == "vis_data" else []


def follow(path: Path, state: State) -> Iterator[Step]:
    if path.name == "config.py":
        yield from _SETTINGS(path, state)
        return
    place = dict(state.get("place", {}))
    for block in lines(path, state):
        place = {} if block.fresh else place
        log = _log(block.lines, block.first, path, place)
        reader_state = {"place": dict(place)}
        yield block.step([log], partial(_more, block.after, path, reader_state["place"]), reader_state)


def _more(first: int, path: Path, place: dict[str, float], rest: list[str]) -> list[Log]:
    """The records of lines that may yet change: no place moves on with them."""
    return [_log(rest, first, path, dict(place))] if rest else []


_SETTINGS = whole(lambda path: [Log(CARD.name, config=planned(read_text(path)))])


def _log(raw_lines: list[str], first: int, path: Path, place: dict[str, float]) -> Log:
    """The records of some lines; ``place`` is where the training stands and moves on with them."""
    rows, damage = objects(raw_lines, first, path)
    log = log_of_records([_record(row, place) for row in rows], format=CARD.name)
    log.damage = damage
    return log


def _record(row: Mapping[str, Any], place: dict[str, float]) -> dict[str, float]:
    training = any(key in row for key in _TRAINING)
    step, epoch = number(row.get("step")), number(row.get("epoch"))
    if training and step is not None:
        place["step"] = step
    elif step is not None and step < place.get("step", step):
        step, epoch = place["step"], step
    record = {name: value for name, value in (("step", step), ("epoch", epoch)) if value is not None}
    part = "train" if training else "val"
    for name, value in numbers(row).items():
        if name not in ("step", "epoch", "iter"):
            record[name if name in ("lr", "base_lr") else f"{part}/{name}"] = value
    return record


MMENGINE_JSON = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=("config.py",),
    twins=twins,
    repeats=("tensorboard",),
)
