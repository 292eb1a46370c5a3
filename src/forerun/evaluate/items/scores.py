"""Scores of single items as one table, whichever harness gave them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from forerun.core import BadInput, Run, Table

WORDS = ("system", "benchmark", "metric", "item")
"""Columns of words that every table of scores has, beside ``score``."""
MORE_WORDS = ("group", "seed", "sample", "prompt", "content")
"""Columns of words it may have: what items share, the training's seed, which try it was, what tells prompts apart, and
what tells items apart that go by one name."""
NUMBERS = ("step", "size", "compute", "seconds")
"""Columns of numbers it may have: the checkpoint's step, parameters, FLOPs, seconds of training."""


def scores(columns: Mapping[str, Any]) -> Table:
    """A table of item scores, its columns checked: system, benchmark, metric, item and score, a row a try.

    Args:
        columns: of one length; also group, seed, sample, prompt, content (words), step, size, compute, seconds
            (numbers), where known. An empty item is a score of a whole benchmark.

    Raises:
        BadInput: a column is missing, unknown, or has no number where there must be one.

    Example:
        >>> table = scores({"system": ["a", "b"], "benchmark": ["q", "q"], "metric": ["acc", "acc"],
        ...                 "item": [1.0, 1.0], "score": [1, 0]})
        >>> table.columns["item"], table.columns["score"].tolist()
        (('1', '1'), [1.0, 0.0])
    """
    known = (*WORDS, "score", *MORE_WORDS, *NUMBERS)
    if missing := [name for name in (*WORDS, "score") if name not in columns]:
        raise BadInput(f"scores need the column {missing[0]!r}; there are {', '.join(columns) or 'none'}")
    if unknown := [name for name in columns if name not in known]:
        raise BadInput(f"scores have no column {unknown[0]!r}; there are {', '.join(known)}")
    words = {name: _words(columns[name]) for name in (*WORDS, *MORE_WORDS) if name in columns}
    numbers = {name: _numbers(name, columns[name]) for name in ("score", *NUMBERS) if name in columns}
    return Table(words | numbers)


def _words(column: Sequence[Any]) -> list[str]:
    return list(column) if {str}.issuperset(map(type, column)) else [_word(cell) for cell in column]


def _word(cell: Any) -> str:
    """The cell as text; a whole number without its point, as readers of tables make floats of them."""
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def _numbers(name: str, column: Sequence[Any]) -> Any:
    try:
        values = np.asarray(column, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"column {name!r} must hold numbers: {error}") from error
    if name == "score" and not np.isfinite(values).all():
        i = int(np.argmin(np.isfinite(values)))
        raise BadInput(f"score[{i}] is {values[i]:g}; leave the row out, or say what the item is worth")
    return values


def of_benchmarks(table: Table, benchmarks: Iterable[tuple[str, str]]) -> Table:
    """The rows of these benchmarks by these metrics."""
    wanted = set(benchmarks)
    names = zip(table.columns["benchmark"], table.columns["metric"], strict=True)
    return table.take(np.fromiter((one in wanted for one in names), bool, table.n_rows))


def as_one(table: Table) -> Table:
    """Several benchmarks as one, by each metric: items keep their benchmark's name before their own.

    Args:
        table: as `scores` makes it.

    Example:
        >>> table = scores({"system": ["a", "a"], "benchmark": ["p", "q"], "metric": ["acc"] * 2, "item": ["1", "1"],
        ...                 "score": [1, 0]})
        >>> as_one(table).columns["benchmark"], as_one(table).columns["item"]
        (('2 benchmarks', '2 benchmarks'), ('p/1', 'q/1'))
    """
    rows = list(zip(*(table.columns[name] for name in ("benchmark", "metric", "item")), strict=True))
    sizes = Counter(metric for _, metric in {(benchmark, metric) for benchmark, metric, _ in rows})
    names = [benchmark if sizes[metric] == 1 else f"{sizes[metric]} benchmarks" for benchmark, metric, _ in rows]
    items = [f"{benchmark}/{item}" if item else "" for benchmark, _, item in rows]
    return Table({**table.columns, "benchmark": names, "item": items})


def scores_of_runs(runs: Iterable[Run]) -> Table:
    """The item scores that runs were logged with; a system is a run, a sample one of Inspect's epochs.

    Raises:
        BadInput: no run has scores of items.

    Example:
        >>> items = Table({"task": ["q"], "item": ["7#2"], "metric": ["acc"], "x": [100.0], "score": [1.0]})
        >>> table = scores_of_runs([Run("a", {}, "inspect_eval", items=items, seed=3)])
        >>> [table.columns[name][0] for name in ("system", "item", "sample", "seed", "step")]
        ['a', '7', '2', '3', np.float64(100.0)]
    """
    parts = [_of_run(run) for run in runs if run.items.n_rows]
    if not parts:
        raise BadInput("no run has scores of items; harnesses write them when asked to log samples")
    return scores({name: [cell for part in parts for cell in part[name]] for name in parts[0]})


def _of_run(run: Run) -> dict[str, Sequence[Any]]:
    columns, n = run.items.columns, run.items.n_rows
    tries = [item.rpartition("#") if run.format == "inspect_eval" and "#" in item else (item, "", "")
             for item in map(str, columns["item"])]  # fmt: skip
    return {
        "system": [run.name or run.id] * n,
        "benchmark": columns["task"],
        "metric": columns["metric"],
        "item": [item for item, _, _ in tries],
        "score": columns["score"],
        "sample": [sample for _, _, sample in tries],
        "seed": ["" if run.seed is None else str(run.seed)] * n,
        "step": columns["x"],
    }
