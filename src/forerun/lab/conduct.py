"""Conduct a study: train its arms on paired seeds, and judge its claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forerun.lab.job import Job
from forerun.lab.judge import Results, Verdict, judge
from forerun.lab.runner import Progress, sweep, unseen
from forerun.lab.study import Arm, Study

_QUICK = 8


@dataclass(frozen=True)
class StudyResult:
    """All results by arm, in the order of the seeds, and a verdict a claim."""

    study: Study
    results: Results
    verdicts: tuple[Verdict, ...]


def conduct(
    study: Study,
    out: Path,
    *,
    seeds: int | None = None,
    quick: bool = False,
    n_jobs: int = 1,
    progress: Progress = unseen,
) -> StudyResult:
    """Train every arm on every seed and judge the claims.

    Args:
        out: the folder of the runs; what is done there is not done again.
        seeds: how many; default the study's. quick: with the study's quick settings, to see that it runs.

    Raises:
        BadInput: a claim's first arm has spent more than its second and does not say why, or fewer than 2 seeds.
    """
    arms = {name: replace(arm, settings=_quick(arm, study.quick)) if quick else arm for name, arm in study.arms.items()}
    n = seeds or study.seeds
    seeds_of = range(study.first_seed, study.first_seed + n)
    jobs = [Job(arm.world, arm.settings, seed, arm.recipe) for arm in arms.values() for seed in seeds_of]
    trained = sweep(jobs, out, n_jobs=n_jobs, progress=progress)
    results = {name: trained[i * n : (i + 1) * n] for i, name in enumerate(arms)}
    return StudyResult(study, results, judge(study, results))


def _quick(arm: Arm, more: Mapping[str, Any]) -> dict[str, Any]:
    """The arm's settings with an eighth of all steps, and the quick ones that it has."""
    job = Job(arm.world, arm.settings, 0, arm.recipe)
    whole = job.whole() | ({f"start.{name}": v for name, v in job.start.whole().items()} if job.start else {})
    more = {name: value for name, value in more.items() if name in whole}
    steps = {k: max(1, int(v) // _QUICK) for k, v in {**whole, **more}.items() if k.endswith(("steps", "warmup"))}
    return {**arm.settings, **more, **steps}
