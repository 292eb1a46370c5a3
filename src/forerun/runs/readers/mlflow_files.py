"""MLflow's file store: ``mlruns/EXPERIMENT/RUN`` with a file a metric, a parameter and a tag."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage, Lineage
from forerun.runs.growth import BLOCK, GrowingFile, whole
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.readers.columns import number
from forerun.runs.readers.lightning_csv import plain_settings
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import read_text
from forerun.runs.regular import start_of, walk

CARD = Card(
    name="mlflow_files",
    does="Reads a run's folder of MLflow's file store: metrics, parameters, and how it ended.",
    source="mlflow 1.0 to 3.17, store/tracking/file_store.py: lines of milliseconds, value and step",
    assumes="A key with a slash is a path below metrics. Deleted runs are not wanted.",
    needs="One line of one metric.",
    promises="Values equal MLflow's own client. A line that is not three numbers costs that line and is counted.",
    known_answer="mlflow's own client, get_metric_history.",
    control="A meta.yaml without a run's id is left alone.",
)
_ENDS = {3: "finished", 4: "crashed", 5: "crashed"}
_DELETED = re.compile(rb"^lifecycle_stage:\s*['\"]?deleted", re.MULTILINE)
_PARTS = frozenset(("metrics", "params", "tags", "artifacts"))
_LONGEST = 4096  # bytes of a parameter or tag that are read


def sniff(path: Path, head: bytes) -> float:
    if path.name == "meta.yaml":
        return 0.9 if b"run_id:" in head and b"artifact_uri:" in head else 0.0
    return 0.9 if any((folder / "meta.yaml").is_file() for folder in _below(path)) else 0.0


def _below(path: Path) -> list[Path]:
    """The folders of which a file may be a metric, parameter or tag."""
    if _PARTS.isdisjoint(path.parts):  # most files, at a tenth of the time
        return []
    parents = list(path.parents)[:12]
    return [parents[i + 1] for i, folder in enumerate(parents[:-1]) if folder.name in _PARTS]


def unit(path: Path) -> Path:
    return path.parent if path.name == "meta.yaml" else next(f for f in _below(path) if (f / "meta.yaml").is_file())


def files(folder: Path) -> list[Path]:
    """``meta.yaml``, parameters, tags and metrics, of a deleted run only the first; links are not followed."""
    paths = [folder / "meta.yaml"]
    if _DELETED.search(start_of(paths[0], _LONGEST)):
        return paths
    for part in ("params", "tags", "metrics"):
        for where, names, file_names in walk(folder / part, {}):
            names.sort()
            paths += [where / name for name in sorted(file_names)]
    return paths


def follow(path: Path, state: State) -> Iterator[Step]:
    kind = _kind(path)
    if kind == "metrics":
        yield from _metric(path, state)
    elif kind != "artifacts":
        yield from _WORDS(path, state)


def _kind(path: Path) -> str:
    if path.name == "meta.yaml":
        return "meta"
    run = unit(path)
    return path.relative_to(run).parts[0]


def _words(path: Path) -> Iterator[Log]:
    log, kind = Log(CARD.name), _kind(path)
    text = read_text(path)[:_LONGEST] if path.stat().st_size else ""
    if kind == "meta":
        meta = plain_settings(text)
        if str(meta.get("lifecycle_stage")).strip("'\"") == "deleted":
            log.gone = "deleted in MLflow"
        log.end = _ENDS.get(meta.get("status"), "")  # type: ignore[arg-type]
        name = meta.get("run_name")
        log.name = str(name).strip("'\"") or None if name else None
        log.config = {"mlflow/name": log.name} if log.name else {}
    elif kind == "params":
        log.config[path.relative_to(unit(path) / "params").as_posix()] = _setting(text)
    elif path.name == "mlflow.runName":
        log.name = text.strip() or None
    elif path.name == "mlflow.parentRunId":
        log.lineage = Lineage(text.strip())
    yield log


_WORDS = whole(_words)


def _setting(text: str) -> Any:
    parsed = number(text)
    if parsed is None or parsed != parsed:
        return text
    return int(parsed) if parsed == parsed // 1 and abs(parsed) < 1e15 and "." not in text else parsed


def _metric(path: Path, state: State) -> Iterator[Step]:
    name = path.relative_to(unit(path) / "metrics").as_posix()
    with GrowingFile(path, state) as file:
        line, fresh = (0 if file.fresh else int(state.get("line", 0))), file.fresh
        rest = 0 if file.fresh else int(state.get("rest", 0))
        while True:
            data = file.read()
            end = data.rfind(b"\n") + 1
            end = len(data) if not end and len(data) == BLOCK else end
            left = len(data) - end if len(data) < BLOCK else 0
            if end or fresh or left != rest:
                log = _points(data[:end], name, path, line)
                line += data.count(b"\n", 0, end)
                file.take(end)
                half = [_points(data[end:], name, path, line)] if left else None
                yield Step(file.state() | {"line": line, "rest": left}, [log], (), fresh, half)
            fresh, rest = False, left
            if len(data) < BLOCK:
                return


def _points(data: bytes, name: str, path: Path, line: int) -> Log:
    columns, damage = _columns(data, path, line)
    log = Log(CARD.name, n=len(columns), damage=damage)
    if len(columns):
        log.axes = {"step": columns[:, 2], WALL: columns[:, 0] / 1000.0}
        log.series[name] = (np.arange(len(columns)), columns[:, 1])
    return log


def _columns(data: bytes, path: Path, line: int) -> tuple[Array, list[Damage]]:
    """Milliseconds, value and step of each line, (n, 3)."""
    n = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    if data.count(b" ") == 2 * n:
        with warnings.catch_warnings(), contextlib.suppress(DeprecationWarning, ValueError):
            warnings.simplefilter("error")
            return np.fromstring(data, dtype=float, sep=" ").reshape(n, 3), []
    return _one_by_one(data, path, line)


def _one_by_one(data: bytes, path: Path, line: int) -> tuple[Array, list[Damage]]:
    rows: list[list[float]] = []
    damage: list[Damage] = []
    for i, text in enumerate(data.decode("utf-8", errors="replace").split("\n"), line + 1):
        numbers = [number(word) for word in text.split()]
        if len(numbers) == 2:
            numbers.append(0.0)  # versions before steps were logged
        if len(numbers) == 3 and None not in numbers:
            rows.append(numbers)  # type: ignore[arg-type]
        elif text.strip():
            damage.append(Damage(path.name, f"line {i}", f"{text[:40]!r} is not a time, a value and a step", 1))
    return np.array(rows).reshape(-1, 3), damage


MLFLOW_FILES = Reader(card=CARD, sniff=sniff, follow=follow, unit=unit, files=files)
