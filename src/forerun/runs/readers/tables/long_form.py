"""Tables that say in words what a row is: of which split, of which metric, of which run.

``split=val`` puts ``val/`` before the names of a row's metrics; ``tag`` beside ``value`` is a metric's name; words, or
a seed, that tell rows of one step apart are runs. This is decided on all of a file's rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from forerun.core import Array, Damage
from forerun.core.axes import axis_rank
from forerun.core.metrics import meaning
from forerun.runs.counters import ROW, named_axis
from forerun.runs.log import Log, Unfit
from forerun.runs.readers.columns import axes_of

RUNS = frozenset(
    "run runs run_id run_name seed trial trial_id fold experiment exp replicate rep worker client agent".split()
)
"""Columns of numbers that may tell runs apart."""
SPLITS = frozenset("split mode phase stage set subset type partition dataset_split data_split".split())
TAGS = ("tag", "metric", "metric_name", "name", "key", "variable", "series")
VALUES = ("value", "val", "metric_value", "scalar", "values", "y")
_SPLIT_WORD = re.compile(r"(train(ing)?|val(id(ation)?)?|test(ing)?|eval(uation)?|dev)", re.IGNORECASE)
_MOST_RUNS = 1000
_COARSE = ("epoch", "episode")
Numbers = Mapping[str, Array]
Words = Mapping[str, Sequence[str]]


def prefix_of(word: str) -> str:
    """What a split's word puts before the names of metrics; empty where it is no word for a split.

    Example:
        >>> prefix_of("Val"), prefix_of("checkpoint")
        ('val/', '')
    """
    return f"{word.strip().lower()}/" if _SPLIT_WORD.fullmatch(word.strip()) else ""


def prefixed(prefix: str, name: str) -> str:
    """A metric's name with its split, unless it says so itself or is no measure."""
    said = meaning(name)
    return name if not prefix or said.split is not None or not said.quality else prefix + name


def logs_of_table(
    numbers: Numbers, words: Words, *, format: str, path: Path, axes: Mapping[str, str] | None = None
) -> list[Log]:
    """The logs in a table, one a run.

    Args:
        numbers: columns of numbers, shape (n,), masked where a cell is absent.
        words: columns of text, shape (n,), empty where a cell is absent.
        format: the reader's name.
        path: of the file, for what is told of it.
        axes: which columns are axes, from `axes_of`.
    """
    axes = axes_of(numbers) if axes is None else axes
    n = len(next(iter([*numbers.values(), *words.values()]), ()))
    tag, value = _tag_and_value(numbers, words)
    split = next((name for name in words if name.strip().lower() in SPLITS and _is_split(words[name])), None)
    keys = [
        name
        for name in [*words, *(name for name in numbers if name.strip().lower() in RUNS)]
        if name not in (tag, split)
    ]
    keys = [name for name in keys if name.strip().lower() not in SPLITS and _tells_apart(name, axes)]
    told_apart = _keys_of_runs(numbers, words, keys, axes, [name for name in (tag, split) if name])
    logs = []
    for id, rows in _groups(numbers, words, told_apart, n):
        log = Log(format, id=id, n=len(rows), axes={ROW: np.arange(1.0, len(rows) + 1)})
        indices: list[int] = rows.tolist()
        said: Words = {name: [words[name][i] for i in indices] if id else words[name] for name in words}
        for name, column in numbers.items():
            part = np.ma.asarray(column)[rows]
            if name in axes:
                log.axes[named_axis(axes[name], name)] = np.asarray(np.ma.filled(part, np.nan), float)
            elif name.strip().lower() in RUNS and name not in told_apart and np.unique(part.compressed()).size == 1:
                log.config[name] = float(part.compressed()[0])
            elif name not in told_apart:
                _add(log, name, part, said[tag] if tag and name == value else None, said[split] if split else None)
        for name in words:
            if name not in (tag, split, *told_apart):
                _say(log, name, said[name], path)
        logs.append(log)
    return logs


def _tells_apart(name: str, axes: Mapping[str, str]) -> bool:
    """Whether a column may tell runs apart: none that says where a record stands, ``Epoch 1`` for example."""
    return name not in axes_of([name]) or (name not in axes and name.strip().lower() in RUNS)


def _tag_and_value(numbers: Numbers, words: Words) -> tuple[str | None, str | None]:
    value = next((name for name in numbers if name.strip().lower() in VALUES), None)
    tag = next((name for name in words if name.strip().lower() in TAGS), None) if value else None
    return (tag, value) if tag else (None, None)


def _is_split(cells: Sequence[str]) -> bool:
    spoken = {cell for cell in cells if cell}
    return 0 < len(spoken) <= 10 and sum(bool(prefix_of(cell)) for cell in spoken) * 2 >= len(spoken)


