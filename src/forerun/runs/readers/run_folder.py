"""A run's folder with a table and its arguments: Ultralytics' ``results.csv`` and timm's ``summary.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from forerun.core import Card
from forerun.runs.growth import whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.columns import number
from forerun.runs.readers.lightning_csv import plain_settings
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_text

CARD = Card(
    name="run_folder",
    does="Reads results.csv of YOLOv5, YOLOv8 and later, and summary.csv of timm, with the arguments beside them.",
    source="ultralytics 8, engine/trainer.py; yolov5 6 to 7, utils/loggers; timm 0.3 to 1, utils/summary.py",
    assumes="args.yaml, opt.yaml and hyp.yaml in the same folder are of the same run.",
    needs="A header with epoch and columns of that framework, and one row.",
    promises="As csv. The planned end is the epochs asked for; early stopping may end a run before.",
    known_answer="Tables made after the frameworks' own writers.",
    control="A results.csv with other columns is left to the csv reader.",
)
_ARGUMENTS = ("args.yaml", "opt.yaml", "hyp.yaml")
_TABLES = ("results.csv", "summary.csv")
_YOLO = ("train/box_loss", "train/loss", "metrics/precision", "metrics/mAP50(B)", "metrics/accuracy_top1")
_TIMM = ("train_loss", "eval_loss", "eval_top1")
_COOLED = ("cosine", "tanh", "poly")


def sniff(path: Path, head: bytes) -> float:
    shown = first_lines(head, 1)
    names = {name.strip() for name in shown[0].split(",")} if shown else set()
    if path.name not in _TABLES or "epoch" not in names:
        return 0.0
    return 0.9 if names.intersection(_YOLO if path.name == "results.csv" else _TIMM) else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    return [*(folder / name for name in _ARGUMENTS), *(f for n in _TABLES if (f := folder / n).is_file())]


def follow(path: Path, state: State) -> Iterator[Step]:
    yield from _SETTINGS(path, state) if path.name in _ARGUMENTS else delimited.follow_rows(path, state, CARD.name)


def _settings(path: Path) -> Iterator[Log]:
    log = Log(CARD.name, config=plain_settings(read_text(path)))
    epochs = number(log.config.get("epochs"))
    cooldown = number(log.config.get("cooldown_epochs")) or 0.0
    if epochs is not None and epochs > 1 and log.config.get("sched") in _COOLED:
        log.horizon["epoch"] = epochs + cooldown  # timm trains on for these at the least learning rate
    yield log


_SETTINGS = whole(_settings)


RUN_FOLDER = Reader(
    card=CARD, sniff=sniff, follow=follow, unit=unit, files=files, companions=_ARGUMENTS, repeats=("tensorboard",)
)
