"""A table with a row an item and a column a system, as of 0 and 1 for every model and question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage, UnreadableLog
from forerun.runs.score_readers.long_table import NAMES, is_empty, places, scores_of
from forerun.runs.score_readers.plain_columns import columns_of, head_columns
from forerun.runs.score_readers.score_reader import ScoreReader, ScoreRows

CARD = Card(
    name="wide_table",
    does="Reads tables with a row an item and a column of scores for each system.",
    source="ours",
    assumes="The first column names items, by its name or because it holds no scores; else rows are numbered.",
    needs="Two rows and two columns of scores; where no column is named as one of items, of 0 and 1 alone.",
    promises="An empty cell is an item that the system did not answer; one that is no number is counted as damage.",
    known_answer="42 models on 1,319 questions, one of which lacks 638.",
    control="A table of a training, a step and a loss a row, is left alone.",
)


def sniff(path: Path, head: bytes) -> float:
    columns = head_columns(path, head)
    items, systems = _parts(columns)
    if len(systems) < 2 or len(columns[systems[0]]) < 2:
        return 0.0
    cells = [score for name in systems for score in scores_of(columns[name]) if score is not None]
    if all(score in (0.0, 1.0) for score in cells):
        return 0.7
    return 0.6 if items.strip().lower() in NAMES["item"] else 0.0


def read(path: Path) -> ScoreRows:
    columns, damage = columns_of(path)
    items, systems = _parts(columns)
    if not systems:
        raise UnreadableLog("no column of scores", where=path.name)
    n = len(columns[systems[0]])
    named = columns[items] if items else [None] * n
    names = [i if is_empty(name) else name for i, name in enumerate(named, 1)]
    groups = columns[place] if (place := places(columns).get("group")) and place not in systems else None
    rows: dict[str, list[Any]] = {"system": [], "item": [], "score": [], **({"group": []} if groups else {})}
    others = {name: cells for name, cells in columns.items() if name not in (*systems, items)}
    labels: dict[str, list[Any]] = {name: [] for name in others}
    for system in systems:
        scores = scores_of(columns[system])
        answered = [i for i, score in enumerate(scores) if score is not None]
        lost = [i for i, score in enumerate(scores) if score is None and not is_empty(columns[system][i])]
        if lost:
            damage.append(Damage(path.name, f"column {system}, row {lost[0] + 1}", "no score", len(lost)))
        rows["system"] += [system] * len(answered)
        rows["item"] += [names[i] for i in answered]
        rows["score"] += [scores[i] for i in answered]
        for name, cells in others.items():
            labels[name] += [cells[i] for i in answered]
        if groups:
            rows["group"] += [groups[i] for i in answered]
    binary = all(score in (0.0, 1.0) for score in rows["score"])
    return ScoreRows({"metric": ["correct" if binary else "score"] * len(rows["score"])} | rows, tuple(damage), labels)


def _parts(columns: Mapping[str, Sequence[Any]]) -> tuple[str, list[str]]:
    """The column of items, empty where there is none, and those of systems: whose cells are mostly scores."""
    first = next(iter(columns), "")
    named = first.strip().lower() in (*NAMES["item"], "", "index", "name", "unnamed: 0")
    items = first if named or not _is_scored(columns.get(first, ())) else ""
    group = places(columns).get("group")
    systems = [name for name, cells in columns.items() if name not in (first if items == first else None, group)
               and name and _is_scored(cells)]  # fmt: skip
    return items, systems


def _is_scored(cells: Sequence[Any]) -> bool:
    full = [cell for cell in cells if not is_empty(cell)]
    return bool(full) and sum(score is not None for score in scores_of(full)) > 0.9 * len(full)


WIDE_TABLE = ScoreReader(card=CARD, sniff=sniff, read=read)
