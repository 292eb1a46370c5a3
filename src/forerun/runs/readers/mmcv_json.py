"""OpenMMLab's ``TIMESTAMP.log.json`` as MMCV 0.x and 1.x wrote it: settings, then a JSON object a logging call."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from forerun.core import Card, UnreadableLog
from forerun.runs.growth import text_of, whole_lines
from forerun.runs.log import Log
from forerun.runs.readers.columns import log_of_records
from forerun.runs.readers.nested import numbers, objects
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines

CARD = Card(
    name="mmcv_json",
    does="Reads the JSON log of MMDetection 2, MMSegmentation 0 and others on MMCV 1: training and validation apart.",
    source="mmcv 0.2 to 1.7, runner/hooks/logger/text.py: mode, epoch, iter, lr and what was averaged",
    assumes="iter counts within the epoch if it ever begins again; an epoch is as long as the largest iter that was "
    "logged, and a validation stands where the training before it stood.",
    needs="One object with mode, epoch and iter.",
    promises="Values are those of the file. A line that is not an object costs that line and is counted.",
    known_answer="Lines made after TextLoggerHook: epochs of 100 iterations are steps of 100.",
    control="JSON lines without mode are left to the jsonl reader.",
)
_ROW = re.compile(rb'"mode": ?"(?:train|val)", ?"epoch": ?\d+, ?"iter": ?\d+')
_PLANNED = re.compile(r"\b(max|total)_(epochs|iters)\s*=\s*(\d{1,12})")
_MODES, _PLACE = ("train", "val"), ("mode", "epoch", "iter")


def sniff(path: Path, head: bytes) -> float:
    """By a row, or where the settings fill the head by what begins them and the name."""
    if _ROW.search(head) and first_lines(head, 1):
        return 0.95
    named = path.name.endswith(".log.json") and head.lstrip()[:1] == b"{"
    return 0.9 if named and any(sign in head for sign in (b'"env_info":', b'"mmcv_version":', b'"exp_name":')) else 0.0


def twins(unit: Path) -> list[Path]:
    """The text log that the same hook writes, with the same numbers."""
    return [unit.with_suffix("")] if unit.name.endswith(".log.json") else []


def _logs(path: Path, half: bool) -> Iterator[Log]:
    entries, damage = objects(text_of(path, half).split("\n"), 1, path)
    rows: list[dict[str, Any]] = []
    settings: dict[str, Any] = {}
    for row in entries:
        if row.get("mode") in _MODES and _is_count(row.get("epoch")) and _is_count(row.get("iter")):
            rows.append(row)
        else:
            settings |= row
    if not rows:
        raise UnreadableLog("no record of a training or a validation", where=path.name)
    records = list(_records(rows, str(settings.get("config", ""))))
    log = log_of_records(records, format=CARD.name)
    log.config, log.damage = _config(settings), damage
    yield log


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _records(rows: Sequence[dict[str, Any]], config: str) -> Iterator[dict[str, float]]:
    """Each row with the step it stands at."""
    length = _epoch_length([row for row in rows if row["mode"] == "train"], config)
    step = 0.0
    for row in rows:
        epoch, at = float(row["epoch"]), float(row["iter"])
        if row["mode"] == "train":
            step = at if length is None else (epoch - 1) * length + at
        yield {"step": step or epoch, "epoch": epoch, **_metrics(row)}


def _epoch_length(rows: Sequence[dict[str, Any]], config: str) -> float | None:
    """The iterations of an epoch, None where iterations are counted through."""
    places = [(float(row["epoch"]), float(row["iter"])) for row in rows]
    again = any(e1 > e0 and i1 <= i0 for (e0, i0), (e1, i1) in itertools.pairwise(places))
    through = "IterBasedRunner" in config or len({epoch for epoch, _ in places}) > 1
    if not places or (through and not again):
        return None
    counts = sorted({at for _, at in places})
    from_zero = counts[0] == 0 and len(counts) > 1
    return counts[-1] + (counts[1] if from_zero else 0.0)


def _metrics(row: dict[str, Any]) -> dict[str, float]:
    renamed = ((_name(row["mode"], name), value) for name, value in numbers(row).items())
    return {name: value for name, value in renamed if name}


@lru_cache(maxsize=4096)
def _name(mode: str, name: str) -> str:
    """A metric's name with its part; empty for what is no metric, as a validation's learning rate is not."""
    if name in _PLACE or (mode == "val" and name.partition("/")[0] == "lr"):
        return ""
    return name if name.partition("/")[0] == "lr" else f"{mode}/{name}"


def _config(settings: dict[str, Any]) -> dict[str, Any]:
    """Plain settings, and the planned end from the text of the configuration."""
    plain = {k: v for k, v in settings.items() if isinstance(v, (str, int, float)) and k not in ("config", "env_info")}
    return plain | planned(str(settings.get("config", "")))


def planned(config: str) -> dict[str, int]:
    """How long a configuration of OpenMMLab means to train.

    Example:
        >>> planned("runner = dict(type='EpochBasedRunner', max_epochs=12)")
        {'max_epochs': 12}
    """
    return {f"max_{unit}": int(count) for _, unit, count in _PLANNED.findall(config)}


MMCV_JSON = Reader(card=CARD, sniff=sniff, follow=whole_lines(_logs), twins=twins)
