"""Re-warming and re-decaying: a rise and a cosine for each new data set, and how much of the old is replayed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Array, BadInput, Card, Schedule
from forerun.core.form import Form
from forerun.schedules.extending import again, ways
from forerun.schedules.pieces import increasing
from forerun.schedules.planned import Falling, done, half_cosine

CARD = Card(
    name="rewarm",
    does="For each data set in turn a linear rise to the peak and half a cosine down to a share of it.",
    source="Ibrahim et al. 2024; replay 5% of the tokens after a weak shift, 25 to 50% after a strong one",
    assumes="The data sets are known as they come, and what each is learned from is kept to be replayed.",
    needs="params peak, steps; ends, of data sets before the last; warmup, rewarm, start, final, replay (.05).",
    promises="Exact; the rates of replay are a schedule too: `replay_share`.",
    known_answer="ends 100, steps 200, warmup 10, final .1: 1 at 10, .1 at 100, .55 at 105, 1 at 110, .1 at 200.",
    control="A rise that is longer than its data set is refused.",
)


@dataclass(frozen=True, kw_only=True)
class Rewarmed(Falling):
    """A rise and a fall for each data set; a later rise begins at ``final``, where the last fall ended.

    Args:
        ends: shape (n,), increasing: where data sets before the last one end.
        rewarm: how long later rises are; as the first where it is not given.
        replay: share of what is trained on after the first data set that comes from those before; not used by the rate.
    """

    ends: Array
    rewarm: float | None = None
    replay: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        increasing("ends", self.ends)
        if (self._rises > np.diff(self._bounds)).any():
            raise BadInput(f"a rise over {self._rises.max():g} is longer than its data set")
        if self.replay > 1.0:
            raise BadInput(f"replay is a share, but is {self.replay:g}")

    @property
    def _bounds(self) -> Array:
        return np.concatenate([[0.0], self.ends, [self.steps]])

    @property
    def _rises(self) -> Array:
        later = self.warmup if self.rewarm is None else self.rewarm
        return np.array([self.warmup] + [later] * self.ends.size)

    def lr(self, t: Array) -> Array:
        """The value at t."""
        i = np.searchsorted(self.ends, t, side="right")
        top = self._bounds[i] + self._rises[i]
        bottom = np.where(i > 0, self.final, self.start)
        risen = 1.0 - (1.0 - bottom) * (1.0 - done(t, self._bounds[i], top))
        return self.peak * np.where(t < top, risen, self.left(half_cosine(done(t, top, self._bounds[i + 1]))))


def replay_share(schedule: Schedule) -> Schedule:
    """The share of what is trained on at t that comes from earlier data sets, as a schedule beside that of the rate.

    Args:
        schedule: of the form ``"rewarm"``.

    Raises:
        BadInput: it is of another form.

    Example:
        >>> plan = Schedule("rewarm", {"peak": 1e-3, "steps": 200, "ends": [100], "replay": 0.25})
        >>> replay_share(plan).lr([0, 99, 100, 199]).tolist()
        [0.0, 0.0, 0.25, 0.25]
    """
    plan = REWARM.read(schedule) if schedule.name == "rewarm" else None
    if not isinstance(plan, Rewarmed):
        raise BadInput("only 'rewarm' has a share of replay", where=f"schedule {schedule.name!r}")
    x = np.concatenate([[0.0], plan.ends, [plan.steps]])
    return Schedule("path", {"x": x, "value": np.where(x < x[1], 0.0, plan.replay)}, schedule.axis)


REWARM = Form(card=CARD, formula=Rewarmed, extend=ways(again=again))
