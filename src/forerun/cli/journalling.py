"""``--journal``: what is advised is kept, and what came of it when runs went on is told."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from forerun.cli import output
from forerun.core import RunDecision, Runs
from forerun.core.display import counted
from forerun.documents.journalling import journal_advice, read_advice, score_advice
from forerun.documents.shape import Document


def keep(decisions: Iterable[RunDecision], runs: Runs, file: Path) -> Document:
    """Say what came of the advice that a journal holds, then append what is advised now.

    Raises:
        BadInput: it is no journal.
    """
    now = dt.datetime.now(dt.UTC)
    outcomes = score_advice(file, runs, now=now)
    return {"noted": journal_advice(decisions, file, now=now), "outcomes": outcomes,
            "damaged": list(read_advice(file).damaged)}  # fmt: skip


def show(kept: Document) -> None:
    """A line of what was noted, and one of what came of advice."""
    output.say(f"journal: {counted(kept['noted'], 'entry', 'entries')} noted")
    came = Counter(outcome["came"] for outcome in kept["outcomes"])
    if came:
        output.say(f"came of it: {', '.join(f'{n} {words}' for words, n in came.most_common())}")
    for outcome in kept["outcomes"]:
        if outcome["came"] == "otherwise":
            output.say(f"{outcome['run']}: otherwise than advised, {outcome['why']}")
    if kept["damaged"]:
        lines = ", ".join(map(str, kept["damaged"]))
        output.say(f"journal: {'line' if len(kept['damaged']) == 1 else 'lines'} {lines} damaged and left out")
