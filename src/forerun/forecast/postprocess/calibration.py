"""A calibration: how a forecaster's quantiles must be moved on one's own runs, and what they then hold.

Two ways. ``pit`` reads other levels where outcomes fell at other levels than promised: it mends biases too, sharpens
intervals that are too wide, and forecasts better (evidence/forecast). ``conformal`` stretches each interval so far that
it held its share of groups: wider, and for those who would rather be late than wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from forerun.core import LEVELS, Array, BadInput, Curve, Forecast, FrozenMap, UnknownName
from forerun.forecast.postprocess.coverage import LEADS
from forerun.stats.conformal import stretched, stretches
from forerun.stats.recalibration import normal_scores, recalibrated, shift_and_spread
from forerun.stats.scores import interval
from forerun.stats.zscale import zscale

_LEAST = 20  # cases a lead needs of its own
_MASSES = (0.5, 0.8, 0.9)
WAYS = ("pit", "conformal")


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
        stretch: shape (3, levels): of short, middling and long leads; ones for ``pit``.
        coverage: share of outcomes within the 50, 80 and 90% interval once calibrated, each group judged by the others.
        before: the same without it. cases, groups: how many it was learned from.
        way: ``pit`` or ``conformal``. shift, spread: of the normal scores; 0 and 1 for ``conformal``.
    """

    name: str
    method: str
    version: str
    stretch: tuple[tuple[float, ...], ...]
    coverage: FrozenMap[str, float]
    before: FrozenMap[str, float]
    cases: int
    groups: int
    way: str = "conformal"
    shift: float = 0.0
    spread: float = 1.0

    def applied(self, curve: Curve, forecast: Forecast) -> Forecast:
        """The forecast, calibrated, with the coverage measured of its kind.

        Raises:
            BadInput: the forecast is of another method or version.
        """
        if (forecast.method, forecast.version) != (self.method, self.version):
            raise BadInput(
                f"made for {self.method} {self.version}, not for {forecast.method} {forecast.version}; calibrate again",
                where=f"calibration {self.name!r}",
            )
        scale = zscale(curve.y[np.isfinite(curve.y)])
        z = scale.to_z(forecast.quantiles)
        which = np.searchsorted(LEADS, forecast.at / forecast.origin if forecast.origin > 0 else forecast.at + np.inf)
        sign = 1.0 if curve.direction == "max" else -1.0
        moved = _moved(_turned(z, sign), which, (self.shift, self.spread), np.array(self.stretch))
        quantiles = scale.from_z(_turned(moved, sign))
        coverage = {"measured": dict(self.coverage), "on": self.name, "cases": self.cases, "groups": self.groups}
        return replace(forecast, quantiles=quantiles, events=FrozenMap({**forecast.events, "coverage": coverage}))

    def as_json(self) -> dict[str, Any]:
        """What `Calibration.of_json` reads."""
        return {
            "name": self.name, "method": self.method, "version": self.version,
            "stretch": [list(s) for s in self.stretch],
            "coverage": dict(self.coverage), "before": dict(self.before), "cases": self.cases, "groups": self.groups,
            "way": self.way, "shift": self.shift, "spread": self.spread,
        }  # fmt: skip

    @classmethod
    def of_json(cls, body: dict[str, Any]) -> Calibration:
        fields: dict[str, Any] = dict(body)
        fields |= {key: FrozenMap(body[key]) for key in ("coverage", "before")}
        fields["stretch"] = tuple(tuple(row) for row in body["stretch"])
        return cls(**fields)


