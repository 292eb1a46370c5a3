"""`scan`: what detectors see, each event told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forerun.api.reading import Where, runs_of
from forerun.core import Curve, Finding, Run
from forerun.core.choosing import quality_of
from forerun.monitor import detectors_of
from forerun.monitor.watched import findings_in


def scan(
    what: Curve | Run | Iterable[Run] | Where,
    *,
    detectors: Sequence[str] = (),
    horizon: float | None = None,
    metric: str | None = None,
) -> dict[str, list[Finding]]:
    """What detectors see in the metric a run is judged by, and in its first losses, scores and returns.

    Values that are not finite are told of every metric that measures quality. What shows in several metrics at the
    same place is one finding: of the metric that showed it first, of several at once the most important;
    ``evidence["also"]`` names the others.

    Args:
        what: a curve, a run, several, or a path to read.
        detectors: names; default all.
        horizon: look only at points up to this x, as if the run stood there.
        metric: what runs are judged by; default that of the settings they were read under, else the most
            important one they have.

    Returns:
        Findings by run id, in order of alarm; a single curve is kept under ``""``.

    Example:
        >>> curve = Curve([1, 2, 3], [1.0, float("inf"), 0.9], metric="loss")
        >>> [finding.kind for finding in scan(curve)[""]]
        ['non_finite']
    """
    chosen = detectors_of(detectors)
    if isinstance(what, Curve):
        return {"": findings_in([what], chosen, horizon)}
    return {run.id: findings_in(quality_of(run, metric), chosen, horizon) for run in runs_of(what)}
