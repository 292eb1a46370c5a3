"""What is said of the runs that a forecast leaned on: which of those beside it, and how much."""

from __future__ import annotations

from collections.abc import Mapping

from forerun.core import Forecast
from forerun.core.display import harmless, number

_NAMED = 2  # runs that are named where more than one else would remain
_LONGEST = 40


def leaned_on(forecast: Forecast) -> Mapping[str, float]:
    """The share of each run in what the runs beside it told, largest first; empty where it leaned on none."""
    return forecast.events.get("leaned_on", {})


def leaning(run: str, forecast: Forecast) -> str:
    """In a few words which runs the forecast of a run leaned on, and what it would have been without them.

    Example:
        >>> events = {"leaned_on": {"s/3/log.csv": 0.52, "s/1/log.csv": 0.31, "s/4/log.csv": 0.1, "s/2/log.csv": 0.07}}
        >>> levels, rows = [0.1, 0.5, 0.9], [[1.0, 2.0, 3.0]]
        >>> made = Forecast("loss", "step", "min", 10, [20], levels, rows, "auto", "3", events=events | {"alone": 1.83})
        >>> leaning("s/5/log.csv", made)
        'leaned on 3 (52%), 1 (31%) and 2 more beside it; alone: 1.83'
    """
    shares = leaned_on(forecast)
    if not shares:
        return ""
    named = list(shares.items())[: _NAMED if len(shares) > _NAMED + 1 else len(shares)]
    words = [f"{called(other, run)} ({_percent(share)})" for other, share in named]
    words += [f"{len(shares) - len(named)} more"] * (len(shares) > len(named))
    alone = f"; alone: {number(forecast.events['alone'])}" if "alone" in forecast.events else ""
    return f"leaned on {_listed(words)} beside it{alone}"


def called(other: str, run: str) -> str:
    """What tells the name of one run from that of another: without the folders, and the file, that they share.

    Example:
        >>> called("sweep/lr_1/metrics.csv", "sweep/lr_2/metrics.csv"), called("a.csv", "b.csv")
        ('lr_1', 'a.csv')
    """
    parts, own = other.split("/"), run.split("/")
    begin = _shared(parts, own)
    end = len(parts) - _shared(parts[::-1], own[::-1])
    return harmless("/".join(parts[begin:end]) or other, longest=_LONGEST)


def _shared(one: list[str], other: list[str]) -> int:
    """Parts from the first that two names have in common."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _percent(share: float) -> str:
    return "under 1%" if share < 0.005 else f"{share:.0%}"
