"""What is known of finished runs as far as a replay has paid for them."""

from __future__ import annotations

from forerun.core import Curve, Forecast, Undecided, part
from forerun.core.run import Status
from forerun.core.situation import RunSituation
from forerun.core.standing import standing
from forerun.evaluate.replays.candidates import ReplayTask
from forerun.forecast import FORECASTERS
from forerun.forecast.run_forecasts.batch import METHOD

_SILENT = Undecided("no forecast was made for this policy", "a policy that heeds forecasts")
_AHEAD = 16  # evaluations for which forecasts are made at once; each sees only what came before it


class ReplaySituations:
    """What is known of a task's runs after so many evaluations, each made once for all orders and policies."""

    def __init__(self, task: ReplayTask) -> None:
        self._task = task
        self._made: dict[tuple[int, int, Status, bool], RunSituation] = {}
        self._shown: dict[tuple[int, int], Curve] = {}
        self._forecasts: dict[tuple[int, int], Forecast | Undecided] = {}

    def without(self, run: int, n: int, status: Status) -> RunSituation:
        """No forecasts are made."""
        return self._situation(run, n, status, False)

    def with_forecast(self, run: int, n: int, status: Status) -> RunSituation:
        """With that of the run alone at the task's end."""
        return self._situation(run, n, status, True)

    def _situation(self, run: int, n: int, status: Status, forecast: bool) -> RunSituation:
        key = (run, n, status, forecast)
        if key not in self._made:
            curve = self._curve(run, n)
            self._made[key] = RunSituation(
                curve,
                self._forecast(run, n) if forecast and status != "finished" else _SILENT,
                (),
                finished=status == "finished",
                status=status,
                standing=standing(curve),
                end=self._task.end,
            )
        return self._made[key]

    def _curve(self, run: int, n: int) -> Curve:
        if (run, n) not in self._shown:
            self._shown[run, n] = part(self._task.candidates[run].curve, slice(0, n))
        return self._shown[run, n]

    def _forecast(self, run: int, n: int) -> Forecast | Undecided:
        if (run, n) not in self._forecasts:
            last = len(self._task.candidates[run].curve)
            origins = range(n, min(n + max(_AHEAD, n), last))
            curves = [self._curve(run, k) for k in origins]
            ends = [[max(self._task.end, float(curve.x[-1]) * 1.01)] for curve in curves]
            member = FORECASTERS.load(METHOD)
            answers = member.predict(member.default(), curves, ends)
            self._forecasts |= {(run, k): answer for k, answer in zip(origins, answers, strict=True)}
        return self._forecasts[run, n]
