"""Run workloads over settings and seeds: in parallel through joblib, and on again after a kill.

Every job has a folder: ``metrics.jsonl`` is its log, and ``result.json`` appears, whole, when it is done. A sweep that
is started again leaves the jobs that are done as they are and trains the others anew from their seeds, so that it ends
as if it had not been killed. ``joblib.parallel_config(backend="ray")`` (or ``"dask"``) runs the same call on a cluster.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from forerun.core import BadInput, UnknownName
from forerun.core.codec import decode, encode
from forerun.lab import WORKLOADS
from forerun.lab.log import MetricsLog, data_seed

LOG, RESULT = "metrics.jsonl", "result.json"
_LONGEST = 80  # characters of a folder's name before it is cut and a digest takes its place
Progress = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Job:
    """One training: a workload, the settings that differ from its defaults, and a seed."""

    workload: str
    settings: Mapping[str, Any]
    seed: int

    def __post_init__(self) -> None:
        known = WORKLOADS.load(self.workload).defaults
        object.__setattr__(self, "settings", {k: _typed(self.workload, k, v, known) for k, v in self.settings.items()})

    def whole(self) -> dict[str, Any]:
        """All settings."""
        return {**WORKLOADS.load(self.workload).defaults, **self.settings}

    def folder(self) -> Path:
        """Where it is kept, relative to the sweep's folder; the same job has the same."""
        text = ",".join(f"{key}={self.settings[key]}" for key in sorted(self.settings)) or "defaults"
        if len(text) > _LONGEST:
            digest = hashlib.sha256(text.encode()).hexdigest()[:8]
            text = f"{text[: _LONGEST - 9]}-{digest}"
        return Path(self.workload, text.replace("/", "_"), f"seed={self.seed}")


@dataclass(frozen=True)
class Result:
    """What a job came to: gold and other metrics at its end, its cost, and whether it ended because it diverged."""

    job: Job
    metrics: Mapping[str, float]
    cost: Mapping[str, float]
    diverged: bool = False


def grid(workload: str, settings: Mapping[str, Sequence[Any]], seeds: Iterable[int]) -> list[Job]:
    """A job for every combination of the values and every seed.

    Example:
        >>> [job.settings["lr"] for job in grid("convex", {"lr": [0.1, 0.2]}, [0])]
        [0.1, 0.2]
    """
    named = [dict(zip(settings, values, strict=True)) for values in itertools.product(*settings.values())]
    return [Job(workload, chosen, seed) for chosen, seed in itertools.product(named, seeds)]


def sweep(jobs: Sequence[Job], out: Path, *, n_jobs: int = 1, progress: Progress = lambda units: units) -> list[Result]:
    """Train every job that is not done yet; all results, in the order of the jobs.

    Args:
        out: the sweep's folder. n_jobs: how many are trained at once; joblib's backend says where.
        progress: wraps the jobs as they are handed out.

    Raises:
        BadInput: a job's folder holds another job's result.
    """
    import joblib

    done = joblib.Parallel(n_jobs=n_jobs)(joblib.delayed(run)(job, out) for job in progress(jobs))
    return cast(list[Result], done)


def run(job: Job, out: Path) -> Result:
    """Train one job, or read what it came to if it is done."""
    place = Path(out) / job.folder()
    settings = job.whole()
    described: dict[str, Any] = {"workload": job.workload, "settings": settings, "seed": job.seed}
    if (place / RESULT).exists():
        before = decode(json.loads((place / RESULT).read_text("utf-8")))
        if {key: before[key] for key in described} != described:
            raise BadInput("holds the result of another job; choose another folder", where=str(place))
        return Result(job, before["metrics"], before["cost"], before.get("diverged", False))
    place.mkdir(parents=True, exist_ok=True)
    config = {"workload": job.workload, "seed": job.seed, "data_seed": data_seed(job.seed), **settings}
    config["max_steps"] = settings["steps"]
    with MetricsLog(place / LOG, config) as log:
        metrics = WORKLOADS.load(job.workload).train(settings, job.seed, log)
        cost = log.spent()
    whole = {**described, "metrics": metrics, "cost": cost, "diverged": log.diverged}
    part = place / f"{RESULT}.part"
    part.write_text(json.dumps(encode(whole), allow_nan=False) + "\n", "utf-8")
    part.replace(place / RESULT)
    return Result(job, metrics, cost, log.diverged)


def _typed(workload: str, name: str, value: Any, known: Mapping[str, Any]) -> Any:
    """A setting, text turned into the type of its default."""
    if name not in known:
        raise UnknownName("setting", name, known, where=workload)
    kind = type(known[name])
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    try:
        return kind(value)
    except (TypeError, ValueError) as cause:
        raise BadInput(f"{name} must be a {kind.__name__}, but is {value!r}", where=workload) from cause
