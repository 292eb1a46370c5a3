"""`design`: the schedule that a law says ends lowest; `weigh`: what it says of schedules beside one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from forerun.api.fitting import ENSEMBLE, fit, law_table, rows_of
from forerun.api.tabulating import Data
from forerun.core import BadInput, Schedule, Table, Undecided
from forerun.laws import design as designs
from forerun.laws.design import Candidate, Constraints, Design
from forerun.laws.fitter import Fit
from forerun.laws.path.base import read as read_paths

LAW = "multi_power"
"""By which schedules are designed unless another is named: of going on with a finished run it told the better way each
time (evidence/laws/schedules.md)."""
_ONE_PEAK = 0.02  # that the fitted runs' peaks may differ by and count as one; as laws along a path refuse others


def design(
    data: Fit | Data,
    *,
    steps: float | None = None,
    tokens: float | None = None,
    tokens_per_step: float | None = None,
    law: str = LAW,
    peak: float | None = None,
    warmup: float | None = None,
    floor: float = 0.0,
    sudden: bool = False,
    resume: str | Schedule | None = None,
    since: float | None = None,
    beside: Mapping[str, Schedule] | None = None,
    metric: str | None = None,
    task: str | None = None,
    runs: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Design | Undecided:
    """The schedule that a law says ends lowest, under constraints, and its gain over those that people take.

    Args:
        data: runs, a table or a path to either, that the law is fitted to; or a fit.
        steps: the budget in optimizer steps, all of the run. Or ``tokens``, with ``tokens_per_step``: the schedule then
            counts tokens.
        law: by which it is designed.
        peak: the highest rate. Default: that of the fitted runs; no law holds at another.
        warmup: steps up to the peak. Default: those of the fitted runs.
        floor: the lowest rate, as a share of the peak.
        sudden: let it fall within a single step where the law says that pays; runs hardly agree.
        resume: a run of the data to go on with, or its schedule, from the step ``since``; default its last.
        beside: further schedules to weigh, by name.
        metric, runs, columns, seed: as `forerun.fit`.
        task: keep the runs of this task; of logs, of this project: a folder, with what sets its runs apart.

    Returns:
        A `Design`, whose ``schedule`` can be drawn, exported and trained with; `Undecided` where the runs do not tell:
        another peak rate, or no run that ever cooled down.

    Raises:
        BadInput: no budget, runs of several projects, several peaks to choose from, constraints that leave nothing, or
            data the law cannot read.
        UnknownName: no such law.

    Example:
        >>> import numpy as np
        >>> step = np.arange(100.0, 5001.0, 100.0)
        >>> rates = 1e-3 + 0 * step, 1e-3 * np.clip((5000 - step) / 1000, 0, 1)
        >>> losses = 2.5 + 20 * step**-0.5, 2.5 + 20 * step**-0.5 - 0.1 * (1 - rates[1] / 1e-3)
        >>> table = {"run": ["constant"] * 50 + ["wsd"] * 50, "step": np.tile(step, 2),
        ...          "rate": np.concatenate(rates), "y": np.concatenate(losses)}
        >>> plan = design(table, steps=10_000)
        >>> plan.schedule.end, bool(np.all(np.diff(plan.schedule.lr(np.arange(0, 10_001, 50))) <= 0))
        (10000.0, True)
    """
    if isinstance(data, Fit):
        made, table = data, None
    else:
        table = law_table(law, data, metric=metric, task=task, columns=columns)
        made = _fitted(law, table, runs, seed)
    if isinstance(made, Undecided):
        return made
    horizon = _horizon(steps, tokens, tokens_per_step)
    if resume is None:
        within = Constraints(
            steps=horizon, peak=_peak(made, peak), warmup=_warmup(made, warmup), floor=floor, sudden=sudden
        )
    else:
        past, at = past_of(resume, since, table)
        within = Constraints(steps=horizon, peak=float(past.lr(at)), floor=floor, sudden=sudden, past=past, since=at)
    designed = designs.design(made, within, beside=beside)
    if isinstance(designed, Undecided) or tokens is None or tokens_per_step is None:
        return designed
    counted = [replace(one, schedule=one.schedule.on("tokens", per=tokens_per_step)) for one in designed.candidates]
    return replace(designed, candidates=tuple(counted))


def weigh(
    schedules: Mapping[str, Schedule],
    data: Fit | Data | None = None,
    *,
    law: str = LAW,
    per_step: float | None = None,
    metric: str | None = None,
    task: str | None = None,
    runs: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    seed: int = 0,
) -> tuple[Candidate, ...] | Undecided:
    """Schedules beside one another: LR areas, and what a law says each ends at, with paired differences.

    Args:
        schedules: by name.
        data: as `design`; LR areas alone without.
        per_step: what a step adds on the axis of those that do not count steps: tokens, samples or epochs.
        law, metric, task, runs, columns, seed: as `design`.

    Returns:
        A `Candidate` a schedule, in their order; `Undecided` where there is too little to fit a law to.

    Example:
        >>> plans = {"linear": Schedule("linear", {"peak": 0.1, "steps": 100})}
        >>> [round(one.area, 6) for one in weigh(plans)]
        [5.05]
    """
    if data is None or isinstance(data, Fit):
        made = data
    else:
        made = _fitted(law, law_table(law, data, metric=metric, task=task, columns=columns), runs, seed)
    if isinstance(made, Undecided):
        return made
    over_steps = {name: _over_steps(one, per_step) for name, one in schedules.items()}
    weighed = designs.weigh(over_steps, made)
    return tuple(replace(one, schedule=schedules[one.name]) for one in weighed)


def _over_steps(schedule: Schedule, per_step: float | None) -> Schedule:
    """The same over optimizer steps, which laws and LR areas count."""
    if schedule.axis == "step":
        return schedule
    if per_step is None:
        raise BadInput(
            f"it counts {schedule.axis}: say per_step, how many a step adds", where=f"schedule {schedule.name!r}"
        )
    return schedule.on("step", per=1.0 / per_step)


def _fitted(law: str, table: Table, runs: Sequence[str] | None, seed: int) -> Fit | Undecided:
    if law == ENSEMBLE:
        raise BadInput("a schedule is designed by one law, not by several that disagree", where=f"law {law!r}")
    made = fit(law, table, runs=runs, seed=seed)
    assert isinstance(made, (Fit, Undecided))
    return made


def _horizon(steps: float | None, tokens: float | None, tokens_per_step: float | None) -> float:
    """The budget in steps."""
    if (steps is None) == (tokens is None):
        raise BadInput("a budget is steps or tokens: give one of them", where="design")
    if tokens is None:
        return float(steps or 0.0)
    if tokens_per_step is None or tokens_per_step <= 0:
        raise BadInput("a budget in tokens needs tokens_per_step above 0", where="design")
    return tokens / tokens_per_step


def _peak(made: Fit, peak: float | None) -> float:
    """The peak asked for, else the one that the fitted runs share."""
    if peak is not None:
        return peak
    peaks: list[float] = sorted(set(made.support.get("peaks", ())))
    if not peaks or peaks[-1] > (1.0 + _ONE_PEAK) * peaks[0]:
        raise BadInput(
            f"fitted at peak rates {', '.join(f'{p:g}' for p in peaks) or 'unknown'}: say peak", where="design"
        )
    return peaks[0]


def _warmup(made: Fit, warmup: float | None) -> float:
    return max(made.support.get("warmups", (0.0,))) if warmup is None else warmup


def past_of(resume: str | Schedule, since: float | None, table: Table | None) -> tuple[Schedule, float]:
    """The schedule of the run that is resumed, and the step at which it is.

    Args:
        resume: a run of the table that a law along a path reads, or its schedule.
        since: the step; default its last.

    Raises:
        BadInput: no such run, or it is not known up to that step.
    """
    if isinstance(resume, Schedule):
        return resume, resume.end if since is None else since
    if table is None:
        raise BadInput("a fit does not hold its runs' rates: give the run's schedule to resume", where="resume")
    x, rate = read_paths(rows_of(table, [resume])).nodes[0]
    at = float(x[-1]) if since is None else since
    if not 0 < at <= x[-1]:
        raise BadInput(f"the run is known up to step {x[-1]:g}; it cannot be resumed at {at:g}", where="resume")
    return Schedule("knots", {"x": x, "value": rate}), at
