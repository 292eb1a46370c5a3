"""Work in parts that do not know each other: through joblib, wherever its backend says, and on again after a kill.

The parts are the same however many are done at once and wherever, and so is what they come to. Where a journal is kept,
each part's result is a line in it as soon as it is there; a call that is made again does those alone that it lacks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from forerun.core import BadInput

Part = tuple[Any, ...]
"""What one call of the work is handed."""


def done_in_parts(
    do: Callable[..., Any], parts: Mapping[str, Part], *, jobs: int | None = None, journal: Path | None = None
) -> list[Any]:
    """What each part comes to, in their order.

    Args:
        do: the work; its results are JSON.
        parts: by a key that names all that a result depends on.
        jobs: how many are done at once; default one, or what `joblib.parallel_config` says, as does where.
        journal: the file of results.

    Raises:
        BadInput: the journal is none.

    Example:
        >>> done_in_parts(lambda a, b: a + b, {"one": (1, 2), "two": (3, 4)})
        [3, 7]
    """
    joblib: Any = import_module("joblib")  # untyped; and imported by none that does nothing in parts
    results = {} if journal is None else _read(journal)
    lacking = [key for key in parts if key not in results]
    order = "list" if journal is None else "generator_unordered"  # what is done is kept at once
    work = joblib.Parallel(n_jobs=jobs, return_as=order, batch_size=1)
    for key, result in work(joblib.delayed(_keyed)(do, key, parts[key]) for key in lacking):
        results[key] = result
        if journal is not None:
            with journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"part": key, "result": result}) + "\n")
    return [results[key] for key in parts]


def _keyed(do: Callable[..., Any], key: str, part: Part) -> tuple[str, Any]:
    return key, do(*part)


def _read(journal: Path) -> dict[str, Any]:
    """The results in a journal; a last line that was cut off by a kill is let go."""
    if not journal.exists():
        return {}
    data = journal.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with journal.open("r+b") as file:
            file.truncate(len(whole))
    try:
        lines = [json.loads(line) for line in whole.splitlines()]
        return {line["part"]: line["result"] for line in lines}
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("no journal of a backtest; give another file, or none", where=str(journal)) from error
