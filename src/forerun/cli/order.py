"""``--sort`` and ``--top``: which runs are shown first, and how many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import typer

from forerun.core import Curve, Forecast, Run, UnknownName
from forerun.core.standing import standing

Item = TypeVar("Item")
Key = Callable[[Item], Any]
Top = Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Show only the first N runs.")]
RUN_KEYS = ("run", "status", "value", "best")


def sort_option(*keys: str) -> Any:
    """The option ``--sort`` over such keys."""
    listed = f"{', '.join(keys[:-1])} or {keys[-1]}"
    return Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="KEY",
            help=f"Order by {listed}; of numbers the best first.",
            autocompletion=lambda: list(keys),
            callback=lambda key: _known(key, keys),
        ),
    ]


def _known(key: str | None, keys: Sequence[str]) -> str | None:
    if key is not None and key not in keys:
        raise UnknownName("key", key, keys, where="--sort")
    return key


def ordered(items: Sequence[Item], sort: str | None, keys: Mapping[str, Key[Item]], top: int | None) -> list[Item]:
    """The first `top` items in the order of a key; those that have none come last.

    Example:
        >>> ordered([3, None, 1], "size", {"size": lambda item: item}, 2)
        [1, 3]
    """
    key = keys.get(sort or "")
    return (list(items) if key is None else sorted(items, key=lambda item: _last_if_none(key(item))))[:top]


def _last_if_none(value: Any) -> tuple[bool, Any]:
    return (True, 0) if value is None else (False, value)


def run_keys(of: Callable[[Item], tuple[Run, Curve | None]]) -> dict[str, Key[Item]]:
    """What runs are ordered by: the name, how much the status wants a person, the last and the best value."""

    def of_curve(item: Item, which: str) -> float | None:
        curve = of(item)[1]
        stands = None if curve is None else standing(curve)
        return None if curve is None or stands is None else signed(curve, getattr(stands, which))

    return {
        "run": lambda item: of(item)[0].id,
        "status": lambda item: _STATUS.index(of(item)[0].status),
        "value": lambda item: of_curve(item, "last"),
        "best": lambda item: of_curve(item, "best"),
    }


_STATUS = ("crashed", "stalled", "running", "ended", "finished")


def signed(what: Curve | Forecast | None, value: float | None) -> float | None:
    """A value such that smaller is better."""
    return None if what is None or value is None else value if what.direction == "min" else -value


def forecast_key(answer: Any) -> float | None:
    """What runs are ordered by when they are ordered by their forecasts."""
    return signed(answer, answer.median) if isinstance(answer, Forecast) else None
