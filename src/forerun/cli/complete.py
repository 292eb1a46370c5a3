"""What the shell offers for an option's value; whatever fails offers nothing."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MOST_BYTES = 4_000_000  # a key press waits for no more than so much to be read


def methods(incomplete: str) -> list[str]:
    from forerun.forecast import FORECASTERS

    return _starting(incomplete, FORECASTERS.names())


def detectors(incomplete: str) -> list[str]:
    from forerun.monitor import DETECTORS

    return _starting(incomplete, DETECTORS.names())


def policies(incomplete: str) -> list[str]:
    from forerun.decide import POLICIES

    return _starting(incomplete, POLICIES.names())


def formats(incomplete: str) -> list[str]:
    from forerun.runs.readers import READERS

    return _starting(incomplete, READERS.names())


def metrics(incomplete: str) -> list[str]:
    """The metrics of the logs that the command line names, where they are small."""
    with contextlib.suppress(Exception):
        path = next(Path(word) for word in _words()[2:] if Path(word).exists())
        if sum(file.stat().st_size for file in _files(path)) <= _MOST_BYTES:
            from forerun import api

            return _starting(incomplete, dict.fromkeys(name for run in api.read(path) for name in run.curves))
    return []


def calibrations(incomplete: str) -> list[str]:
    """The calibrations in the store that the command line names."""
    with contextlib.suppress(Exception):
        from forerun.runs.store import Store, is_store

        stores = (Path(word) for word in [*_words()[2:], "runs.forerun"])
        with Store(next(path for path in stores if is_store(path)), create=False) as store:
            return _starting(incomplete, store.calibrations.names())
    return []


def _words() -> list[str]:
    """The command line as far as it is typed. An option whose value is asked for leaves it unparsed."""
    return shlex.split(os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS") or "")


def _files(path: Path) -> Iterator[Path]:
    yield from (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _starting(incomplete: str, names: Any) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
