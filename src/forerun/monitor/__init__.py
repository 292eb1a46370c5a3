"""Detectors, one file each.

A detector is a module with

* ``CARD``: its data sheet;
* ``start(curve) -> State``: its state before the first point, from an empty curve that tells metric, axis, direction;
* ``update(state, points, forecast=None) -> (state, findings)``: takes the next points (a `Curve`; one point or many,
  the result is the same) and returns the findings they raise or close.

A state is a dict that JSON can carry, so a replay equals a live watch, and a watch survives a restart. A finding is
raised with ``end=None`` and raised again with its end when it is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from forerun.core import Curve, Family, Finding, part

DETECTORS: Family[Any] = Family(
    kind="detector",
    table={
        "non_finite": "forerun.monitor.non_finite",
        "spike": "forerun.monitor.spike",
        "plateau": "forerun.monitor.plateau",
        "rising": "forerun.monitor.rising",
    },
    group="forerun.detectors",
)


def replay(curve: Curve, detector: str) -> list[Finding]:
    """What a detector would have raised on a curve, each finding as it stands at the curve's end.

    Example:
        >>> curve = Curve([1, 2, 3], [1.0, float("nan"), 0.9], metric="loss")
        >>> [(f.kind, f.start, f.end) for f in replay(curve, "non_finite")]
        [('non_finite', 2.0, 3.0)]
    """
    module = DETECTORS.load(detector)
    _, findings = module.update(module.start(part(curve, slice(0, 0))), curve)
    return latest(findings)


def latest(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, as last raised, in order of alarm."""
    by_start = {(f.detector, f.metric, f.start): f for f in findings}
    return sorted(by_start.values(), key=lambda f: f.alarm)
