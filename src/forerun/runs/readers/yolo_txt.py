"""The ``results.txt`` of YOLOv5 before version 6 and of YOLOv7: columns without names, one row an epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from forerun.core import Card, Damage
from forerun.runs.growth import lines, whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.lightning_csv import plain_settings
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_text

CARD = Card(
    name="yolo_txt",
    does="Reads results.txt of YOLOv5 1 to 5, YOLOR and YOLOv7, with opt.yaml and hyp.yaml beside it.",
    source="yolov5 1 to 5 and yolov7, train.py: epoch/last, memory, losses, targets, size, P, R, mAP, losses",
    assumes="The order of the columns, which the file does not tell.",
    needs="One row of fifteen cells that begins with epoch/last and a memory in G.",
    promises="Values are those of the file. A row of another width is counted.",
    known_answer="Rows made after train.py.",
    control="A text whose rows are of another shape is left alone.",
)
_ARGUMENTS = ("opt.yaml", "hyp.yaml")
_ROW = re.compile(r"\s*(\d{1,6})/(\d{1,6})\s+([\d.]+)G((?:\s+\S+){13})\s*")
_NAMES = (
    "train/box_loss train/obj_loss train/cls_loss train/total_loss targets image_size metrics/precision metrics/recall "
    "metrics/mAP50 metrics/mAP50-95 val/box_loss val/obj_loss val/cls_loss"
).split()
_LEFT_OUT = ("targets", "image_size")


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head)
    rows = sum(_ROW.fullmatch(line) is not None for line in shown)
    return 0.9 if rows and rows * 2 > len(shown) else 0.0


def unit(path: Path) -> Path:
    return path.parent if path.name == "results.txt" else path


def files(folder: Path) -> list[Path]:
    return [*(folder / name for name in _ARGUMENTS), *(f for f in [folder / "results.txt"] if f.is_file())]


def follow(path: Path, state: State) -> Iterator[Step]:
    if path.name in _ARGUMENTS:
        yield from _SETTINGS(path, state)
        return
    for block in lines(path, state):
        log = _log(block.lines, block.first, path)
        yield block.step([log], lambda rest, at=block.after: [_log(rest, at, path)] if rest else [])


_SETTINGS = whole(lambda path: [Log(CARD.name, config=plain_settings(read_text(path)))])


def _log(raw_lines: list[str], first: int, path: Path) -> Log:
    records: list[dict[str, float]] = []
    damage: list[Damage] = []
    epochs = 0.0
    for i, line in enumerate(raw_lines, first):
        row = _ROW.fullmatch(line)
        cells = [number(cell) for cell in row[4].split()] if row else []
        if row is None or None in cells:
            damage += [Damage(path.name, f"line {i}", "not a row of fifteen cells", 1)] if line.strip() else []
            continue
        epochs = float(row[2]) + 1  # counted from 0, the last is told
        values = {name: value for name, value in zip(_NAMES, cells, strict=True) if value is not None}
        records.append({"epoch": float(row[1])} | {k: v for k, v in values.items() if k not in _LEFT_OUT})
    log = log_of_records(records, format=CARD.name)
    log.damage = damage
    log.horizon = {"epoch": epochs} if epochs > 1 else {}
    return log


YOLO_TXT = Reader(
    card=CARD, sniff=sniff, follow=follow, unit=unit, files=files, companions=_ARGUMENTS, repeats=("tensorboard",)
)
