"""`read_scores`: scores of single items from any harness's logs or a table, as one table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forerun.api.reading import Where
from forerun.core import BadInput, Damage, Runs, Skipped, Table
from forerun.core.frozen import Noun
from forerun.evaluate.items.scores import scores, scores_of_runs
from forerun.runs.score_readers import ScoreRows
from forerun.runs.score_readers.plain_columns import table_name
from forerun.runs.score_readers.read import ReadScores
from forerun.runs.score_readers.read import read_scores as read_path
from forerun.runs.score_readers.score_reader import joined, of_benchmark


@dataclass(frozen=True, eq=False)
class Scores(Noun):
    """Scores as they were read.

    Args:
        table: as `forerun.evaluate.items.scores.scores` makes it, a row a score.
        formats: how many files of each format.
        damage: records that could not be read.
        skipped: files without scores, with why.
    """

    table: Table
    formats: Mapping[str, int]
    damage: tuple[Damage, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def systems(self) -> tuple[str, ...]:
        """Names of the systems, in the order in which they were read."""
        return tuple(dict.fromkeys(self.table.columns["system"]))


Called = Mapping[str, Where | Sequence[Where]]
Scored = Scores | Table | Where | Sequence[Where] | Called | Runs
"""Whatever scores are asked of."""


def read_scores(what: Scored, *, format: str | None = None, group: str | None = None) -> Scores:
    """Read scores of single items.

    Args:
        what: a file or folder of logs, or several; by name, where a system is to be called so, several paths of one
            name being trainings of it with other seeds; or a table, or runs that were logged with scores of items.
        format: force this reader on every file; ``forerun methods "score format"`` lists them.
        group: of files, what items share, such as the text that they are about: a column, an entry of Inspect's
            metadata or of the harness' documents. Default what Inspect was told to be a cluster, or a column ``group``.

    Raises:
        BadInput: no scores, a path of one name that holds several systems, or no such group.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "quiz.csv")
        >>> _ = file.write_text("item,small,large\\nq1,0,1\\nq2,1,1\\n")
        >>> read_scores(file).systems, read_scores(file).table.n_rows
        (('small', 'large'), 4)
    """
    if group is not None and isinstance(what, (Scores, Table, Runs)):
        raise BadInput("is of files; a table has its column group", where="group")
    if isinstance(what, Scores):
        return what
    if isinstance(what, Table):
        return Scores(scores(what.columns), {})
    if isinstance(what, (str, os.PathLike)):
        return _together([_read(what, format, group)], table_name(Path(what)))
    if isinstance(what, Runs):
        return Scores(scores_of_runs(what), {})
    if isinstance(what, Mapping):
        return _together(list(_by_name(what, format, group)))
    return _together([_read(path, format, group) for path in what])


def _by_name(what: Called, format: str | None, group: str | None) -> Iterator[ReadScores]:
    for name, paths in what.items():
        for i, path in enumerate([paths] if isinstance(paths, (str, os.PathLike)) else paths):
            yield _called(name, i, _read(path, format, group), path)


def _read(path: Where, format: str | None, group: str | None) -> ReadScores:
    return read_path(Path(path).expanduser(), format=format, group=group)


def _called(name: str, i: int, part: ReadScores, path: Where) -> ReadScores:
    """Rows of one system, called so; those of a name's second path are of another seed."""
    systems = sorted(set(map(str, part.rows.columns["system"])))
    if len(systems) > 1:
        raise BadInput(f"holds {len(systems)} systems, {', '.join(systems[:5])}; only one can be called {name}",
                       where=str(path))  # fmt: skip
    seeds = part.rows.columns.get("seed", [""] * part.rows.n)
    columns = {
        **part.rows.columns,
        "system": [name] * part.rows.n,
        "seed": [f"{i}/{seed}" if seed else i for seed in seeds],
    }
    return ReadScores(ScoreRows(columns, part.rows.damage, part.rows.labels), part.formats, part.skipped)


def _together(parts: Sequence[ReadScores], benchmark: str = "items") -> Scores:
    rows = joined([of_benchmark(part.rows, benchmark) for part in parts])
    formats: dict[str, int] = {}
    for part in parts:
        for name, n in part.formats.items():
            formats[name] = formats.get(name, 0) + n
    return Scores(scores(rows.columns), formats, rows.damage, tuple(one for part in parts for one in part.skipped))
