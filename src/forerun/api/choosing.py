"""Which of a run's metrics a verb speaks of."""

from __future__ import annotations

from collections.abc import Sequence

from forerun.core import Run, Undecided, UnknownName
from forerun.core.metrics import preferred


def metrics_of(run: Run, metrics: Sequence[str] = ()) -> list[str]:
    """The metrics to speak of: those named, ``"all"`` that measure quality, or the preferred one.

    Raises:
        UnknownName: the run has no such metric; the message lists those it has.
    """
    if list(metrics) == ["all"]:
        return _preferred(run)
    for name in metrics:
        if name not in run.curves:
            raise UnknownName("metric", name, run.curves, where=run.id)
    return list(metrics) or _preferred(run)[:1]


def _preferred(run: Run) -> list[str]:
    return preferred(run.curves, {name: len(curve) for name, curve in run.curves.items()})


def known_metric(metric: str | None, runs: Sequence[Run]) -> list[str]:
    """The project's metric where a run has it."""
    return [metric] if metric is not None and any(metric in run.curves for run in runs) else []


def check_metrics(runs: Sequence[Run], metrics: Sequence[str]) -> None:
    """Raise ``UnknownName`` for a metric that no run has; the message lists those there are."""
    known = dict.fromkeys(name for run in runs for name in run.curves)
    for name in metrics:
        if runs and name != "all" and name not in known:
            raise UnknownName("metric", name, preferred(known) or known)


def present(run: Run, metrics: Sequence[str]) -> list[str]:
    """The metrics to answer for: of those named, the ones this run has."""
    logged = [name for name in metrics if name in run.curves or name == "all"]
    return metrics_of(run, logged) if logged or not metrics else []


def no_quality(run: Run) -> Undecided:
    """What is said of a run that has no metric to speak of."""
    logged = ", ".join(run.curves) or "none logged"
    return Undecided("no metric that measures quality", f"a loss, a score or a return; logged: {logged}")
