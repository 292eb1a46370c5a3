"""``/api/runs``, ``predict``, ``scan`` and ``advise``: what the commands say with ``--json``, of runs as they grow.

``?run=ID``, several times for several, names runs; without, all. Other words are the options of the command.
"""

from __future__ import annotations

from forerun import api
from forerun.api import Look, run_decision
from forerun.core import Run, Runs
from forerun.core.choosing import present
from forerun.core.display import counted
from forerun.documents.advise import advise_document
from forerun.documents.predict import predict_document
from forerun.documents.read import read_document
from forerun.documents.scan import scan_document
from forerun.documents.shape import Document
from forerun.runs.siblings import Siblings
from forerun.web.call import Call, StillReading


def runs(call: Call) -> Document:
    """What ``forerun read`` says; ``from`` and ``count`` bound how many runs."""
    every = _runs(call)
    start, count = call.whole("from", 0, most=10**9), call.whole("count", len(every), most=10**9)
    return read_document(Runs(every[start : start + count], call.workspace.runs.skipped)) | {"total": len(every)}


def predict(call: Call) -> Document:
    """What ``forerun predict`` says: metric, at, target, method, alone."""
    pairs = [(run, name) for run in _runs(call) for name in present(run, call.several("metric"))]
    return predict_document(api.run_forecasts(pairs, call.number("at"), _setup(call)))


def scan(call: Call) -> Document:
    """What ``forerun scan`` says: detector, metric."""
    return scan_document(api.scan(_runs(call), detector=call.several("detector"), metric=call.text("metric")))


def advise(call: Call) -> Document:
    """What ``forerun advise`` says, urgent runs first: policy, metric, at, target, method, alone, cost_per_hour."""
    return advise_document(map(run_decision, sorted(_decided(call), key=lambda look: api.urgency(look.decision))))


def _decided(call: Call) -> list[Look]:
    """The looks of the runs named; those beside them are looked at too, as runs are judged beside each other."""
    metric, setup, runs = call.text("metric"), _setup(call), _runs(call)
    kin = Siblings(call.workspace.runs.runs)
    every: dict[str, Run] = {run.id: run for run in runs}
    if not setup.alone:
        every |= {other.id: other for run in runs for other in kin.beside(run) if other.id not in every}
    examined = api.examine(list(every.values()), setup, metric=metric, at=call.number("at"))
    policy, cost = call.text("policy") or "auto", call.number("cost_per_hour")
    target = setup.target
    decided = api.decide(examined, policy=policy, target=target, cost_per_hour=cost, alone=setup.alone)
    return decided[: len(runs)]


def _setup(call: Call) -> api.ForecastSetup:
    """Forecasts of some runs lean on all of them, as they do on the command line."""
    method = call.text("method") or api.METHOD
    return api.ForecastSetup(method, call.workspace.runs, target=call.number("target"), alone=call.flag("alone"))


def _runs(call: Call) -> tuple[Run, ...]:
    """The runs named, else all.

    Raises:
        UnknownName: there is none of that id, or none has the metric.
        StillReading: the logs have not been read once yet.
    """
    if not call.workspace.was_read():
        raise StillReading(f"{counted(call.workspace.snapshot.unread, 'file')} to come; ask again in a while")
    named = call.several("run")
    chosen = tuple(call.workspace.snapshot.run(id) for id in named) if named else call.workspace.runs.runs
    api.check_metrics(chosen, call.several("metric"))
    return chosen
