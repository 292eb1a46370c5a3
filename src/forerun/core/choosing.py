"""Which of a run's metrics are spoken of."""

from __future__ import annotations

from collections.abc import Sequence

from forerun.core.curve import Curve
from forerun.core.errors import UnknownName
from forerun.core.metrics import preferred
from forerun.core.run import Run


def metrics_of(run: Run, asked: Sequence[str] = ()) -> list[str]:
    """The metrics to speak of: those asked for, ``"all"`` that measure quality; else the project's, else the preferred.

    The project's is that of the run's own settings, where the run has it.

    Raises:
        UnknownName: the run has no such metric; the message lists those it has.
    """
    if list(asked) == ["all"]:
        return _preferred(run)
    for name in asked:
        if name not in run.curves:
            raise UnknownName("metric", name, run.curves, where=run.id)
    project = [name for name in run.curves if name == run.settings.metric]
    return list(asked) or project or _preferred(run)[:1]


def _preferred(run: Run) -> list[str]:
    return preferred(run.curves, {name: len(curve) for name, curve in run.curves.items()})


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
    """The curves of a run that measure quality, first the one asked for, else the project's."""
    names = preferred(run.curves, {name: len(curve) for name, curve in run.curves.items()})
    first = present(run, [] if asked is None else [asked])
    return [run.curves[name] for name in dict.fromkeys([*first, *names])]
