"""The ``monitor.csv`` of gym's Monitor wrapper: one row an episode, a file an environment.

Environments that play side by side for one learner write a file each. Their episodes are put in the order in which they
ended, so that the steps played by all of them together are the axis.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage, UnreadableLog
from forerun.runs.growth import ends_in_half, text_of
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.readers.columns import number
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines

CARD = Card(
    name="monitor",
    does="Reads the episodes that Monitor of gym, baselines and stable-baselines3 wrote, all environments as one run.",
    source="stable-baselines3 common/monitor.py, baselines bench/monitor.py",
    assumes="Files of a folder whose names differ only in numbers are environments of one run.",
    needs="A header with r, l and t, and one episode.",
    promises="Return and length of every episode as written. What is no row of the header's width is counted.",
    known_answer="Two environments give the episodes of both by the time they ended, their lengths summed as steps.",
    control="A table without the columns r, l and t is left to the csv reader.",
)
_COLUMNS = {"r": "return", "l": "length"}
_ENVIRONMENT = re.compile(r"(?:(?:env|rank|worker|process|thread)[._\-]?|(?<![a-z0-9]))\d+(?![a-z0-9])")
_SPLITS = re.compile(r"(?:^|[^a-z])(train|eval|valid|val|test)(?:ing|uation|idation)?(?![a-z])", re.IGNORECASE)


def sniff(path: Path, head: bytes) -> float:
    if _is_named(path) and head[:1] == b"#" and b"\n" not in head:
        return 0.95  # its first line is being written
    shown = first_lines(head, 2)
    began = bool(shown) and shown[0].startswith("#") and '"t_start"' in shown[0]
    header = shown[1] if began and len(shown) > 1 else shown[0] if shown else ""
    if began and head.count(b"\n") < 2:
        return 0.97  # its header is being written
    if not {"r", "l", "t"} <= {cell.strip() for cell in header.split(",")}:
        return 0.0
    return 0.97 if began else 0.95 if _is_named(path) else 0.6


def unit(path: Path) -> Path:
    return path.parent if _is_named(path) else path


def files(folder: Path) -> list[Path]:
    """The first environment of each run; the others are read with it."""
    firsts: dict[str, Path] = {}
    for file in _monitors(folder):
        firsts.setdefault(_group(file), file)
    return list(firsts.values())


def follow(path: Path, state: State) -> Iterator[Step]:
    """The episodes of the environments that a first one stands for, and of any other its own."""
    group = _environments(path)
    group = group if group[0] == path else [path]
    stamps = {file.name: _stamp(file) for file in group}
    if dict(state) == stamps:
        return
    if any(ends_in_half(file) for file in group):
        yield Step(stamps, [], [_log(group, False)], bool(state), [_log(group, True)])
    else:
        yield Step(stamps, [_log(group, True)], fresh=bool(state))


def _monitors(folder: Path) -> list[Path]:
    """The files named so, whatever is in them yet: the first of a run must not change as it grows."""
    return sorted((file for file in folder.glob("*.csv") if _is_named(file) and not file.is_symlink()), key=_numbers)


def _is_named(path: Path) -> bool:
    return "monitor" in path.name.lower() and path.suffix == ".csv"


def _group(path: Path) -> str:
    """What the names of the environments of one run have in common."""
    bare = path.name.lower().removesuffix(".csv").replace("monitor", "")
    return re.sub(r"[._\- ]{2,}", "_", _ENVIRONMENT.sub("", bare)).strip("._- ")


def _environments(path: Path) -> list[Path]:
    """The environments of a file's run, in the order of their numbers, itself among them."""
    if not _is_named(path):
        return [path]
    alike = [file for file in _monitors(path.parent) if _group(file) == _group(path)]
    return sorted({path, *alike}, key=_numbers)


def _numbers(path: Path) -> tuple[list[int], str]:
    return [int(digits[:18]) for digits in re.findall(r"\d+", path.name)], path.name


def _stamp(file: Path) -> list[int]:
    try:
        stat = file.stat()
    except OSError as error:
        raise UnreadableLog(f"cannot be opened: {error.strerror}", where=file.name) from error
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino]


@dataclass
class _Episodes:
    """What one environment played: a value an episode, by column, and the moment at which each ended."""

    columns: dict[str, Array] = field(default_factory=dict)
    moments: Array = field(default_factory=lambda: np.empty(0))
    dated: bool = False
    config: dict[str, Any] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)