def learn(name: str, outcomes: Sequence[Outcome], way: str = "pit") -> Calibration:
    """A calibration from forecasts made within finished runs.

    Raises:
        UnknownName: no such way.
        BadInput: fewer than 20 forecasts, or all of one group.
    """
    if way not in WAYS:
        raise UnknownName("way to calibrate", way, WAYS)
    groups = [one.group for one in outcomes]
    if len(outcomes) < _LEAST or len(set(groups)) < 2:
        raise BadInput(
            f"{len(outcomes)} forecasts of {len(set(groups))} runs or tasks are too few to learn from; "
            + f"at least {_LEAST} of two",
            where=f"calibration {name!r}",
        )
    signs = [1.0 if one.curve.direction == "max" else -1.0 for one in outcomes]
    scales = [zscale(_finite(one.curve)) for one in outcomes]
    quantiles = np.stack(
        [_turned(s.to_z(o.forecast.quantiles[-1:]), g)[0] for s, o, g in zip(scales, outcomes, signs, strict=True)]
    )
    outcome = np.array([g * float(s.to_z(o.y)) for s, o, g in zip(scales, outcomes, signs, strict=True)])
    lead = np.searchsorted(LEADS, [one.forecast.at[-1] / one.forecast.origin for one in outcomes])
    cases = _Cases(quantiles, outcome, lead, np.array(groups))
    coverage = np.array([_held_out(cases, way, group) for group in dict.fromkeys(groups)])
    moved, stretch = _learned(cases, way)
    first = outcomes[0].forecast
    rounded = cast(list[list[float]], np.round(stretch, 4).tolist())
    return Calibration(
        name, first.method, first.version, tuple(tuple(row) for row in rounded),
        _named(coverage.mean(axis=0)), _named(_covered(quantiles, outcome)), len(outcomes), len(set(groups)), way,
        *moved,
    )  # fmt: skip


@dataclass(frozen=True)
class _Cases:
    """z up is better: quantiles (n, levels) and outcomes (n,), which lead and which group they are of."""

    quantiles: Array
    outcome: Array
    lead: np.ndarray
    group: np.ndarray

    def of(self, mine: np.ndarray) -> _Cases:
        return _Cases(self.quantiles[mine], self.outcome[mine], self.lead[mine], self.group[mine])


def _learned(cases: _Cases, way: str) -> tuple[tuple[float, float], Array]:
    """Shift and spread of the normal scores, and the stretches of every lead."""
    if way == "conformal":
        return (0.0, 1.0), _by_lead(cases)
    scores = normal_scores(LEVELS, cases.quantiles, cases.outcome)
    shift, spread = shift_and_spread(scores, cases.group.tolist())
    return (round(shift, 4), round(spread, 4)), np.ones((len(LEADS) + 1, LEVELS.size))


def _moved(z: Array, lead: np.ndarray, moved: tuple[float, float], stretch: Array) -> Array:
    """Quantiles (n, levels) of z as a calibration moves them."""
    again = recalibrated(LEVELS, z, *moved)
    return np.concatenate([stretched(LEVELS, again[i : i + 1], stretch[k]) for i, k in enumerate(lead)])


def _turned(z: Array, sign: float) -> Array:
    """Quantiles turned so that up is better, or back."""
    return z if sign > 0 else -z[:, ::-1]


def _finite(curve: Curve) -> Array:
    return curve.y[np.isfinite(curve.y)]


def _by_lead(cases: _Cases) -> Array:
    """Stretches of every lead; those of all leads where one has too few cases."""
    every = stretches(LEVELS, cases.quantiles, cases.outcome, cases.group.tolist())
    parts = [cases.of(cases.lead == k) for k in range(len(LEADS) + 1)]
    return np.stack(
        [
            stretches(LEVELS, part.quantiles, part.outcome, part.group.tolist())
            if part.outcome.size >= _LEAST
            else every
            for part in parts
        ]
    )


def _held_out(cases: _Cases, way: str, group: str) -> list[float]:
    """Coverage on one group of what the others teach."""
    own = cases.of(cases.group == group)
    return _covered(_moved(own.quantiles, own.lead, *_learned(cases.of(cases.group != group), way)), own.outcome)


def _covered(quantiles: Array, outcome: Array) -> list[float]:
    ends = [interval(LEVELS, quantiles, mass) for mass in _MASSES]
    return [float(((low <= outcome) & (outcome <= high)).mean()) for low, high in ends]


def _named(coverage: Any) -> FrozenMap[str, float]:
    return FrozenMap({f"{mass:g}": round(float(value), 4) for mass, value in zip(_MASSES, coverage, strict=True)})
