"""A power law in the area under the learning rate instead of the step: the simplest law that knows of a cooldown."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Card, Schedule, Undecided
from forerun.forecast import power_law
from forerun.forecast.forecaster import Forecaster, Request, each
from forerun.schedules.path import RatePath

CARD = Card(
    name="lr_area",
    does="Fits L = a + b S^-c as power_law does, S the area under the learning rate, and follows S along the plan.",
    source="the S1 term of Tissue et al. 2024 (eq. 3, without annealing); interval as in power_law",
    assumes="Progress is as fast as the learning rate is large; cooling down only slows it.",
    needs="6 finite points and a schedule that reaches the target.",
    promises="Skill beside the others: evidence/forecast. It misses what a cooldown gives.",
    known_answer="A curve made by the law under a cosine is continued to 1e-3 of its range.",
    control="Told a constant rate, it misses that curve's end by more than 1e-2 of its range.",
)
_LEAST = 6


def _quantiles(request: Request) -> Array | Undecided:
    area = None if request.schedule is None else _area(request.schedule, request.x, request.at)
    if area is None:
        return Undecided("lr_area: the learning rate is not known up to there", "a logged or planned schedule")
    return power_law.continued(area[: request.x.size], request.y, area[request.x.size :])


def _area(schedule: Schedule, x: Array, at: Array) -> Array | None:
    """The area under the rate up to each point seen and asked, strictly increasing where seen; None if not known."""
    points = np.concatenate([x, at])
    path = RatePath.of(schedule, points)
    if not path.known:
        return None
    area = path.area_at(points)
    return area if area[x.size - 1] > 0 and (np.diff(area[: x.size]) > 0).all() else None


LR_AREA = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=_LEAST)
