"""AlgoPerf's folder of a trial: ``measurements.csv`` and ``eval_measurements.csv`` beside its settings as JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card
from forerun.runs.growth import whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_json

CARD = Card(
    name="algoperf",
    does="Reads a trial of MLCommons AlgoPerf: training and evaluation measurements, hyperparameters and flags.",
    source="mlcommons/algorithmic-efficiency, logger_utils.py",
    assumes="measurements.csv repeats the evaluations; they count once.",
    needs="One of the two tables.",
    promises="As csv. The step hint is the planned end.",
    known_answer="The recorded trials against the tidy tables made of them.",
    control="A table without global_step and accumulated_submission_time is left to the csv reader.",
)
_TABLES = ("eval_measurements.csv", "measurements.csv")
_WORDS = re.compile(r"(hparams|flags_\d+|meta_data_\d+)\.json")
_CLOCK = "accumulated_submission_time"


def sniff(path: Path, head: bytes) -> float:
    if path.name not in _TABLES:
        return 0.0
    header = first_lines(head, 1)
    return 0.95 if header and {"global_step", _CLOCK} <= set(header[0].split(",")) else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.name in _TABLES or _WORDS.fullmatch(file.name)]


def follow(path: Path, state: State) -> Iterator[Step]:
    if _WORDS.fullmatch(path.name):
        yield from _SETTINGS(path, state)
        return
    for step in delimited.follow_rows(path, state, CARD.name):
        if path.name == "measurements.csv" and (path.parent / "eval_measurements.csv").is_file():
            for log in step.every:
                _only_training(log)
        yield step


def _only_training(log: Log) -> None:
    """Leave out of the training table what the evaluation table says as well."""
    log.series = {name: column for name, column in log.series.items() if name in _TRAINING or "/" not in name}
    for name in ("score", "total_duration", "accumulated_eval_time", "accumulated_logging_time", "preemption_count"):
        log.series.pop(name, None)


_TRAINING = frozenset(("loss", "grad_norm", "lr", "learning_rate"))


def _settings(path: Path) -> Iterator[Log]:
    document = read_json(path)
    log = Log(CARD.name)
    if isinstance(document, dict):
        prefix = "" if path.name == "hparams.json" else f"{path.stem.rstrip('_0123456789')}/"
        log.config = {prefix + str(key): value for key, value in document.items() if _plain(value)}
        hint, seed = document.get("workload.step_hint"), document.get("rng_seed")
        if isinstance(hint, (int, float)) and math.isfinite(hint) and hint > 1:
            log.horizon["step"] = float(hint)
        if isinstance(seed, int):
            log.seed = seed
    yield log


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, (int, float, bool)) or (isinstance(value, str) and len(value) < 1000)


_SETTINGS = whole(_settings)


ALGOPERF = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=("hparams.json", "flags_0.json", "meta_data_0.json"),
)
