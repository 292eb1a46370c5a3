"""From the files of one unit (a log file, or a folder whose files make one run) to its runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from forerun.core import Damage, Run, UnreadableLog
from forerun.runs.assemble import assemble
from forerun.runs.boundary import Guarded, boundary
from forerun.runs.log import Follow, Log, by_run, merged
from forerun.runs.restarts import trainings_of
from forerun.runs.status import last_touched


def runs_of(reader: Guarded, unit: Path, *, now: float | None = None) -> Iterator[Run]:
    """Every run in a unit, read from the start.

    Args:
        reader: what reads it.
        unit: a file, or a folder that the reader named.
        now: unix time, to tell runs that have stalled.

    Raises:
        UnreadableLog: nothing in it can be read.
    """
    if reader.reader.read is not None:
        yield from reader.runs(unit)
        return
    files = reader.files(unit)
    parts: list[list[Log]] = []
    failed: list[tuple[Path, UnreadableLog]] = []
    for file in files:
        try:
            parts.append(whole_file(reader.follow, file))
        except UnreadableLog as error:
            failed.append((file, error))
    yield from assembled(parts, failed, unit, touched=last_touched(files), now=now)


def assembled(
    parts: Iterable[list[Log]],
    failed: list[tuple[Path, UnreadableLog]],
    unit: Path,
    *,
    touched: float | None,
    now: float | None,
) -> Iterator[Run]:
    """The runs of what was read of a unit's files; a file that could not be read is damage where others could."""
    logs = [log for part in parts for log in part]
    if gone := next((log.gone for log in logs if log.gone), ""):
        raise UnreadableLog(gone, where=unit.name)
    by_id = by_run(logs)
    spoken = [id for id, pieces in by_id.items() if any(piece.series for piece in pieces)]
    if not spoken and failed:
        raise failed[0][1]
    if not logs:
        raise UnreadableLog("no record in it", where=unit.name)
    for id in spoken or list(by_id):
        log = joined(by_id[id])
        if id and not any(piece.n for piece in by_id.get("", ())):  # words about the unit hold for each of its runs
            log = merged([*(replace(piece, id=id) for piece in by_id.get("", ())), log])
        log.damage = [*log.damage, *(Damage(file.name, "file", error.message) for file, error in failed)]
        try:
            with boundary(unit.name):
                runs = list(runs_of_log(log, touched=touched, now=now))
        except UnreadableLog as error:
            raise UnreadableLog(error.message, where=unit.name) from error
        yield from runs


def runs_of_log(log: Log, *, touched: float | None = None, now: float | None = None) -> Iterator[Run]:
    """The run of a log, or where it was begun anew its several: the second of ``a`` is ``a#2``.

    All but the last are over: what came after them was another training.
    """
    parts, notes = trainings_of(log)
    for number, part in enumerate(parts, 1):
        id = part.id if number == 1 else f"{part.id}#{number}"
        if number == len(parts):
            yield assemble(part, id=id, touched=touched, now=now, notes=notes)
            continue
        run = assemble(part, id=id, notes=notes)
        yield replace(run, status="ended") if run.status == "running" else run


def whole_file(follow: Follow, file: Path) -> list[Log]:
    """Everything in a file, one Log a run."""
    logs: list[Log] = []
    last: Iterable[Log] = ()
    for step in follow(file, {}):
        logs += step.logs
        last = step.last
    return [merged(pieces) for pieces in by_run([*logs, *last]).values()]


def joined(parts: list[Log]) -> Log:
    """The files of one run as one Log, in their order; only the last that holds records says whether it has ended."""
    ordered = sorted(parts, key=lambda part: part.order)
    speaking = [part for part in ordered if part.n]
    earlier = {id(part) for part in speaking[:-1] if part.end}
    return merged([replace(part, end="") if id(part) in earlier else part for part in ordered])
