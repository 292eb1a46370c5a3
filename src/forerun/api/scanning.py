"""`scan`: what detectors see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forerun.api.reading import Where, runs_of
from forerun.core import Curve, Finding, Run, until
from forerun.core.metrics import meaning
from forerun.monitor import DETECTORS, replay


def scan(
    what: Curve | Run | Iterable[Run] | Where,
    *,
    detectors: Sequence[str] = (),
    horizon: float | None = None,
) -> dict[str, list[Finding]]:
    """What detectors see in every metric that measures quality.

    Args:
        what: a curve, a run, several, or a path to read.
        detectors: names; default all.
        horizon: look only at points up to this x, as if the run stood there.

    Returns:
        Findings by run id, in order of alarm; a single curve is kept under ``""``.

    Example:
        >>> curve = Curve([1, 2, 3], [1.0, float("inf"), 0.9], metric="loss")
        >>> [finding.kind for finding in scan(curve)[""]]
        ['non_finite']
    """
    names = list(detectors) or DETECTORS.working()
    if isinstance(what, Curve):
        return {"": found_in([what], names, horizon)}
    return {run.id: found_in(quality_of(run), names, horizon) for run in runs_of(what)}


def quality_of(run: Run) -> list[Curve]:
    """The curves of a run that measure quality."""
    return [curve for name, curve in run.curves.items() if meaning(name).quality]


def found_in(curves: Iterable[Curve], detectors: Sequence[str], horizon: float | None) -> list[Finding]:
    """What detectors see in curves up to an x, in order of alarm."""
    shown = [curve if horizon is None else until(curve, horizon) for curve in curves]
    found = [finding for curve in shown if len(curve) for name in detectors for finding in replay(curve, name)]
    return sorted(found, key=lambda finding: (finding.alarm, finding.metric))
