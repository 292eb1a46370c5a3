"""Tables named only by a split, side by side in one folder: ``train.csv`` and ``eval.csv`` are of one run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forerun.core import Card
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.columns import axes_of, number
from forerun.runs.readers.text import first_lines

CARD = Card(
    name="split_tables",
    does="Reads train.csv, eval.csv and the like of one folder as one run, each metric under its split.",
    source="drq, DrQ-v2, TD-MPC and many scripts write so",
    assumes="Such tables that share a column that counts and one that measures are of one training.",
    needs="Two tables named by different splits, with a count that does not fall at their start.",
    promises="As csv.",
    known_answer="train.csv and eval.csv with step and episode_reward give train/ and eval/episode_reward.",
    control="A data set's train.csv and test.csv, which count nothing, are left to the csv reader.",
)
_WORDS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "eval": "eval",
          "evaluation": "eval", "test": "test", "dev": "dev"}  # fmt: skip
_SPLIT = "|".join(sorted(_WORDS, key=len, reverse=True))
_KIND = "logs?|metrics|results|history|stats|progress|scores?|losses|loss"
_NAME = re.compile(rf"(?:({_SPLIT})(?:[_\-. ](?:{_KIND}))?|(?:{_KIND})[_\-. ]({_SPLIT}))\.(?:csv|tsv)", re.IGNORECASE)
_MEASURES = re.compile(r"loss|acc|rew|ret|score|err|f1|auc|success|return|ppl|bleu|map|iou", re.IGNORECASE)
_HEAD = 4096


def sniff(path: Path, head: bytes) -> float:
    mine = _columns(path, head)
    others = [file for file in _beside(path.parent) if _split(file) != _split(path)] if mine else []
    return 0.93 if any(_alike(mine, _columns(file, _head(file))) for file in others) else 0.0


def unit(path: Path) -> Path:
    return path.parent


def files(folder: Path) -> list[Path]:
    return [file for file in _beside(folder) if sniff(file, _head(file))]


def follow(path: Path, state: State) -> Iterator[Step]:
    split = _split(path)
    for step in delimited.follow_rows(path, state, CARD.name):
        for log in (*step.logs, *step.pending):
            _under(log, split)
        yield step


def _under(log: Log, split: str) -> None:
    """Put a table's metrics under its split, unless they name it."""
    for field in ("series", "unfit", "directions", "metric_axis"):
        table = getattr(log, field)
        named = {name: name if name.lower().startswith(split) else f"{split}/{name}" for name in table}
        setattr(log, field, {named[name]: value for name, value in table.items()})


def _split(path: Path) -> str:
    found = _NAME.fullmatch(path.name)
    return _WORDS[(found[1] or found[2]).lower()] if found else ""


def _beside(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if _split(file) and file.is_file() and not file.is_symlink())
    except OSError:
        return []


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_HEAD)
    except OSError:
        return b""


def _columns(path: Path, head: bytes) -> set[str]:
    """The names of a table that counts and measures; none where it does not, or its count falls."""
    shown = first_lines(head[:_HEAD]) if _split(path) else []
    rows = [re.split(r"[,;\t]", line) for line in shown]
    names = [cell.strip() for cell in rows[0]] if rows else []
    counted = [name for name, axis in axes_of(names).items() if axis in ("step", "epoch", "episode", "iteration")]
    if not counted or not any(map(_MEASURES.search, names)):
        return set()
    place = names.index(counted[0])
    told = [number(row[place]) for row in rows[1:-1] if len(row) == len(names)]
    values = np.array([value for value in told if value is not None])
    return set(names) if values.size and (np.diff(values) >= 0).all() else set()


def _alike(mine: set[str], other: set[str]) -> bool:
    shared = mine & other
    return bool(axes_of(shared)) and len(shared) > 1
