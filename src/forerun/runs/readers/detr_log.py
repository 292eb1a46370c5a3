"""The ``log.txt`` of DETR and what grew out of it: a JSON object an epoch, COCO's twelve figures as a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from forerun.core import Card
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.nested import numbers, objects
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines

CARD = Card(
    name="detr_log",
    does="Reads log.txt of DETR, Deformable DETR, DINO, RT-DETR, D-FINE and others: one JSON object an epoch.",
    source="facebookresearch/detr, main.py; pycocotools, COCOeval.summarize for the order of the figures",
    assumes="A list of twelve numbers named coco_eval is COCO's AP and AR in the order they are printed.",
    needs="An object with epoch and a list named coco_eval.",
    promises="Values are those of the file. A line that is not an object costs that line and is counted.",
    known_answer="Lines made after main.py; the first figure is AP.",
    control="JSON lines without such a list are left to the jsonl reader.",
)
_FIGURES = "AP AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl".split()
_NO_METRICS = ("n_parameters", "now_time", "epoch_time")


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head, 3)
    ours = [line for line in shown if line.startswith("{") and "_coco_eval_" in line and '"epoch"' in line]
    return 0.9 if ours and path.suffix.lower() != ".json" else 0.0


def follow(path: Path, state: State) -> Iterator[Step]:
    for block in lines(path, state):
        log = _log(block.lines, block.first, path)
        yield block.step([log], lambda rest, at=block.after: [_log(rest, at, path)] if rest else [])


def _log(raw_lines: list[str], first: int, path: Path) -> Log:
    rows, damage = objects(raw_lines, first, path)
    log = log_of_records([_record(row) for row in rows], format=CARD.name)
    log.damage = damage
    log.directions = {name: "max" for name in log.series if "_coco_eval_" in name}
    return log


def _record(entry: Mapping[str, Any]) -> dict[str, float]:
    record = {name: value for name, value in numbers(entry).items() if name not in _NO_METRICS}
    for name, figures in entry.items():
        if "_coco_eval_" in name and isinstance(figures, list) and len(figures) == len(_FIGURES):
            plain = [number(figure) for figure in figures]
            record |= {f"{name}/{k}": v for k, v in zip(_FIGURES, plain, strict=True) if v is not None}
    return record


DETR_LOG = Reader(card=CARD, sniff=sniff, follow=follow)
