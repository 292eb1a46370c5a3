"""What the schedule designer and the law explorer share: which law is asked, fitted to what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from forerun import api
from forerun.core import BadInput, Undecided
from forerun.documents.shape import Document
from forerun.laws import LAWS
from forerun.laws.fitter import Fit
from forerun.runs.projects import projects_of
from forerun.web.call import Call
from forerun.web.fits import FitSettings, Fitted
from forerun.web.sent import needed, number, part, word, words

_ANEW = "anew"


def settings_of(call: Call) -> FitSettings:
    """What a request asks a law for.

    Raises:
        BadInput: no law is named, or a field is none.
    """
    sent = call.body
    return FitSettings(
        law=needed(sent, "law"),
        table=word(sent, "table"),
        task=word(sent, "task"),
        metric=word(sent, "metric"),
        runs=words(sent, "runs"),
        left_out=_share(number(sent, "left_out")),
        columns=tuple((name, str(column)) for name, column in part(sent, "columns").items() if column),
    )


def fitted(call: Call) -> Fitted:
    """The law, fitted; held warm from the last time it was asked for."""
    return call.workspace.fits.of(settings_of(call), call.workspace.runs, anew=bool(call.body.get(_ANEW)))


def one_law(call: Call) -> tuple[Fitted, Fit | Undecided]:
    """As `fitted`, for what is asked of a single law.

    Raises:
        BadInput: several laws at once.
    """
    if settings_of(call).law == api.ENSEMBLE:
        raise BadInput("a schedule is designed by one law, not by several that disagree", where="law")
    made = fitted(call)
    assert isinstance(made.made, (Fit, Undecided))
    return made, made.made


def sources(call: Call) -> Document:
    """What laws can be fitted to and which there are: what a page begins with."""
    runs = call.workspace.runs
    laws = [_law(name) for name in LAWS.working()]
    rated = [run for run in runs if run.schedule is not None]
    projects = projects_of(rated)
    return {
        "laws": laws,
        "tasks": _once(run.task for run in runs if run.task),
        "projects": _most_first(projects),
        "runs": [{"run": run.id, "project": project} for run, project in zip(rated, projects, strict=True)],
        "metrics": _once(name for run in rated for name in run.curves),
        "law": api.LAW,
    }


def _law(name: str) -> Document:
    law, along = LAWS.load(name), api.along_a_path(name)
    return {"law": name, "does": law.card.does, "along": along, "inputs": list(law.inputs)}


def _most_first(projects: Sequence[str]) -> list[str]:
    """Each once, that of most runs first: a law needs several."""
    return [name for name, _ in Counter(projects).most_common()]


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _share(share: float | None) -> float:
    if share is not None and not 0 <= share < 1:
        raise BadInput(f"is a share from 0 to below 1, not {share:g}", where="left_out")
    return share or 0.0
