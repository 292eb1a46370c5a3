"""Run jobs: in parallel through joblib, each start once, and on again after a kill.

Every job has a folder: ``metrics.jsonl`` is its log, and ``result.json`` appears, whole, when it is done; beside it
``weights.pt`` where another job starts from it. A sweep that is started again leaves the jobs that are done as they are
and trains the others anew from their seeds, or on from their last checkpoint, so that it ends as if it had not been
killed. ``joblib.parallel_config(backend="ray")`` (or ``"dask"``) runs the same call on a cluster.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from joblib import Parallel, delayed

from forerun.core import BadInput
from forerun.core.codec import decode, encode
from forerun.lab import WORLDS
from forerun.lab.job import Job
from forerun.lab.log import MetricsLog
from forerun.lab.weights import read_weights, write_weights
from forerun.lab.world import data_seed
from forerun.recipes import Recipe
from forerun.recipes.settings import checked
from forerun.recipes.training import TrainingRun, Write, silent

LOG, RESULT, WEIGHTS, CHECKPOINT = "metrics.jsonl", "result.json", "weights.pt", "checkpoint.pt"
Progress = Callable[[int, int], None]
"""Is told how many of how many trainings are done."""


def unseen(done: int, of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Result:
    """What a job came to.

    Args:
        metrics: gold and others, at its end. cost: by column of the meter. diverged: whether it ended because it did.
        cost_of_start: of the training before it, if there was one; told beside its own and not in it.
    """

    job: Job
    metrics: Mapping[str, float]
    cost: Mapping[str, float]
    diverged: bool = False
    cost_of_start: Mapping[str, float] = field(default_factory=dict[str, float])


def grid(
    world: str, settings: Mapping[str, Sequence[Any]], seeds: Iterable[int], recipe: str | Recipe = ""
) -> list[Job]:
    """A job for every combination of the values and every seed.

    Example:
        >>> [job.settings["lr"] for job in grid("convex", {"lr": [0.1, 0.2]}, [0])]
        [0.1, 0.2]
    """
    named = [dict(zip(settings, values, strict=True)) for values in itertools.product(*settings.values())]
    return [Job(world, chosen, seed, recipe) for chosen, seed in itertools.product(named, seeds)]


def sweep(
    jobs: Sequence[Job],
    out: Path,
    *,
    n_jobs: int = 1,
    save_every: int = 0,
    progress: Progress = unseen,
) -> list[Result]:
    """Train every job that is not done yet; all results, in the order of the jobs.

    The trainings that jobs start from come first, each once however many start from it.

    Args:
        out: the sweep's folder. n_jobs: how many are trained at once; joblib's backend says where.
        save_every: steps between checkpoints, which a killed job goes on from; 0 for none.
        progress: is told whenever one is done, those that others start from among them.

    Raises:
        BadInput: a job's folder holds another job's result.
    """
    starts = _starts(jobs)
    for job in {(job.world, job.name): job for job in jobs if job.start is not None}.values():
        fits(job)
    pool = _Pool(n_jobs, progress, of=len(starts) + len(jobs))
    if starts:
        pool.all(delayed(run)(job, out, keep=True, save_every=save_every) for job in starts)
    return pool.all(delayed(run)(job, out, save_every=save_every) for job in jobs)


class _Pool(Parallel):
    """Runs calls in parallel, and tells how many are done, of all that are to come, whenever one is."""

    def __init__(self, n_jobs: int, progress: Progress, of: int) -> None:
        super().__init__(n_jobs=n_jobs, batch_size=1)  # pyright: ignore[reportArgumentType] (or "auto")
        self.progress, self.of, self.before = progress, of, 0
        progress(0, of)

    def all(self, calls: Iterable[Any]) -> list[Any]:
        results = cast(list[Any], self(calls))
        self.before += len(results)
        return results

    def print_progress(self) -> None:
        """What joblib calls whenever a call is done."""
        self.progress(self.before + self.n_completed_tasks, self.of)


def _starts(jobs: Sequence[Job]) -> list[Job]:
    """What jobs start from, each once."""
    starts = {job.start.folder(): job.start for job in jobs if job.start is not None}
    return list(starts.values())


def run(job: Job, out: Path, *, keep: bool = False, save_every: int = 0) -> Result:
    """Train one job, or read what it came to if it is done.

    Args:
        keep: its weights too, for others to start from. save_every: as in `sweep`.
    """
    place = Path(out) / job.folder()
    if job.start is not None and not (Path(out) / job.start.folder() / RESULT).exists():
        fits(job)
    start = run(job.start, out, keep=True, save_every=save_every) if job.start is not None else None
    cost_of_start = dict(start.cost) if start else {}
    if (place / RESULT).exists() and (not keep or (place / WEIGHTS).exists()):
        return _read(job, place, cost_of_start)
    training = opened(job, read_weights(Path(out) / start.job.folder() / WEIGHTS) if start else None)
    place.mkdir(parents=True, exist_ok=True)
    with _log(job, training, place) as log:
        training.write = log.write
        while not training.done:
            training.run(min(training.step + save_every, training.last) if save_every else None)
            if save_every and not training.done:
                _save(job, training, log, place)
    metrics, cost = training.result(), training.meter.tick().columns()
    if keep:
        write_weights(training.model.state_dict(), place / WEIGHTS)
    came_to = {"metrics": metrics, "cost": cost, "cost_of_start": cost_of_start, "diverged": training.diverged}
    whole = json.dumps(encode({**job.described(), **came_to}), allow_nan=False) + "\n"
    part = place / f"{RESULT}.part"
    part.write_text(whole, "utf-8")
    part.replace(place / RESULT)
    (place / CHECKPOINT).unlink(missing_ok=True)
    return Result(job, metrics, cost, training.diverged, cost_of_start)


def fits(job: Job) -> None:
    """Refuse a job whose world lacks what its recipe needs, before anything that it starts from is trained.

    Raises:
        BadInput: it does, both are named; or a setting lies beyond its limits.
    """
    engine, name = job.filled.engine, f"{job.name} on {job.world}"
    assert engine is not None
    checked(job.whole(), name)
    engine.check(WORLDS.load(job.world).open(job.whole(), job.seed), name)


def opened(job: Job, start: Mapping[str, Any] | None, write: Write = silent) -> TrainingRun:
    """The training of a job, before its first step."""
    settings = {**job.whole(), "seed": job.seed}
    world, recipe = WORLDS.load(job.world).open(settings, job.seed), job.filled
    assert recipe.engine is not None
    return TrainingRun(world, recipe.engine, settings, start=start, write=write, name=f"{recipe.name} on {job.world}")


def _read(job: Job, place: Path, cost_of_start: Mapping[str, float]) -> Result:
    before, mine = decode(json.loads((place / RESULT).read_text("utf-8"))), job.described()
    if {key: before.get(key) for key in mine} != mine:
        raise BadInput("holds the result of another job; choose another folder", where=str(place))
    return Result(job, before["metrics"], before["cost"], before["diverged"], cost_of_start)


def config(job: Job, training: TrainingRun) -> dict[str, Any]:
    """What the log of a job says first."""
    about = {"world": job.world, "recipe": job.name, "seed": job.seed, "data_seed": data_seed(job.seed)}
    return {**about, **job.whole(), "max_steps": training.last}


def _log(job: Job, training: TrainingRun, place: Path) -> MetricsLog:
    """The log, new or where the checkpoint stands; the training goes on from there."""
    saved = read_weights(place / CHECKPOINT) if (place / CHECKPOINT).exists() else None
    if saved is None:
        return MetricsLog(place / LOG, config(job, training))
    if saved["job"] != json.dumps(job.described(), sort_keys=True):
        raise BadInput("holds the checkpoint of another job; choose another folder", where=str(place))
    training.load_state_dict(saved["training"])
    return MetricsLog(place / LOG, {}, at=saved["bytes"])


def _save(job: Job, training: TrainingRun, log: MetricsLog, place: Path) -> None:
    about = {"job": json.dumps(job.described(), sort_keys=True), "bytes": log.bytes}
    write_weights({**about, "training": training.state_dict()}, place / CHECKPOINT)
