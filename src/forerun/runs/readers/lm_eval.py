"""lm-evaluation-harness results: the scores of one model, of its checkpoints a curve, with scores of single items."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card, Damage, UnreadableLog
from forerun.runs.beside import beside
from forerun.runs.growth import lines, whole
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.readers.checkpoint_name import stem, step_of
from forerun.runs.readers.columns import number
from forerun.runs.readers.nested import dictionary
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import read_json
from forerun.runs.regular import is_regular, listed, start_of

CARD = Card(
    name="lm_eval",
    does="Reads results of lm-evaluation-harness, old and new: results of a model's checkpoints are one run.",
    source="lm-evaluation-harness 0.2 to 0.4.13",
    assumes="A step in the revision, the model's name or the file's is that of the checkpoint.",
    needs="One score.",
    promises="A result without a step stands at the time of its evaluation, or alone; no step is made up.",
    known_answer="Results of three checkpoints and the scores of their items, written by hand.",
    control="JSON without results and either versions or configs is left alone.",
)
_EVALUATION = "evaluation"  # the axis of a result that tells neither step nor time
_SAMPLES = re.compile(r"samples_(.+)_\d{4}-\d\d-\d\dT.*\.jsonl")


def sniff(path: Path, head: bytes) -> float:
    if _SAMPLES.fullmatch(path.name):
        return 0.9 if b'"doc_id"' in head[:4096] else 0.0
    if not head.lstrip().startswith(b"{") or b'"results"' not in head[:4096]:
        return 0.0
    known = b'"versions"' in head or b'"configs"' in head or b'"config"' in head or b"_stderr" in head
    return 0.9 if known and re.match(rb'\s*\{\s*"results"\s*:\s*\{', head) else 0.0


def unit(path: Path) -> Path:
    """The model's folder, of several checkpoints' folders the first; a file in a folder of others stands alone."""
    if not path.name.startswith(("results", "samples_")):
        return path.parent if step_of(path.stem) is not None else path
    folder = path.parent
    return min(_checkpoints(folder), default=folder)


def _checkpoints(folder: Path) -> list[Path]:
    """The folders beside one that differ from it in the step in their name only."""
    return beside(folder, _model)


def _model(name: str) -> str | None:
    return None if step_of(name) is None else stem(name)


def files(folder: Path) -> list[Path]:
    paths = [file for other in _checkpoints(folder) for file in listed(other) if file.suffix in (".json", ".jsonl")]
    return [file for file in paths if is_regular(file) and sniff(file, start_of(file, 65536))]


def follow(path: Path, state: State) -> Iterator[Step]:
    yield from (_samples if path.suffix == ".jsonl" else _RESULTS)(path, state)


def _logs(path: Path) -> Iterator[Log]:
    document = read_json(path)
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        raise UnreadableLog("no results in it", where=path.name)
    log = Log(CARD.name, id="" if path.name.startswith("results") or step_of(path.stem) is None else stem(path.stem))
    config = dictionary(document.get("config"))
    arguments = config.get("model_args", "")
    words = arguments if isinstance(arguments, str) else ",".join(f"{k}={v}" for k, v in arguments.items())
    step = step_of(words, str(document.get("model_name", "")), path.stem, path.parent.name)
    place(log, step, number(document.get("date")))
    log.config = {str(k): v for k, v in config.items() if isinstance(v, (str, int, float, bool))} | {
        "model_args": words
    }
    higher = dictionary(document.get("higher_is_better"))
    for task, scores in results.items():
        for name, value in scores.items() if isinstance(scores, dict) else ():
            _score(log, str(task), str(name), number(value), higher.get(task))
    yield log


def place(log: Log, step: float | None, when: float | None) -> None:
    """Let a result be one record, at the step and the time it tells, or the first evaluation when it tells neither.

    Without a step it is of no training that goes on.
    """
    log.n = 1
    log.end = "" if step is not None else "finished"
    if step is not None:
        log.axes["step"] = np.array([step])
    if when is not None:
        log.axes[WALL] = np.array([when])
    if not log.axes:
        log.axes[_EVALUATION] = np.array([1.0])


def _score(log: Log, task: str, name: str, value: float | None, higher: Any) -> None:
    if value is None or name in ("sample_len", "alias", "name"):
        return
    plain, _, kind = name.partition(",")
    metric = f"{task}/{named_metric(plain, kind)}"
    log.series[metric] = (np.array([0]), np.array([value]))
    better = higher.get(plain) if isinstance(higher, dict) else None
    if isinstance(better, bool):
        log.directions[metric] = "max" if better else "min"


def named_metric(metric: str, kind: str) -> str:
    """The metric with the filter that answers went through, where there is one: each scores every item."""
    return metric if kind in ("", "none") else f"{metric},{kind}"


_RESULTS = whole(_logs)


def _samples(path: Path, state: State) -> Iterator[Step]:
    """Scores of single items; they are of the checkpoint that the folder's name tells, if it does."""
    task = _SAMPLES.fullmatch(path.name)
    x = step_of(path.parent.name)
    for block in lines(path, state):
        name = task[1] if task else path.stem
        log = _items(block.lines, block.first, name, x, path)
        yield block.step([log], partial(_more, block.after, name, x, path))


def _more(first: int, task: str, x: float | None, path: Path, rest: list[str]) -> list[Log]:
    """The items of lines that may yet change."""
    return [_items(rest, first, task, x, path)] if rest else []


def _items(raw_lines: list[str], first: int, task: str, x: float | None, path: Path) -> Log:
    log = Log(CARD.name)
    for i, line in enumerate(raw_lines, first):
        try:
            sample = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            sample = None
        if not isinstance(sample, dict):
            log.damage.append(Damage(path.name, f"line {i}", "not a JSON object", 1))
            continue
        item, metrics = str(sample.get("doc_id", sample.get("doc_hash", i))), sample.get("metrics")
        kind = str(sample.get("filter", "none"))
        for metric in metrics if isinstance(metrics, list) else ():
            value = number(sample.get(metric)) if isinstance(metric, str) else None
            if value is not None:
                log.items.append((task, item, named_metric(metric, kind), np.nan if x is None else x, value))
    return log


LM_EVAL = Reader(card=CARD, sniff=sniff, follow=follow, unit=unit, files=files)
