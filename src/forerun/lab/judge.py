"""Judge a study's claims: paired seeds, a run that diverged as the worst of both arms, and all claims at once.

A claim is judged twice. Alone: its 95% interval. Together with the study's others: its p-value raised by Holm, so that
the chance of upholding any that is false stays 5% however many are made; controls, which must hold for the study to
say anything, are not counted among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forerun.core import Array, BadInput
from forerun.evaluate.differences.comparison import Comparison
from forerun.evaluate.differences.paired import paired
from forerun.lab.runner import Result
from forerun.lab.study import Claim, Study
from forerun.stats.multiple import holm

Results = Mapping[str, Sequence[Result]]
"""Every arm's results, in the order of the seeds."""
_LEVEL = 0.05
_UNEQUAL = 0.01  # share by which the cost of two arms may differ
_NO_VALUE = "every run of both arms diverged"


@dataclass(frozen=True)
class Verdict:
    """A claim and what the seeds say of it.

    Args:
        claim: what was claimed.
        comparison: the paired difference; runs that diverged stand in it as the worst of both arms.
        diverged: how many runs of the first arm did, and of the second.
        upheld: whether the comparison says what is claimed, and the first arm did not diverge more often.
        p_together: the p-value raised by Holm over the study's claims; None of a control.
    """

    claim: Claim
    comparison: Comparison
    diverged: tuple[int, int]
    upheld: bool
    p_together: float | None = None

    @property
    def upheld_together(self) -> bool:
        """Whether it is upheld with the study's other claims counted; a control is judged alone."""
        return self.upheld and (self.p_together is None or self.p_together <= _LEVEL)


def judge(study: Study, results: Results) -> tuple[Verdict, ...]:
    """A verdict a claim, in their order.

    Raises:
        BadInput: a claim's first arm has spent more than its second and does not say why, no run has the metric, or a
            claim of a factor is of a metric that is not above zero.
    """
    alone = [_alone(study, claim, results) for claim in study.claims]
    counted = [i for i, verdict in enumerate(alone) if not verdict.claim.control]
    for i, p in zip(counted, holm([_p_value(alone[i]) for i in counted]), strict=True):
        alone[i] = replace(alone[i], p_together=float(p))
    return tuple(alone)


def _p_value(verdict: Verdict) -> float:
    """How often arms that do not differ as claimed would look as if they did, two-sided."""
    if verdict.claim.margin is not None:
        return verdict.comparison.p_equivalent
    return verdict.comparison.p_value if verdict.comparison.estimate > 0.0 else 1.0


def _alone(study: Study, claim: Claim, results: Results) -> Verdict:
    first = results[claim.first]
    mine = values(first, claim.metric)
    if isinstance(claim.second, str):
        second = results[claim.second]
        theirs = values(second, claim.against or claim.metric)
        if not claim.unequal:
            _spent_alike(study, claim, first, second)
    else:
        theirs = np.full(len(mine), claim.second)
    diverged = int(np.isnan(mine).sum()), int(np.isnan(theirs).sum())
    comparison = _compared(mine, theirs, claim)
    if claim.margin is None:
        return Verdict(claim, comparison, diverged, comparison.verdict == "better" and diverged[0] <= diverged[1])
    return Verdict(claim, comparison, diverged, comparison.verdict == "equivalent" and diverged[0] == diverged[1])


def values(results: Sequence[Result], metric: str) -> Array:
    """A metric of every result, NaN of one that diverged, shape (runs,).

    Raises:
        BadInput: no result has it.
    """
    if not any(metric in result.metrics for result in results):
        raise BadInput(f"no run has {metric}; there are: {', '.join(results[0].metrics)}", where="study")
    every = np.array([np.nan if result.diverged else result.metrics.get(metric, np.nan) for result in results], float)
    return np.where(np.isfinite(every), every, np.nan)


def _compared(mine: Array, theirs: Array, claim: Claim) -> Comparison:
    """The paired difference with the worst of both arms where a run diverged; unbounded where all of them did."""
    every = np.concatenate([mine, theirs])
    if np.isnan(every).all():
        wide = np.inf
        return Comparison(len(mine), np.nan, -wide, wide, wide, claim.margin, "cannot tell", 1.0, "none", (_NO_VALUE,))
    worst = np.nanmax(every) if claim.direction == "min" else np.nanmin(every)
    mine, theirs = (np.where(np.isnan(arm), worst, arm) for arm in (mine, theirs))
    if claim.ratio is not None:
        mine, theirs = _log(mine, claim), _log(theirs, claim) + np.log(claim.ratio)
    return paired(mine.tolist(), theirs.tolist(), direction=claim.direction, margin=claim.margin)


def _log(values: Array, claim: Claim) -> Array:
    """Logarithms, of which a factor is a difference."""
    if (values <= 0.0).any():
        raise BadInput(f"claim {claim.says!r} is of a factor, but {claim.metric} is {values.min():g}", where="study")
    return np.log(values)


def _spent_alike(study: Study, claim: Claim, first: Sequence[Result], second: Sequence[Result]) -> None:
    """Refuse a first arm that had more than the second; a run that diverged says nothing of what was planned.

    A start that both share costs both the same; one that they do not is counted.
    """
    shared = first[0].job.start == second[0].job.start
    a, b = (np.mean([_spent(run, study.budget, not shared) for run in arm if not run.diverged] or [np.nan])
            for arm in (first, second))  # fmt: skip
    if a > (1.0 + _UNEQUAL) * b:
        raise BadInput(
            f"arms {claim.first} and {claim.second} spent {a:g} and {b:g} {study.budget}; give the first no more, or "
            "say why in `unequal`", where="study",
        )  # fmt: skip


def _spent(run: Result, budget: str, with_start: bool) -> float:
    return run.cost[budget] + (run.cost_of_start.get(budget, 0.0) if with_start else 0.0)
