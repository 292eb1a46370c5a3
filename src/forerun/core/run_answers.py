"""What verbs say of one run: its forecast, its findings, and what to do with it.

``answer`` is what the verb says of the run's curve, had it been asked of that alone, or why it cannot be said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from forerun.core import face
from forerun.core.decision import Decision
from forerun.core.diagnosis import Diagnosis
from forerun.core.display import number, place
from forerun.core.finding import Finding
from forerun.core.forecast import Forecast
from forerun.core.frozen import Noun
from forerun.core.standing import Standing
from forerun.core.undecided import Undecided

EndBy = Literal["asked", "log", "siblings", "assumed"]
"""What says where a run ends: the caller, its log, the runs beside it, or nothing."""


@dataclass(frozen=True, eq=False)
class RunForecast(Noun):
    """The forecast of one metric of one run.

    Args:
        run, metric, axis: of what.
        origin: the last x seen.
        at: the x forecast.
        assumed: True when the log does not say where the run ends: ``at`` is where the runs beside it ended, else
            1.25 × the last x, of a sweep's longest run. end_by says which: asked, log, siblings or assumed.
        method: the forecaster's name.
        status: forecast, undecided, or finished when the run is over and no ``at`` was asked for.
        last: the last finite value; None when there is none.
        answer: the forecast, or why there is none.
        source, task: where a table's run comes from.

    Example:
        >>> none = Undecided("2 points seen", "at least 3 points")
        >>> print(RunForecast("a", "loss", "step", 2.0, 9.0, True, "auto", "undecided", 0.5, none))
        cannot say: 2 points seen; needs at least 3 points
    """

    run: str
    metric: str
    axis: str
    origin: float
    at: float
    assumed: bool
    method: str
    status: Literal["forecast", "undecided", "finished"]
    last: float | None
    answer: Forecast | Undecided
    source: str | None = None
    task: str | None = None
    end_by: EndBy = "log"

    KIND: ClassVar[str] = "forecast"
    COLUMNS: ClassVar[tuple[str, ...]] = (
        "run", "metric", "axis", "origin", "last", "at", "assumed", "end_by", "method", "status",
        "median", "low", "high", "p_target", "why",
    )  # fmt: skip

    def __str__(self) -> str:
        if self.status == "finished":
            return f"finished at {self.axis} {place(self.origin, self.axis)}, last {number(self.last)}"
        if isinstance(self.answer, Undecided):
            return str(self.answer)
        return f"{number(self.last)} -> {self.answer}{', assumed' if self.assumed else ''}"

    def __repr__(self) -> str:
        return face.answer_text(self)

    def rows(self) -> list[dict[str, Any]]:
        """One row; ``low`` to ``high`` is the 80% interval."""
        row: dict[str, Any] = {name: getattr(self, name) for name in self.COLUMNS[:10]}
        if isinstance(self.answer, Undecided):
            return [row | {"why": self.answer.why}]
        ends = {"median": self.answer.median, "low": self.answer.low, "high": self.answer.high}
        return [row | ends | {"p_target": self.answer.events.get("p_target")}]


@dataclass(frozen=True, eq=False)
class RunFindings(Noun):
    """What detectors see in one run.

    Args:
        run: of which run.
        metric: the metric it is judged by; None where none measures quality.
        answer: findings in order of alarm, none where nothing was found; or why that cannot be said.
        diagnosis: what they come to, in a sentence, and what was not looked at; None where nobody said.

    Example:
        >>> print(RunFindings("a", "loss", ()))
        nothing found
        >>> print(RunFindings("a", "loss", (), Diagnosis("a", "nothing stands out in loss")))
        nothing stands out in loss
    """

    run: str
    metric: str | None
    answer: tuple[Finding, ...] | Undecided
    diagnosis: Diagnosis | None = None

    KIND: ClassVar[str] = "scan"
    COLUMNS: ClassVar[tuple[str, ...]] = (
        "run", "metric", "axis", "kind", "start", "end", "alarm", "statistic", "threshold", "detector", "message",
    )  # fmt: skip

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings; none where it cannot be said."""
        return () if isinstance(self.answer, Undecided) else self.answer

    def __str__(self) -> str:
        if isinstance(self.answer, Undecided):
            return str(self.answer)
        if self.diagnosis is not None:
            return str(self.diagnosis)
        listed = (f"{one.kind} ({one.metric}) at {one.axis} {place(one.alarm, one.axis)}" for one in self.answer)
        return ", ".join(listed) or "nothing found"

    def __repr__(self) -> str:
        return face.answer_text(self)

    def _repr_html_(self) -> str:
        findings, notes = self.findings, ()
        if self.diagnosis is not None:
            findings, notes = self.diagnosis.every, self.diagnosis.not_looked_at
        return face.findings_html(self.run, str(self), findings, notes)

    def rows(self) -> list[dict[str, Any]]:
        """A row a finding, in order of alarm."""
        return [{"run": self.run} | {name: getattr(one, name) for name in self.COLUMNS[1:]} for one in self.findings]


@dataclass(frozen=True, eq=False)
class RunDecision(Noun):
    """What to do with one run, and what that rests on.

    Args:
        run: of which run.
        metric: the metric it is about; None where none measures quality.
        status: decided, undecided, or finished when the run has reached its planned end.
        answer: the decision, or why there is none.
        forecast: of that metric; None without one.
        findings: in any metric that measures quality, in order of alarm.
        standing: the metric's best value and what has come since; None where no value is finite.

    Example:
        >>> print(RunDecision("a", None, "undecided", Undecided("no metric that measures quality", "a loss")))
        cannot say: no metric that measures quality; needs a loss
    """

    run: str
    metric: str | None
    status: Literal["decided", "undecided", "finished"]
    answer: Decision | Undecided
    forecast: RunForecast | None = None
    findings: tuple[Finding, ...] = ()
    standing: Standing | None = None

    KIND: ClassVar[str] = "decision"
    COLUMNS: ClassVar[tuple[str, ...]] = (
        "run", "metric", "status", "action", "gain", "gain_low", "gain_high", "cost", "cost_unit", "reasons", "undo",
    )  # fmt: skip

    def __str__(self) -> str:
        return str(self.answer)

    def __repr__(self) -> str:
        return face.answer_text(self)

    def rows(self) -> list[dict[str, Any]]:
        """One row; gain and cost as estimates, ``gain_low`` to ``gain_high`` an 80% range."""
        row: dict[str, Any] = {"run": self.run, "metric": self.metric, "status": self.status}
        if isinstance(self.answer, Undecided):
            return [row | {"reasons": str(self.answer)}]
        row |= {"action": self.answer.action, "reasons": "; ".join(self.answer.reasons), "undo": self.answer.undo}
        gain, cost = self.answer.gain, self.answer.cost
        if gain is not None:
            row |= {"gain": gain.estimate, "gain_low": gain.low, "gain_high": gain.high}
        if cost is not None:
            row |= {"cost": cost.estimate, "cost_unit": cost.unit}
        return [row]
