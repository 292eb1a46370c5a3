"""Detectors, one file each in `values`, `pairs` and `streams`: functions, and at its end the value the table names.

A detector gives its card, its version, its state before the first point and how points move it. A state is a dict that
JSON can carry, so a replay equals a live watch, and a watch survives a restart. Where a user may want another value of
a setting, the file has a function that makes the detector with it (`forerun.monitor.values.spike.spike`).

What all share lies beside them: `binned` makes one of two functions of arrays, `reads` says which metrics are read,
`events` tells each event once, `watched` does both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forerun.core import BadInput, Curve, Family, Finding
from forerun.monitor.detector import Detector, ForecastAt, latest

__all__ = ["DETECTORS", "Detector", "ForecastAt", "detectors_of", "latest", "replay"]

DETECTORS: Family[Detector] = Family(
    kind="detector",
    table={
        "non_finite": "forerun.monitor.values.non_finite:NON_FINITE",
        "spike": "forerun.monitor.values.spike:SPIKE",
        "level_shift": "forerun.monitor.values.level_shift:LEVEL_SHIFT",
        "divergence": "forerun.monitor.values.divergence:DIVERGENCE",
        "plateau": "forerun.monitor.values.plateau:PLATEAU",
        "rising": "forerun.monitor.values.rising:RISING",
        "change_point": "forerun.monitor.values.change_point:CHANGE_POINT",
        "drift": "forerun.monitor.values.drift:DRIFT",
        "resume_bump": "forerun.monitor.values.resume_bump:RESUME_BUMP",
        "entropy_collapse": "forerun.monitor.values.entropy_collapse:ENTROPY_COLLAPSE",
        "wasted": "forerun.monitor.values.wasted:WASTED",
        "growth": "forerun.monitor.values.growth:GROWTH",
        "memorised": "forerun.monitor.pairs.memorised:MEMORISED",
        "grokking": "forerun.monitor.pairs.grokking:GROKKING",
        "ranking": "forerun.monitor.pairs.ranking:RANKING",
        "proxy_gold": "forerun.monitor.pairs.proxy_gold:PROXY_GOLD",
        "narrowing": "forerun.monitor.pairs.narrowing:NARROWING",
        "gradient_drift": "forerun.monitor.pairs.gradient_drift:GRADIENT_DRIFT",
        "behaviour_gap": "forerun.monitor.pairs.behaviour_gap:BEHAVIOUR_GAP",
        "stability_gap": "forerun.monitor.streams.stability_gap:STABILITY_GAP",
    },
    group="forerun.detectors",
    of=Detector,
)


def detectors_of(wanted: str | Detector | Sequence[str | Detector] = ()) -> list[Detector]:
    """One or several detectors, by name or as they are; without any, all that load but those that want to be named.

    Raises:
        UnknownName: no such detector.
        BadInput: two of one name.

    Example:
        >>> from forerun.monitor.values.spike import spike
        >>> [one.name for one in detectors_of(["plateau", spike(sds=8.0)])]
        ['plateau', 'spike']
    """
    detectors: dict[str, Detector] = {}
    several = (wanted,) if isinstance(wanted, (str, Detector)) else wanted
    for one in several or _unnamed():
        detector = DETECTORS.load(one) if isinstance(one, str) else one
        if detectors.setdefault(detector.name, detector) is not detector:
            raise BadInput(f"two of the name {detector.name!r}", where="detector")
    return list(detectors.values())


def _unnamed() -> list[Detector]:
    """Those that look where none is named."""
    return [one for one in map(DETECTORS.load, DETECTORS.working()) if not one.by_name]


def replay(curves: Curve | Mapping[str, Curve], detector: str | Detector) -> list[Finding]:
    """What a detector would have raised on a curve, each finding as it stands at the curve's end.

    Args:
        curves: the curve; of a detector with several roles, a curve a role.
        detector: its name, or itself.

    Raises:
        BadInput: a role has no curve.

    Example:
        >>> curve = Curve([1, 2, 3], [1.0, float("nan"), 0.9], metric="loss")
        >>> [(f.kind, f.start, f.end) for f in replay(curve, "non_finite")]
        [('non_finite', 2.0, 3.0)]
    """
    method = DETECTORS.load(detector) if isinstance(detector, str) else detector
    return method.replay({method.roles[0]: curves} if isinstance(curves, Curve) else curves)
