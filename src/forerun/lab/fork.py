"""Fork a run: the state at a step, trained on with another recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from forerun.core import BadInput
from forerun.lab import WORLDS
from forerun.lab.job import Job
from forerun.lab.log import MetricsLog
from forerun.lab.runner import LOG, config, opened
from forerun.lab.weights import read_weights, write_weights
from forerun.recipes.part import Weights
from forerun.recipes.settings import SETTINGS
from forerun.recipes.training import TrainingRun

_ABOUT = ("world", "recipe", "seed", "data_seed", "max_steps", "parent", "fork_step")


def job_of(run: Path) -> Job:
    """The job of a run, from what its log says first.

    Raises:
        BadInput: it is no run of the lab.
    """
    log = run / LOG
    try:
        with log.open(encoding="utf-8") as lines:
            first = cast(dict[str, Any], json.loads(next(lines))["config"])
        settings = {name: value for name, value in first.items() if name not in _ABOUT}
        return Job(first["world"], settings, first["seed"], first["recipe"])
    except (OSError, StopIteration, KeyError, TypeError, json.JSONDecodeError) as cause:
        raise BadInput("is no run of the lab", where=str(run)) from cause


def fork(
    run: Path, at: int, recipe: str, settings: Mapping[str, Any], out: Path, *, start: Path | None = None
) -> dict[str, float]:
    """Train on from a step of a run with another recipe; its metrics at the end.

    The run is the same whenever it is trained again, so its state at the step is had by training it that far. What both
    recipes have goes on from there: weights, data and its order, generators, an optimizer of the same kind; what only
    the new one has starts at the step. World and settings are those of the run but for what is set.

    Args:
        run: its folder. at: the step. recipe: by name. settings: that differ from the run's.
        out: a new folder, for the log. start: the weights of the training that either recipe starts from.

    Raises:
        BadInput: no run of the lab, a step that is none of it or leaves none to train, a setting of the world, or a
            folder that holds a run already; nothing is written then.
    """
    if (out / LOG).exists():
        raise BadInput("holds a run already; choose another folder (--out)", where=str(out))
    before = job_of(run)
    after = Job(before.world, _kept(before, recipe) | dict(settings), before.seed, recipe)
    mine = WORLDS.load(before.world).settings
    for name in settings:
        if name in mine and after.settings[name] != before.whole()[name]:
            raise BadInput(f"{name} is of the world, which a fork does not change", where="fork")
    weights: Weights | None = read_weights(start) if start else None
    branch = opened(after, weights if after.start else None)
    trunk = opened(before, weights if before.start else None)
    if not 1 <= at <= trunk.last:
        raise BadInput(f"step {at} is none of the run, which has {trunk.last}", where=str(run))
    if at >= branch.last and not after.whole()["spend"]:
        raise BadInput(f"step {at} leaves none to train of {branch.last}; set more steps", where="fork")
    trunk.run(at)
    branch.load_state_dict(trunk.state_dict(), fork=True)
    return _trained(after, branch, out, {"parent": str(run), "fork_step": at})


def _kept(job: Job, recipe: str) -> dict[str, Any]:
    """What a fork takes over: the world's settings, and how long and at what rate."""
    known = {**WORLDS.load(job.world).settings, **SETTINGS}
    return {name: value for name, value in job.whole().items() if name in known}


def _trained(job: Job, training: TrainingRun, out: Path, lineage: Mapping[str, Any]) -> dict[str, float]:
    out.mkdir(parents=True, exist_ok=True)
    with MetricsLog(out / LOG, {**config(job, training), **lineage}) as log:
        training.write = log.write
        training.run()
    metrics = training.result()
    write_weights(training.model.state_dict(), out / "weights.pt")
    (out / "result.json").write_text(json.dumps({**job.described(), **lineage, "metrics": metrics}) + "\n", "utf-8")
    return metrics
