"""Samples of Inspect's evaluations, from ``.eval`` archives or JSON logs: every scorer's score of every sample."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card, UnreadableLog
from forerun.runs.readers import inspect_eval
from forerun.runs.readers.checkpoint_name import stem, step_of
from forerun.runs.readers.eval_archive import EvalArchive, opened_archive
from forerun.runs.readers.inspect_eval import worth
from forerun.runs.readers.nested import dictionary
from forerun.runs.readers.text import read_json
from forerun.runs.score_readers.score_reader import ScoreReader, ScoreRows, plain_labels, rows_of

CARD = Card(
    name="inspect_samples",
    does="Reads the scores of single samples that inspect_ai logs, epochs as tries of a sample.",
    source="inspect_ai, log/_recorders/eval.py and json.py",
    assumes="Two evaluations prompt alike where input, target, choices and the solver's steps are the same. What a "
    "metric was told to be a cluster is what samples share.",
    needs="Samples that were scored, and of an archive the extra [inspect] for zstd.",
    promises="As inspect_eval; a log that is being written gives the samples that its journal has.",
    known_answer="A recorded evaluation gives the mean that Inspect wrote of it.",
    control="A zip without header.json or a journal, and JSON that is no evaluation, are left alone.",
)
_JSON = re.compile(rb'\s*\{\s*"version"\s*:\s*\d+\s*,\s*"status"\s*:')


def sniff(path: Path, head: bytes) -> float:
    return 0.95 if _JSON.match(head) and b'"eval"' in head else inspect_eval.sniff(path, head)


def read(path: Path) -> ScoreRows:
    if path.suffix == ".json":
        header = dictionary(read_json(path))
        samples = header.get("samples")
    else:
        with opened_archive(path) as archive:
            header, samples = archive.header(), _summaries(archive)
    if not isinstance(samples, list) or not samples:
        raise UnreadableLog("no samples in it", where=path.name)
    about = dictionary(header.get("eval"))
    rows = list(_rows(about, header.get("plan", about.get("plan")), samples, path))
    return rows_of([row for row, _ in rows], (), [labels for _, labels in rows])


def _summaries(archive: EvalArchive) -> list[Any]:
    """The samples in short; of a log being written those of its journal, of an old one the samples themselves."""
    whole = archive.document("summaries.json")
    if isinstance(whole, list):
        return whole
    journal = [name for name in archive.entries if name.startswith("_journal/summaries/")]
    if journal:
        return [one for name in journal for one in archive.document(name) or ()]
    return [archive.document(name) for name in archive.entries if name.startswith("samples/")]


def _rows(
    about: dict[str, Any], plan: Any, samples: list[Any], path: Path
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each score as a row, with the sample's metadata as its labels."""
    model = str(about.get("model", path.stem))
    step = step_of(model, json.dumps(about.get("model_args", {}), default=str))
    whole = {"system": stem(model) if step is not None else model, "benchmark": str(about.get("task", path.stem))}
    steps, cluster = dictionary(plan).get("steps"), _cluster(about.get("scorers"))
    for sample in samples:
        content = _hash([dictionary(sample).get("input"), dictionary(sample).get("target")])
        question = [content, steps, *([choices] if (choices := dictionary(sample).get("choices")) else [])]
        labels = plain_labels(dictionary(dictionary(sample).get("metadata")))
        row = whole | {
            "item": str(dictionary(sample).get("id", "")), "sample": str(dictionary(sample).get("epoch", "")),
            "content": content, "prompt": _hash(question), **({} if step is None else {"step": step}),
            **({"group": str(labels[cluster])} if cluster in labels else {}),
        }  # fmt: skip
        for scorer, score in dictionary(dictionary(sample).get("scores")).items():
            for metric, value in _values(str(scorer), dictionary(score).get("value")):
                yield row | {"metric": metric, "score": value}, labels


def _cluster(scorers: Any) -> str | None:
    """The entry of metadata that a metric's options name as what samples share; the first where several do."""
    if isinstance(scorers, dict):
        name = scorers.get("cluster")
        return name if isinstance(name, str) else _cluster(list(scorers.values()))
    names = (_cluster(one) for one in scorers) if isinstance(scorers, list) else ()
    return next((name for name in names if name is not None), None)


def _values(scorer: str, value: Any) -> Iterator[tuple[str, float]]:
    """A scorer's score, or the several that it gives by name."""
    cells = {f"{scorer}/{name}": cell for name, cell in value.items()} if isinstance(value, dict) else {scorer: value}
    for metric, cell in cells.items():
        number = None if isinstance(cell, list) else worth(cell)
        if number is not None:
            yield metric, number


def _hash(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()


INSPECT_SAMPLES = ScoreReader(card=CARD, sniff=sniff, read=read)
