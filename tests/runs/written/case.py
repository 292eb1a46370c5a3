"""A case: a file, what has to be read of it, and what has to be told where that is not all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Y = [2.51, 2.25, 2.13, 1.98, 1.72, 1.55, 1.31, 1.12, 0.98, 0.87, 0.79, 0.52]
X = [float(i) for i in range(1, 13)]
NAN, INF = float("nan"), float("inf")
Points = tuple[str, Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Case:
    """A file and what is in it.

    Args:
        file: its name.
        text: its content.
        runs: by run (what stands behind the file's name) and metric: axis, places, values.
        told: what has to be said of it, a part of one message; empty where nothing need be.
        more: metrics beside those named are no fault.
        silent: nothing may be said.
    """

    file: str
    text: str
    runs: dict[str, dict[str, Points]] = field(default_factory=dict)
    told: str = ""
    more: bool = False
    silent: bool = False


CASES: dict[str, Case] = {}


def case(
    name: str,
    file: str,
    text: str | Iterable[str],
    *,
    y: Sequence[float] | None = Y,
    x: Sequence[float] | None = None,
    axis: str = "step",
    metric: str = "loss",
    runs: dict[str, dict[str, Points]] | None = None,
    told: str = "",
    more: bool = False,
    **further: Points,
) -> None:
    """Add a case of one run with one metric, unless it says more."""
    whole = text if isinstance(text, str) else "\n".join(text) + "\n"
    if runs is None:
        runs = {} if y is None else {"": {metric: (axis, X[: len(y)] if x is None else x, y), **further}}
    assert name not in CASES
    CASES[name] = Case(file, whole, runs, told, more)


def comma(value: float) -> str:
    return str(value).replace(".", ",")


def table(header: str, row: Callable[[int, float], str], y: Sequence[float] = Y) -> list[str]:
    return [header, *(row(i, value) for i, value in enumerate(y, 1))]


def printed(row: Callable[[int, float], str], y: Sequence[float] = Y) -> list[str]:
    return [row(i, value) for i, value in enumerate(y, 1)]


def objects(row: Callable[[int, float], Any], y: Sequence[float] = Y) -> list[str]:
    return [json.dumps(row(i, value)) for i, value in enumerate(y, 1)]


def diverged(value: float) -> list[float]:
    return [*Y[:6], *[value] * 6]


def ends_in(word: str) -> list[str]:
    return [*map(str, Y[:6]), *[word] * 6]
