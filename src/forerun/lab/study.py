"""A study: a question, arms that are trained on the same seeds at the same budget, and claims that end in a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from forerun.core import BadInput
from forerun.evaluate.differences.paired import Comparison, paired
from forerun.lab import WORKLOADS
from forerun.lab.runner import Job, Progress, Result, sweep

Budget = Literal["steps", "samples", "tokens", "flops", "seconds"]
_QUICK = 8
_UNEQUAL = 0.01  # share by which the cost of two arms may differ


@dataclass(frozen=True)
class Arm:
    """One way to train: a workload and its settings."""

    workload: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Claim:
    """What a study is to show, or not.

    Args:
        says: the claim in a sentence.
        first, second: arms, of which the first is claimed to be better or to be equivalent; or a number for the second.
        metric: by which; gold, since nothing is tuned on it. against: the second arm's metric where it is another.
        direction: which way the metric is better.
        margin: for a claim of equivalence, in the metric's unit; None for a claim of better.
        unequal: why the arms may differ in cost; empty where they may not.
        control: a claim that must hold if the study can show anything at all.
    """

    says: str
    first: str
    second: str | float
    metric: str
    direction: Literal["min", "max"]
    margin: float | None = None
    against: str = ""
    unequal: str = ""
    control: bool = False


@dataclass(frozen=True)
class Study:
    """A question and how it is answered.

    Args:
        question: ends in a question mark. source: whose effect it is.
        arms: by name. seeds: how many, paired across arms; at least 5 for a claim.
        budget: what the arms of a claim must have spent alike.
        claims: with at least one control.
        first_seed: of those used; above 0 where others were looked at while the settings were chosen.
        quick: settings of every arm for a look of a few seconds, at an eighth of the steps.
    """

    question: str
    source: str
    arms: Mapping[str, Arm]
    seeds: int
    budget: Budget
    claims: tuple[Claim, ...]
    first_seed: int = 0
    quick: Mapping[str, Any] = field(default_factory=dict[str, Any])


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
    """The arm's settings with an eighth of all steps."""
    whole = {**WORKLOADS.load(arm.workload).DEFAULTS, **arm.settings, **more}
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
