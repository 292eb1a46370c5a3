"""The journal of advice: what was advised, on what evidence, and what came of it when the run went on.

A file of JSON lines that is only ever appended to. Advice to stop or leave came otherwise than advised where the run
went on and ended better than what led beside it; alone, where it bettered its best by more than the upper end of the
forecast gain. Advice to continue or resume came otherwise where the run went on to its end without bettering its best.
Whether other advice was right cannot be told, and what has not gone on to the end it was forecast at is open.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from forerun.api.reading import Where, runs_of
from forerun.core import Array, BadInput, Curve, Run, RunDecision
from forerun.documents.journal import Came, advice_entry, outcome_entry
from forerun.documents.shape import Document

_REACHED = 0.98  # share of the way to its end from which a run counts as having gone on to it (arbitrary)


@dataclass(frozen=True)
class AdviceJournal:
    """A journal as read.

    Args:
        advice, outcomes: its entries, in order.
        damaged: the numbers of lines that hold no entry, from 1.
    """

    advice: tuple[Document, ...]
    outcomes: tuple[Document, ...]
    damaged: tuple[int, ...]


def read_advice(file: str | Path) -> AdviceJournal:
    """The entries of a journal; a line that is damaged costs that line. None where there is no such file.

    Raises:
        BadInput: it is no journal: it has lines, and none of them is an entry.
    """
    place = Path(file)
    if not place.exists():
        return AdviceJournal((), (), ())
    entries: dict[str, list[Document]] = {"advice": [], "outcome": []}
    damaged: list[int] = []
    lines = place.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        entry = _entry(line)
        if entry is not None:
            entries[entry["entry"]].append(entry)
        elif line.strip():
            damaged.append(number)
    if damaged and not entries["advice"]:
        raise BadInput("is no journal of advice; name one that does not exist yet", where=str(place))
    return AdviceJournal(tuple(entries["advice"]), tuple(entries["outcome"]), tuple(damaged))


def journal_advice(decisions: Iterable[RunDecision], file: str | Path, *, now: dt.datetime) -> int:
    """Append what is advised of each run, but for what stands there of the same points.

    Args:
        decisions: as `advise` gives them.
        file: JSON lines, made where it is not there, for its owner's eyes.
        now: when it is advised.

    Returns:
        How many entries were appended.

    Raises:
        BadInput: the file is no journal of advice.

    Example:
        >>> import tempfile
        >>> from forerun.api import advise
        >>> run = Run("r", {"loss": Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], "loss")}, "example")
        >>> file, now = Path(tempfile.mkdtemp(), "advice.jsonl"), dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
        >>> journal_advice(advise(run), file, now=now), journal_advice(advise(run), file, now=now)
        (1, 0)
        >>> read_advice(file).advice[0]["action"]
        'continue'
    """
    known = {entry["id"] for entry in read_advice(file).advice}
    entries = [entry for one in decisions if (entry := advice_entry(one, now)) is not None]
    return _append(file, [entry for entry in entries if entry["id"] not in known])


def score_advice(file: str | Path, what: Run | Iterable[Run] | Where, *, now: dt.datetime) -> list[Document]:
    """What came of the advice in a journal, by runs as they are now; what is settled is appended to it, once.

    Args:
        file: the journal.
        what: the runs, or a path to read.
        now: when it is looked at.

    Returns:
        An entry for each advice on a run that has gone on since: ``came`` is ``as advised``, ``otherwise``, ``open`` or
        ``not judged``, ``gain`` by how much it bettered its best since, ``last`` where it stands, ``within_80`` whether
        it ended within its 80% interval.
    """
    journal, runs = read_advice(file), {run.id: run for run in runs_of(what)}
    settled = {entry["of"] for entry in journal.outcomes}
    outcomes = [
        outcome for entry in journal.advice
        if (outcome := _outcome(entry, runs, now)) is not None
    ]  # fmt: skip
    _append(file, [one for one in outcomes if one["came"] != "open" and one["of"] not in settled])
    return outcomes


def _entry(line: bytes) -> Document | None:
    try:
        entry: Any = json.loads(line)
        known = entry.get("entry") in ("advice", "outcome") and isinstance(entry["run"], str)
        return (
            cast(Document, entry)
            if known and isinstance(entry["id" if entry["entry"] == "advice" else "of"], str)
            else None
        )
    except (ValueError, AttributeError, KeyError):
        return None


def _append(file: str | Path, entries: Sequence[Document]) -> int:
    """Whole lines at once; what an interrupted write left without an end keeps a line of its own."""
    if not entries:
        return 0
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(descriptor, "r+b") as opened:
        size = opened.seek(0, os.SEEK_END)
        cut = size > 0 and os.pread(opened.fileno(), 1, size - 1) != b"\n"
        text = "".join(json.dumps(entry, allow_nan=False) + "\n" for entry in entries)
        opened.write(b"\n" * cut + text.encode())
        opened.flush()
        os.fsync(opened.fileno())
    return len(entries)


def _outcome(entry: Document, runs: dict[str, Run], now: dt.datetime) -> Document | None:
    """What came of one advice; None where the run is gone or has not gone on."""
    run = runs.get(entry["run"])
    curve = None if run is None else run.curves.get(entry.get("metric", ""))
    origin, end, best = (_number(entry, name) for name in ("origin", "end", "best"))
    if curve is None or origin is None or end is None or best is None:
        return None
    values: Array = curve.y[np.isfinite(curve.y) & (curve.x > origin)]
    if not values.size:
        return None
    last, gain, x = float(values[-1]), _better(curve, best, _best(curve, values)), float(curve.x[-1])
    reached = x - origin >= _REACHED * (end - origin)
    came, why = _came(entry, runs, curve, gain) if reached else ("open", "it has not gone on to its end yet")
    within = _within(entry, last) if reached else None
    return outcome_entry(entry["id"], entry["run"], came, why, now, x=x, last=last, gain=gain, within_80=within)


def _came(entry: Document, runs: dict[str, Run], curve: Curve, gain: float) -> tuple[Came, str]:
    action, placing = entry["action"], _part(entry, "placing")
    if action in ("continue", "resume"):
        return ("as advised", "it bettered its best") if gain > 0 else ("otherwise", "it never bettered its best again")
    if action not in ("stop", "leave"):
        return "not judged", "whether it was right cannot be told from how the run ended"
    leader = runs.get(str(placing.get("leader")))
    if leader is not None and leader.id != entry["run"] and curve.metric in leader.curves:
        other = leader.curves[curve.metric]
        ahead = _better(curve, _best(other, other.y), _best(curve, curve.y))
        if ahead > (_number(placing, "margin") or 0.0):
            return "otherwise", f"it went on and ended better than {leader.id}"
        return "as advised", f"it went on and ended no better than {leader.id}"
    if gain > (_number(_part(entry, "gain"), "high") or 0.0):
        return "otherwise", "it went on and gained more than its forecast had it"
    return "as advised", "it went on and gained no more than its forecast had it"


def _within(entry: Document, last: float) -> bool | None:
    quantiles = _part(_part(entry, "forecast"), "quantiles")
    low, high = _number(quantiles, "0.1"), _number(quantiles, "0.9")
    return None if low is None or high is None else low <= last <= high


def _number(of: Document, name: str) -> float | None:
    """A number of an entry; None of a word, or of what somebody else wrote there."""
    value = of.get(name)
    return float(value) if isinstance(value, (int, float)) else None


def _part(of: Document, name: str) -> Document:
    value = of.get(name)
    return cast(Document, value) if isinstance(value, dict) else {}


def _best(curve: Curve, values: Array) -> float:
    finite = values[np.isfinite(values)]
    worst = float("inf") if curve.direction == "min" else float("-inf")
    return float(finite.min(initial=worst) if curve.direction == "min" else finite.max(initial=worst))


def _better(curve: Curve, before: float, after: float) -> float:
    return after - before if curve.direction == "max" else before - after
