"""Settings that lie beside a log as a file of their own: ``config.json``, ``args.yaml`` ... tell where its runs end.

They are read for runs whose own log tells no settings; nothing in them is evaluated, and of YAML only plain top-level
lines are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from forerun.core import FrozenMap, Run
from forerun.runs.horizon import horizon_of, reached
from forerun.runs.readers.lightning_csv import plain_settings
from forerun.runs.regular import bytes_of, is_regular, listed

NAMES = frozenset(
    f"{stem}.{end}"
    for stem in "config configs args hparams hyperparameters params opt opts options flags settings training_args "
    "train_config training_config run_config".split()
    for end in ("json", "yaml", "yml")
)
"""Names such files go by."""
_LARGEST = 1 << 20  # bytes of settings that are read (ours)


def with_settings_files(runs: Sequence[Run], roots: Iterable[Path]) -> list[Run]:
    """The runs; those without settings of their own have those of a file beside their log.

    Args:
        runs: as read.
        roots: the folders they were read from; a file that was read alone has nothing beside it.
    """
    folders = [root for root in roots if root.is_dir()]
    known: dict[Path, Mapping[str, Any]] = {}
    return [_told(run, folders, known) if not run.config and run.format != "tidy" else run for run in runs]


def _told(run: Run, roots: Sequence[Path], known: dict[Path, Mapping[str, Any]]) -> Run:
    for root in roots:
        unit = root / run.path
        place = unit.parent if is_regular(unit) else unit
        if place not in known:
            known[place] = _beside(place)
        if known[place]:
            return _with(run, known[place])
    return run


def _beside(folder: Path) -> Mapping[str, Any]:
    """The settings of a folder's first file of such a name that holds any."""
    files = [file for file in listed(folder) if file.name.lower() in NAMES]
    return next((settings for file in files if (settings := _read(file))), {})


def _read(file: Path) -> Mapping[str, Any]:
    try:
        if not is_regular(file) or file.stat().st_size > _LARGEST:
            return {}
        text = bytes_of(file).decode("utf-8", errors="replace")
        settings = json.loads(text) if file.suffix == ".json" else plain_settings(text)
        return FrozenMap(settings) if isinstance(settings, dict) else {}
    except (OSError, ValueError, RecursionError):  # what cannot be read, of which UnreadableLog is one, or is no JSON
        return {}


def _with(run: Run, config: Mapping[str, Any]) -> Run:
    axes = {name: np.asarray(column, float) for name, column in run.positions.columns.items()}
    horizon = horizon_of(run.horizon, config, axes)
    over = any(
        reached(horizon.get(axis), [curve for curve in run.curves.values() if curve.axis == axis]) for axis in horizon
    )
    status = "finished" if over and run.status in ("running", "stalled", "ended") else run.status
    return replace(run, config=FrozenMap(config), horizon=FrozenMap(horizon), status=status)


def is_settings(path: str) -> bool:
    """Whether a file is one of settings by its name.

    Example:
        >>> is_settings("runs/a/config.json"), is_settings("runs/a/log.json")
        (True, False)
    """
    return PurePosixPath(path).name.lower() in NAMES
