"""``evaluations.npz`` of stable-baselines3's EvalCallback: timesteps, and the returns of the episodes played there."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forerun.core import Array, Card, UnreadableLog
from forerun.runs.growth import whole
from forerun.runs.log import Log
from forerun.runs.readers.npy import array_of
from forerun.runs.readers.reader import Reader
from forerun.runs.regular import opened_file

CARD = Card(
    name="evaluations",
    does="Reads the evaluations that stable-baselines3 keeps: mean return, length and success a time step.",
    source="stable-baselines3 common/callbacks.py, EvalCallback; NumPy's NPY format, version 1 to 3",
    assumes="Every evaluation plays the same task.",
    needs="timesteps and results of one evaluation, as plain numbers.",
    promises="Means of what numpy.load gives. Nothing is unpickled, nothing is unpacked beyond 64 MiB.",
    known_answer="Three evaluations of two episodes give three means at their time steps.",
    control="Arrays of Python objects are refused.",
)
_NAME = "evaluations.npz"  # beside the monitor files of the run, where there are any
_MOST = 1 << 26  # bytes of all arrays together; half a million evaluations of 16 episodes (ours)
_METRICS = {"results": "eval/return", "ep_lengths": "eval/length", "successes": "eval/success_rate"}


def sniff(path: Path, head: bytes) -> float:
    if not head.startswith(b"PK\x03\x04") or path.suffix.lower() != ".npz":
        return 0.0
    named = path.name.lower().startswith("evaluations")
    return 0.95 if b"timesteps.npy" in head[:200] or b"results.npy" in head[:200] else 0.6 * named


def unit(path: Path) -> Path:
    return path.parent if path.name == _NAME else path


def files(folder: Path) -> list[Path]:
    return [folder / _NAME]


def _logs(path: Path) -> Iterator[Log]:
    arrays = _arrays(path)
    if "timesteps" not in arrays or "results" not in arrays:
        raise UnreadableLog(
            f"needs timesteps and results; it has {', '.join(sorted(arrays)) or 'none'}", where=path.name
        )
    steps = arrays["timesteps"].ravel()
    log = Log(CARD.name, n=steps.size, axes={"step": steps}, directions={"eval/return": "max"})
    for name, metric in _METRICS.items():
        table = arrays.get(name)
        if table is not None and table.ndim and len(table) == steps.size:
            log.series[metric] = (np.arange(steps.size), _means(table))
    if "eval/return" not in log.series:
        raise UnreadableLog("results hold another number of evaluations than timesteps", where=path.name)
    yield log


def _means(table: Array) -> Array:
    rows = table.reshape(len(table), -1)
    return rows.mean(axis=1) if rows.shape[1] else np.full(len(rows), np.nan)


def _arrays(path: Path) -> dict[str, Array]:
    names = {f"{name}.npy": name for name in ("timesteps", *_METRICS)}
    try:
        with opened_file(path) as file, zipfile.ZipFile(file) as archive:
            entries = {entry.filename: entry for entry in archive.infolist() if entry.filename in names}
            if (size := sum(entry.file_size for entry in entries.values())) > _MOST:
                raise UnreadableLog(f"unpacks to {size} bytes; too large for a log", where=path.name)
            return {names[name]: _array(archive, entry, path) for name, entry in entries.items()}
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, struct.error, zlib.error) as error:
        raise UnreadableLog(f"not a readable archive: {error}; was it cut short?", where=path.name) from error
    except RuntimeError as error:
        raise UnreadableLog(f"cannot be unpacked: {error}", where=path.name) from error


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> Array:
    with archive.open(entry) as opened:
        return array_of(opened.read(_MOST), f"{path.name}/{entry.filename}")


EVALUATIONS = Reader(card=CARD, sniff=sniff, follow=whole(_logs), unit=unit, files=files)
