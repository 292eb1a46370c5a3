"""What a results file of lm-evaluation-harness says of the model that was evaluated: its name, step and size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forerun.core import ForerunError
from forerun.runs.readers.checkpoint_name import stem, step_of
from forerun.runs.readers.columns import number
from forerun.runs.readers.nested import dictionary
from forerun.runs.readers.text import read_json
from forerun.runs.regular import is_regular, listed

_NAMED = re.compile(r"(?:^|,)(?:pretrained|model|path|engine|model_name)=([^,]+)")
_DATE = re.compile(r"_(\d{4}-\d\d-\d\dT[\d.\-]+)(?=\.jsonl?$)")


@dataclass(frozen=True)
class Evaluated:
    """The model of an evaluation.

    Args:
        system: its name, without the step of a checkpoint. step: of that checkpoint. size: parameters.
    """

    system: str
    step: float | None
    size: float | None

    def columns(self) -> dict[str, Any]:
        """What it says of every row."""
        numbers = {"step": self.step, "size": self.size}
        return {"system": self.system, **{name: value for name, value in numbers.items() if value is not None}}


def evaluated(path: Path, document: dict[str, Any]) -> Evaluated:
    """The model that a results document is of; where that says none, the folder's name.

    Args:
        path: the file of results or of samples.
        document: the results; empty where there are none.

    Example:
        >>> config = {"model_args": "pretrained=acme/toy,revision=step9"}
        >>> evaluated(Path("out/acme__toy/results.json"), {"config": config})
        Evaluated(system='acme/toy', step=9.0, size=None)
    """
    config = dictionary(document.get("config"))
    arguments = config.get("model_args") or document.get("model_args") or ""
    words = arguments if isinstance(arguments, str) else ",".join(f"{k}={v}" for k, v in dictionary(arguments).items())
    match = _NAMED.search(words)
    named = match[1] if match else document.get("model_name")
    file = path.stem if not path.name.startswith(("results", "samples_")) and path.suffix == ".json" else ""
    name = str(named or file or path.parent.name or config.get("model") or "model")
    size = number(config.get("model_num_parameters"))
    step = step_of(words, str(document.get("model_name", "")), path.stem, path.parent.name)
    return Evaluated(stem(name), step, size if size and size > 0 else None)


def results_beside(path: Path) -> dict[str, Any]:
    """The results that a file of samples belongs to: of the same date, else the only ones in its folder; or none."""
    others = [file for file in listed(path.parent) if file.name.startswith("results") and file.suffix == ".json"]
    date = date_of(path)
    same = [file for file in others if date and date_of(file) == date] or (others if len(others) == 1 else [])
    try:
        return dictionary(read_json(same[0])) if same and is_regular(same[0]) else {}
    except ForerunError:
        return {}


def date_of(path: Path) -> str:
    """The date in a file's name, empty where there is none.

    Example:
        >>> date_of(Path("samples_quiz_2026-11-20T19-49-27.770766.jsonl"))
        '2026-11-20T19-49-27.770766'
    """
    match = _DATE.search(path.name)
    return match[1] if match else ""
