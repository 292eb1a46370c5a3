"""Schedules beside one another: their LR areas, what a law says each ends at, and how far each is behind the best.

Two losses that one law foretells are wrong together, so their difference is known better than either. It is taken pair
by pair over the parameters that the data allow; what is left of the law's own error in it was measured on recorded
schedules (`measured`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Range, Schedule, Undecided
from forerun.core.frozen import Noun
from forerun.laws.design.nodes import ending_of
from forerun.laws.fitter import misfit
from forerun.laws.fitter.coordinates import unscaled
from forerun.laws.fitter.fit import Errors, Fit
from forerun.schedules.written import rates

LEVEL = 0.8
_MEASURED = Path(__file__).with_name("measured.json")
_COUNTS = 2.0
"""Times that the variance of the law's own error counts, in a loss as in the difference of two. In a difference: as of
two errors that have nothing to do with each other, for recorded pairs share their error's sign no more often than not.
In a loss: a schedule is looked at because the law calls it low. Chosen of 1 and 2 (evidence/laws/differences.md), where
the whole of what left-out runs had shown counted."""


@dataclass(frozen=True, eq=False)
class Candidate(Noun):
    """A schedule with what a law says of it.

    Args:
        name: what it is called.
        area: the sum of the rate over its steps.
        loss: what will be measured at its end, 80%; `Undecided` where the law refuses, None without a law.
        behind: by how much that is above the lowest of those beside it, 80%, as a paired difference; None for the
            lowest itself.
        warnings: where the law may not hold of it.
    """

    name: str
    schedule: Schedule
    area: float
    loss: Range | Undecided | None = None
    behind: Range | None = None
    warnings: tuple[str, ...] = ()

    @property
    def within_error(self) -> bool:
        """Whether it may be as good as the lowest, for all that the law can tell."""
        return self.behind is not None and self.behind.low <= 0.0


@dataclass(frozen=True, eq=False)
class Ending:
    """What a law says of a schedule's end, on the scale of residuals: errors, and the sd of its misfit there."""

    errors: Errors
    misfit: float

    @property
    def middle(self) -> float:
        """The prediction."""
        return float(self.errors.middle[0])


def weigh(
    schedules: Mapping[str, Schedule], made: Fit | None = None, ends: Mapping[str, Ending | Undecided] | None = None
) -> tuple[Candidate, ...]:
    """Schedules over steps beside one another, in their order.

    Args:
        made: the fitted law; LR areas alone without.
        ends: what `ending` says of each, where it was asked already.

    Example:
        >>> plans = {name: Schedule(name, {"peak": 0.1, "steps": 100}) for name in ("linear", "constant")}
        >>> [(one.name, round(one.area, 6)) for one in weigh(plans)]
        [('linear', 5.05), ('constant', 10.0)]
    """
    plain = [Candidate(name, one, float(rates(one).sum())) for name, one in schedules.items()]
    if made is None:
        return tuple(plain)
    endings = [ending(made, one) for one in schedules.values()] if ends is None else [ends[name] for name in schedules]
    best = min((end for end in endings if isinstance(end, Ending)), key=lambda end: end.middle, default=None)
    return tuple(_weighed(made, one, end, best) for one, end in zip(plain, endings, strict=True))


def _weighed(made: Fit, plain: Candidate, end: Ending | Undecided, best: Ending | None) -> Candidate:
    if isinstance(end, Undecided) or best is None:
        return replace(plain, loss=end if isinstance(end, Undecided) else None)
    gap = None if end is best else behind(made, end, best)
    return replace(plain, loss=expected(made, end), behind=gap, warnings=end.errors.warnings)


def coverage(made: Fit) -> dict[str, Any]:
    """What 80% intervals by this law were measured to hold, on recorded schedules; empty for other laws."""
    measured = json.loads(_MEASURED.read_text("utf-8"))
    return measured if (measured["law"], measured["version"]) == (made.law, made.version) else {}


def ending(made: Fit, schedule: Schedule) -> Ending | Undecided:
    """What a law says of a schedule's end; `Undecided` where it refuses, as at another peak rate."""
    X = ending_of(schedule)
    errors = made.errors_at(X)
    if isinstance(errors, Undecided):
        return errors
    own = misfit.law_error(made.misfit, misfit.distance_of(made.formula, made.support, X))
    return Ending(errors, float(own[0]))


def expected(made: Fit, end: Ending) -> Range:
    """The loss that will be measured, 80%."""
    estimate, low, high = expected_at(made, end.errors.middle, end.errors.sd, np.array([end.misfit]))
    return Range(float(estimate[0]), float(low[0]), float(high[0]), "loss")


def expected_at(made: Fit, middle: Array, sd: Array, law_error: Array) -> tuple[Array, Array, Array]:
    """Losses that will be measured, with the ends of their 80% intervals, from errors on the scale of residuals."""
    law = made.formula
    reach = misfit.quantile(0.5 + LEVEL / 2.0) * np.sqrt(sd**2 + (_counts(made) - 1.0) * law_error**2)
    return unscaled(law, middle), unscaled(law, middle - reach), unscaled(law, middle + reach)


def _counts(made: Fit) -> float:
    return _COUNTS / made.formula.misfit_share**2


def behind(made: Fit, one: Ending, other: Ending) -> Range:
    """By how much one loss is above the other, with the interval of what will be measured of two such runs."""
    middle = one.middle - other.middle
    drawn = (one.errors.draws - other.errors.draws)[:, 0] - middle
    params = float(np.median(np.abs(drawn))) / 0.6745 if drawn.size else 0.0
    sd = np.sqrt(params**2 + 2.0 * made.noise**2 + _counts(made) * max(one.misfit, other.misfit) ** 2)
    base = float(unscaled(made.formula, other.errors.middle)[0])
    reach = misfit.quantile(0.5 + LEVEL / 2.0) * float(sd)
    low, estimate, high = (base * float(v) for v in np.expm1(middle + reach * np.array([-1.0, 0.0, 1.0])))
    return Range(estimate, low, high, "loss")
