"""``progress.csv`` and its kin: the table that a logger of reinforcement learning keeps, a row a round.

baselines, stable-baselines3, rllab, garage and rlkit write ``progress.csv``, Spinning Up ``progress.txt`` with tabs,
PFRL ``scores.txt``. What several of these say in one folder is said by one logger and read once, as is its
``log.txt``.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from forerun.core import Card, Damage
from forerun.runs.growth import lines, whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import blocks, nested
from forerun.runs.readers.columns import number
from forerun.runs.readers.learner import Records, axes_of_learner
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import encoding, first_lines, read_json
from forerun.runs.regular import is_regular, start_of

CARD = Card(
    name="progress",
    does="Reads progress.csv, progress.txt, progress.json and scores.txt of loggers of reinforcement learning.",
    source="baselines, stable-baselines3, rllab, garage, rlkit, Spinning Up, PFRL",
    assumes="Such files in one folder are of one run. Of several counts the steps in the environment are the axis.",
    needs="A header or keys that name one of the counts these loggers use.",
    promises="Every number as written. Rows of another width are counted.",
    known_answer="time/iterations beside time/total_timesteps: the latter is the axis, the former stands beside it.",
    control="A progress.csv that names no such count is left to the csv reader.",
)
_TABLES = ("progress.csv", "progress.txt", "progress.json", "scores.txt")
_SETTINGS = ("params.json", "variant.json", "config.json")
_NAME = re.compile(r"(progress|scores).{0,80}\.(csv|txt|json|tsv)", re.IGNORECASE)
_PRINTED = re.compile(r"(log|debug).{0,80}\.(txt|log)", re.IGNORECASE)
_PFRL = ("steps", "episodes", "elapsed", "mean", "median", "stdev", "max", "min")


def sniff(path: Path, head: bytes) -> float:
    if _PRINTED.fullmatch(path.name):
        return 0.96 if blocks.sniff(path, head) and _table(path.parent) else 0.0
    if not _NAME.fullmatch(path.name) or encoding(head) is None:
        return 0.0
    shown = first_lines(head, 1)
    name = path.name.lower()
    if not shown or (name.startswith("scores") and _names(shown[0])[: len(_PFRL)] != list(_PFRL)):
        return 0.0
    names = _json_keys(shown[0]) if _is_json(shown[0]) else _names(shown[0])
    return 0.92 if len(names) > 1 and axes_of_learner(names) else 0.0


def unit(path: Path) -> Path:
    return path.parent if path.name in _TABLES or _PRINTED.fullmatch(path.name) else path


def files(folder: Path) -> list[Path]:
    """The fullest of a folder's tables, with the settings beside it."""
    table = _table(folder)
    return [folder / name for name in _SETTINGS] + ([table] if table else [])


def _table(folder: Path) -> Path | None:
    return next((file for name in _TABLES if _is_table(file := folder / name)), None)


def _is_table(file: Path) -> bool:
    return is_regular(file) and bool(sniff(file, start_of(file, blocks.HEAD)))


def follow(path: Path, state: State) -> Iterator[Step]:
    if path.name in _SETTINGS:
        yield from _SETTING(path, state)
        return
    if _PRINTED.fullmatch(path.name):
        yield from blocks.follow(path, state)
        return
    names: list[str] = list(state.get("names", ()))
    for block in lines(path, state):
        names = [] if block.fresh else names
        log, names = _log(block.lines, names, path, block.first)
        yield block.step([log], partial(_more, block.after, path, names), {"names": names})


def _more(first: int, path: Path, names: list[str], rest: list[str]) -> list[Log]:
    """The records of lines that may yet change."""
    log, _ = _log(rest, names, path, first)
    return [log] if log.n or log.damage else []


def _log(raw_lines: list[str], names: list[str], path: Path, first: int) -> tuple[Log, list[str]]:
    """The records of the lines, and the header, which is their first where there was none before."""
    records = Records(CARD.name)
    axes = axes_of_learner(names)
    for i, line in enumerate(raw_lines, first):
        if not line.strip():
            continue
        if _is_json(line) and not names:
            _add_json(line, records, f"line {i}", path)
        elif not names:
            names = _names(line)
            axes = axes_of_learner(names)
        else:
            _add_row(line, names, axes, records, f"line {i}", path)
    log = records.log()
    if names and names[: len(_PFRL)] == list(_PFRL):
        log.series = {_PFRL_NAMES.get(name, name): column for name, column in log.series.items()}
        log.directions = dict.fromkeys(_PFRL_NAMES.values(), "max")
    return log, names


_PFRL_NAMES = {
    "mean": "eval/return",
    "median": "eval/return_median",
    "max": "eval/return_max",
    "min": "eval/return_min",
}


def _is_json(line: str) -> bool:
    return line.lstrip().startswith("{")


def _names(header: str) -> list[str]:
    return [cell.strip() for cell in header.lstrip("# ").split("\t" if "\t" in header else ",")]


def _add_row(line: str, names: list[str], axes: Mapping[str, str], records: Records, where: str, path: Path) -> None:
    delimiter = "\t" if line.count("\t") >= len(names) - 1 > 0 else ","
    cells = line.split(delimiter) if '"' not in line else next(csv.reader([line], delimiter=delimiter), [])
    if len(cells) != len(names):
        why = f"{len(cells)} cells under a header of {len(names)}"
        records.damage.append(Damage(path.name, where, why, 1))
        return
    if cells[0].strip() == names[0] and [cell.strip() for cell in cells] == names:
        return  # a header written again when a run was taken up
    numbers = {name: value for name, cell in zip(names, cells, strict=True) if (value := number(cell)) is not None}
    for name, cell in zip(names, cells, strict=True):
        if name not in numbers and cell.strip() and name not in axes:
            records.unfit(name, Damage(path.name, where, f"{name}: {cell[:40]!r} is not a number", 1))
    place = {axis: numbers[name] for name, axis in axes.items() if name in numbers}
    records.add(place, [pair for pair in numbers.items() if pair[0] not in axes])


def _add_json(line: str, records: Records, where: str, path: Path) -> None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        records.damage.append(Damage(path.name, where, "not a JSON object", 1))
        return
    numbers = dict(nested.numbers(record))
    axes = axes_of_learner(numbers)
    records.add({axis: numbers[name] for name, axis in axes.items()}, [p for p in numbers.items() if p[0] not in axes])


def _json_keys(line: str) -> list[str]:
    """The keys of a record on a line, of one that is cut short as many as can be made out."""
    return re.findall(r'"([^"\\]{1,200})"\s{0,4}:', line[:20_000])


def _plain(settings: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Settings that are numbers or short words, those below others joined with a slash."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, dict) and depth < 4:
            flat |= _plain(value, f"{prefix}{key}/", depth + 1)
        elif isinstance(value, (int, float, bool)) or (isinstance(value, str) and len(value) < 200):
            flat[f"{prefix}{key}"] = value
    return flat


def _setting_logs(path: Path) -> Iterator[Log]:
    document = read_json(path)
    yield Log(CARD.name, config=_plain(document) if isinstance(document, dict) else {})


_SETTING = whole(_setting_logs)


PROGRESS = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=("params.json", "params.pkl", "variant.json", "config.json"),
)
