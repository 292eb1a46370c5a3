"""A session: points in; findings, forecasts and decisions out, while runs grow.

A point more costs the same on a run of a hundred points and of a million: detectors go on from where they stand, and
forecasts are made anew each time a run has grown by a tenth. Only a point at which a finding is raised or over looks at
the whole run. What a session says of points is what `scan`, `predict` and `advise` say of all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil

from numpy.typing import ArrayLike

from forerun.core import Budget, Decision, Finding, Run, Undecided, UnknownName
from forerun.core.metrics import FEWEST
from forerun.core.run import Status
from forerun.forecast.postprocess.calibration import Calibration
from forerun.forecast.run_forecasts.batch import METHOD, ForecastSetup
from forerun.monitor import Detector, detectors_of
from forerun.session.followed import Changes, Followed, State, resumed
from forerun.session.look import Look, decide, examine, policy_for


class Session:
    """Runs followed while they grow.

    Args:
        detector: a detector or several, by name or as they are; default all but those that look only where
            they are named (`change_point`, `drift`).
        method: the forecaster's name. policy: the policy's.
        metric: what runs are judged by, where they have it; default what their settings say, else the most important
            one they have.
        target, cost_per_hour, alone, calibration: as in `forerun.advise`.
        budget: what may still be spent on all runs together, for a policy that heeds one; ``session.budget`` may be set
            anew as it is spent.
        axis: what x counts.
        renew: share by which a run must have grown before its forecast and decision are made anew (ours: as dense as
            the checks of `plateau`); a finding that is raised or over has them made at once. None leaves both to
            `look`.
        state: where another session stood, with these settings; this one goes on from there.

    Example:
        >>> session = Session(renew=None)
        >>> for step in range(1, 100):
        ...     changes = session.add("run", step, {"loss": 1.0 + 2.0 / step})
        >>> changes = session.add("run", 100, {"loss": float("nan")})
        >>> [finding.message for finding in changes.raised]
        ['loss is nan at step 100 and has not come back']
        >>> session.look("run").decision.action
        'stop'
    """

    def __init__(
        self,
        *,
        detector: str | Detector | Sequence[str | Detector] = (),
        method: str = METHOD,
        policy: str = "auto",
        metric: str | None = None,
        target: float | None = None,
        cost_per_hour: float | None = None,
        alone: bool = False,
        calibration: Calibration | None = None,
        budget: Budget | None = None,
        axis: str = "step",
        renew: float | None = 0.1,
        state: State | None = None,
    ) -> None:
        self._detectors = detectors_of(detector)
        self._method, self._policy, self._metric = method, policy, metric
        self._target, self._cost_per_hour, self._alone = target, cost_per_hour, alone
        self._axis, self._renew, self._calibration = axis, renew, calibration
        self.budget = budget
        states: list[State] = [] if state is None else state["runs"]
        runs = [Followed.restored(one, self._detectors, metric) for one in states]
        self._runs = {one.run.id: one for one in runs}

    @property
    def budget(self) -> Budget | None:
        """What may still be spent on all runs together; None where nothing limits it.

        Raises:
            BadInput: it is set where the policy heeds none.
        """
        return self._budget

    @budget.setter
    def budget(self, budget: Budget | None) -> None:
        policy_for(self._policy, budget)
        self._budget = budget

    def begin(self, run: Run) -> None:
        """Follow a run from what is known of it: its settings, its planned end, and the points it may have."""
        self._begin(run).tell()

    def add(self, run: str, x: float, metrics: Mapping[str, float]) -> Changes:
        """Take what a run logged at an x; a run that is new begins.

        Raises:
            BadInput: x does not lie beyond the last one of any of the metrics; nothing is taken.
        """
        one = self._followed(run)
        changes = one.add(x, metrics, self._axis)
        self._runs[run] = one
        return self._renewed(one, changes)

    def extend(self, run: str, points: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Changes:
        """Take several points of each of some metrics at once: what `add` would say after the last of them.

        A thousand points cost a few times what one does; forecast and decision are made anew once at most.

        Args:
            run: its id; one that is new begins.
            points: by metric its x, shape (n,), increasing, and its values.

        Raises:
            BadInput: the x of a metric do not lie beyond its last one, or do not increase; nothing is taken.

        Example:
            >>> session = Session(renew=None)
            >>> changes = session.extend("run", {"loss": ([1, 2, 3], [3.0, float("nan"), float("nan")])})
            >>> [finding.kind for finding in changes.raised]
            ['non_finite']
        """
        one = self._followed(run)
        changes = one.extend(points, self._axis)
        self._runs[run] = one
        return self._renewed(one, changes)

    def goes_on_at(self, run: str, x: float, metrics: Iterable[str]) -> bool:
        """Whether a point of some metrics at x would lie beyond their last ones; where not, `rewind` comes first."""
        curves = self._runs[run].curves if run in self._runs else {}
        return all(curves[name].goes_on_at(x) for name in metrics if name in curves)

    def rewind(self, run: str, x: float) -> Changes:
        """Forget what a run logged at x and after, as where it is resumed from an earlier checkpoint."""
        before = self._of(run)
        now = self._begin(resumed(before.before(x), x, before.as_run()))
        now.findings, now.look = before.findings, before.look_at(now.run)
        return now.tell()

    def end(self, run: str, status: Status = "finished") -> None:
        """Say that a run is over."""
        self._of(run).end(status)

    def forget(self, run: str) -> None:
        """Follow a run no more."""
        self._runs.pop(run, None)

    def take(self, runs: Iterable[Run], beside: Sequence[Run] | None = None) -> list[Look]:
        """Take runs as they were read, with all their points, and say everything of each.

        Detectors go on where a run's curves go on; where their history has changed, they begin anew.

        Args:
            runs: those that have changed.
            beside: all that were read together; default all that the session follows.

        Returns:
            A look a run, and then those of other runs on which the decision is another than before.
        """
        return self._looks([self._take(run) for run in runs], beside)

    def look(self, run: str) -> Look:
        """Everything said of a run now; it is decided on beside the others as they were looked at last."""
        first = self._of(run)
        unseen = [one for one in self._runs.values() if one.look is None and one is not first]
        return self._looks([first, *(unseen if self._heeds_others else [])])[0]

    def looks(self) -> list[Look]:
        """Everything said of all runs now."""
        return self._looks(list(self._runs.values()))

    def said(self) -> dict[str, Look]:
        """What was said of each run that was looked at, by id; decided on as the others stand now."""
        return {id: one.look for id, one in self._runs.items() if one.look is not None}

    def findings(self, run: str) -> tuple[Finding, ...]:
        """What detectors have seen in a run, each event once, in order of alarm."""
        return self._of(run).events()

    def state(self) -> State:
        """Where the session stands: a session that is made with it and the same settings goes on as this one would."""
        return {"runs": [one.state() for one in self._runs.values()]}

    @property
    def _heeds_others(self) -> bool:
        return policy_for(self._policy, self._budget).heeds_others

    def _followed(self, run: str) -> Followed:
        """A run that is followed, or would be from now on."""
        return self._runs.get(run) or Followed.of(Run(run, {}, "session"), self._detectors, self._metric)

    def _renewed(self, one: Followed, changes: Changes) -> Changes:
        """With forecast and decision, where they are due."""
        differs = changes.raised or changes.closed or changes.withdrawn
        if self._renew is None or not one.ranked or (one.points < one.due and not differs):
            return changes
        one.due, before = max(FEWEST, ceil(one.points * (1.0 + self._renew))), one.look
        look, *others = self._looks([one])
        others = {other.run.id: other.decision for other in others}
        return replace(changes, forecast=look.forecast, decision=_new(look.decision, before), others=others)

    def _begin(self, run: Run) -> Followed:
        self._runs[run.id] = Followed.of(run, self._detectors, self._metric)
        return self._runs[run.id]

    def _of(self, run: str) -> Followed:
        if run not in self._runs:
            raise UnknownName("run", run, self._runs)
        return self._runs[run]

    def _take(self, run: Run) -> Followed:
        one = self._runs.get(run.id)
        if one is None or not one.go_on(run):
            before = None if one is None else one.look
            one = self._begin(run)
            one.look = before
        return one

    def _looks(self, followed: Sequence[Followed], beside: Sequence[Run] | None = None) -> list[Look]:
        """Examine some runs anew and decide on all: their looks, and then those of others now decided otherwise."""
        every = [one.as_run() for one in self._runs.values()] if beside is None else beside
        ends = {end: at for one in self._runs.values() for end, at in one.assumed.items()}
        setup = ForecastSetup(
            self._method, every, target=self._target, assumed_ends=ends, alone=self._alone,
            calibration=self._calibration,
        )  # fmt: skip
        runs = [one.as_run() for one in followed]
        examined = examine(
            runs, setup, metric=self._metric, detector=self._detectors, findings=lambda run: self.findings(run.id)
        )
        others = self._runs.items() if self._heeds_others else ()
        looks = {id: one.look for id, one in others if one.look is not None}
        decided = decide(
            list((looks | {look.run.id: look for look in examined}).values()),
            policy=self._policy,
            target=self._target,
            cost_per_hour=self._cost_per_hour,
            budget=self._budget,
            alone=self._alone,
        )
        for look in decided:
            self._runs[look.run.id].look = look
        now = {look.run.id: look for look in decided}
        anew = dict.fromkeys(run.id for run in runs)
        differing = (id for id in looks if id not in anew and _new(now[id].decision, looks[id]) is not None)
        return [now[id] for id in (*anew, *differing)]


def _new(decision: Decision | Undecided, before: Look | None) -> Decision | Undecided | None:
    """The decision where it is another than before."""
    if before is None:
        return decision
    actions = [one.action if isinstance(one, Decision) else None for one in (decision, before.decision)]
    return None if actions[0] == actions[1] else decision
