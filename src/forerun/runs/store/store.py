"""The store: what logs said, kept as it was said, with a journal of what was said about it."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Curve, Damage, UnknownName, UnreadableLog
from forerun.core.metrics import meaning
from forerun.runs.assemble import curve_of
from forerun.runs.counters import ROW
from forerun.runs.log import Log, Step, add_words, by_run, merged, writable
from forerun.runs.natural import as_walked
from forerun.runs.regular import is_ignored
from forerun.runs.restarts import trainings_of
from forerun.runs.store import rows, series, words
from forerun.runs.store.calibrations import Calibrations
from forerun.runs.store.database import Database
from forerun.runs.store.journal import Journal
from forerun.runs.store.places import Moved, Source, Unit
from forerun.runs.store.rows import DamageRow, FileRow, ItemRow, LogRow, SeriesRow
from forerun.runs.units import joined


class Store:
    """Logs in one SQLite file, which any number of processes may read and write at once.

    Args:
        path: the file; None keeps everything in memory.
        create: make the file when there is none.

    Raises:
        BadInput: the file is no store, or one of a newer version.
        StoreError: it cannot be opened.

    Example:
        >>> import numpy as np
        >>> from forerun.runs.log import Log
        >>> store = Store(None)
        >>> step, loss = np.arange(3.0), np.array([3.0, 2.5, 2.4])
        >>> store.append("a", Log("live", n=3, axes={"step": step}, series={"loss": (np.arange(3), loss)}))
        >>> store.curve("a", "loss").y.tolist()
        [3.0, 2.5, 2.4]
    """

    def __init__(self, path: Path | str | None, *, create: bool = True) -> None:
        self.db = Database(None if path is None else Path(path), create=create)
        self.path = self.db.path
        self.journal = Journal(self.db)
        self.calibrations = Calibrations(self.db)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.db.close()

    # Writing: a step of a reader, or records one has oneself, are kept together or not at all.

    def source(self, root: str, path: str, unit: str, format: str) -> Source:
        """A file's place in the store, made when it is new.

        Raises:
            Damaged: what the store holds of it is.
        """
        root, path, unit, format = (writable(word) for word in (root, path, unit, format))
        file = self._file(root, path, format)
        if file is None:
            with self.db.writing():
                file = self._file(root, path, format) or self._new_file(root, path, format, unit)
        elif file.unit != unit:  # an earlier folder of the same run has appeared
            with self.db.writing():
                file = self._files("WHERE id = ?", (file.id,))[0]._replace(unit=unit)
                rows.update(self.db, [file])
        return _source(file)

    def _file(self, root: str, path: str, format: str) -> FileRow | None:
        return next(iter(self._files("WHERE root = ? AND path = ? AND format = ?", (root, path, format))), None)

    def _files(self, where: str, values: Sequence[Any] = ()) -> list[FileRow]:
        return rows.select(self.db, FileRow, where, values)

    def _new_file(self, root: str, path: str, format: str, unit: str) -> FileRow:
        """A row for a file; what was read of it when it was taken for another format becomes an earlier generation."""
        file = FileRow(rows.next_id(self.db, FileRow), root, path, unit, format)
        rows.insert(self.db, [file])
        if root:
            for other in self._files("WHERE root = ? AND path = ? AND format <> ?", (root, path, format)):
                earlier = min((log.generation for log in self._logs("WHERE file = ?", (file.id,))), default=0) - 1
                moved = [log for log in self._logs("WHERE file = ?", (other.id,)) if log.n]
                rows.update(self.db, [log._replace(file=file.id, generation=earlier) for log in moved])
                self.db.run("DELETE FROM file WHERE id = ?", (other.id,))
        return self._counted(file)

    def _counted(self, file: FileRow) -> FileRow:
        """The file's row, written anew with the number of its logs."""
        ((n,),) = self.db.rows("SELECT count(*) FROM log WHERE file = ?", (file.id,))
        file = file._replace(logs=n)
        rows.update(self.db, [file])
        return file

    def _logs(self, where: str, values: Sequence[Any]) -> list[LogRow]:
        return rows.select(self.db, LogRow, where, values)

    def again(self, source: Source) -> Source:
        """A file's place as it is now."""
        return _source(self._files("WHERE id = ?", (source.id,))[0])

    def advance(self, source: Source, step: Step, *, touched: float | None = None) -> Source:
        """Keep what a reader found in a file, together with where it then stands.

        Raises:
            Moved: the file has been read on by another process since ``source`` was asked for; nothing was kept.
            Damaged: what the store holds of it is; nothing was kept.
        """
        with self.db.writing():
            file = self._files("WHERE id = ?", (source.id,))[0]
            if file.generation != source.generation or json.loads(file.state) != dict(source.state):
                raise Moved
            file = file._replace(
                state=json.dumps(dict(step.state)),
                pending=words.dump_whole(list(step.pending)),
                half=None if step.half is None else words.dump_whole(list(step.half)),
                generation=source.generation + step.fresh,
                touched=rows.real(touched),
                error=None,
            )
            for log in step.logs:
                self._extend(file, log)
            return _source(self._counted(file))

    def fail(self, source: Source, why: str) -> None:
        """Note that a file could not be read."""
        with self.db.writing():
            rows.update(self.db, [f._replace(error=writable(why)) for f in self._files("WHERE id = ?", (source.id,))])

    def append(self, run: str, log: Log, *, touched: float | None = None) -> None:
        """Add records to a run that comes from no file.

        Args:
            run: its id.
            log: the records, numbered from 0; they follow those that are there.
            touched: unix time.

        Raises:
            Damaged: what the store holds of it is; nothing was added.
        """
        source = self.source("", run, run, log.format)
        with self.db.writing():
            (file,) = self._files("WHERE id = ?", (source.id,))
            self._extend(file, log)
            self._counted(file._replace(touched=rows.real(touched)))

    def settle(self, source: Source) -> None:
        """Let go of what was kept of a file before it was written anew, where the new one holds all of it."""
        logs = self._logs("WHERE file = ?", (source.id,))
        new = {log.run: log for log in logs if log.generation == source.generation}
        for old in logs:
            newer = new.get(old.run)
            if newer and old.generation != source.generation and _holds(self._log(newer)[0], self._log(old)[0]):
                with self.db.writing():
                    self.db.run("DELETE FROM log WHERE id = ?", (old.id,))
                    self._counted(self._files("WHERE id = ?", (source.id,))[0])

    def _extend(self, file: FileRow, log: Log) -> None:
        row, new = self._log_row(file, log)
        if new:
            rows.insert(self.db, [row])
        present = {(one.kind, one.name): one for one in ([] if new else self._columns(row))}
        columns = [column for column in series.columns(log) if column[2].size]
        ids = itertools.count(rows.next_id(self.db, SeriesRow))
        fresh = [SeriesRow(next(ids), row.id, kind, name) for kind, name, *_ in columns if (kind, name) not in present]
        before = present | {(one.kind, one.name): one for one in fresh}
        extended = [series.keep(self.db, before[kind, name], at + row.n, values) for kind, name, at, values in columns]
        rows.update(self.db, [one for one, _ in extended if (one.kind, one.name) in present])
        rows.insert(self.db, [one for one, _ in extended if (one.kind, one.name) not in present])
        rows.insert(self.db, [chunk for _, chunks in extended for chunk in chunks])
        notes = row.notes + len(log.damage) + len(log.items)
        rows.update(self.db, [row._replace(n=row.n + log.n, columns=row.columns + len(fresh), notes=notes)])
        rows.insert(
            self.db, [DamageRow(row.id, writable(d.path), d.where, writable(d.why), d.lost) for d in log.damage]
        )
        items = [(*(writable(word) for word in item[:3]), rows.real(item[3]), rows.real(item[4])) for item in log.items]
        rows.insert(self.db, [ItemRow(row.id, *item) for item in items])

    def _log_row(self, file: FileRow, log: Log) -> tuple[LogRow, bool]:
        """The row of a run's records in one file with what it now says, and whether it is new."""
        key = (file.id, file.generation, writable(log.id))
        existing = self._logs("WHERE file = ? AND generation = ? AND run = ?", key)
        if not existing:
            return LogRow(rows.next_id(self.db, LogRow), *key, 0, 0, 0, words.dump(log)), True
        (row,) = existing
        if words.speaks(log):
            whole = words.load(row.words)
            add_words(whole, replace(log, damage=[], items=[]))
            row = row._replace(words=words.dump(whole))
        return row, False

    def _columns(self, log: LogRow) -> list[SeriesRow]:
        """The columns of a log, all of them.

        Raises:
            Damaged: one is damaged or gone; what the others count on may be in it.
        """
        listed = rows.select(self.db, SeriesRow, "WHERE log = ? ORDER BY id", (log.id,))
        if len(listed) != log.columns:
            raise rows.missed(self.db, f"columns of log {log.id} ({log.run})", len(listed), log.columns)
        return listed

    # Reading.

    def unit(self, root: str, unit: str, *, half: bool = True, ignore: Sequence[str] = ()) -> Unit:
        """What is kept of a unit's files; those of whose rows one is damaged are among ``failed``.

        Args:
            root, unit: which.
            half: take last lines that have no end for whole; False holds them back.
            ignore: glob patterns of relative paths of files that are left out.
        """
        parts: list[list[Log]] = []
        failed: list[tuple[Path, UnreadableLog]] = []
        with self.db.reading():
            every = self._files("WHERE root = ? AND unit = ? ORDER BY path", (writable(root), writable(unit)))
            files = [file for file in every if not is_ignored(file.path, ignore)]
            for file in files:
                if file.error is not None:
                    failed.append((Path(file.path), UnreadableLog(file.error)))
                try:
                    parts.append(self._part(file if half else file._replace(half=None)))
                except rows.Damaged as error:
                    failed.append((Path(file.path), UnreadableLog(str(error))))
        return Unit(parts, failed, max((file.touched for file in files if file.touched is not None), default=None))

    def half_since(self, root: str, unit: str) -> float | None:
        """When a file of a unit was last written to whose last line has no end; None where all have one."""
        where = "WHERE root = ? AND unit = ? AND half IS NOT NULL"
        halves = rows.sealed(self.db, FileRow, where, (writable(root), writable(unit)))
        return max((file.touched or 0.0 for file, whole in halves if whole), default=None)

    def units(self, *, root: str | None = None) -> list[tuple[str, str]]:
        """What makes runs: root and path of each log file or folder of them, in the order in which a read of the root
        comes to them. Damaged rows are left out: `damage`.
        """
        files = sorted((file.root, as_walked(file.path), file.unit) for file, whole in self._all_files(root) if whole)
        return list(dict.fromkeys((of, unit) for of, _, unit in files))

    def damage(self, *, root: str | None = None) -> list[str]:
        """What of the list of files is damaged or gone, in words."""
        every = list(self._all_files(None))
        damaged = [rows.told_of(file) for file, whole in every if not whole and root in (None, file.root)]
        missing = rows.gone(self.db, FileRow)
        return [*damaged, *([] if missing is None else [missing.message])]

    def _all_files(self, root: str | None) -> Iterator[tuple[FileRow, bool]]:
        where, values = ("", ()) if root is None else ("WHERE root = ?", (writable(root),))
        return rows.sealed(self.db, FileRow, where, values)

    def curve(self, run: str, metric: str, *, root: str | None = None) -> Curve:
        """One metric of one run, without reading the others.

        Raises:
            UnknownName: no such run, or it has no such metric.
            Damaged: what the store holds of it is.
        """
        unit, number = _training(run)
        logs = self._logs_of(run, root) or self._logs_of(unit, root)
        if not logs:
            raise UnknownName("run", run, (unit for _, unit in self.units(root=root)), where=self.db.name)
        columns = [one for log in logs for one in self._columns(log) if one.kind == "metric"]
        if metric not in (names := list(dict.fromkeys(one.name for one in columns))):
            raise UnknownName("metric", metric, names, where=run)
        parts = [self._log(log, {metric, _pilot(columns)})[0] for log in logs]
        if any(ROW in part.axes or part.sticky for part in parts):  # what such a log says is seen in all of its metrics
            parts = [self._log(log)[0] for log in logs]
        trainings, _ = trainings_of(parts[0] if len(parts) == 1 else joined(parts))
        curve = curve_of(trainings[number - 1], metric) if number <= len(trainings) else None
        if curve is None:
            raise UnreadableLog("no record of it stands on an axis", where=f"{run}: {metric}")
        return curve

    def metrics(self, run: str, *, root: str | None = None) -> list[str]:
        """The metrics of a run."""
        logs = self._logs_of(run, root) or self._logs_of(_training(run)[0], root)
        return list(dict.fromkeys(one.name for log in logs for one in self._columns(log) if one.kind == "metric"))

    def last_values(self, metric: str) -> dict[str, float]:
        """The value of a metric that each run logged last, by the run's id; NaN where that was NaN.

        Raises:
            Damaged: a row of it is.
        """
        files = {file.id: file for file in self._files("")}
        logs = {log.id: log for log in self._logs("", ())}
        columns = dict(self.db.rows("SELECT log, count(*) FROM series GROUP BY log"))
        expected = Counter({log.id: log.columns for log in logs.values() if log.columns})
        whole = sum(file.logs for file in files.values()) == len(logs) and columns == expected
        if (missing := rows.gone(self.db, FileRow)) is not None or not whole:
            raise missing or rows.missed(self.db, "columns", sum(columns.values()), expected.total())
        selected = rows.select(self.db, SeriesRow, "WHERE name = ? AND kind = 'metric'", (writable(metric),))
        values: list[tuple[str, str, float]] = []
        for one in selected:
            log = logs[one.log]
            file = files[log.file]
            if log.generation == file.generation:
                id = log.run if file.format == "tidy" else "/".join(part for part in (file.unit, log.run) if part)
                values.append((file.path, id, _nan(one.last_value)))
        return {id: value for _, id, value in sorted(values, key=lambda row: row[0])}

    def version(self) -> int:
        """A number that changes when another process has written to the store."""
        return int(self.db.rows("PRAGMA data_version")[0][0])

    def points(self) -> int:
        """Values of metrics in the store."""
        return int(self.db.rows("SELECT coalesce(sum(n), 0) FROM series WHERE kind = 'metric'")[0][0])

    def _logs_of(self, run: str, root: str | None) -> list[LogRow]:
        named = {"run": writable(run), "root": None if root is None else writable(root)}
        joint = "JOIN file ON file.id = log.file AND file.generation = log.generation"
        own = "WHERE file.root = '' AND file.path = :run AND log.run = ''"
        any_ = """WHERE (file.unit || CASE log.run WHEN '' THEN '' ELSE '/' || log.run END = :run OR log.run = :run)
            AND (:root IS NULL OR file.root = :root) ORDER BY file.path"""
        logs = rows.select(self.db, LogRow, f"{joint} {own}", named) if not root else []
        logs = logs or rows.select(self.db, LogRow, f"{joint} {any_}", named)
        for log in logs:
            self._files("WHERE id = ?", (log.file,))  # whose name is part of the run's
        return logs

    def _part(self, file: FileRow) -> list[Log]:
        """All of one file, one Log a run, with what its open records, or else its half line, would add."""
        logs = self._logs("WHERE file = ? ORDER BY id", (file.id,))
        if len(logs) != file.logs:
            raise rows.missed(self.db, f"logs of {file.path}", len(logs), file.logs)
        current = [self._log(log)[0] for log in logs if log.generation == file.generation]
        half = None if file.half is None else words.load_whole(file.half)
        step = Step({}, current, words.load_whole(file.pending), half=half)
        return [merged(pieces) for pieces in by_run([*step.logs, *step.last]).values()]

    def _log(self, row: LogRow, only: Container[str] | None = None) -> tuple[Log, list[Damage]]:
        """A run's records in one file; of its metrics only those named, and the learning rate."""
        log = words.load(row.words)
        log.n = row.n
        for one in self._columns(row):
            if only is not None and one.kind == "metric" and one.name not in only and meaning(one.name).kind != "rate":
                continue
            numbers, values = series.whole(self.db, one, log.damage)
            if one.kind == "metric":
                log.series[one.name] = (numbers, values)
            elif one.kind == "axis":
                log.axes[one.name] = series.spread(log.n, numbers, values)
            else:
                log.lr = series.spread(log.n, numbers, values)
        notes = rows.select(self.db, DamageRow, "WHERE log = ? ORDER BY rowid", (row.id,))
        log.damage += [Damage(*note[1:]) for note in notes]
        if only is None:
            items = rows.select(self.db, ItemRow, "WHERE log = ? ORDER BY rowid", (row.id,))
            if len(notes) + len(items) != row.notes:
                raise rows.missed(self.db, f"notes of log {row.id} ({row.run})", len(notes) + len(items), row.notes)
            log.items = [(i.task, i.item, i.metric, _nan(i.x), _nan(i.score)) for i in items]
        return log, log.damage


def _source(file: FileRow) -> Source:
    return Source(file.id, json.loads(file.state), file.generation)


def _pilot(columns: list[SeriesRow]) -> str:
    """The metric that tells how a run went on, and so belongs to each of its others."""
    counted: Counter[str] = Counter()
    for one in columns:
        counted[one.name] += one.n
    return max(counted.items(), key=lambda pair: (meaning(pair[0]).quality, pair[1]), default=("", 0))[0]


def _training(run: str) -> tuple[str, int]:
    """A run's unit and which of its trainings it is."""
    unit, mark, number = run.rpartition("#")
    return (unit, int(number)) if mark and number.isdecimal() and int(number) > 1 else (run, 1)


def _holds(new: Log, old: Log) -> bool:
    """Whether a log begins with all that another said."""
    for name, (_, values) in old.series.items():
        here = new.series.get(name)
        if here is None or not np.array_equal(here[1][: values.size], values, equal_nan=True):
            return False
    return True


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
