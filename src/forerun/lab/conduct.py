"""Conduct a study: train its arms on paired seeds, and judge its claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import BadInput
from forerun.evaluate.differences.comparison import Comparison
from forerun.evaluate.differences.paired import paired
from forerun.lab import WORKLOADS
from forerun.lab.runner import Job, Progress, Result, sweep
from forerun.lab.study import Arm, Claim, Study

_QUICK = 8
_UNEQUAL = 0.01  # share by which the cost of two arms may differ


@dataclass(frozen=True)
class Verdict:
    """A claim, what the seeds say of it, and whether that upholds it."""

    claim: Claim
    comparison: Comparison
    upheld: bool


@dataclass(frozen=True)
class StudyResult:
    """All results by arm, in the order of the seeds, and a verdict a claim."""

    study: Study
    results: Mapping[str, Sequence[Result]]
    verdicts: tuple[Verdict, ...]


def conduct(
    study: Study,
    out: Path,
    *,
    seeds: int | None = None,
    quick: bool = False,
    n_jobs: int = 1,
    progress: Progress = lambda units: units,
) -> StudyResult:
    """Train every arm on every seed and judge the claims.

    Args:
        out: the folder of the runs; what is done there is not done again.
        seeds: how many; default the study's. quick: with the study's quick settings, to see that it runs.

    Raises:
        BadInput: two arms of a claim have not spent alike, or fewer than 2 seeds.
    """
    arms = {name: replace(arm, settings=_quick(arm, study.quick)) if quick else arm for name, arm in study.arms.items()}
    n = seeds or study.seeds
    seeds_of = range(study.first_seed, study.first_seed + n)
    jobs = [Job(arm.workload, arm.settings, seed) for arm in arms.values() for seed in seeds_of]
    trained = sweep(jobs, out, n_jobs=n_jobs, progress=progress)
    results = {name: trained[i * n : (i + 1) * n] for i, name in enumerate(arms)}
    return StudyResult(study, results, tuple(judge(study, claim, results) for claim in study.claims))


def _quick(arm: Arm, more: Mapping[str, Any]) -> dict[str, Any]:
    """The arm's settings with an eighth of all steps, and the quick ones that its workload has."""
    defaults = WORKLOADS.load(arm.workload).defaults
    more = {name: value for name, value in more.items() if name in defaults}
    whole = {**defaults, **arm.settings, **more}
    steps = {k: max(1, v // _QUICK) for k, v in whole.items() if k in ("steps", "warmup") or k.endswith("_steps")}
    return {**arm.settings, **more, **steps}


def judge(study: Study, claim: Claim, results: Mapping[str, Sequence[Result]]) -> Verdict:
    """What the results say of a claim.

    Raises:
        BadInput: the arms have not spent alike.
    """
    first = results[claim.first]
    mine = values(first, claim.metric, claim.direction)
    if isinstance(claim.second, str):
        second = results[claim.second]
        theirs = values(second, claim.against or claim.metric, claim.direction)
        a, b = (np.mean([result.cost[study.budget] for result in arm]) for arm in (first, second))
        if not claim.unequal and abs(a - b) > _UNEQUAL * max(a, b):
            raise BadInput(f"arms {claim.first} and {claim.second} spent {a:g} and {b:g} {study.budget}", where="study")
    else:
        theirs = [claim.second] * len(mine)
    comparison = paired(
        mine,
        theirs,
        direction=claim.direction,
        margin=claim.margin,
    )
    return Verdict(claim, comparison, comparison.verdict == ("better" if claim.margin is None else "equivalent"))


def values(results: Sequence[Result], metric: str, direction: str) -> list[float]:
    """A metric of every result; a training that diverged counts as the worst of those that did not.

    Raises:
        BadInput: no such metric, or all diverged.
    """
    every = [float(result.metrics.get(metric, np.nan)) for result in results]
    finite = [value for value in every if np.isfinite(value)]
    if not finite:
        raise BadInput(f"no run has a finite {metric}; there are: {', '.join(results[0].metrics)}", where="study")
    worst = max(finite) if direction == "min" else min(finite)
    return [value if np.isfinite(value) else worst for value in every]
