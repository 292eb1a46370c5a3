"""What is shown of runs: every number, place and word of a report, a terminal or a watch, made once.

`RunView` holds what is shown of a run, frozen and made of what the verbs said; what needs no verb, as `CurveView`,
stands in `forerun.figures.logged`. A surface lays them out and words nothing itself; what nobody knows is a dash.

Where it is heading stands in `forerun.figures.ahead`, what to do with it in `forerun.figures.advice`.
How a noun shows itself at a prompt or in a notebook is its own affair (`forerun.core.face`), as nouns know nothing of
what stands above them; `forerun.core.display` writes numbers and names in both.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from forerun import api
from forerun.core import Curve, Finding, Forecast
from forerun.core.display import number
from forerun.figures.advice import AdviceView
from forerun.figures.ahead import ForecastView, last_finite
from forerun.figures.logged import UNKNOWN, Quantity, at, best_of, label, name_of
from forerun.monitor.remedies import Remedy, remedies


@dataclass(frozen=True)
class RunView:
    """What is shown of a run.

    Args:
        id, name, label: its id, the name that a tracker gave it, where the id does not say it, and both.
        status, metric: whether it goes on, and what it is judged by; no metric where none measures quality.
        now: the latest value, be it nan; ordered by the last finite one, which ``last_finite`` tells where it is none.
        best: the best value.
        ahead, advice: where it is heading, and what to do with it.
        diagnosis: what is happening to it, in a sentence.
        findings: what detectors have seen, in order of alarm.

    Example:
        >>> from forerun.core import Run
        >>> curve = Curve([100, 200, 300], [0.7, 0.5, float("nan")], metric="loss")
        >>> shown = RunView.of(api.looks([Run("a", {"loss": curve}, "csv", name="first")], api.ForecastSetup())[0])
        >>> shown.label, shown.best.text, shown.best.at, shown.now.text, shown.now.at, shown.last_finite
        ('a (first)', '0.5', 'step 200', 'nan', 'step 300', 'last finite 0.5')
        >>> shown.advice.verdict, shown.advice.reason, shown.diagnosis
        ('stop', 'loss is nan at step 300 and has not come back', 'loss is nan at step 300 and has not come back')
    """

    id: str
    name: str
    label: str
    status: str
    metric: str
    now: Quantity
    last_finite: str
    best: Quantity
    ahead: ForecastView
    advice: AdviceView
    diagnosis: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, look: api.Look) -> RunView:
        run, ahead, stands = look.run, look.forecast, look.standing
        now, best, forecast, newest = UNKNOWN, UNKNOWN, ForecastView(), ""
        if ahead is not None:
            curve = run.curves[ahead.metric]
            newest = last_finite(curve, ahead)
            now = Quantity(number(float(curve.y[-1])), ahead.last, at(ahead.axis, ahead.origin))
            best = best_of(stands, ahead.axis)
            forecast = ForecastView.of(run, ahead, stands)
        return cls(
            run.id, name_of(run), label(run), run.status, "" if ahead is None else ahead.metric, now, newest, best,
            forecast, AdviceView.of(look), str(look.diagnosis or ""), look.findings,
        )  # fmt: skip

    @property
    def kinds(self) -> list[tuple[str, bool]]:
        """Kinds of findings with how often each was seen, and whether it lasts."""
        counts = Counter((kind(one), one.end is None) for one in self.findings)
        return [(f"{name} × {n}" if n > 1 else name, lasts) for (name, lasts), n in sorted(counts.items())]

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What was measured against the findings that last."""
        return remedies(finding for finding in self.findings if finding.end is None)


def forecast_of(look: api.Look) -> Forecast | None:
    """The forecast that is drawn of a run."""
    answer = look.forecast.answer if look.forecast else None
    return answer if isinstance(answer, Forecast) else None


def curve_of(look: api.Look) -> Curve | None:
    """The curve that is drawn of a run before all others."""
    return look.run.curves[look.forecast.metric] if look.forecast else None


def kind(finding: Finding) -> str:
    """A finding's kind in prose; where it is a name to be typed, as after ``--fail-on``, it stays as it is."""
    return finding.kind.replace("_", "-")
