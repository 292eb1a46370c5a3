"""``forerun.toml``: the file of a project's settings, beside its logs."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from forerun.core import BadInput, Settings, UnknownName, UnreadableLog
from forerun.runs.readers.lines.template import template
from forerun.runs.regular import is_folder, opened_file

FILE = "forerun.toml"


_KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "metric": ("a name", (str,)),
    "direction": ("'min' or 'max'", (str,)),
    "target": ("a number", (int, float)),
    "horizon": ("a number", (int, float)),
    "cost_per_hour": ("a number", (int, float)),
    "ignore": ("a list of patterns", (list,)),
    "profile": ("a list of tables", (list,)),
}
_POSITIVE = ("horizon",)
_ENDLESS = 1e300
_LARGEST = 1 << 20  # bytes; more is no file of settings (ours)
_SHOWN = 80  # characters of a value in an error


def settings_of(logs: Path | str, store: Path | str | None = None) -> Settings:
    """The settings that logs are read under: those beside them; where there are none, those beside their store.

    Args:
        logs: a folder of logs or a log, as it is given to be read; empty for runs of a store that come from no file.
        store: the store that keeps them.

    Raises:
        BadInput, UnknownName: as in `settings_beside`.
    """
    places = [Path(place) for place in (logs, store) if place]
    return next((settings for place in places if (settings := settings_beside(place)) != Settings()), Settings())


def settings_beside(path: Path) -> Settings:
    """The settings of a folder of logs, or of the folder a log lies in; empty ones where there is no forerun.toml.

    A ``forerun.toml`` in a folder above or below is that of other logs.

    Raises:
        BadInput: it cannot be read, is not TOML, or has a value that cannot mean anything.
        UnknownName: a key that means nothing.
    """
    file = (path if is_folder(path) else path.parent) / FILE
    if not os.path.lexists(file):
        return Settings()
    raw = _raw(file)
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except RecursionError as error:
        raise BadInput("nested too deep for settings", where=str(file)) from error
    except ValueError as error:  # no text, no TOML, or a number without end
        raise BadInput(f"not TOML: {str(error)[:200]}", where=str(file)) from error
    values = {key: _checked(key, value, file) for key, value in table.items()}
    return Settings(**values)


def _raw(file: Path) -> bytes:
    try:
        with opened_file(file) as opened:
            raw = opened.read(_LARGEST + 1)
    except UnreadableLog as error:
        raise BadInput(error.message, where=str(file)) from error
    if len(raw) > _LARGEST:
        raise BadInput(f"more than {_LARGEST >> 20} MiB; too large for settings", where=str(file))
    return raw


def _profile(table: Any, file: Path) -> tuple[str, str]:
    if (
        not isinstance(table, dict)
        or table.keys() != {"name", "line"}
        or not all(isinstance(v, str) for v in table.values())
    ):
        raise BadInput(f'a profile needs name = "..." and line = "...", not {_shown(table)}', where=str(file))
    try:
        template(table["line"])
    except BadInput as error:
        raise BadInput(error.message, where=str(file)) from error
    return table["name"], table["line"]


def _checked(key: str, value: Any, file: Path) -> Any:
    """What a setting means.

    Raises:
        BadInput, UnknownName: as in `settings_beside`.
    """
    if key not in _KINDS:
        known = [field.name for field in fields(Settings)]
        raise UnknownName("setting", key[:_SHOWN], known, where=str(file))
    meant, kinds = _KINDS[key]
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    if fits and key == "direction":
        fits = value in ("min", "max")
    elif fits and key == "ignore":
        fits = all(isinstance(pattern, str) for pattern in value)
    elif fits and key == "profile":
        return tuple(_profile(table, file) for table in value)
    elif fits and kinds == (int, float):
        fits, meant = _fits(key, value)
    if not fits:
        raise BadInput(f"{key} must be {meant}, not {_shown(value)}", where=str(file))
    return tuple(value) if key == "ignore" else value


def _fits(key: str, value: float) -> tuple[bool, str]:
    """Whether a number can be meant, and what could."""
    finite = abs(value) < _ENDLESS  # true of no NaN; compared as it is, since no double holds every whole number
    if key in _POSITIVE:
        return finite and value > 0, "a number above 0"
    return finite, "a finite number"


def _shown(value: Any) -> str:
    try:
        written = repr(value)
    except (ValueError, RecursionError):  # a whole number of more digits than Python writes
        return "one too long to show"
    return written if len(written) <= _SHOWN else f"{written[:_SHOWN]}..."
