"""A schedule: the learning rate (or any scheduled value) as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from forerun.core.errors import BadInput
from forerun.core.form import SCHEDULES, Extension, Formula
from forerun.core.frozen import Array, Noun

PastEnd = Literal["hold", "zero", "error", "cycle"]


@dataclass(frozen=True, eq=False)
class Schedule(Noun):
    """A value over steps, tokens, samples or epochs, as an immutable expression that JSON can carry.

    t counts from 0: update number t, the first being 0, is made with ``lr(t)``. A schedule of T steps speaks of t in
    [0, T]. Its form in ``forerun.schedules`` holds the formula; schedules compose into schedules.

    Args:
        name: the form's name in ``forerun.schedules``, for example ``"cosine"``.
        params: its parameters.
        axis: what t counts.
        past_end: what the value is after the last t the expression speaks of: ``"hold"`` the last value, ``"zero"``,
            ``"error"``, or ``"cycle"``: from the end on it all starts again.

    Raises:
        BadInput: a policy past the end that does not exist.

    Example:
        >>> stable = Schedule("constant", {"peak": 0.1, "steps": 80, "warmup": 10})
        >>> plan = stable.then(Schedule("linear", {"peak": 0.1, "steps": 20})).scale(0.5)
        >>> plan.lr([5, 80, 90, 100]).tolist(), plan.end
        ([0.025, 0.05, 0.025, 0.0], 100.0)
        >>> plan.past_end
        'hold'
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    axis: str = "step"
    past_end: PastEnd = "hold"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.past_end not in get_args(PastEnd):
            policies = ", ".join(get_args(PastEnd))
            raise BadInput(f"no policy past the end {self.past_end!r}; there are: {policies}", where=self._where)

    @property
    def _where(self) -> str:
        return f"schedule {self.name!r}"

    @cached_property
    def _formula(self) -> Formula:
        """What the parameters describe, read once: a training loop asks for a value every step."""
        return SCHEDULES.load(self.name).read(self)

    @property
    def end(self) -> float:
        """The last t the schedule speaks of; infinite where there is none, as where it cycles.

        Raises:
            UnknownName, BadInput: as in `lr`.
        """
        return math.inf if self.past_end == "cycle" else self._formula.end

    def lr(self, t: ArrayLike) -> Array:
        """The learning rate (or whatever is scheduled) at t.

        Args:
            t: any shape, in units of ``axis``, from 0 on.

        Raises:
            UnknownName: no such form, or a parameter that it does not have.
            BadInput: parameters that mean nothing, or t past the end where the policy is ``"error"``.

        Example:
            >>> Schedule("cosine", {"peak": 0.1, "steps": 100}, past_end="cycle").lr([0, 50, 100]).round(3).tolist()
            [0.1, 0.05, 0.1]
        """
        formula, at = self._formula, np.asarray(t, dtype=np.float64)
        last = formula.end
        if self.past_end == "cycle":
            return np.asarray(formula.lr(np.mod(at, last) if 0 < last < math.inf else np.minimum(at, last)))
        past = at > last
        if self.past_end == "error" and past.any():
            raise BadInput(f"t={at[past].min():g} lies past the end, {last:g}", where=self._where)
        values = np.asarray(formula.lr(np.minimum(at, last)))
        return np.where(past, 0.0, values) if self.past_end == "zero" else values

    def then(self, other: Schedule, *, at: float | None = None) -> Schedule:
        """This schedule, and from ``at`` on the other from its own start; past its end holds what the other says.

        Args:
            other: over the same axis.
            at: where it takes over, on this schedule's axis. Default: this schedule's end.

        Raises:
            BadInput: the two count different things, or ``at`` is not a finite number from 0 on.
        """
        if other.axis != self.axis:
            raise BadInput(f"a schedule over {self.axis} cannot go on over {other.axis}", where=self._where)
        parts = {"first": self, "second": other} | ({} if at is None else {"at": self._from_zero("at", at)})
        return Schedule("then", parts, self.axis, other.past_end)

    def scale(self, by: float) -> Schedule:
        """This schedule times a constant.

        Raises:
            BadInput: the constant is not finite.
        """
        if not math.isfinite(by):
            raise BadInput(f"a schedule is scaled by a finite number, not by {by}", where=self._where)
        return self._around("scale", by=float(by))

    def sample(self, every: float | None = None, *, at: ArrayLike | None = None) -> Schedule:
        """This schedule where it changes now and then only, and holds its value in between.

        Args:
            every: at multiples of this span; or
            at: shape (n,): at these points of the axis.

        Raises:
            BadInput: both or neither are given, ``every`` is no finite number above 0, or ``at`` does not increase.

        Example:
            >>> line = Schedule("linear", {"peak": 1, "steps": 10})
            >>> line.sample(every=5).lr([0, 4, 5, 9, 10]).tolist(), line.sample(at=[5]).lr([4, 9, 10]).tolist()
            ([1.0, 1.0, 0.5, 0.5, 0.0], [1.0, 0.5, 0.5])
        """
        sampled = self._around("sample", **({"every": every} if at is None else {"every": every, "at": at}))
        _ = sampled.end  # what means nothing is refused here
        return sampled

    def rebase(self, at: float) -> Schedule:
        """What remains of this schedule from ``at`` on, counted from there: ``rebase(at).lr(t) == lr(at + t)``.

        Raises:
            BadInput: ``at`` is not a finite number from 0 on.

        Example:
            >>> Schedule("linear", {"peak": 1, "steps": 10}).rebase(at=5).lr([0, 5]).tolist()
            [0.5, 0.0]
        """
        return self._around("rebase", at=self._from_zero("at", at))

    def on(self, axis: str, *, per: float) -> Schedule:
        """This schedule over another axis.

        Args:
            axis: what t counts then.
            per: how many of it there are for one unit of this schedule's axis: tokens or samples a step.

        Raises:
            BadInput: ``per`` is not a finite number above 0.

        Example:
            >>> plan = Schedule("linear", {"peak": 1, "steps": 10}).on("tokens", per=1000)
            >>> plan.axis, plan.end, float(plan.lr(5000))
            ('tokens', 10000.0, 0.5)
        """
        if not self._from_zero("per", per):
            raise BadInput("per must be above 0", where=self._where)
        return replace(self._around("on", per=float(per)), axis=axis)

    def extend(self, to: float, how: str, *, factor: float | None = None) -> Schedule:
        """This schedule for another horizon; what was trained by it is not undone where the way changes the past.

        Args:
            to: the new end, on this schedule's axis.
            how: ``"stretch"``: the same shape over the new length, the warm-up as it was. ``"hold"``: longer, and the
                cooldown, if there is one, as long as it was. ``"two_stage"``: where the old cooldown would begin the
                value drops by a factor, and it cools down before the new end. ``"again"``: after the end one more
                period or data set. A form has the ways that mean something for it.
            factor: that of two stages.

        Raises:
            BadInput: the form has no such way (the message lists those it has), or no schedule ends at ``to``.

        Example:
            >>> plan = Schedule("wsd", {"peak": 1, "steps": 100, "cooldown": 20})
            >>> plan.extend(200, "hold").lr([100, 180, 190, 200]).tolist()
            [1.0, 1.0, 0.5, 0.0]
        """
        form = SCHEDULES.load(self.name)
        if form.extend is None:
            raise BadInput("it has no other horizon; put another schedule after it with then()", where=self._where)
        if not self._from_zero("to", to):
            raise BadInput("to must be above 0", where=self._where)
        extended = form.extend(self, Extension(float(to), how, factor))
        _ = extended.end  # parameters that do not fit the new length are refused here, where they were asked for
        return extended

    def with_params(self, **params: Any) -> Schedule:
        """The same with some parameters replaced.

        Example:
            >>> Schedule("linear", {"peak": 1, "steps": 10}).with_params(steps=20).end
            20.0
        """
        return replace(self, params=dict(self.params) | params)

    def _around(self, name: str, **params: Any) -> Schedule:
        """A schedule made of this one, with its axis and its policy past the end."""
        return Schedule(name, {"of": self} | params, self.axis, self.past_end)

    def _from_zero(self, name: str, value: float) -> float:
        if not 0 <= value < math.inf:
            raise BadInput(f"{name} must be a finite number from 0 on, but is {value}", where=self._where)
        return float(value)
