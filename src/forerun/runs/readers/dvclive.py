"""DVCLive's folder: ``plots/metrics/KEY.tsv``, a file a metric, with ``params.yaml`` beside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from forerun.core import Card
from forerun.runs.growth import whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.lightning_csv import plain_settings
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import read_text

CARD = Card(
    name="dvclive",
    does="Reads the folder DVCLive writes: every metric's table, and plain settings of params.yaml.",
    source="dvclive 1 to 3.49: plots/metrics/**/KEY.tsv with columns step and KEY",
    assumes="A key with a slash is a path below plots/metrics.",
    needs="One table with one row.",
    promises="As csv.",
    known_answer="DVCLive's own files, against what was logged.",
    control="A table outside plots/metrics is left to the csv reader.",
)
_METRICS = ("plots", "metrics")


def sniff(path: Path, head: bytes) -> float:
    return 0.9 if path.suffix == ".tsv" and _folder(path) is not None and head.lstrip().startswith(b"step\t") else 0.0


def unit(path: Path) -> Path:
    return _folder(path) or path.parent


def files(folder: Path) -> list[Path]:
    paths = [folder / "params.yaml"]
    for where, names, file_names in os.walk(folder.joinpath(*_METRICS), followlinks=False):
        names.sort()
        paths += [Path(where, name) for name in sorted(file_names) if name.endswith(".tsv")]
    return paths


def follow(path: Path, state: State) -> Iterator[Step]:
    if path.name == "params.yaml":
        yield from _SETTINGS(path, state)
        return
    root = _folder(path)
    name = path.stem if root is None else path.relative_to(root.joinpath(*_METRICS)).with_suffix("").as_posix()
    for step in delimited.follow_rows(path, state, CARD.name):
        for log in step.every:
            _rename(log, name)
        yield step


def _rename(log: Log, name: str) -> None:
    """Give the one metric of a table the name that its path tells in full."""
    for column in list(log.series)[:1]:
        log.series[name] = log.series.pop(column)
    for column in list(log.unfit)[:1]:
        log.unfit[name] = log.unfit.pop(column)


def _folder(path: Path) -> Path | None:
    """DVCLive's folder above a metric's table."""
    parents = list(path.parents)[:12]
    return next((p.parents[1] for p in parents if p.parts[-2:] == _METRICS and len(p.parts) > 2), None)


def _settings(path: Path) -> Iterator[Log]:
    yield Log(CARD.name, config=plain_settings(read_text(path)))


_SETTINGS = whole(_settings)


DVCLIVE = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=("metrics.json", "params.yaml", "dvc.yaml", "report.md", "report.html"),
)
