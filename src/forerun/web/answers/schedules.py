"""The schedule designer: a law fitted to the runs, what it says of plans as they are drawn, and the lowest it knows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forerun import api
from forerun.core import Array, BadInput, Schedule, Table, Undecided
from forerun.core.form import SCHEDULES
from forerun.documents.law import law_fit_document, law_undecided_document
from forerun.documents.schedule import schedule_design_document, schedule_export_document, schedule_weigh_document
from forerun.documents.shape import Document
from forerun.figures.page.packing import packed, packed_lines
from forerun.figures.schedule import along_chart, measured_chart
from forerun.laws.design import along, ending, weigh
from forerun.schedules.sketch import sketch
from forerun.schedules.written import written
from forerun.web.answers.fitting import fitted, one_law
from forerun.web.call import Call
from forerun.web.sent import Sent, needed, number, numbers, part, word

_MOST_PLANS = 4
_LEAST_STEPS = 2.0


def start(call: Call) -> Document:
    """What a design begins with: the fit, the peak, warmup and longest run of what it was fitted to, and its losses."""
    made, law = one_law(call)
    if isinstance(law, Undecided):
        return law_undecided_document(needed(call.body, "law"), law)
    steps = np.asarray(made.table.columns["step"], float)
    support = {"peaks": law.support.get("peaks", ()), "warmups": law.support.get("warmups", ())}
    return law_fit_document(law.law, law, made.seconds) | {
        "peak": float(max(support["peaks"], default=0.0)),
        "warmup": float(max(support["warmups"], default=0.0)),
        "steps": float(steps.max()),
        "fitted_to": list(dict.fromkeys(map(str, made.table.columns["run"]))),
        "last_steps": {run: float(x[-1]) for run, (x, _) in _measured(made.whole).items()},
        "measured": packed_lines(measured_chart(_measured(made.table))),
    }


def sketched(call: Call) -> Document:
    """A form as knots; of a run that is resumed its past, and the rate from which it goes on."""
    sent = call.body
    if word(sent, "resume") is not None:
        past, at = _past(call)
        behind = sketch(past.then(Schedule("knots", {"x": [0.0], "value": [float(past.lr(at))]}), at=at))
        return {"past": _knots(behind), "since": at, "rate": float(past.lr(at))}
    name = needed(sent, "form")
    return {"knots": _knots(sketch(_formed(name, part(sent, "params"))))}


def weighed(call: Call) -> Document:
    """What the law says of plans: of each at its end, and of the first all along it."""
    _, law = one_law(call)
    plans = _plans(call)
    first = next(iter(plans.values()))
    if isinstance(law, Undecided):
        return schedule_weigh_document(weigh(plans), law)
    ends = {name: ending(law, plan) for name, plan in plans.items()}
    path = along(law, first, end=next(iter(ends.values())))
    said = schedule_weigh_document(weigh(plans, law, ends), path)
    return said if isinstance(path, Undecided) else said | {"chart": packed(along_chart(path))}


def designed(call: Call) -> Document:
    """The schedule that the law says ends lowest, and its knots from where it may still be changed."""
    sent = call.body
    _, law = one_law(call)
    if isinstance(law, Undecided):
        return law_undecided_document(needed(sent, "law"), law)
    resumed = word(sent, "resume") is not None
    past, since = _past(call) if resumed else (None, None)
    steps, floor = number(sent, "steps"), number(sent, "floor") or 0.0
    design = api.design(
        law, steps=steps, peak=None if resumed else number(sent, "peak"),
        warmup=None if resumed else number(sent, "warmup"), floor=floor, resume=past, since=since,
    )  # fmt: skip
    said = schedule_design_document(law.law, design)
    if isinstance(design, Undecided):
        return said
    ahead: Schedule = design.schedule if past is None else design.schedule.params["second"]
    return said | {"knots": _knots(sketch(ahead), since or 0.0), "notes": list(design.notes())}


def exported(call: Call) -> Document:
    """The first plan as ``forerun schedule export`` writes it."""
    to = needed(call.body, "to")
    text = written(next(iter(_plans(call).values())), to, per_step=number(call.body, "per_step"))
    return schedule_export_document(to, text, None)


def _plans(call: Call) -> Mapping[str, Schedule]:
    """The plans that were sent, by name, each after the past of the run that is resumed.

    Raises:
        BadInput: none, too many, or knots that are none.
    """
    sent = part(call.body, "plans")
    if not 0 < len(sent) <= _MOST_PLANS:
        raise BadInput(f"1 to {_MOST_PLANS} plans by name, not {len(sent)}", where="plans")
    past = _past(call) if word(call.body, "resume") is not None else None
    return {str(name)[:80]: _plan(part(sent, name), past, f"plan {name!r}") for name in sent}


def _plan(knots: Sent, past: tuple[Schedule, float] | None, where: str) -> Schedule:
    x, value = numbers(knots, "x"), numbers(knots, "value")
    if x.size < 2 or x[-1] < _LEAST_STEPS:
        raise BadInput("a plan has two knots or more, and some steps", where=where)
    if past is None:
        return Schedule("knots", {"x": x, "value": value})
    schedule, since = past
    return schedule.then(Schedule("knots", {"x": x - since, "value": value}), at=since)


def _past(call: Call) -> tuple[Schedule, float]:
    """The schedule of the run that is resumed, and the step from which it goes on."""
    return api.past_of(needed(call.body, "resume"), number(call.body, "since"), fitted(call).whole)


def _formed(name: str, params: Sent) -> Schedule:
    known = SCHEDULES.load(name).parameters
    return Schedule(name, {key: number(params, key) for key in params if key in known and params[key] is not None})


def _knots(schedule: Schedule, since: float = 0.0) -> Document:
    x, value = (np.asarray(schedule.params[name], float) for name in ("x", "value"))
    return {"x": (x + since).tolist(), "value": value.tolist()}


def _measured(table: Table) -> dict[str, tuple[Array, Array]]:
    """Steps and losses of each run, where they were measured."""
    ids = np.asarray([str(run) for run in table.columns["run"]])
    step, y = (np.asarray(table.columns[name], float) for name in ("step", "y"))
    known = np.isfinite(y)
    return {run: (step[(ids == run) & known], y[(ids == run) & known]) for run in dict.fromkeys(ids.tolist())}
