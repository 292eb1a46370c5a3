"""What is shown of what was logged: values, where they lie, what runs are called, what happened to them.

Apart from what is shown of what the verbs say (`forerun.figures.view`), as reading waits for no forecaster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Curve, Event, Run
from forerun.core.display import harmless, number, place
from forerun.core.metrics import meaning
from forerun.core.standing import Standing, standing

NOTHING = number(None)
"""What stands where there is no number."""


@dataclass(frozen=True)
class Quantity:
    """A number as it is written, what it is ordered by, and where it lies."""

    text: str = NOTHING
    order: float | None = None
    at: str = ""


UNKNOWN = Quantity()
"""A number that nobody knows."""


@dataclass(frozen=True)
class CurveView:
    """What is shown of a metric that a run logged.

    Args:
        metric, points: its name, and how many points it has.
        x, now: the last place logged and the value there, be it nan.
        best, best_place: the best value, of what measures quality; where it lies, with the axis and without.
        lost: values that are not finite.

    Example:
        >>> shown = CurveView.of(Curve([1000, 2000], [0.5, float("nan")], metric="val/loss"))
        >>> shown.x, shown.now, shown.best.text, shown.best.at, shown.lost
        ('step 2,000', 'nan', '0.5', 'step 1,000', 1)
    """

    metric: str
    points: str
    x: str
    now: str
    best: Quantity
    best_place: str
    lost: int

    @classmethod
    def of(cls, curve: Curve) -> CurveView:
        stands = standing(curve) if meaning(curve.metric).quality else None
        last = (float(curve.x[-1]), float(curve.y[-1])) if len(curve) else None
        return cls(
            metric=curve.metric,
            points=f"{len(curve):,}",
            x=NOTHING if last is None else at(curve.axis, last[0]),
            now=NOTHING if last is None else number(last[1]),
            best=best_of(stands, curve.axis),
            best_place=NOTHING if stands is None else place(stands.best_x, curve.axis),
            lost=int(np.count_nonzero(~np.isfinite(curve.y))),
        )


def best_of(stands: Standing | None, axis: str) -> Quantity:
    """The best value, and where it lies."""
    return UNKNOWN if stands is None else Quantity(number(stands.best), stands.best, at(axis, stands.best_x))


def name_of(run: Run) -> str:
    """The name that a tracker gave a run, where its id does not say it."""
    return run.name if run.name and run.name not in run.id else ""


def label(run: Run) -> str:
    """What a run is called in tables: its id, with the name that a tracker gave it.

    Example:
        >>> label(Run("wandb/1a2b", {}, "wandb", name="lively-sun-7"))
        'wandb/1a2b (lively-sun-7)'
    """
    name = name_of(run)
    return f"{run.id} ({name})" if name else run.id


def at(axis: str, x: float) -> str:
    """A point on an axis; what counts things is whole.

    Example:
        >>> at("step", 1250.4), at("step", 247.5), at("epoch", 2.5)
        ('step 1,250', 'step 248', 'epoch 2.5')
    """
    return f"{harmless(axis, longest=24)} {place(x, axis)}"


def happened(event: Event) -> str:
    """What a log says of a run beside its numbers.

    Example:
        >>> happened(Event("resume", 1200.0, "step", "what was logged beyond is replaced"))
        'resume at step 1,200: what was logged beyond is replaced'
    """
    where = "" if event.x is None else f" at {at(event.axis, event.x)}"
    return f"{event.kind}{where}: {event.message}"
