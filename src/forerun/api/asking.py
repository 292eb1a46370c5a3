"""`ask`: a question asked of runs, a table or a path to either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forerun.api.tabulating import Data, table_of
from forerun.core import Answer, Table, Undecided
from forerun.laws import LAWS
from forerun.laws.questions import QUESTIONS, Question


def ask(
    question: str,
    data: Data,
    *,
    metric: str | None = None,
    task: str | None = None,
    columns: Mapping[str, str] | None = None,
    above: Mapping[str, float] | None = None,
    **settings: Any,
) -> Answer | Undecided:
    """Ask a question of a table.

    Args:
        question: a name that ``forerun methods question`` lists.
        data, metric, task, columns, above: as `forerun.api.law_table`.
        settings: of the question; ``forerun methods question`` says which it needs.

    Returns:
        An `Answer`, which `forerun.show` draws; `Undecided` where the data do not tell.

    Raises:
        UnknownName: no such question.
        BadInput: a column or a setting is missing, or there is no such setting.

    Example:
        >>> N = [1e7, 2e7, 4e7, 8e7, 1.6e8, 3.2e8, 6.4e8]
        >>> answer = ask("asymptote", {"params": N, "y": [2.0 + 900 * n**-0.4 for n in N]})
        >>> round(answer.values["asymptote"].estimate, 2)
        2.0
    """
    formed = QUESTIONS.load(question)
    formed.check(settings)
    table = question_table(formed, data, settings, metric=metric, task=task, columns=columns, above=above)
    return formed.ask(table, **settings)


def question_table(
    question: Question,
    data: Data,
    settings: Mapping[str, Any],
    *,
    metric: str | None = None,
    task: str | None = None,
    columns: Mapping[str, str] | None = None,
    above: Mapping[str, float] | None = None,
) -> Table:
    """The table that a question reads with these settings: its columns, and those of the law that it is asked of."""
    wanted: tuple[str, ...] | None = question.columns
    if "law" in question.settings:
        law = LAWS.load(str(settings.get("law", question.settings["law"].default)))
        wanted = None if law.whole_runs else (*wanted, *law.inputs)
    return table_of(data, wanted, metric=metric, task=task, columns=columns, above=above)
