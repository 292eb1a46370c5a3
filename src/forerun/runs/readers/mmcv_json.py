"""OpenMMLab's ``TIMESTAMP.log.json`` as MMCV 0.x and 1.x wrote it: settings, then a JSON object a logging call."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.columns import log_of_records, number
from forerun.runs.readers.nested import numbers
from forerun.runs.readers.text import first_lines, read_text

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
_ROW = re.compile(rb'"mode": ?"(?:train|val)", ?"epoch": ?\d+')
_PLANNED = re.compile(r"\b(max|total)_(epochs|iters)\s*=\s*(\d{1,12})")
_PLACE = ("mode", "epoch", "iter")


def sniff(path: Path, head: bytes) -> float:
    """By a row, or where the settings fill the head by what begins them and the name."""
    if _ROW.search(head) and first_lines(head, 1):
        return 0.95
    named = path.name.endswith(".log.json") and head.lstrip()[:1] == b"{"
    return 0.9 if named and any(sign in head for sign in (b'"env_info":', b'"mmcv_version":', b'"exp_name":')) else 0.0


def _logs(path: Path) -> Iterator[Log]:
    damage: list[Damage] = []
    rows: list[dict[str, Any]] = []
    settings: dict[str, Any] = {}
    for i, line in enumerate(read_text(path).split("\n"), 1):
        row = _object(line) if line.strip() else {}
        if row is None:
            damage.append(Damage(path.name, f"line {i}", "not a JSON object", 1))
        elif row.get("mode") in ("train", "val") and number(row.get("epoch")) and number(row.get("iter")) is not None:
            rows.append(row)
        else:
            settings |= row
    if not rows:
        raise UnreadableLog("no record of a training or a validation", where=path.name)
    records = list(_records(rows, str(settings.get("config", ""))))
    log = log_of_records(records, format=CARD.name)
    log.config, log.damage = _config(settings), damage
    yield log


follow = whole(_logs)


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _records(rows: Sequence[dict[str, Any]], config: str) -> Iterator[dict[str, float]]:
    """Each row with the step it stands at."""
    length = _epoch_length([row for row in rows if row["mode"] == "train"], config)
    step = 0.0
    for row in rows:
        epoch, at = float(row["epoch"]), float(row["iter"])
        if row["mode"] == "train":
            step = at if length is None else (epoch - 1) * length + at
        yield {"step": step or epoch, "epoch": epoch, **dict(_metrics(row))}


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


def _metrics(row: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in numbers(row):
        if name.partition("/")[0] == "lr":
            if row["mode"] == "train":
                yield name, value
        elif name not in _PLACE:
            yield f"{row['mode']}/{name}", value


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
