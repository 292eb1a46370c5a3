"""Hugging Face ``trainer_state.json``: the Trainer's own history, complete in every checkpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card, UnreadableLog
from forerun.core.axes import axis_of
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_json, suffix_of
from forerun.runs.regular import is_regular

CARD = Card(
    name="trainer_state",
    does="Reads trainer_state.json; of a run and its checkpoints the one with the most steps.",
    source="transformers, TrainerState: log_history, global_step, max_steps",
    assumes="Train and evaluation entries are apart. logging_nan_inf_filter, on by default, hides NaN.",
    needs="A log_history with one record.",
    promises="The last entry's train_loss, a mean over the run, is kept as a setting and not as a point.",
    known_answer="transformers' own Trainer, tested against what it logged.",
    control="A JSON file without log_history is refused.",
)


_NAME = "trainer_state.json"
_CHECKPOINT = re.compile(r"checkpoint|ckpt|^(?:global_?step|step|epoch|iter|steps|epochs)[-_]?\d+$", re.IGNORECASE)
"""Names of folders that hold a checkpoint of a run, or several."""


def sniff(path: Path, head: bytes) -> float:
    if suffix_of(path) != ".json" or not first_lines(head, 1) or not head.lstrip().startswith(b"{"):
        return 0.0
    if b'"log_history"' in head:
        return 0.95
    return 0.5 if path.name == "trainer_state.json" else 0.0


def unit(path: Path) -> Path:
    """The run's folder: above a checkpoint's, so that a run and its checkpoints are one."""
    folder = path.parent
    while _CHECKPOINT.search(folder.name) and folder.parent != folder:
        folder = folder.parent
    return folder


def files(folder: Path) -> list[Path]:
    """The state of the run, else that of its latest checkpoint: each holds the whole history before it."""
    paths = [folder / _NAME, *folder.glob(f"*/{_NAME}"), *folder.glob(f"*/*/{_NAME}")]
    here = [file for file in paths if is_regular(file) and unit(file) == folder]
    steps = {file: _reached(file) for file in here}
    return [max(here, key=lambda file: steps[file])] if here else []


def _reached(file: Path) -> float:
    try:
        return number(_load(file).get("global_step")) or 0.0
    except UnreadableLog:
        return -1.0


def _logs(path: Path) -> Iterator[Log]:
    yield _log(_load(path))


def _load(file: Path) -> dict[str, Any]:
    state = read_json(file)
    if not isinstance(state, dict) or not isinstance(state.get("log_history"), list):
        raise UnreadableLog("no log_history list in it", where=file.name)
    return state


def _log(state: dict[str, Any]) -> Log:
    entries = [entry for entry in state["log_history"] if isinstance(entry, dict)]
    summaries = [entry for entry in entries if "train_runtime" in entry]
    records = [_record(entry) for entry in entries if "train_runtime" not in entry]
    log = log_of_records([record for record in records if record], format=CARD.name)
    if not log.series:
        raise UnreadableLog("log_history holds no metric", where="trainer_state.json")
    log.config = {key: value for key, value in state.items() if number(value) is not None} | {
        f"summary/{key}": value for entry in summaries for key, value in entry.items() if axis_of(key) is None
    }
    return log


def _record(entry: dict[str, Any]) -> dict[str, float]:
    values = ((str(key), number(value)) for key, value in entry.items())
    return {key: value for key, value in values if value is not None}


TRAINER_STATE = Reader(
    card=CARD,
    sniff=sniff,
    follow=whole(_logs),
    unit=unit,
    files=files,
    companions=("all_results.json", "eval_results.json", "train_results.json"),
)
