"""Which of a run's metrics are spoken of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forerun.core.curve import Curve
from forerun.core.errors import UnknownName
from forerun.core.metrics import preferred
from forerun.core.run import Run
from forerun.core.undecided import Undecided


def metrics_of(run: Run, metrics: Sequence[str] = ()) -> list[str]:
    """The metrics to speak of: those named, ``"all"`` that measure quality; else the project's, else the preferred.

    The project's is that of the run's own settings, where the run has it.

    Raises:
        UnknownName: the run has no such metric; the message lists those it has.
    """
    if list(metrics) == ["all"]:
        return _preferred(run)
    for name in metrics:
        if name not in run.curves:
            raise UnknownName("metric", name, run.curves, where=run.id)
    project = [name for name in run.curves if name == run.settings.metric]
    return list(metrics) or project or _preferred(run)[:1]


def _preferred(run: Run) -> list[str]:
    return preferred(run.curves, {name: len(curve) for name, curve in run.curves.items()})


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


def quality_of(run: Run, metric: str | None = None) -> list[Curve]:
    """The curves of a run that measure quality, first the given metric or the project's where the run has it."""
    first = run.settings.metric if metric is None else metric
    return [run.curves[name] for name in quality_names({name: len(run.curves[name]) for name in run.curves}, first)]


def quality_names(points: Mapping[str, int], first: str | None = None) -> list[str]:
    """The metrics that measure quality, most important first.

    Args:
        points: how many points each metric of a run has.
        first: the one that comes first, where the run has it.

    Example:
        >>> quality_names({"lr": 9, "train/loss": 9, "val/loss": 9})
        ['val/loss', 'train/loss']
    """
    chosen = [first] if first is not None and first in points else []
    return list(dict.fromkeys([*chosen, *preferred(points, points)]))


def watched_names(points: Mapping[str, int], first: str | None = None) -> list[str]:
    """The metrics that detectors may read: those that measure quality, most important first, then all others.

    None where nothing measures quality: of such a run nothing is said.

    Example:
        >>> watched_names({"lr": 9, "train/loss": 9, "val/loss": 9}), watched_names({"lr": 9})
        (['val/loss', 'train/loss', 'lr'], [])
    """
    ranked = quality_names(points, first)
    return list(dict.fromkeys([*ranked, *points])) if ranked else []


def watched_of(run: Run, metric: str | None = None) -> list[Curve]:
    """The curves of a run that detectors may read, in the order of `watched_names`."""
    first = run.settings.metric if metric is None else metric
    return [run.curves[name] for name in watched_names({name: len(run.curves[name]) for name in run.curves}, first)]
