"""Runs of HELM: ``per_instance_stats.json`` of a run's folder, a list of an instance's statistics each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage, ForerunError, UnreadableLog
from forerun.runs.readers.columns import number
from forerun.runs.readers.nested import dictionary
from forerun.runs.readers.text import read_json
from forerun.runs.regular import is_regular
from forerun.runs.score_readers.score_reader import ScoreReader, ScoreRows, rows_of

CARD = Card(
    name="helm",
    does="Reads the scores of single instances that HELM keeps of a run.",
    source="crfm-helm 0.2 to 0.5, per_instance_stats.json and run_spec.json",
    assumes="A train trial is another choice of examples in the prompt, and so another try of the same instance.",
    needs="An instance id and a statistic in each entry; run_spec.json names model and scenario, else the folder does.",
    promises="Counts, times and what tells how an answer ended are no scores and are left out. Perturbed instances and "
    "those of other splits than the test's are benchmarks of their own, as HELM's own means are.",
    known_answer="A run's folder as HELM 0.5 lays it out, with both splits and statistics that count nothing.",
    control="A list of objects without statistics is left alone.",
)
_NO_SCORE = re.compile(
    r"num_|inference_|training_|finish_reason_|batch_size|prompt_truncated|predicted_index|estimated_|max_prob$|logprob"
)
_MODEL = re.compile(r",?\bmodel(?:_deployment)?=([^,]+)")


def sniff(path: Path, head: bytes) -> float:
    if not re.match(rb"\s*\[\s*\{", head):
        return 0.0
    return 0.95 if b'"instance_id"' in head and b'"stats"' in head and b'"train_trial_index"' in head else 0.0


def read(path: Path) -> ScoreRows:
    entries = read_json(path)
    if not isinstance(entries, list):
        raise UnreadableLog("not a list of instances", where=path.name)
    if path.name == "display_predictions.json" and is_regular(path.with_name("per_instance_stats.json")):
        return rows_of([])
    system, benchmark = _about(path)
    damage: list[Damage] = []
    records: list[dict[str, Any]] = []
    for i, entry in enumerate(entries):
        if not isinstance(entry, dict) or "instance_id" not in entry:
            damage.append(Damage(path.name, f"entry {i}", "no instance", 1))
            continue
        perturbed = dictionary(entry.get("perturbation")).get("name")
        about = {"system": system, "item": str(entry["instance_id"]), "sample": str(entry.get("train_trial_index", ""))}
        for metric, split, score in _scores(entry.get("stats")):
            parts = [benchmark, *([] if split in ("", "test") else [split]), *([perturbed] if perturbed else [])]
            records.append({**about, "benchmark": "/".join(parts), "metric": metric, "score": score})
    return rows_of(records, damage)


def _scores(stats: Any) -> Iterator[tuple[str, str, float]]:
    """Name, split and mean of each statistic that is a score; in predictions for display they are a plain object."""
    if isinstance(stats, dict):
        named = [(str(name), "", value) for name, value in stats.items()]
    else:
        listed = (
            [(dictionary(one.get("name")), one) for one in stats if isinstance(one, dict)]
            if isinstance(stats, list)
            else []
        )
        named = [(str(name.get("name", "")), str(name.get("split", "")), one.get("mean")) for name, one in listed]
    for name, split, cell in named:
        value = number(cell)  # of a statistic that nothing was counted for there is no mean
        if value is not None and name and not _NO_SCORE.match(name):
            yield name, split, value


def _about(path: Path) -> tuple[str, str]:
    """The system and the benchmark: of the run's specification, else of its folder's name."""
    try:
        spec = dictionary(read_json(path.with_name("run_spec.json")))
    except ForerunError:
        spec = {}
    name = str(spec.get("name") or path.parent.name)
    adapter = dictionary(spec.get("adapter_spec"))
    match = _MODEL.search(name)
    model = adapter.get("model") or adapter.get("model_deployment") or (match[1] if match else name)
    return str(model), _MODEL.sub("", name).rstrip(":,") or name


HELM = ScoreReader(card=CARD, sniff=sniff, read=read)
