"""The best schedule that a fitted law knows under constraints, beside those that people take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forerun.core import Range, Schedule, Undecided, UnknownName
from forerun.core.display import number
from forerun.core.frozen import Noun
from forerun.laws.design.alternatives import ALTERNATIVES
from forerun.laws.design.constraints import Constraints
from forerun.laws.design.nodes import ending_of
from forerun.laws.design.optimum import optimum
from forerun.laws.design.weighing import Candidate, coverage, weigh
from forerun.laws.fitter.fit import Fit

DESIGNED = "designed"
_COOLED = 0.1  # of the peak, by which the rate of a fitted run must have fallen


@dataclass(frozen=True, eq=False)
class Design(Noun):
    """The schedule that a law says ends lowest, and what others end at.

    Args:
        law: by which it was designed.
        within: what it keeps to.
        candidates: the designed schedule, and the alternatives, best first; ``behind`` is what it gains on each.
        says: what it comes to, in sentences.
        coverage: what 80% intervals of such losses and differences were measured to hold, of how many and on what;
            empty where that was not measured of this law.
        warnings: where the law may not hold.
    """

    law: str
    within: Constraints
    candidates: tuple[Candidate, ...]
    says: str
    coverage: Mapping[str, Any] = field(default_factory=dict[str, Any])
    warnings: tuple[str, ...] = ()

    @property
    def schedule(self) -> Schedule:
        """The designed schedule."""
        return self.candidates[0].schedule

    @property
    def loss(self) -> Range:
        """What it will end at, 80%."""
        loss = self.candidates[0].loss
        assert isinstance(loss, Range)
        return loss

    def candidate(self, name: str) -> Candidate:
        """That of a name.

        Raises:
            UnknownName: there is none.
        """
        named = {one.name: one for one in self.candidates}
        if name not in named:
            raise UnknownName("candidate", name, named)
        return named[name]

    def notes(self) -> tuple[str, ...]:
        """What to mind: warnings, and what its intervals were measured to hold."""
        if not self.coverage:
            return self.warnings
        losses = self.coverage["losses"]
        return (
            *self.warnings,
            f"80% intervals held {losses['holds']:.0%} of {losses['n']} losses of {self.coverage['on']}",
        )


def design(made: Fit, within: Constraints, *, beside: Mapping[str, Schedule] | None = None) -> Design | Undecided:
    """The best schedule by a fitted law, its loss, and its gain over the alternatives.

    Args:
        beside: further schedules to weigh, by name.

    Returns:
        `Undecided` where the fit never saw a cooldown, is asked at another peak rate, or is of a law that does not tell
        what a falling rate gives.

    Example:
        >>> from forerun.core import Table
        >>> from forerun.laws.fitter import fit
        >>> import numpy as np
        >>> step = np.arange(100.0, 5001.0, 100.0)
        >>> rate = {"constant": 1e-3 + 0 * step, "wsd": 1e-3 * np.clip((5000 - step) / 1000, 0, 1)}
        >>> runs = Table({"run": [name for name in rate for _ in step], "step": np.tile(step, 2),
        ...               "rate": np.concatenate(list(rate.values()))})
        >>> from forerun.laws import LAWS
        >>> law = LAWS.load("multi_power")
        >>> y = law.predict(np.array([2.5, 0.6, 0.5, 300.0, 2.0, 0.6, 0.6]), law.read(runs))[0]
        >>> plan = design(fit(law, Table({**runs.columns, "y": y})), Constraints(steps=10_000, peak=1e-3))
        >>> plan.schedule.name, [one.name for one in plan.candidates][:2]
        ('knots', ['designed', 'wsd_1-sqrt'])
    """
    best = _refused(made, within) or optimum(made, within)
    if isinstance(best, Undecided):
        return best
    plans = {DESIGNED: best} | {name: form(within) for name, form in ALTERNATIVES.items()} | dict(beside or {})
    first, *rest = weigh(plans, made)
    rest.sort(key=_place)
    warnings = (*first.warnings, *_warnings(made, within, first.schedule))
    return Design(made.law, within, (first, *rest), _says(made.law, first, rest), coverage(made), warnings)


def _refused(made: Fit, within: Constraints) -> Undecided | None:
    """Why the law cannot be asked at all."""
    law: Any = made.formula
    if not law.whole_runs:
        return Undecided(
            f"{made.law} knows nothing of learning rates", "a law along a rate's path, such as multi_power"
        )
    if made.support["fell"] < _COOLED:
        return Undecided(
            f"no fitted run's rate fell by more than {made.support['fell']:.0%} of its peak: "
            "what a cooldown gives was never seen",
            "a run that cools down",
        )
    return law.refuse(made.support, ending_of(ALTERNATIVES["constant"](within)))


def _place(one: Candidate) -> tuple[bool, float]:
    """In order of the predicted loss, those without one last."""
    return (False, one.loss.estimate) if isinstance(one.loss, Range) else (True, 0.0)


def _says(law: str, first: Candidate, rest: list[Candidate]) -> str:
    assert isinstance(first.loss, Range)
    ends = f"by {law} it ends at {_in_words(first.loss, number)}"
    close = [f"on {one.name}, {_in_words(one.behind, _small)}" for one in rest if one.behind and one.within_error]
    return f"{ends}; its gain is within the law's error {'; '.join(close)}" if close else ends


def _small(value: float) -> str:
    """A difference, to the two digits that mean something."""
    return f"{value:.2g}"


def _in_words(value: Range, digits: Callable[[float], str]) -> str:
    return f"{digits(value.estimate)} (80%: {digits(value.low)} to {digits(value.high)})"


def _warnings(made: Fit, within: Constraints, best: Schedule) -> tuple[str, ...]:
    """What the design asks of the law that no fitted run showed."""
    lowest, last = 1.0 - made.support["fell"], float(best.lr(best.end)) / within.peak
    return (
        (f"goes down to {last:.1%} of the peak; no fitted run's rate fell below {lowest:.1%}",)
        if last < 0.9 * lowest
        else ()
    )
