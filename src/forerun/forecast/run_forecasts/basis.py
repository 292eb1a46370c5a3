"""What the forecast of a run rests on beside its curve: up to where it is made, and the runs a forecaster is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forerun.core import Run
from forerun.forecast.forecaster import Sibling
from forerun.forecast.run_forecasts.ends import End, ends_of
from forerun.forecast.run_forecasts.planning import plan_of
from forerun.runs.siblings import Siblings

MOST_SIBLINGS = 20
"""Runs that a forecaster is shown beside one, at most (ours)."""


@dataclass(frozen=True)
class Basis:
    """Up to where a run is forecast, and the runs beside it that a forecaster is shown."""

    end: End
    siblings: tuple[Sibling, ...] = ()


def bases_of(
    pairs: Sequence[tuple[Run, str]],
    beside: Sequence[Run] = (),
    *,
    at: float | None = None,
    before: Mapping[tuple[str, str], float] | None = None,
    alone: bool = False,
) -> list[Basis]:
    """What the forecast of each run's metric rests on; what lies beside them is looked up once for all.

    Args:
        pairs: runs and their metrics.
        beside: all runs that were read together.
        at, before: as in `ends_of`.
        alone: no run is shown beside another. Where runs end the others tell all the same.

    Example:
        >>> from forerun.core import Curve
        >>> def run(id, status, y):
        ...     return Run(id, {"loss": Curve(range(1, len(y) + 1), y, metric="loss")}, "csv", status=status)
        >>> runs = [run("a", "finished", [3.0, 2.0, 1.0]), run("b", "running", [3.1, 2.1])]
        >>> (basis,) = bases_of([(runs[1], "loss")], runs)
        >>> basis.end.at, [one.run for one in basis.siblings]
        (3.0, ['a'])
    """
    kin = Siblings(list({run.id: run for run in [*beside, *(run for run, _ in pairs)]}.values()))
    ends = ends_of(pairs, kin, at=at, before=before)
    shown = [() if alone or not is_forecast(run, at) else _shown(run, name, kin) for run, name in pairs]
    return [Basis(end, siblings) for end, siblings in zip(ends, shown, strict=True)]


def is_forecast(run: Run, at: float | None) -> bool:
    """Whether a run is forecast: one that has reached its planned end is where an x is asked for."""
    return run.status != "finished" or at is not None


def _shown(run: Run, metric: str, kin: Siblings) -> tuple[Sibling, ...]:
    """What the run itself was before it was resumed, where that went further, and the nearest runs that are over."""
    curve = run.curves[metric]
    further = [one for one in run.segments.get(metric, ())[:-1] if one.x[-1] > curve.x[-1]]
    earlier = [Sibling(f"{run.id} before it was resumed", one) for one in further[-1:]]
    nearest = kin.nearest(run, curve, MOST_SIBLINGS - len(earlier))
    return (*earlier, *(Sibling(other.id, other.curves[metric], plan_of(other)) for other in nearest))
