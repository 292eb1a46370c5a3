"""AllenNLP's serialization folder: ``metrics_epoch_N.json`` an epoch, ``metrics.json`` at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.nested import numbers
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import read_json

CARD = Card(
    name="allennlp",
    does="Reads AllenNLP's metrics_epoch_N.json files as one run; metrics.json and config.json give its settings.",
    source="allennlp 0.8 to 2.10, training/gradient_descent_trainer.py",
    assumes="best_ entries repeat those of the best epoch; durations are no metrics.",
    needs="One metrics_epoch_N.json.",
    promises="Values are those of the files. x is the epoch from 0.",
    known_answer="Files made after the trainer's own dump_metrics.",
    control="A metrics.json without the files of epochs is left alone.",
)
_EPOCH = re.compile(r"metrics_epoch_(\d{1,9})\.json")
_NOT_METRICS = ("best_", "training_duration", "training_start_epoch", "training_epochs")


def sniff(path: Path, head: bytes) -> float:
    return 0.95 if _EPOCH.fullmatch(path.name) and head.lstrip().startswith(b"{") else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    """The settings, then the epochs in their order, then what is written once training is over."""
    epochs = [file for file in folder.iterdir() if _EPOCH.fullmatch(file.name)]
    return [folder / "config.json", *epochs, folder / "metrics.json"]


def _logs(path: Path) -> Iterator[Log]:
    document = read_json(path)
    if not isinstance(document, dict):
        raise UnreadableLog("no JSON object", where=path.name)
    epoch = _EPOCH.fullmatch(path.name)
    if epoch:
        yield _of_epoch(document, int(epoch[1]))
    elif path.name == "config.json":
        yield _settings(document)
    else:
        final = {f"final/{name}": value for name, value in numbers(document).items()}
        yield Log(CARD.name, config=final, end="finished", order=(float("inf"),))


def _of_epoch(metrics: dict[str, Any], epoch: int) -> Log:
    record = {k: v for k, v in numbers(metrics).items() if k != "epoch" and not k.startswith(_NOT_METRICS)}
    log = log_of_records([{"epoch": float(epoch), **record}], format=CARD.name)
    log.order = (float(epoch),)
    return log


def _settings(config: dict[str, Any]) -> Log:
    log = Log(CARD.name, config={str(key): value for key, value in config.items()}, order=(-1.0,))
    trainer = config.get("trainer")
    epochs = number(trainer.get("num_epochs")) if isinstance(trainer, dict) else None
    if epochs is not None and epochs > 1:
        log.horizon["epoch"] = epochs
    return log


ALLENNLP = Reader(
    card=CARD,
    sniff=sniff,
    follow=whole(_logs),
    unit=unit,
    files=files,
    companions=("metrics.json", "config.json", "meta.json"),
)
