"""Inspect's ``.eval`` files: a zip of JSON documents, compressed with zstd, one evaluation of one task a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from forerun.core import Card
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.checkpoint_name import step_of
from forerun.runs.readers.columns import moment, number
from forerun.runs.readers.eval_archive import opened_archive
from forerun.runs.readers.lm_eval import place
from forerun.runs.readers.nested import dictionary
from forerun.runs.readers.reader import Reader

CARD = Card(
    name="inspect_eval",
    does="Reads evaluations of inspect_ai: scores of the task, and of each sample.",
    source="inspect_ai, log/_recorders/eval.py: header.json, summaries.json, samples/",
    assumes="A step in the model's name is that of the checkpoint.",
    needs="header.json with results, and the extra [inspect] for zstd.",
    promises="No entry is unpacked beyond 64 MiB, or taken apart beyond 128; none becomes a file. A log that is being "
    "written gives what its journal has.",
    known_answer="An evaluation and the scores of its items, written by hand.",
    control="A zip without header.json or a journal is left alone.",
)
_ENDS: dict[str, Literal["finished", "crashed"]] = {"success": "finished", "error": "crashed", "cancelled": "crashed"}
_WORDS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}


def sniff(path: Path, head: bytes) -> float:
    return (
        0.95
        if head.startswith(b"PK\x03\x04") and (path.suffix == ".eval" or b"_journal/start.json" in head[:512])
        else 0.0
    )


def _logs(path: Path) -> Iterator[Log]:
    with opened_archive(path) as archive:
        header, summaries = archive.header(), archive.document("summaries.json")
    yield _log(header, summaries if isinstance(summaries, list) else [], path)


def _log(header: dict[str, Any], summaries: list[Any], path: Path) -> Log:
    about = dictionary(header.get("eval"))
    task, model = str(about.get("task", path.stem)), str(about.get("model", ""))
    log = Log(CARD.name)
    when = moment(str(about.get("created", "")))
    step = step_of(model, json.dumps(about.get("model_args", {}), default=str))
    place(log, step, when)
    log.config = {
        key: about[key] for key in ("task", "model", "task_version") if isinstance(about.get(key), (str, int))
    }
    log.end = _ENDS.get(str(header.get("status")), "")
    results = dictionary(header.get("results"))
    for score in _list(results.get("scores")):
        for name, metric in dictionary(score.get("metrics")).items():
            value = number(metric.get("value")) if isinstance(metric, dict) else None
            if value is not None:
                log.series[f"{task}/{score.get('name', '')}/{name}"] = (np.array([0]), np.array([value]))
    x = np.nan if step is None else step
    for sample in _list(summaries):
        for name, score in dictionary(sample.get("scores")).items():
            value = worth(score.get("value")) if isinstance(score, dict) else None
            if value is not None:
                item = f"{sample.get('id', '')}" + (f"#{sample['epoch']}" if sample.get("epoch") else "")
                log.items.append((task, item, str(name), x, value))
    return log


def worth(value: Any) -> float | None:
    """What a score counts: correct 1, partly a half, incorrect and no answer 0; None for what is no number.

    Example:
        >>> worth("C"), worth("P"), worth("N"), worth(True), worth("blue")
        (1.0, 0.5, 0.0, 1.0, None)
    """
    if isinstance(value, bool):
        return float(value)
    return _WORDS[value] if isinstance(value, str) and value in _WORDS else number(value)


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


INSPECT_EVAL = Reader(card=CARD, sniff=sniff, follow=whole(_logs))
