"""Samples of lm-evaluation-harness: what a model answered to each item of a task, a line an item and filter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage
from forerun.runs.readers.columns import number
from forerun.runs.readers.lm_eval import named_metric
from forerun.runs.readers.nested import dictionary, objects
from forerun.runs.readers.text import decoded, read_text
from forerun.runs.score_readers.evaluated import date_of, evaluated, results_beside
from forerun.runs.score_readers.score_reader import ScoreReader, ScoreRows, plain_labels, rows_of

CARD = Card(
    name="lm_eval_samples",
    does="Reads what lm-evaluation-harness logs of single items: every metric of every item, with hashes of prompts.",
    source="lm-evaluation-harness 0.4.0 to 0.4.13, --log_samples",
    assumes="Of several answers to an item the harness scored what its filter took; the others have no score.",
    needs="A document id and a metric in each line; the model's name is in the results beside it, else the folder's.",
    promises="A line that is no object is counted as damage; a metric that is no number of one item is left out.",
    known_answer="The standard error of two recorded evaluations is the one that the harness wrote, to 1e-12.",
    control="Lines of a training log are left alone.",
)
_START = re.compile(rb"\s*(?:\[\s*)?\{\s*\"doc_id\"\s*:")
_TASK = re.compile(r"samples_(.+)_\d{4}-\d\d-\d\dT.*\.jsonl?")
_PARTS = ("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash",
          "prompt_hash", "target_hash")  # fmt: skip


def sniff(path: Path, head: bytes) -> float:
    if not _START.match(head.removeprefix(b"\xef\xbb\xbf")):
        return 0.0
    return 0.95 if b'"arguments"' in head or b'"resps"' in head or b'"doc_hash"' in head else 0.6


def read(path: Path) -> ScoreRows:
    results = results_beside(path)
    samples, damage = _samples(read_text(path), path)
    whole = {"benchmark": _task(path, results), "sample": date_of(path), **evaluated(path, results).columns()}
    rows = [(row, sample.get("doc")) for i, sample in enumerate(samples) for row in _rows(sample, i)]
    return rows_of([{**whole, **row} for row, _ in rows], damage, [plain_labels(dictionary(doc)) for _, doc in rows])


def _samples(text: str, path: Path) -> tuple[list[dict[str, Any]], list[Damage]]:
    """The samples: lines since 0.4.2, one array before."""
    if text.lstrip("\ufeff \n\r\t").startswith("["):
        try:
            return [one for one in decoded(text.lstrip("\ufeff")) if isinstance(one, dict)], []
        except (ValueError, RecursionError) as error:
            return [], [Damage(path.name, "byte 0", f"not a JSON array: {error}")]
    return objects(text.splitlines(), 1, path)


def _rows(sample: dict[str, Any], i: int) -> Iterator[dict[str, Any]]:
    metrics = sample.get("metrics")
    names = metrics if isinstance(metrics, list) else [name for name in sample if name not in _PARTS]
    item = str(sample.get("doc_id", sample.get("doc_hash", i)))
    about = {"item": item, "prompt": str(sample.get("prompt_hash", "")), "content": str(sample.get("doc_hash", ""))}
    for name in names:
        cell = sample.get(name)
        value = float(cell) if isinstance(cell, bool) else number(cell) if not isinstance(cell, str) else None
        if value is not None:
            yield {**about, "metric": named_metric(str(name), str(sample.get("filter", "none"))), "score": value}


def _task(path: Path, results: dict[str, Any]) -> str:
    """The task in the file's name; of an old one, which begins with the model, the longest task that it ends with."""
    if match := _TASK.fullmatch(path.name):
        return match[1]
    tasks = [str(task) for task in dictionary(results.get("results")) if path.stem.endswith(str(task))]
    return max(tasks, key=len, default=path.stem)


LM_EVAL_SAMPLES = ScoreReader(card=CARD, sniff=sniff, read=read)
