"""``forerun.toml``: a project's settings, beside its logs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from forerun.core import BadInput, Direction, UnknownName
from forerun.runs.readers.lines.template import template

FILE = "forerun.toml"


@dataclass(frozen=True)
class Settings:
    """What a project says of its runs; None where it says nothing.

    Args:
        metric: the metric forecasts and advice are about.
        direction: which way it is better, where its name misleads.
        target: the value aimed at, in the metric's unit.
        horizon: planned end of runs whose log does not tell it, in units of their axis.
        cost_per_hour: cost of an hour of one run, in any currency.
        ignore: glob patterns of relative paths that are not logs.
        profile: lines of text logs of one's own, as names and descriptions::

            [[profile]]
            name = "ours"
            line = "ep {epoch} it {step} loss={train/loss} {*} acc={val/acc}"

            ``{name}`` stands for a number, ``{*}`` for any text; `forerun.runs.readers.lines.template` has the rules.
    """

    metric: str | None = None
    direction: Direction | None = None
    target: float | None = None
    horizon: float | None = None
    cost_per_hour: float | None = None
    ignore: tuple[str, ...] = ()
    profile: tuple[tuple[str, str], ...] = ()


_KINDS: dict[str, tuple[type, ...]] = {
    "metric": (str,),
    "direction": (str,),
    "target": (int, float),
    "horizon": (int, float),
    "cost_per_hour": (int, float),
    "ignore": (list,),
    "profile": (list,),
}


def settings_beside(path: Path) -> Settings:
    """The settings of a folder of logs, or of the folder a log lies in; empty ones where there is no forerun.toml.

    Raises:
        BadInput: not TOML, or a value of the wrong type.
        UnknownName: a key that means nothing.
    """
    file = (path if path.is_dir() else path.parent) / FILE
    if not file.is_file():
        return Settings()
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"not TOML: {error}", where=str(file)) from error
    for key, value in found.items():
        _check(key, value, file)
    profiles = tuple(_profile(told, file) for told in found.get("profile", ()))
    return Settings(**found | {"ignore": tuple(found.get("ignore", ())), "profile": profiles})


def _profile(told: Any, file: Path) -> tuple[str, str]:
    if (
        not isinstance(told, dict)
        or told.keys() != {"name", "line"}
        or not all(isinstance(v, str) for v in told.values())
    ):
        raise BadInput(f'a profile needs name = "..." and line = "...", not {told!r}', where=str(file))
    try:
        template(told["line"])
    except BadInput as error:
        raise BadInput(error.message, where=str(file)) from error
    return told["name"], told["line"]


def _check(key: str, value: Any, file: Path) -> None:
    if key not in _KINDS:
        raise UnknownName("setting", key, [field.name for field in fields(Settings)], where=str(file))
    wanted = _KINDS[key]
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise BadInput(f"{key} must be {' or '.join(k.__name__ for k in wanted)}, not {value!r}", where=str(file))
    if key == "direction" and value not in ("min", "max"):
        raise BadInput(f"direction must be 'min' or 'max', not {value!r}", where=str(file))