def _log(group: list[Path], half: bool) -> Log:
    """The episodes of all environments of a run, in the order in which they ended."""
    name = _group(group[0])
    split = _split(name)
    log = Log(CARD.name, id=_SPLITS.sub("", name).strip("._- "))
    environments = [_readable(file, half) for file in group] if len(group) > 1 else [_episodes(group[0], half)]
    for environment in environments:
        log.config.update(environment.config)
        log.damage += environment.damage
    if len(group) > 1:
        log.config["n_envs"] = len(group)
    moments = np.concatenate([environment.moments for environment in environments])
    order = np.argsort(moments, kind="stable") if len(group) > 1 else np.arange(moments.size)
    log.n = moments.size
    for column in dict.fromkeys(name for environment in environments for name in environment.columns):
        values = np.concatenate([_column(environment, column) for environment in environments])[order]
        rows = np.arange(log.n) if column in _COLUMNS else np.flatnonzero(~np.isnan(values))
        if rows.size:
            log.series[split + _COLUMNS.get(column, column)] = (rows, values[rows])
    log.axes = {WALL if any(environment.dated for environment in environments) else "seconds": moments[order]}
    if split in ("", "train/") and log.n:  # what an evaluation plays is not what the learner has seen
        lengths = log.series[f"{split}length"][1]
        log.axes["step"] = np.cumsum(np.where(np.isfinite(lengths) & (lengths > 0), lengths, 0.0))
        log.axes["episode"] = np.arange(1.0, log.n + 1)
    log.directions = {f"{split}return": "max"}
    return log


def _split(group: str) -> str:
    match = _SPLITS.search(group)
    return f"{match[1].lower()}/" if match else ""


def _column(environment: _Episodes, name: str) -> Array:
    return environment.columns.get(name, np.full(environment.moments.size, np.nan))


def _readable(file: Path, half: bool) -> _Episodes:
    """What one of several environments played; one whose file cannot be read is damage."""
    try:
        return _episodes(file, half)
    except UnreadableLog as error:
        return _Episodes(damage=[Damage(file.name, "file", error.message)])


def _episodes(file: Path, half: bool) -> _Episodes:
    """The sessions in a file, one after the other; each starts its clock anew."""
    episodes = _Episodes()
    names: list[str] = []
    rows: list[list[str]] = []
    starts: dict[int, float] = {}
    for i, line in enumerate(text_of(file, half).splitlines(), 1):
        cells = line.split(",") if '"' not in line else next(csv.reader([line]), [])
        if line.startswith("#"):
            starts[len(rows)] = _start(line, episodes.config)
        elif not names:
            names = [cell.strip() for cell in cells]
        elif len(cells) == len(names) and (cells[0][:1] not in "rlt" or [c.strip() for c in cells] != names):
            rows.append(cells)
        elif line.strip() and len(cells) != len(names):
            why = f"{len(cells)} cells under a header of {len(names)}"
            episodes.damage.append(Damage(file.name, f"line {i}", why, 1))
    columns = {name: _numbers_in(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=False)}
    if not {"r", "l", "t"} <= columns.keys():
        return episodes
    whole = ~np.isnan(columns["t"])
    if not whole.all():
        episodes.damage.append(Damage(file.name, "column t", "episodes without a time", int((~whole).sum())))
    episodes.dated = bool(starts) and not math.isnan(next(iter(starts.values())))
    episodes.moments = _moments(columns.pop("t"), starts)[whole]
    episodes.columns = {name: column[whole] for name, column in columns.items()}
    return episodes


def _start(line: str, config: dict[str, Any]) -> float:
    """The moment a session began, by its first line; NaN where it does not tell."""
    try:
        header = json.loads(line.lstrip("# "))
    except (ValueError, RecursionError):
        return math.nan
    if not isinstance(header, dict):
        return math.nan
    config.update(
        {str(key): value for key, value in header.items() if key != "t_start" and isinstance(value, (str, int))}
    )
    start = number(header.get("t_start"))
    return math.nan if start is None else start


def _numbers_in(cells: tuple[str, ...]) -> Array:
    try:
        return np.array(cells).astype(float)
    except ValueError:
        return np.array([np.nan if (value := number(cell)) is None else value for cell in cells])


def _moments(seconds: Array, starts: dict[int, float]) -> Array:
    """When each episode ended: a session without a beginning of its own begins where the one before it ended."""
    moments = seconds.copy()
    with np.errstate(invalid="ignore"):
        breaks = {
            0,
            *(np.flatnonzero(np.diff(seconds) < 0) + 1).tolist(),
            *(row for row in starts if row < seconds.size),
        }
    end = 0.0
    for begin, stop in pairwise([*sorted(breaks), seconds.size]):
        start = starts.get(begin, math.nan)
        moments[begin:stop] += end if math.isnan(start) else start
        known = moments[begin:stop][np.isfinite(moments[begin:stop])]
        end = float(known[-1]) if known.size else end
    return moments


MONITOR = Reader(card=CARD, sniff=sniff, follow=follow, unit=unit, files=files)
