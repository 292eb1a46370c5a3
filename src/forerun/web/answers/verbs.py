"""``/api/runs``, ``predict``, ``scan`` and ``advise``: what the commands say with ``--json``, of runs as they grow.

``?run=ID``, several times for several, names runs; without, all. Other words are the options of the command; what is
not said is as it was said to ``forerun serve``. Where nothing is said otherwise and runs were looked at, the answer is
what the page shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from forerun import api
from forerun.api import Look, run_decision
from forerun.core import Budget, Run, Runs
from forerun.core.choosing import present
from forerun.core.display import counted
from forerun.documents.advise import advise_document
from forerun.documents.predict import predict_document
from forerun.documents.read import read_document
from forerun.documents.scan import scan_document
from forerun.documents.shape import Document
from forerun.runs.siblings import Siblings
from forerun.web.call import Call, StillReading
from forerun.web.snapshot import is_looked_at


def runs(call: Call) -> Document:
    """What ``forerun read`` says; ``from`` and ``count`` bound how many runs."""
    every = _runs(call)
    start, count = call.whole("from", 0, most=10**9), call.whole("count", len(every), most=10**9)
    return read_document(Runs(every[start : start + count], call.workspace.runs.skipped)) | {"total": len(every)}


def predict(call: Call) -> Document:
    """What ``forerun predict`` says: metric, at, target, method, alone."""
    runs = _runs(call)
    if (looks := _shown(call, runs)) is not None:
        return predict_document([look.forecast for look in looks if look.forecast is not None])
    metrics = call.several("metric") or _several(call.workspace.settings.metric)
    pairs = [(run, name) for run in runs for name in present(run, metrics)]
    return predict_document(api.run_forecasts(pairs, call.number("at"), _setup(call)))


def scan(call: Call) -> Document:
    """What ``forerun scan`` says: detector, metric."""
    settings = call.workspace.settings
    detector, metric = call.several("detector") or settings.detector, call.text("metric") or settings.metric
    return scan_document(api.scan(_runs(call), detector=detector, metric=metric))


def advise(call: Call) -> Document:
    """What ``forerun advise`` says, urgent runs first, by these of its options: policy, metric, at, target, method,
    alone, cost_per_hour, budget.
    """
    return advise_document(map(run_decision, sorted(_decided(call), key=lambda look: api.urgency(look.decision))))


def _decided(call: Call) -> list[Look]:
    """The looks of the runs named; those beside them are looked at too, as runs are judged beside each other."""
    runs = _runs(call)
    if (looks := _shown(call, runs)) is not None:
        return looks
    settings, setup = call.workspace.settings, _setup(call)
    kin = Siblings(call.workspace.runs.runs)
    every: dict[str, Run] = {run.id: run for run in runs}
    if not setup.alone:
        every |= {other.id: other for run in runs for other in kin.beside(run) if other.id not in every}
    metric, cost = call.text("metric") or settings.metric, call.number("cost_per_hour")
    policy, words = call.text("policy") or settings.policy, call.text("budget")
    budget = settings.budget if words is None else Budget.of(words, "?budget")
    examined = api.examine(list(every.values()), setup, metric=metric, at=call.number("at"), detector=settings.detector)
    decided = api.decide(
        examined, policy=policy, target=setup.target, cost_per_hour=settings.cost_per_hour if cost is None else cost,
        budget=budget, alone=setup.alone,
    )  # fmt: skip
    return decided[: len(runs)]


def _shown(call: Call, runs: Sequence[Run]) -> list[Look] | None:
    """What the page shows of these runs; None where something is asked for otherwise, or one was not looked at."""
    if set(call.query) - {"run"}:
        return None
    looks = [call.workspace.snapshot.look(run) for run in runs]
    return looks if all(map(is_looked_at, looks)) else None


def _several(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _setup(call: Call) -> api.ForecastSetup:
    """Forecasts of some runs lean on all of them, as they do on the command line."""
    settings, target = call.workspace.settings, call.number("target")
    return api.ForecastSetup(
        call.text("method") or settings.method, call.workspace.runs, settings.calibration,
        target=settings.target if target is None else target,
        alone=settings.alone if call.text("alone") is None else call.flag("alone"),
    )  # fmt: skip


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
