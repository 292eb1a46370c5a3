"""The law explorer: any law fitted to the runs or to a table, what is left over, and what it says beyond."""

from __future__ import annotations

import numpy as np

from forerun import api
from forerun.core import BadInput, Table, Undecided
from forerun.documents.law import law_fit_document, law_predict_document, law_undecided_document
from forerun.documents.shape import Document
from forerun.figures.law import MOST_RUNS, law_charts, law_title
from forerun.figures.page.packing import packed
from forerun.laws import LAWS
from forerun.web.answers.fitting import fitted, sources
from forerun.web.call import Call
from forerun.web.sent import needed, number, part, word


def listed(call: Call) -> Document:
    """The laws, and what they can be fitted to."""
    return sources(call)


def fit(call: Call) -> Document:
    """What ``forerun law fit`` says, with the charts of the fit, of what was left out, and of what is left over."""
    law, made = needed(call.body, "law"), fitted(call)
    if isinstance(made.made, Undecided):
        return law_undecided_document(law, made.made)
    inside, out, whole_runs = made.table, made.left_out, api.along_a_path(law)
    said = law_fit_document(law, made.made, made.seconds)
    answers = api.foretell(made.made, inside, out) if whole_runs and out.n_rows else {}
    named = {_within(run, call): one for run, one in answers.items()}
    judged = law_predict_document(law, made.made, named, made.seconds)["predictions"]
    drawn = [_few(one, MOST_RUNS) if whole_runs and one.n_rows else one for one in (inside, out)]
    charts = law_charts(made.made, drawn[0], drawn[1] if out.n_rows else None)
    inputs = {name: _range(made.whole, name) for name in LAWS.load(law).inputs} if law in LAWS.table else {}
    return said | {
        "says": law_title(made.made), "held_out": judged, "left_out": out.n_rows, "inputs": inputs,
        "charts": [packed(one) for one in charts],
    }  # fmt: skip


def predict(call: Call) -> Document:
    """What ``forerun law predict --at`` says of one size that nobody has measured."""
    law, made = needed(call.body, "law"), fitted(call)
    if isinstance(made.made, Undecided):
        return law_undecided_document(law, made.made)
    if api.along_a_path(law):
        raise BadInput("a law along a learning rate's path is asked of schedules: in the designer", where="law")
    at = part(call.body, "at")
    values = {name: number(at, name) for name in LAWS.load(law).inputs}
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise BadInput("is missing", where=f"at.{missing[0]}")
    table = Table({"run": ["asked"], **{name: np.array([value]) for name, value in values.items()}})
    return law_predict_document(law, made.made, api.foretell(made.made, made.table, table), made.seconds)


def _within(run: str, call: Call) -> str:
    """A run's name within its task, as ``forerun law predict`` has it."""
    return run.partition(f"{word(call.body, 'task')}/")[2] or run


def _few(table: Table, most: int) -> Table:
    """The rows of the first runs."""
    runs = list(dict.fromkeys(map(str, table.columns["run"])))[:most]
    return table.take(np.array([str(run) in runs for run in table.columns["run"]], bool))


def _range(table: Table, name: str) -> Document | None:
    """From where to where a column was measured; None where it is no column of numbers."""
    column = table.columns.get(name, ())
    if not len(column) or isinstance(column[0], str):
        return None
    values = np.asarray(column, np.float64)
    known = values[np.isfinite(values)]
    return {"low": float(known.min()), "high": float(known.max())} if known.size else None
