"""What every command says of logs that may have been misread: one line a class, with the first runs and how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forerun.core import Run
from forerun.runs.assemble import STUCK

_TOO_MANY = 0.2
"""Share of a log's records that may be lost without a word (the fifth that is promised)."""
_NAMED = 2  # runs named in a line


def warnings_of(runs: Sequence[Run]) -> list[str]:
    """Axes at which records are lost, lines that were skipped beyond a fifth of a log, and what was guessed.

    Example:
        >>> from forerun.core import Curve, Damage
        >>> curve = Curve([1, 2, 3], [3, 2, 1], metric="loss")
        >>> hurt = Run("a.csv", {"loss": curve}, "csv", damage=(Damage("a.csv", "line 3", "2 cells", 1),))
        >>> warnings_of([hurt])
        ['a.csv: 1 of 4 records could not be read, the first at line 3: 2 cells']
    """
    return [*_stuck(runs), *_skipped(runs), *_guessed(runs)]


def _stuck(runs: Sequence[Run]) -> Iterator[str]:
    messages = {run.id: event.message for run in runs for event in run.events if event.kind == STUCK}
    if messages:
        yield f"{_names(list(messages))}: {next(iter(messages.values()))}"


def _skipped(runs: Sequence[Run]) -> Iterator[str]:
    messages = {run.id: message for run in runs if (message := _lost(run)) is not None}
    if messages:
        yield f"{_names(list(messages))}: {next(iter(messages.values()))}"


def _lost(run: Run) -> str | None:
    lost = sum(damage.lost or 0 for damage in run.damage)
    read = max((len(curve) for curve in run.curves.values()), default=0)
    if not lost or lost <= _TOO_MANY * (lost + read):
        return None
    first = next(damage for damage in run.damage if damage.lost)
    return f"{lost} of {lost + read} records could not be read, the first at {first.where}: {first.why}"


def _guessed(runs: Sequence[Run]) -> Iterator[str]:
    by_message: dict[str, list[str]] = {}
    for run in runs:
        for event in run.events:
            if event.kind == "guess":
                by_message.setdefault(event.message, []).append(run.id)
    if by_message:
        message, ids = next(iter(by_message.items()))
        others = len(by_message) - 1
        more = f"; {others} further guesses, in the events of forerun read --json" if others else ""
        yield f"{_names(list(dict.fromkeys(ids)))}: {message}{more}"


def _names(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
