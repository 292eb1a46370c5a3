"""Whether a run is still going: from what its log says, its planned end, its own clock and that of its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from forerun.core import Array, Curve
from forerun.core.run import Status
from forerun.runs.axes import unix_seconds
from forerun.runs.horizon import reached
from forerun.runs.log import WALL, Log

PATIENCE = 600.0
"""Least seconds of silence after which a run that has not ended counts as stalled (ours, arbitrary)."""
LONG_SILENT = 86_400.0
"""Least seconds of silence after which it has probably ended: nobody waits a day for the next record (ours)."""
_PACES, _LONG_PACES = 10.0, 100.0  # and as many times its usual pause between records (ours, arbitrary)
_ZONES = 15 * 3600.0  # a clock without a time zone may be off by as much; below that the file's time is believed
_FIRST_MOMENT = 1e9  # unix seconds of 2001; a column named time that holds less counts from the run's start


def status_of(
    log: Log,
    horizon: Mapping[str, float],
    curves: Mapping[str, Curve],
    axes: Mapping[str, Array],
    *,
    touched: float | None,
    now: float | None,
) -> Status:
    """What the log, its horizon and the clock say.

    Args:
        log: as decoded. axes: its axes, seconds counted from the first record.
        touched: unix time at which its files were last written to.
        now: unix time; without it a run that has not ended is running.
    """
    if log.end:
        return log.end
    by_axis: dict[str, list[Curve]] = {}
    for curve in curves.values():
        by_axis.setdefault(curve.axis, []).append(curve)
    if any(reached(horizon.get(axis), of_axis) for axis, of_axis in by_axis.items()):
        return "finished"
    return "running" if now is None else _by_clock(log, axes, touched, now)


def ended_by_clock(log: Log, axes: Mapping[str, Array], *, touched: float | None, now: float | None) -> bool:
    """Whether a log has been silent for so long that no more is to come; arguments as in `status_of`."""
    return now is not None and _by_clock(log, axes, touched, now) == "ended"


def _by_clock(log: Log, axes: Mapping[str, Array], touched: float | None, now: float) -> Status:
    silent = _silence(log.axes.get(WALL), touched, now)
    if silent is None:
        return "running"
    usual = _usual_pause(axes)
    if silent > max(LONG_SILENT, _LONG_PACES * usual):
        return "ended"
    return "stalled" if silent > max(PATIENCE, _PACES * usual) else "running"


def _silence(wall: Array | None, touched: float | None, now: float) -> float | None:
    """Seconds since anything was written: by the file's time, unless the log's own clock tells of a copy."""
    by_file = None if touched is None else now - touched
    moments = np.empty(0) if wall is None else unix_seconds(np.asarray(wall, float))
    moments = moments[(moments >= _FIRST_MOMENT) & (moments <= now + _ZONES)]
    by_clock = now - float(moments.max()) if moments.size else 0.0
    if by_clock > _ZONES:
        return max(by_clock, by_file or 0.0)
    return by_file


def _usual_pause(axes: Mapping[str, Array]) -> float:
    if "seconds" not in axes:
        return 0.0
    pauses = np.diff(np.unique(axes["seconds"][np.isfinite(axes["seconds"])]))
    return float(np.median(pauses)) if pauses.size else 0.0


def last_touched(files: Iterable[Path]) -> float | None:
    """Unix time of the last write to any of the files."""
    times: list[float] = []
    for file in files:
        try:
            times.append(file.stat().st_mtime)
        except OSError:
            continue
    return max(times, default=None)
