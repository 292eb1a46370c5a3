"""From a path to scores: walk the folder, find each file's format by content, read, and say what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forerun.core import BrokenPlugin, ForerunError, MissingExtra, NothingToRead, Skipped
from forerun.runs.boundary import boundary
from forerun.runs.natural import natural
from forerun.runs.readers.text import head_of
from forerun.runs.regular import irregular, is_folder, is_regular, walk
from forerun.runs.score_readers import SCORE_READERS, ScoreReader, ScoreRows
from forerun.runs.score_readers.plain_columns import table_name
from forerun.runs.score_readers.score_reader import finite, grouped, joined, of_benchmark

_HEAD_BYTES = 65536
_SURE = 0.5  # below this a reader only suspects its format


@dataclass(frozen=True)
class ReadScores:
    """The rows of every file of scores at a path, and what was not read.

    Args:
        rows: of all files under each other.
        formats: how many files of each format.
        skipped: files that hold none, with why.
    """

    rows: ScoreRows
    formats: Mapping[str, int]
    skipped: tuple[Skipped, ...]


def read_scores(path: Path, *, format: str | None = None, group: str | None = None) -> ReadScores:
    """The scores in a file, or in every file below a folder; links found there are not followed.

    A single file whose rows tell no benchmark gives none: whoever reads several knows what to call it.

    Args:
        path: a file or folder.
        format: force this reader on every file.
        group: what items share, under the name that the files have for it.

    Raises:
        BadInput: no file says the group.
        NothingToRead: there is no file with scores.
        UnreadableLog, MissingExtra: the path is a single file that cannot be read.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "quiz.csv")
        >>> _ = file.write_text("item,small,large\\nq1,0,1\\nq2,1,1\\n")
        >>> read_scores(file).rows.columns["system"]
        ['small', 'small', 'large', 'large']
    """
    path = path.resolve() if path.is_symlink() else path  # what is named is followed, what is found is not
    if not is_folder(path) and (why := irregular(path)) is not None:
        raise NothingToRead(why, where=str(path))
    readers = _readers(format)
    parts: list[ScoreRows] = []
    formats: dict[str, int] = {}
    skipped: list[Skipped] = []
    for file in _files(path):
        relative = file.name if file == path else file.relative_to(path).as_posix()
        try:
            name, why = _surest(file, readers)
            if not name:
                skipped.append(Skipped(relative, why))
                continue
            with boundary(file.name):
                rows = finite(readers[name].read(file), relative)
                parts.append(rows if file == path else of_benchmark(rows, table_name(file)))
            formats[name] = formats.get(name, 0) + 1
        except ForerunError as error:
            if file == path:
                raise
            skipped.append(Skipped(relative, error.message))
    rows = joined(parts)
    if not rows.n:
        raise NothingToRead(_nothing(skipped, parts), where=str(path))
    return ReadScores(rows if group is None else grouped(rows, group), formats, tuple(skipped))


def _readers(format: str | None) -> dict[str, ScoreReader]:
    readers: dict[str, ScoreReader] = {}
    for name in SCORE_READERS.names() if format is None else [format]:
        try:
            readers[name] = SCORE_READERS.load(name)
        except (BrokenPlugin, MissingExtra):
            if format is not None:
                raise
    return readers


def _files(path: Path) -> Iterator[Path]:
    if not is_folder(path):
        yield path
        return
    for folder, names, files in walk(path, {}):
        names[:] = sorted((name for name in names if not name.startswith(".")), key=natural)
        yield from (folder / name for name in sorted(files, key=natural) if not name.startswith("."))


def _surest(file: Path, readers: Mapping[str, ScoreReader]) -> tuple[str, str]:
    """The reader that is surest of a file, or why none is."""
    if not is_regular(file):
        return "", "a link; links are not followed" if file.is_symlink() else "not a regular file"
    with boundary(file.name):
        head = head_of(file, _HEAD_BYTES)
        if not head:
            return "", "empty"
        if len(readers) == 1:
            return next(iter(readers)), ""
        sure = {name: reader.sniff(file, head) for name, reader in readers.items()}
    best = max(sure, key=lambda name: sure[name])
    return (best, "") if sure[best] >= _SURE else ("", "no scores that Forerun knows")


def _nothing(skipped: list[Skipped], parts: list[ScoreRows]) -> str:
    if damage := [one for part in parts for one in part.damage]:
        return f"no score in it; {damage[0].path}, {damage[0].where}: {damage[0].why}"
    first = f"; {skipped[0].path}: {skipped[0].why}" if skipped else ""
    return f"no scores in it{first}; looked for {', '.join(SCORE_READERS.names())}"
