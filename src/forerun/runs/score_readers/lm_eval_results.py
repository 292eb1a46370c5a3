"""Results of lm-evaluation-harness: the mean of each task, where its items were not logged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from forerun.core import Card, UnreadableLog
from forerun.runs.readers import lm_eval
from forerun.runs.readers.columns import number
from forerun.runs.readers.lm_eval import named_metric
from forerun.runs.readers.nested import dictionary
from forerun.runs.readers.text import read_json
from forerun.runs.regular import listed
from forerun.runs.score_readers.evaluated import date_of, evaluated
from forerun.runs.score_readers.score_reader import ScoreReader, ScoreRows, rows_of

CARD = Card(
    name="lm_eval_results",
    does="Reads the means that lm-evaluation-harness writes of each task, for those without samples beside them.",
    source="lm-evaluation-harness 0.2 to 0.4.13",
    assumes="Items of a task that has a samples file of the same date are read from that.",
    needs="One score.",
    promises="A mean is a row without an item: comparisons that need items say so.",
    known_answer="Three recorded results give their tasks' accuracies.",
    control="JSON without results and either versions or configs is left alone.",
)


def sniff(path: Path, head: bytes) -> float:
    return 0.0 if path.suffix == ".jsonl" else lm_eval.sniff(path, head)


def read(path: Path) -> ScoreRows:
    document = dictionary(read_json(path))
    results = document.get("results")
    if not isinstance(results, dict):
        raise UnreadableLog("no results in it", where=path.name)
    about = {**evaluated(path, document).columns(), "item": "", "sample": date_of(path)}
    itemised = {file.name for file in listed(path.parent) if file.name.startswith("samples_")}
    date = date_of(path)
    return rows_of([
        {**about, "benchmark": task, "metric": metric, "score": value}
        for task, cells in results.items() if f"samples_{task}_{date}.jsonl" not in itemised
        for metric, value in _means(dictionary(cells)).items()
    ])  # fmt: skip


def _means(cells: dict[str, Any]) -> dict[str, float]:
    """Metrics, without their errors; names of newer results hold a filter behind a comma, other entries do not."""
    filtered = any("," in name for name in cells)
    values = {
        named_metric(*name.partition(",")[::2]): number(value)
        for name, value in cells.items()
        if "_stderr" not in name and ("," in name) == filtered
    }
    return {name: value for name, value in values.items() if value is not None}


LM_EVAL_RESULTS = ScoreReader(card=CARD, sniff=sniff, read=read)