def _keys_of_runs(
    numbers: Numbers, words: Words, keys: Sequence[str], axes: Mapping[str, str], split: Sequence[str]
) -> list[str]:
    """The columns that tell runs apart: within their rows the axis rises, which it does not without them."""
    counters = _counters(numbers, axes)
    few = [name for name in keys if 1 < len(set(_cells(numbers, words, name))) <= _MOST_RUNS]
    if not counters or not few:
        return []
    n = counters[0].size
    before = _rising(counters, _codes(numbers, words, split, n))
    for chosen in (few, *([name] for name in few)):
        after = _rising(counters, _codes(numbers, words, [*split, *chosen], n))
        if after > 0.8 > before or (after == 1.0 and before < 1.0):
            return list(chosen)
    return []


def _counters(numbers: Numbers, axes: Mapping[str, str]) -> list[Array]:
    """What tells whether a record stands behind another: its epoch, and where that is the same the finer counter."""
    named = sorted((name for name in axes if name in numbers), key=axis_rank)
    coarse = [name for name in named if axes[name] in _COARSE]
    fine = [name for name in named if name not in coarse]
    return [np.asarray(np.ma.filled(numbers[name], np.nan), float) for name in (*coarse[:1], *fine[:1])]


def _rising(counters: Sequence[Array], codes: np.ndarray) -> float:
    """The share of records behind which, in their group, a larger x follows."""
    order = np.argsort(codes, kind="stable")
    same = np.diff(codes[order]) == 0
    rises, ties = np.zeros(same.size, bool), np.ones(same.size, bool)
    for column in counters:
        step = np.nan_to_num(np.diff(column[order]))
        rises |= ties & (step > 0)
        ties &= step == 0
    return float(rises[same].mean()) if same.sum() >= 0.3 * codes.size else 0.0


def _cells(numbers: Numbers, words: Words, name: str) -> list[str]:
    if name in words:
        return list(words[name])
    return ["" if value is np.ma.masked else f"{name}={value:g}" for value in np.ma.asarray(numbers[name])]


def _codes(numbers: Numbers, words: Words, names: Sequence[str], n: int) -> np.ndarray:
    codes = np.zeros(n, np.int64)
    for name in names:
        _, part = np.unique(np.array(_cells(numbers, words, name)), return_inverse=True)
        codes = np.unique(codes * (int(part.max(initial=0)) + 1) + part, return_inverse=True)[1]
    return codes


def _groups(numbers: Numbers, words: Words, names: Sequence[str], n: int) -> list[tuple[str, np.ndarray]]:
    if not names:
        return [("", np.arange(n))]
    columns = [_cells(numbers, words, name) for name in names]
    rows: dict[str, list[int]] = {}
    for i, cells in enumerate(zip(*columns, strict=True)):
        rows.setdefault("/".join(cell for cell in cells if cell), []).append(i)
    return [(id, np.array(at)) for id, at in rows.items()]


def _add(log: Log, name: str, column: Array, tags: Sequence[str] | None, splits: Sequence[str] | None) -> None:
    """A column as series: one, or one a tag and split."""
    present = np.flatnonzero(~np.ma.getmaskarray(column))
    values = np.asarray(np.ma.getdata(column), float)
    if not tags and not splits:
        if present.size:
            log.series[name] = (present, values[present])
        return
    labels: dict[tuple[str, str], int] = {}
    pairs = zip(tags or [name] * values.size, splits or [""] * values.size, strict=True)
    codes = np.fromiter((labels.setdefault(pair, len(labels)) for pair in pairs), np.int64, values.size)[present]
    order = np.argsort(codes, kind="stable")
    for at, (own, split) in zip(
        np.split(order, np.cumsum(np.bincount(codes, minlength=len(labels)))[:-1]), labels, strict=True
    ):
        if at.size and own:
            key = prefixed(prefix_of(split), own)
            rows = np.sort(np.append(log.series[key][0], present[at])) if key in log.series else present[at]
            log.series[key] = (rows, values[rows])


def _say(log: Log, name: str, cells: Sequence[str], path: Path) -> None:
    """Words that are neither: a setting where they stay the same, else text in a column."""
    spoken = [(i, cell) for i, cell in enumerate(cells) if cell]
    if len({cell for _, cell in spoken}) == 1 and len(spoken) == len(cells):
        log.config[name] = spoken[0][1]
    elif spoken:
        first = [
            Damage(path.name, f"record {i + 1}", f"{name}: {cell[:40]!r} is not a number", 1) for i, cell in spoken[:20]
        ]
        log.unfit[name] = Unfit(len(spoken), first)
