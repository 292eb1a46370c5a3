"""What the column readers share: which columns are axes, which are metrics, and how records become a log."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from forerun.core import Array
from forerun.core.axes import WALL_CLOCK, axis_of
from forerun.runs.counters import named_axis
from forerun.runs.log import WALL, Log


def log_of_columns(columns: Mapping[str, Array], *, format: str, axes: Mapping[str, str] | None = None) -> Log:
    """A log from equally long columns of numbers.

    Args:
        columns: name to shape (n,) values. A masked array marks absent cells; NaN in an unmasked cell was logged.
        format: the reader's name.
        axes: column to axis, from `axes_of`; default that of these columns.
    """
    axis_names = axes_of(columns) if axes is None else axes
    log = Log(format, n=len(next(iter(columns.values()), ())))
    every = np.arange(log.n)
    for name, column in columns.items():
        if name in axis_names:
            log.axes[named_axis(axis_names[name], name)] = np.asarray(np.ma.filled(column, np.nan), float)
        elif not np.ma.is_masked(column) and log.n:
            log.series[name] = (every, np.asarray(np.ma.getdata(column), float))
        elif (present := np.flatnonzero(~np.ma.getmaskarray(column))).size:
            log.series[name] = (present, np.asarray(np.ma.getdata(column)[present], float))
    return log


def axes_of(names: Iterable[str]) -> dict[str, str]:
    """The columns that are axes, and which; several may be one, and `forerun.runs.counters` decides between them.

    Example:
        >>> axes_of(["global_step", "step", "loss", "timestamp"])
        {'global_step': 'step', 'step': 'step', 'timestamp': 'wall'}
    """
    by_name = {name: WALL if name.strip().lower() in WALL_CLOCK else axis_of(name) for name in names}
    return {name: axis for name, axis in by_name.items() if axis is not None}


NOT_FINITE = r"(?:1\.#(?:QNAN|SNAN|IND|INF|J|IO|QO|R)\d{0,20}|nan(?:[qs]|\([\w.]{0,20}\))?|inf(?:inity)?|\u221e)"
"""What C of every make, Fortran, Java and people print for what is not finite, in small letters or capitals."""
_NOT_FINITE = re.compile(rf"([-+]?)({NOT_FINITE})", re.IGNORECASE)
_MAYBE = re.compile(r"\s{0,9}(?:\u2212|[-+]?(?:[nNiI\u221e]|1\.#|\d{0,40}\.\d{0,40}[dD]))")
_FORTRAN = re.compile(r"[-+]?\d{0,40}\.\d{0,40}[dD][-+]?\d{1,3}")


def number(text: Any) -> float | None:
    """The number a cell holds (what is not finite included, however spelled), or None when it holds none.

    Thousands, decimal commas, magnitudes and units are the business of `forerun.runs.readers.written`.

    Example:
        >>> number("3e-4"), number("NaN"), number("-1.#INF"), number("1_000"), number("fast"), number(True)
        (0.0003, nan, -inf, None, None, None)
    """
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, str) and ("_" in text or len(text) > 64):
        return None
    try:
        return float(text)
    except OverflowError:
        return float("inf") if cast(int, text) > 0 else float("-inf")
    except TypeError:
        return None
    except ValueError:
        return _respelled(text) if isinstance(text, str) else None


def _respelled(text: str) -> float | None:
    """The number in a spelling of other languages than Python: ``nan(ind)``, ``1.#INF``, ``2.5D-02``."""
    if not _MAYBE.match(text):
        return None
    text = text.strip().replace("\u2212", "-")
    word = _NOT_FINITE.fullmatch(text)
    if word:
        infinite = word[2].lower() in ("inf", "infinity", "\u221e") or word[2][:6].upper() == "1.#INF"
        return float(f"{word[1]}inf") if infinite else float("nan")
    text = text.lower().replace("d", "e") if _FORTRAN.fullmatch(text) else text
    try:
        return float(text)
    except ValueError:
        return None


def apart(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Numbers by name; the second of a name is numbered, so that none takes another's place.

    Example:
        >>> apart([("a/b", 1.0), ("a/b", 2.0)])
        {'a/b': 1.0, 'a/b.1': 2.0}
    """
    pairs = list(pairs)
    by_name = dict(pairs)
    if len(by_name) == len(pairs):
        return by_name
    by_name = {}
    for name, value in pairs:
        key, again = name, 0
        while key in by_name:
            again += 1
            key = f"{name}.{again}"
        by_name[key] = value
    return by_name


def moment(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 date, or None.

    Example:
        >>> moment("1970-01-01T00:01:00+00:00")
        60.0
    """
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()


def log_of_records(records: Sequence[Mapping[str, float]], *, format: str) -> Log:
    """A log from records that each hold some numbers, axes among them; it takes no more memory than they do."""
    columns = columns_of_records(records)
    axes = axes_of(columns)
    log = Log(format, n=len(records))
    for name, (rows, values) in columns.items():
        if name in axes:
            key = named_axis(axes[name], name)
            log.axes[key] = np.full(log.n, np.nan)
            log.axes[key][rows] = values
        else:
            log.series[name] = (rows, values)
    return log


def columns_of_records(records: Sequence[Mapping[str, float]]) -> dict[str, tuple[np.ndarray, Array]]:
    """Columns of records, as rows and numbers by name.

    Example:
        >>> columns_of_records([{"a": 1, "b": 2}, {"a": 3}])
        {'a': (array([0, 1]), array([1., 3.])), 'b': (array([0]), array([2.]))}
    """
    if len(records) > 1 and len({*map(len, records)}) == 1:
        with contextlib.suppress(KeyError):  # of records that all hold the same names
            every = np.arange(len(records), dtype=np.int64)
            return {name: (every, np.array([record[name] for record in records], float)) for name in records[0]}
    columns: dict[str, tuple[list[int], list[float]]] = {}
    for row, record in enumerate(records):
        for name, value in record.items():
            column = columns.get(name)
            if column is None:
                column = columns[name] = ([], [])
            column[0].append(row)
            column[1].append(value)
    return {name: (np.array(rows, np.int64), np.array(values, float)) for name, (rows, values) in columns.items()}
