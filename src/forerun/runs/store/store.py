"""The store: what logs said, kept as it was said, with a journal of what was said about it."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from forerun.core import Array, Curve, Damage, UnknownName, UnreadableLog
from forerun.core.metrics import meaning
from forerun.runs.assemble import curve_of
from forerun.runs.counters import ROW
from forerun.runs.log import Log, State, Step, add_words, by_run, merged, writable
from forerun.runs.restarts import trainings_of
from forerun.runs.store import chunks, words
from forerun.runs.store import series as series_
from forerun.runs.store.calibrations import Calibrations
from forerun.runs.store.database import Database
from forerun.runs.store.journal import Journal
from forerun.runs.units import joined

_MOST = 1 << 31  # points of a series; more is a damaged number
_FOLD = 256
"""Newest points of a series kept as rows; as many more are folded into a chunk."""


class Moved(Exception):
    """Another process has read on in the same file."""


@dataclass(frozen=True)
class Source:
    """A file as the store knows it: where its reader stands, and how often it was replaced."""

    id: int
    state: State
    generation: int


@dataclass(frozen=True)
class Unit:
    """A unit of logs as the store holds it.

    Args:
        parts: per file the Logs in it, one a run.
        failed: files that could not be read, with why.
        touched: unix time of the last write to any of them.
    """

    parts: list[list[Log]]
    failed: list[tuple[Path, UnreadableLog]]
    touched: float | None


class _Series(NamedTuple):
    id: int
    n: int
    tail: int


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
        """A file's place in the store, made when it is new."""
        key = tuple(writable(word) for word in (root, path, format))
        find = "SELECT id, state, generation, unit FROM file WHERE root = ? AND path = ? AND format = ?"
        found = self.db.rows(find, key)
        if not found:
            with self.db.writing():
                self._new_file(*key, writable(unit))
            found = self.db.rows(find, key)
        ((id, state, generation, before),) = found
        if before != writable(unit):  # an earlier folder of the same run has appeared
            with self.db.writing():
                self.db.run("UPDATE file SET unit = ? WHERE id = ?", (writable(unit), id))
        return Source(id, json.loads(state), generation)

    def _new_file(self, root: str, path: str, format: str, unit: str) -> None:
        """A row for a file; what was read of it when it was taken for another format becomes an earlier generation."""
        put = "INSERT OR IGNORE INTO file (root, path, format, unit) VALUES (?, ?, ?, ?)"
        self.db.run(put, (root, path, format, unit))
        ((new,),) = self.db.rows("SELECT id FROM file WHERE root = ? AND path = ? AND format = ?", (root, path, format))
        if root:
            others = "SELECT id FROM file WHERE root = ? AND path = ? AND format <> ?"
            for (old,) in self.db.rows(others, (root, path, format)):
                earlier = "SELECT coalesce(min(generation), 0) - 1 FROM log WHERE file = ?"
                move = f"UPDATE log SET file = ?, generation = ({earlier}) WHERE file = ? AND n > 0"
                self.db.run(move, (new, new, old))
                self.db.run("DELETE FROM file WHERE id = ?", (old,))

    def again(self, source: Source) -> Source:
        """A file's place as it is now."""
        ((state, generation),) = self.db.rows("SELECT state, generation FROM file WHERE id = ?", (source.id,))
        return Source(source.id, json.loads(state), generation)

    def advance(self, source: Source, step: Step, *, touched: float | None = None) -> Source:
        """Keep what a reader found in a file, together with where it then stands.

        Raises:
            Moved: the file has been read on by another process since ``source`` was asked for; nothing was kept.
        """
        generation = source.generation + step.fresh
        with self.db.writing():
            ((state, held),) = self.db.rows("SELECT state, generation FROM file WHERE id = ?", (source.id,))
            if held != source.generation or json.loads(state) != dict(source.state):
                raise Moved
            for log in step.logs:
                self._extend(source.id, generation, log)
            half = None if step.half is None else words.dump_whole(list(step.half))
            told = (json.dumps(dict(step.state)), words.dump_whole(list(step.pending)), half, generation, touched)
            put = "UPDATE file SET state = ?, pending = ?, half = ?, generation = ?, touched = ?, error = NULL"
            self.db.run(f"{put} WHERE id = ?", (*told, source.id))
        return Source(source.id, json.loads(json.dumps(dict(step.state))), generation)

    def fail(self, source: Source, why: str) -> None:
        """Note that a file could not be read."""
        with self.db.writing():
            self.db.run("UPDATE file SET error = ? WHERE id = ?", (writable(why), source.id))

    def append(self, run: str, log: Log, *, touched: float | None = None) -> None:
        """Add records to a run that comes from no file.

        Args:
            run: its id.
            log: the records, numbered from 0; they follow those that are there.
            touched: unix time.
        """
        source = self.source("", run, run, log.format)
        with self.db.writing():
            self._extend(source.id, source.generation, log)
            self.db.run("UPDATE file SET touched = ? WHERE id = ?", (touched, source.id))

    def settle(self, source: Source) -> None:
        """Let go of what was kept of a file before it was written anew, where the new one holds all of it."""
        find = "SELECT id, generation, run FROM log WHERE file = ? AND generation <> ?"
        for old, _, run in self.db.rows(find, (source.id, source.generation)):
            new = "SELECT id FROM log WHERE file = ? AND generation = ? AND run = ?"
            found = self.db.rows(new, (source.id, source.generation, run))
            if found and _holds(self._log(found[0][0])[0], self._log(old)[0]):
                with self.db.writing():
                    self.db.run("DELETE FROM log WHERE id = ?", (old,))

    def _extend(self, file: int, generation: int, log: Log) -> None:
        id, base = self._log_row(file, generation, log)
        held = {(kind, name): _Series(*told) for kind, name, *told in self.db.rows(
            "SELECT kind, name, id, n, tail FROM series WHERE log = ?", (id,))}  # fmt: skip
        tails: list[tuple[int, int, int]] = []
        last: list[tuple[int, int, int, float | None, int]] = []
        for kind, name, rows, values in series_.columns(log):
            if not rows.size:
                continue
            series = held.get((kind, name)) or self._new_series(id, kind, name)
            rows = rows + base
            tail = self._keep(series, rows, values, tails)
            final = float(values[-1])
            last.append((series.n + rows.size, tail, int(rows[-1]), None if final != final else final, series.id))
        self.db.many("INSERT INTO tail (series, row, bits) VALUES (?, ?, ?)", tails)
        self.db.many("UPDATE series SET n = ?, tail = ?, last_row = ?, last_value = ? WHERE id = ?", last)
        self._keep_rows(id, log)

    def _log_row(self, file: int, generation: int, log: Log) -> tuple[int, int]:
        """A run's records in one file: their id, and how many there are already."""
        key = (file, generation, writable(log.id))
        found = self.db.rows("SELECT id, n, words FROM log WHERE file = ? AND generation = ? AND run = ?", key)
        if not found:
            put = "INSERT INTO log (file, generation, run, n, words) VALUES (?, ?, ?, ?, ?)"
            return self.db.run(put, (*key, log.n, words.dump(log))), 0
        ((id, n, told),) = found
        if words.speaks(log):
            whole = words.load(told)
            add_words(whole, replace(log, damage=[], items=[]))
            self.db.run("UPDATE log SET words = ? WHERE id = ?", (words.dump(whole), id))
        if log.n:
            self.db.run("UPDATE log SET n = ? WHERE id = ?", (n + log.n, id))
        return id, n

    def _new_series(self, log: int, kind: str, name: str) -> _Series:
        return _Series(self.db.run("INSERT INTO series (log, kind, name) VALUES (?, ?, ?)", (log, kind, name)), 0, 0)

    def _keep(self, series: _Series, rows: np.ndarray, values: Array, tails: list[tuple[int, int, int]]) -> int:
        """Put points behind those of a series; how many of its points then stand in rows of their own."""
        if series.tail + rows.size < _FOLD:
            bits = np.ascontiguousarray(values, float).view(np.int64).tolist()
            tails += [(series.id, row, value) for row, value in zip(rows.tolist(), bits, strict=True)]
            return series.tail + rows.size
        if series.tail:
            before, told = self._tail(series.id)
            rows, values = np.concatenate([before, rows]), np.concatenate([told, values])
            self.db.run("DELETE FROM tail WHERE series = ?", (series.id,))
        if series.n > series.tail:
            rows, values = self._reopened(series.id, rows, values)
        self.db.many(series_.PUT, series_.packed(series.id, rows, values))
        return 0

    def _reopened(self, series: int, rows: np.ndarray, values: Array) -> tuple[np.ndarray, Array]:
        """The points with those of the last chunk before them, when that is not full."""
        found = self.db.rows(series_.GET + " DESC LIMIT 1", (series,))
        if not found or found[0][2] >= chunks.SIZE:
            return rows, values
        try:
            before, told = series_.points(found[0])
        except ValueError:
            return rows, values  # damaged: left as it is, for the doctor
        self.db.run("DELETE FROM chunk WHERE series = ? AND first_row = ?", (series, found[0][0]))
        return np.concatenate([np.asarray(before), rows]), np.concatenate([told, values])

    def _keep_rows(self, id: int, log: Log) -> None:
        damage = [(id, writable(d.path), d.where, writable(d.why), d.lost) for d in log.damage]
        self.db.many("INSERT INTO damage (log, path, place, why, lost) VALUES (?, ?, ?, ?, ?)", damage)
        items = [(id, *(writable(word) for word in item[:3]), _null(item[3]), _null(item[4])) for item in log.items]
        self.db.many("INSERT INTO item (log, task, item, metric, x, score) VALUES (?, ?, ?, ?, ?, ?)", items)

    # Reading.

    def unit(self, root: str, unit: str, *, half: bool = True) -> Unit:
        """What is kept of a unit's files.

        Args:
            root, unit: which.
            half: take last lines that have no end for whole; False holds them back.
        """
        with self.db.reading():
            find = "SELECT id, generation, pending, half, path, error, touched FROM file WHERE root = ? AND unit = ?"
            files = self.db.rows(f"{find} ORDER BY path", (root, unit))
            parts = [
                self._part(id, generation, pending, last if half else None)
                for id, generation, pending, last, *_ in files
            ]
        failed = [(Path(path), UnreadableLog(error)) for *_, path, error, _ in files if error is not None]
        touched = max((told for *_, told in files if told is not None), default=None)
        return Unit(parts, failed, touched)

    def half_since(self, root: str, unit: str) -> float | None:
        """When a file of a unit was last written to whose last line has no end; None where all have one."""
        find = "SELECT max(coalesce(touched, 0)) FROM file WHERE root = ? AND unit = ? AND half IS NOT NULL"
        ((since,),) = self.db.rows(find, (root, unit))
        return None if since is None else float(since)

    def units(self, *, root: str | None = None) -> list[tuple[str, str]]:
        """What makes runs: root and path of each log file or folder of them."""
        where, values = ("", ()) if root is None else ("WHERE root = ?", (writable(root),))
        return self.db.rows(f"SELECT root, unit FROM file {where} GROUP BY root, unit ORDER BY root, unit", values)  # type: ignore[return-value]

    def curve(self, run: str, metric: str, *, root: str | None = None) -> Curve:
        """One metric of one run, without reading the others.

        Raises:
            UnknownName: no such run, or it has no such metric.
        """
        unit, number = _training(run)
        logs = self._logs_of(run, root) or self._logs_of(unit, root)
        if not logs:
            raise UnknownName("run", run, (unit for _, unit in self.units(root=root)), where=self.db.name)
        if metric not in self.metrics(run, root=root):
            raise UnknownName("metric", metric, self.metrics(run, root=root), where=run)
        parts = [self._log(id, {metric, self._pilot(logs)})[0] for id in logs]
        if any(ROW in part.axes or part.sticky for part in parts):  # what such a log says is seen in all of its metrics
            parts = [self._log(id)[0] for id in logs]
        trainings, _ = trainings_of(parts[0] if len(parts) == 1 else joined(parts))
        curve = curve_of(trainings[number - 1], metric) if number <= len(trainings) else None
        if curve is None:
            raise UnreadableLog("no record of it stands on an axis", where=f"{run}: {metric}")
        return curve

    def _pilot(self, logs: list[int]) -> str:
        """The metric that tells how a run went on, and so belongs to each of its others."""
        many = ", ".join("?" * len(logs))
        counted = self.db.rows(f"SELECT name, sum(n) FROM series WHERE kind = 'metric' AND log IN ({many}) GROUP BY name ORDER BY min(id)", logs)  # fmt: skip  # noqa: E501
        return max(counted, key=lambda pair: (meaning(pair[0]).quality, pair[1]), default=("", 0))[0]

    def metrics(self, run: str, *, root: str | None = None) -> list[str]:
        """The metrics of a run."""
        told = [self.db.rows("SELECT name FROM series WHERE log = ? AND kind = 'metric' ORDER BY id", (id,))
                for id in self._logs_of(run, root) or self._logs_of(_training(run)[0], root)]  # fmt: skip
        return list(dict.fromkeys(name for names in told for (name,) in names))

    def last_values(self, metric: str) -> dict[str, float]:
        """The value of a metric that each run logged last, by the run's id; NaN where that was NaN."""
        find = """SELECT file.unit, file.format, log.run, series.last_value FROM series
            JOIN log ON log.id = series.log JOIN file ON file.id = log.file AND file.generation = log.generation
            WHERE series.name = ? AND series.kind = 'metric' ORDER BY file.path"""
        return {
            run if format == "tidy" else "/".join(part for part in (unit, run) if part): _nan(value)
            for unit, format, run, value in self.db.rows(find, (writable(metric),))
        }

    def version(self) -> int:
        """A number that changes when another process has written to the store."""
        return int(self.db.rows("PRAGMA data_version")[0][0])

    def points(self) -> int:
        """Values of metrics in the store."""
        return int(self.db.rows("SELECT coalesce(sum(n), 0) FROM series WHERE kind = 'metric'")[0][0])

    def _logs_of(self, run: str, root: str | None) -> list[int]:
        find = """SELECT log.id FROM log JOIN file ON file.id = log.file AND file.generation = log.generation
            WHERE (file.unit || CASE log.run WHEN '' THEN '' ELSE '/' || log.run END = :run OR log.run = :run)
            AND (:root IS NULL OR file.root = :root) ORDER BY file.path"""
        exact = "SELECT log.id FROM file JOIN log ON log.file = file.id AND log.generation = file.generation " \
            "WHERE file.root = '' AND file.path = ? AND log.run = ''"  # fmt: skip
        named = {"run": writable(run), "root": None if root is None else writable(root)}
        own = self.db.rows(exact, (named["run"],)) if not root else []
        return [id for (id,) in own or self.db.rows(find, named)]

    def _part(self, file: int, generation: int, pending: str, half: str | None) -> list[Log]:
        """All of one file, one Log a run, with what its open records, or else its half line, would add."""
        find = "SELECT id FROM log WHERE file = ? AND generation = ? ORDER BY id"
        logs = [self._log(log)[0] for (log,) in self.db.rows(find, (file, generation))]
        step = Step({}, logs, words.load_whole(pending), half=None if half is None else words.load_whole(half))
        return [merged(pieces) for pieces in by_run([*step.logs, *step.last]).values()]

    def _log(self, id: int, only: Container[str] | None = None) -> tuple[Log, list[Damage]]:
        """A run's records in one file; of its metrics only those named, and the learning rate."""
        ((n, told),) = self.db.rows("SELECT n, words FROM log WHERE id = ?", (id,))
        log = words.load(told)
        log.n = n
        for series, kind, name, count, tail in self.db.rows(
            "SELECT id, kind, name, n, tail FROM series WHERE log = ? ORDER BY id", (id,)
        ):
            if only is not None and kind == "metric" and name not in only and meaning(name).kind != "rate":
                continue
            rows, values = self.whole(series, name, count, tail, log.damage)
            if kind == "metric":
                log.series[name] = (rows, values)
            elif kind == "axis":
                log.axes[name] = series_.spread(n, rows, values)
            else:
                log.lr = series_.spread(n, rows, values)
        log.damage += [Damage(*told) for told in self.db.rows(
            "SELECT path, place, why, lost FROM damage WHERE log = ? ORDER BY rowid", (id,))]  # fmt: skip
        if only is None:
            log.items = [(t, i, m, _nan(x), _nan(score)) for t, i, m, x, score in self.db.rows(
                "SELECT task, item, metric, x, score FROM item WHERE log = ? ORDER BY rowid", (id,))]  # fmt: skip
        return log, log.damage

    def whole(self, series: int, name: str, n: int, tail: int, damage: list[Damage]) -> tuple[np.ndarray, Array]:
        """All ``n`` points of a series; a chunk that cannot be read is told of and left out."""
        if n > _MOST:
            damage.append(Damage(self.db.name, f"series {series} ({name})", f"says it has {n} points"))
            return np.empty(0, np.int64), np.empty(0)
        rows: list[np.ndarray | range] = []
        values = np.empty(n)  # filled chunk by chunk: memory for all of them at once costs more than the reading
        at = 0
        for chunk in self.db.each(series_.GET, (series,)):
            try:
                some, held = series_.points(chunk)
                values[at : at + held.size] = held
            except ValueError as error:
                damage.append(Damage(self.db.name, f"series {series} ({name}), row {chunk[0]}", str(error), chunk[2]))
                continue
            rows.append(some)
            at += held.size
        if tail:
            some, held = self._tail(series)
            rows.append(some)
            values[at : at + held.size] = held
            at += held.size
        return series_.joined_rows(rows), values if at == n else values[:at].copy()

    def _tail(self, series: int) -> tuple[np.ndarray, Array]:
        told = self.db.rows("SELECT row, bits FROM tail WHERE series = ? ORDER BY row", (series,))
        pairs = np.array(told, np.int64).reshape(-1, 2)
        return pairs[:, 0], np.ascontiguousarray(pairs[:, 1]).view(float)


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


def _null(value: float) -> float | None:
    return None if value != value else value


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
