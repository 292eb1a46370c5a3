"""What a project says of its runs; and what holds for one metric of one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forerun.core.curve import Direction
from forerun.core.frozen import Noun


@dataclass(frozen=True, eq=False)
class Settings(Noun):
    """What a project says of its runs, None where it says nothing. Each run carries those it was read under.

    Args:
        metric: the metric forecasts and advice are about, of runs that have it.
        direction: which way that metric is better, where its name misleads.
        target: the value aimed at, in the unit of that metric.
        horizon: planned end of runs whose log does not tell it, in units of their axis.
        cost_per_hour: cost of an hour of one run, in any currency.
        ignore: glob patterns of relative paths that are not logs.
        profile: lines of text logs of one's own, as names and descriptions::

            [[profile]]
            name = "ours"
            line = "ep {epoch} it {step} loss={train/loss} {*} acc={val/acc}"

            ``{name}`` stands for a number, ``{*}`` for any text; `forerun.runs.readers.lines.template` has the rules.
    """

    metric: str | None = None
    direction: Direction | None = None
    target: float | None = None
    horizon: float | None = None
    cost_per_hour: float | None = None
    ignore: tuple[str, ...] = ()
    profile: tuple[tuple[str, str], ...] = ()


def resolved(
    settings: Settings, metric: str, *, target: float | None = None, cost_per_hour: float | None = None
) -> Settings:
    """What holds for a metric of a run: a value given by keyword or flag, else what the project says.

    A target is aimed at in the project's metric; where it names one, it is no target of the others.

    Args:
        settings: those the run carries.
        metric: the metric that is spoken of.
        target, cost_per_hour: given by keyword or flag; None where they were not.

    Example:
        >>> project = Settings(metric="val/loss", target=3.2, cost_per_hour=2.0)
        >>> resolved(project, "val/loss", cost_per_hour=5.0)
        Settings(metric='val/loss', direction=None, target=3.2, horizon=None, cost_per_hour=5.0, ignore=(), profile=())
        >>> resolved(project, "val/acc").target, resolved(project, "val/acc", target=0.9).target
        (None, 0.9)
    """
    own = settings if settings.metric in (None, metric) else replace(settings, target=None)
    return replace(
        own,
        target=own.target if target is None else target,
        cost_per_hour=own.cost_per_hour if cost_per_hour is None else cost_per_hour,
    )
