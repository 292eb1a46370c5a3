"""An answer: what a question asked of a table comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forerun.core.decision import Range
from forerun.core.frozen import Noun
from forerun.core.table import Table


@dataclass(frozen=True, eq=False)
class Answer(Noun):
    """What a question asked of a table comes to; where that cannot be said, there is an `Undecided` instead.

    Args:
        question, version: which question.
        says: the answer as a sentence.
        values: by name, with 80% ranges where there are any.
        rows: what it rests on and implies: the first column is what it is drawn over; ``measured``, ``predicted``,
            ``low`` and ``high`` are what is drawn.
        warnings: what to mind.

    Example:
        >>> Answer("repeats", "1", "loss peaks at 100 repeats", {"peak": Range(100.0, 80.0, 125.0, "repeats")}).says
        'loss peaks at 100 repeats'
    """

    question: str
    version: str
    says: str
    values: Mapping[str, Range | float | str]
    rows: Table = field(default_factory=Table)
    warnings: tuple[str, ...] = ()
