"""A calibration: how a forecaster's intervals must be stretched on one's own runs, and what they then hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forerun.core import LEVELS, Array, BadInput, Curve, Forecast, FrozenMap
from forerun.forecast.coverage import LEADS
from forerun.stats.conformal import stretched, stretches
from forerun.stats.scores import interval
from forerun.stats.zscale import zscale

_LEAST = 20  # cases a lead needs of its own
_MASSES = (0.5, 0.8, 0.9)


@dataclass(frozen=True)
class Outcome:
    """A forecast made at a past origin, and what happened at its last point.

    Args:
        seen: the curve as it was shown. forecast: made on it. y: the outcome. group: the task, or the run.
    """

    seen: Curve
    forecast: Forecast
    y: float
    group: str


@dataclass(frozen=True)
class Calibration:
    """What was learned from finished runs.

    Args:
        name: given by who made it. method, version: of the forecaster it speaks of.
        stretch: shape (3, levels): of short, middling and long leads.
        coverage: share of outcomes within the 50, 80 and 90% interval once stretched, each group judged by the others.
        before: the same without stretching. cases, groups: how many it was learned from.
    """

    name: str
    method: str
    version: str
    stretch: tuple[tuple[float, ...], ...]
    coverage: FrozenMap
    before: FrozenMap
    cases: int
    groups: int

    def applied(self, seen: Curve, forecast: Forecast) -> Forecast:
        """The forecast, stretched, with the coverage measured of its kind.

        Raises:
            BadInput: the forecast is of another method or version.
        """
        if (forecast.method, forecast.version) != (self.method, self.version):
            raise BadInput(
                f"made for {self.method} {self.version}, not for {forecast.method} {forecast.version}; calibrate again",
                where=f"calibration {self.name!r}",
            )
        scale = zscale(seen.y[np.isfinite(seen.y)])
        z = scale.to_z(forecast.quantiles)
        which = np.searchsorted(LEADS, forecast.at / forecast.origin if forecast.origin > 0 else forecast.at + np.inf)
        stretch = np.array(self.stretch)[which]
        quantiles = scale.from_z(np.concatenate([stretched(LEVELS, z[i : i + 1], s) for i, s in enumerate(stretch)]))
        told = {"measured": dict(self.coverage), "on": self.name, "cases": self.cases, "groups": self.groups}
        return replace(forecast, quantiles=quantiles, events=FrozenMap({**forecast.events, "coverage": told}))

    def as_json(self) -> dict[str, Any]:
        """What `Calibration.of_json` reads."""
        return {
            "name": self.name, "method": self.method, "version": self.version,
            "stretch": [list(s) for s in self.stretch],
            "coverage": dict(self.coverage), "before": dict(self.before), "cases": self.cases, "groups": self.groups,
        }  # fmt: skip

    @classmethod
    def of_json(cls, body: dict[str, Any]) -> Calibration:
        maps = {key: FrozenMap(body[key]) for key in ("coverage", "before")}
        return cls(**{**body, **maps, "stretch": tuple(tuple(s) for s in body["stretch"])})


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
            where=f"calibration {name!r}",
        )
    quantiles = np.stack([zscale(_finite(one.seen)).to_z(one.forecast.quantiles[-1]) for one in outcomes])
    outcome = np.array([float(zscale(_finite(one.seen)).to_z(one.y)) for one in outcomes])
    lead = np.searchsorted(LEADS, [one.forecast.at[-1] / one.forecast.origin for one in outcomes])
    held = np.array([_held(quantiles, outcome, lead, groups, group) for group in dict.fromkeys(groups)])
    first = outcomes[0].forecast
    return Calibration(
        name, first.method, first.version,
        tuple(tuple(np.round(s, 4).tolist()) for s in _by_lead(quantiles, outcome, lead, groups)),
        _named(held.mean(axis=0)), _named(_covered(quantiles, outcome)), len(outcomes), len(set(groups)),
    )  # fmt: skip


def _finite(curve: Curve) -> Array:
    return curve.y[np.isfinite(curve.y)]


def _by_lead(quantiles: Array, outcome: Array, lead: np.ndarray, groups: Sequence[str]) -> Array:
    """Stretches of every lead; those of all leads where one has too few cases."""
    names = np.asarray(groups)
    every = stretches(LEVELS, quantiles, outcome, names.tolist())
    parts = [lead == k for k in range(len(LEADS) + 1)]
    return np.stack(
        [
            stretches(LEVELS, quantiles[mine], outcome[mine], names[mine].tolist()) if mine.sum() >= _LEAST else every
            for mine in parts
        ]
    )


def _held(quantiles: Array, outcome: Array, lead: np.ndarray, groups: Sequence[str], group: str) -> list[float]:
    """Coverage on one group of what the others teach."""
    mine = np.asarray(groups) == group
    stretch = _by_lead(quantiles[~mine], outcome[~mine], lead[~mine], np.asarray(groups)[~mine].tolist())
    told = np.stack(
        [stretched(LEVELS, q[None], stretch[k])[0] for q, k in zip(quantiles[mine], lead[mine], strict=True)]
    )
    return _covered(told, outcome[mine])


def _covered(quantiles: Array, outcome: Array) -> list[float]:
    ends = [interval(LEVELS, quantiles, mass) for mass in _MASSES]
    return [float(((low <= outcome) & (outcome <= high)).mean()) for low, high in ends]


def _named(coverage: Any) -> FrozenMap:
    return FrozenMap({f"{mass:g}": round(float(value), 4) for mass, value in zip(_MASSES, coverage, strict=True)})
