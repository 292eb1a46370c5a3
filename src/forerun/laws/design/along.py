"""What a law says all along a schedule, and not at its end alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Schedule, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws.design.nodes import nodes_of
from forerun.laws.design.weighing import Ending, ending, expected_at
from forerun.laws.fitter import misfit
from forerun.laws.fitter.fit import Fit

POINTS = 40
"""Places along a schedule; a picture needs no more, and an edit waits for each."""


@dataclass(frozen=True, eq=False)
class LossPath(Noun):
    """The loss that a law foretells along a schedule.

    Args:
        step: shape (m,), the last the schedule's end.
        loss, low, high: shape (m,), what will be measured there, 80%.
    """

    step: Array
    loss: Array
    low: Array
    high: Array


def along(
    made: Fit, schedule: Schedule, *, points: int = POINTS, end: Ending | Undecided | None = None
) -> LossPath | Undecided:
    """The loss that a law foretells along a schedule over steps; at its end that of `weigh`.

    Args:
        end: what `ending` says of the schedule, where it was asked already.

    Example:
        >>> from forerun.laws import LAWS
        >>> from forerun.laws.fitter import fit
        >>> step = np.arange(100.0, 5001.0, 100.0)
        >>> rate = {"constant": 1e-3 + 0 * step, "wsd": 1e-3 * np.clip((5000 - step) / 1000, 0, 1)}
        >>> runs = Table({"run": [name for name in rate for _ in step], "step": np.tile(step, 2),
        ...               "rate": np.concatenate(list(rate.values()))})
        >>> law = LAWS.load("multi_power")
        >>> y = law.predict(np.array([2.5, 0.6, 0.5, 300.0, 2.0, 0.6, 0.6]), law.read(runs))[0]
        >>> path = along(fit(law, Table({**runs.columns, "y": y})), Schedule("constant", {"peak": 1e-3, "steps": 9000}))
        >>> float(path.step[-1]), bool((np.diff(path.loss) < 0).all())
        (9000.0, True)
    """
    end = ending(made, schedule) if end is None else end
    if isinstance(end, Undecided):
        return end
    x, rate = nodes_of(schedule, schedule.end)
    step = np.linspace(0.0, schedule.end, points + 1)[1:]
    step = step[np.interp(step, x, rate).cumsum() > 0]
    rows = Table({"run": [""] * step.size, "step": step, "rate": np.interp(step, x, rate)})
    X = made.formula.read(rows)
    errors = made.errors_at(X, transfer=True)  # that it may be asked is known of its end
    assert not isinstance(errors, Undecided)
    own = misfit.law_error(made.misfit, misfit.distance_of(made.formula, made.support, X))
    before = expected_at(made, errors.middle, errors.sd, own)
    last = expected_at(made, *_of(end))
    loss, low, high = (np.append(one[:-1], other) for one, other in zip(before, last, strict=True))
    return LossPath(step, loss, low, high)


def _of(end: Ending) -> tuple[Array, Array, Array]:
    return end.errors.middle, end.errors.sd, np.array([end.misfit])
