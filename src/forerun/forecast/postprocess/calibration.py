"""A calibration: how a forecaster's quantiles must be moved on one's own runs, and what they then hold.

Where outcomes fell at other levels than promised, other levels are read (the probability integral transform): that
mends biases too, sharpens intervals that are too wide, and forecasts better, beside siblings as well
(evidence/forecast).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from forerun.core import LEVELS, Array, BadInput, Curve, Forecast, FrozenMap
from forerun.stats.recalibration import normal_scores, recalibrated, shift_and_spread
from forerun.stats.scores import interval
from forerun.stats.zscale import zscale

_LEAST = 20  # cases
_MASSES = (0.5, 0.8, 0.9)


@dataclass(frozen=True)
class Outcome:
    """A forecast made at a past origin, and what happened at its last point.

    Args:
        curve: as far as it was shown. forecast: made on it. y: the outcome. group: the task, or the run.
    """

    curve: Curve
    forecast: Forecast
    y: float
    group: str


@dataclass(frozen=True)
class Calibration:
    """What was learned from finished runs.

    Args:
        name: given by who made it. method, version: of the forecaster it speaks of.
        coverage: share of outcomes within the 50, 80 and 90% interval once calibrated, each group judged by the others.
        before: the same without it. cases, groups: how many it was learned from.
        shift, spread: of the normal scores.
    """

    name: str
    method: str
    version: str
    coverage: FrozenMap[str, float]
    before: FrozenMap[str, float]
    cases: int
    groups: int
    shift: float
    spread: float

    def applied(self, curve: Curve, forecast: Forecast) -> Forecast:
        """The forecast, calibrated, with the coverage measured of its kind.

        Raises:
            BadInput: the forecast is of another method or version.
        """
        if (forecast.method, forecast.version) != (self.method, self.version):
            raise BadInput(
                f"made for {self.method} {self.version}, not for {forecast.method} {forecast.version}; calibrate again",
                where=_at(self.name),
            )
        scale = zscale(curve.y[np.isfinite(curve.y)])
        sign = 1.0 if curve.direction == "max" else -1.0
        moved = recalibrated(LEVELS, _turned(scale.to_z(forecast.quantiles), sign), self.shift, self.spread)
        quantiles = scale.from_z(_turned(moved, sign))
        coverage = {"measured": dict(self.coverage), "on": self.name, "cases": self.cases, "groups": self.groups}
        return replace(forecast, quantiles=quantiles, events=FrozenMap({**forecast.events, "coverage": coverage}))

    def as_json(self) -> dict[str, Any]:
        """What `Calibration.of_json` reads."""
        return vars(self) | {"coverage": dict(self.coverage), "before": dict(self.before)}

    @classmethod
    def of_json(cls, body: dict[str, Any]) -> Calibration:
        """What `as_json` gave.

        Raises:
            BadInput: it stretches intervals, which calibrations no longer do.
        """
        if body.get("way") == "conformal":
            raise BadInput(
                "stretches intervals, as no calibration does any more; calibrate again", where=_at(body["name"])
            )
        known: dict[str, Any] = {field.name: body[field.name] for field in fields(cls)}
        known |= {key: FrozenMap(body[key]) for key in ("coverage", "before")}
        return cls(**known)


def _at(name: str) -> str:
    return f"calibration {name!r}"


def learn(name: str, outcomes: Sequence[Outcome]) -> Calibration:
    """A calibration from forecasts made within finished runs.

    Raises:
        BadInput: fewer than 20 forecasts, or all of one group.
    """
    groups = [one.group for one in outcomes]
    if len(outcomes) < _LEAST or len(set(groups)) < 2:
        raise BadInput(
            f"{len(outcomes)} forecasts of {len(set(groups))} runs or tasks are too few to learn from; "
            + f"at least {_LEAST} of two",
            where=_at(name),
        )
    signs = [1.0 if one.curve.direction == "max" else -1.0 for one in outcomes]
    scales = [zscale(_finite(one.curve)) for one in outcomes]
    quantiles = np.stack(
        [_turned(s.to_z(o.forecast.quantiles[-1:]), g)[0] for s, o, g in zip(scales, outcomes, signs, strict=True)]
    )
    outcome = np.array([g * float(s.to_z(o.y)) for s, o, g in zip(scales, outcomes, signs, strict=True)])
    cases = _Cases(quantiles, outcome, np.array(groups))
    coverage = np.array([_left_out(cases, group) for group in dict.fromkeys(groups)]).mean(axis=0)
    first = outcomes[0].forecast
    return Calibration(
        name, first.method, first.version, _named(coverage), _named(_covered(quantiles, outcome)), len(outcomes),
        len(set(groups)), *_learned(cases),
    )  # fmt: skip


@dataclass(frozen=True)
class _Cases:
    """z up is better: quantiles (n, levels) and outcomes (n,), and which group they are of."""

    quantiles: Array
    outcome: Array
    group: np.ndarray

    def of(self, mine: np.ndarray) -> _Cases:
        return _Cases(self.quantiles[mine], self.outcome[mine], self.group[mine])


def _learned(cases: _Cases) -> tuple[float, float]:
    """Shift and spread of the normal scores."""
    scores = normal_scores(LEVELS, cases.quantiles, cases.outcome)
    shift, spread = shift_and_spread(scores, cases.group.tolist())
    return round(shift, 4), round(spread, 4)


def _turned(z: Array, sign: float) -> Array:
    """Quantiles turned so that up is better, or back."""
    return z if sign > 0 else -z[:, ::-1]


def _finite(curve: Curve) -> Array:
    return curve.y[np.isfinite(curve.y)]


def _left_out(cases: _Cases, group: str) -> list[float]:
    """Coverage on one group of what the others teach."""
    own = cases.of(cases.group == group)
    return _covered(recalibrated(LEVELS, own.quantiles, *_learned(cases.of(cases.group != group))), own.outcome)


def _covered(quantiles: Array, outcome: Array) -> list[float]:
    ends = [interval(LEVELS, quantiles, mass) for mass in _MASSES]
    return [float(((low <= outcome) & (outcome <= high)).mean()) for low, high in ends]


def _named(coverage: Any) -> FrozenMap[str, float]:
    return FrozenMap({f"{mass:g}": round(float(value), 4) for mass, value in zip(_MASSES, coverage, strict=True)})
