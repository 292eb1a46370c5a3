"""A table with a row a score: CSV, JSON lines, a JSON array or Parquet, columns named as people name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage, UnreadableLog
from forerun.runs.readers.columns import number
from forerun.runs.score_readers.plain_columns import columns_of, head_columns, table_name
from forerun.runs.score_readers.score_reader import NUMBERS, ScoreReader, ScoreRows, lacking

CARD = Card(
    name="long_table",
    does="Reads tables with a row a score: system, benchmark, metric, item, score, and what else there is of columns.",
    source="ours",
    assumes="A column of a name that people use for it holds it: model for system, task for benchmark, trial for "
    "sample; of several the first of the list.",
    needs="A column of scores and one of items.",
    promises="Without a system or a benchmark the file's name stands for it; several files that are named are of one "
    "benchmark. A score that is no number is counted as damage; an empty one is an item that was not answered.",
    known_answer="The 50 tasks and 4 trials of a recorded agent benchmark.",
    control="A table without items, as of a training, is left alone.",
)
NAMES: Mapping[str, tuple[str, ...]] = {
    "item": ("item", "item_id", "question_id", "doc_id", "instance_id", "example_id", "problem_id", "task_id",
             "eval_index", "question", "id", "idx", "sample_id"),
    "score": ("score", "value", "correct", "is_correct", "reward", "passed", "success", "result", "accuracy", "acc"),
    "system": ("system", "model", "submission", "model_name", "model_id", "method"),
    "benchmark": ("benchmark", "task", "dataset", "workload", "eval", "task_name"),
    "metric": ("metric", "metric_name", "scorer"),
    "group": ("group", "cluster", "passage", "document"),
    "seed": ("seed", "study"),
    "sample": ("sample", "trial", "attempt", "try", "repeat", "epoch", "sample_id"),
    "prompt": ("prompt_hash",),
    "content": ("doc_hash", "content_hash"),
    "step": ("step", "global_step"),
    "size": ("size", "params", "parameters", "n_params"),
    "compute": ("compute", "flops"),
    "seconds": ("seconds", "time_s"),
}  # fmt: skip
"""Our column to the names it goes by, the likeliest first."""
_TRUTHS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "pass": 1.0, "fail": 0.0}
_EMPTY = frozenset(("", "nan", "na", "n/a", "none", "null"))


def sniff(path: Path, head: bytes) -> float:
    names = places(head_columns(path, head))
    if not {"item", "score"} <= names.keys():
        return 0.0
    return 0.9 if "system" in names else 0.75


def read(path: Path) -> ScoreRows:
    columns, damage = columns_of(path)
    names = places(columns)
    if missing := [name for name in ("item", "score") if name not in names]:
        raise UnreadableLog(f"no column of {missing[0]}s; there are {', '.join(columns)[:200]}", where=path.name)
    scores = scores_of(columns[names["score"]])
    rows = [i for i, score in enumerate(scores) if score is not None]
    damage += _no_numbers(columns[names["score"]], scores, path)
    cells = {name: [_cell(name, columns[place][i]) for i in rows] for name, place in names.items() if name != "score"}
    stand_ins = {"system": table_name(path), "metric": names["score"]}
    others = {name: [column[i] for i in rows] for name, column in columns.items() if name not in names.values()}
    return ScoreRows(
        {name: [word] * len(rows) for name, word in stand_ins.items() if name not in names}
        | cells
        | {"score": [scores[i] for i in rows]},
        tuple(damage),
        others,
    )


def places(columns: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """Which column holds what, each at most one thing.

    Example:
        >>> places({"model": [], "task_id": [], "trial": [], "reward": []})
        {'item': 'task_id', 'score': 'reward', 'system': 'model', 'sample': 'trial'}
    """
    by_lower = {name.strip().lower(): name for name in columns}
    taken: dict[str, str] = {}
    for ours, known in NAMES.items():
        place = next((by_lower[one] for one in known if one in by_lower and by_lower[one] not in taken.values()), None)
        if place is not None:
            taken[ours] = place
    return taken


def score_of(cell: Any) -> float | None:
    """The number that a cell scores: truths count 1 and 0.

    Example:
        >>> score_of("0.5"), score_of("True"), score_of(False), score_of(""), score_of("blue")
        (0.5, 1.0, 0.0, None, None)
    """
    if isinstance(cell, bool):
        return float(cell)
    value = _TRUTHS.get(cell.strip().lower()) if isinstance(cell, str) else None
    value = number(cell) if value is None else value
    return None if value is None or value != value else value


def scores_of(cells: Sequence[Any]) -> list[float | None]:
    """What each cell of a column scores; cells that are alike are looked at once.

    Example:
        >>> scores_of(["1", "0", "1", ""])
        [1.0, 0.0, 1.0, None]
    """
    try:
        by_cell = {cell: score_of(cell) for cell in set(cells)}
    except TypeError:  # a list or an object in a cell of JSON
        return [score_of(cell) for cell in cells]
    return [by_cell[cell] for cell in cells]


def is_empty(cell: Any) -> bool:
    """Whether nothing stands in a cell."""
    return cell is None or cell != cell or (isinstance(cell, str) and cell.strip().lower() in _EMPTY)


def _no_numbers(cells: Sequence[Any], scores: Sequence[float | None], path: Path) -> list[Damage]:
    rows = [i for i, score in enumerate(scores) if score is None and not is_empty(cells[i])]
    if not rows:
        return []
    why = f"{str(cells[rows[0]])[:40]!r} is no score" + (f", and {len(rows) - 1} more" if len(rows) > 1 else "")
    return [Damage(path.name, f"row {rows[0] + 1}", why, len(rows))]


def _cell(name: str, cell: Any) -> Any:
    if name not in NUMBERS:
        return lacking(name) if cell is None else cell
    value = number(cell)
    return lacking(name) if value is None else value


LONG_TABLE = ScoreReader(card=CARD, sniff=sniff, read=read)
