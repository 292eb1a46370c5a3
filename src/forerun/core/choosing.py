"""Which of a run's metrics are spoken of."""

from __future__ import annotations

from collections.abc import Sequence

from forerun.core.curve import Curve
from forerun.core.errors import UnknownName
from forerun.core.metrics import preferred
from forerun.core.run import Run


def metrics_of(run: Run, asked: Sequence[str] = ()) -> list[str]:
    """The metrics to forecast of a run: those asked for, ``"all"`` that measure quality, or the preferred one.

    Raises:
        UnknownName: the run has no such metric; the message lists those it has.
    """
    if list(asked) == ["all"]:
        return _preferred(run)
    for name in asked:
        if name not in run.curves:
            raise UnknownName("metric", name, run.curves, where=run.id)
    return list(asked) or _preferred(run)[:1]


def _preferred(run: Run) -> list[str]:
    return preferred(run.curves, {name: len(curve) for name, curve in run.curves.items()})


def known_metric(metric: str | None, runs: Sequence[Run]) -> list[str]:
    """The project's metric where a run has it."""
    return [metric] if metric is not None and any(metric in run.curves for run in runs) else []


def check_metrics(runs: Sequence[Run], asked: Sequence[str]) -> None:
    """Raise ``UnknownName`` for a metric that no run has; the message lists those there are."""
    known = dict.fromkeys(name for run in runs for name in run.curves)
    for name in asked:
        if runs and name != "all" and name not in known:
            raise UnknownName("metric", name, preferred(known) or known)


def present(run: Run, asked: Sequence[str]) -> list[str]:
    """The metrics to answer for: of those asked, the ones this run has."""
    here = [name for name in asked if name in run.curves or name == "all"]
    return metrics_of(run, here) if here or not asked else []


def quality_of(run: Run, asked: str | None = None) -> list[Curve]:
    """The curves of a run that measure quality, the one it is judged by first: the one asked for where it has it."""
    names = preferred(run.curves, {name: len(curve) for name, curve in run.curves.items()})
    first = [asked] if asked is not None and asked in run.curves else []
    return [run.curves[name] for name in dict.fromkeys([*first, *names])]
