"""`trust`: which benchmarks can decide between models at a small scale, from logs of their training."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from forerun.api.reading import Where, runs_of
from forerun.api.scoring import Scores, read_scores
from forerun.core import BadInput, Direction, Run, Table, Undecided
from forerun.core.choosing import quality_of
from forerun.evaluate.trust.benchmark import LAST, Trajectory, Trust, trust_benchmark
from forerun.evaluate.trust.checkpoints import Benchmark, trajectories


def trust(
    data: Where | Run | Iterable[Run] | Scores | Table,
    *,
    by: Sequence[str] = (),
    size: str = "params",
    metrics: Sequence[str] | None = None,
    small: float | None = None,
    target: float | None = None,
    last: int = LAST,
    chance: Mapping[str, float] | None = None,
    seed: int = 0,
) -> dict[Benchmark, Trust | Undecided]:
    """What every benchmark in logs can decide at a small size.

    Args:
        data: runs, or where they are; a benchmark is a task and a metric, or a metric where runs have no task. Or
            scores of checkpoints (`read_scores`): a system is then a recipe, and sizes and steps are the table's.
        by: settings that tell recipes apart, such as a data mixture; by default a run is its own recipe.
        size: the setting that says how large a model is, a number or a word such as 190M. Where no run tells it, all
            are of one size; where some do, the others are left out.
        metrics: only these; by default all that measure quality.
        small, target: sizes; see `forerun.evaluate.trust.benchmark.trust`.
        last: checkpoints that noise is taken from.
        chance: score of guessing by benchmark.
        seed: of what is drawn.

    Returns:
        by benchmark and metric, best first; `Undecided` where a benchmark has too few models or checkpoints.

    Raises:
        BadInput: no run has a setting that is asked for, or nothing is logged.

    Example:
        >>> from forerun.core import Curve
        >>> rng = np.random.default_rng(0)
        >>> rise = np.linspace(0.0, 1.0, 12)
        >>> runs = [Run(str(i), {"acc": Curve(range(12), i + rise + 0.01 * rng.normal(size=12), metric="acc",
        ...                                   direction="max")}, "example") for i in range(6)]
        >>> trust(runs)[("acc", "acc")].verdict
        'can decide'
    """
    if isinstance(data, (Scores, Table)):
        benchmarks = _of_scores(data, by, metrics)
    else:
        runs = runs_of(data)
        _check(runs, by)
        benchmarks = _benchmarks(runs, by, size, metrics)
    answers = {
        key: trust_benchmark(
            models, benchmark=key[0], metric=key[1], direction=direction, small=_there(small, models),
            target=_there(target, models), last=last, chance=(chance or {}).get(key[0]), seed=seed,
        )
        for key, (direction, models) in benchmarks.items()
    }  # fmt: skip
    return dict(sorted(answers.items(), key=lambda item: _place(item[1])))


def _of_scores(
    data: Scores | Table, by: Sequence[str], metrics: Sequence[str] | None
) -> dict[Benchmark, tuple[Direction, list[Trajectory]]]:
    if by:
        raise BadInput("is of runs' settings; of scores a system is a recipe", where="by")
    every = trajectories(read_scores(data).table)
    if missing := [name for name in metrics or () if name not in {metric for _, metric in every}]:
        listed = ", ".join(sorted({metric for _, metric in every}))
        raise BadInput(f"no scores by the metric {missing[0]!r}; there are {listed}")
    return {key: models for key, models in every.items() if metrics is None or key[1] in metrics}


def _check(runs: Sequence[Run], by: Sequence[str]) -> None:
    known = dict.fromkeys(str(name) for run in runs for name in run.config)
    if missing := [name for name in by if name not in known]:
        raise BadInput(f"no run has the setting {missing[0]!r}; there are {', '.join(known) or 'none'}", where="by")
    if not runs:
        raise BadInput("no run, so no benchmark")


def _benchmarks(
    runs: Sequence[Run], by: Sequence[str], size: str, metrics: Sequence[str] | None
) -> dict[Benchmark, tuple[Direction, list[Trajectory]]]:
    parts: dict[Benchmark, tuple[Direction, list[Trajectory]]] = {}
    sizes = _sizes(runs, size)
    for run in runs:
        if sizes and run.id not in sizes:
            continue
        recipe = "/".join(str(run.config.get(name)) for name in by) if by else run.name or run.id
        curves = quality_of(run) if metrics is None else [run.curves[name] for name in metrics if name in run.curves]
        for curve in curves:
            trajectory = Trajectory(recipe, sizes.get(run.id, 0.0), curve.y[np.isfinite(curve.y)])
            key = (run.task or curve.metric, curve.metric)
            parts.setdefault(key, (curve.direction or "max", []))[1].append(trajectory)
    if not parts:
        raise BadInput(
            "no run has a metric that measures quality" + (f" among {', '.join(metrics)}" if metrics else "")
        )
    return parts


def _sizes(runs: Sequence[Run], setting: str) -> dict[str, float]:
    """Sizes by run; of those that tell none, none: they are left out where others do."""
    sizes = {run.id: size_of(run.config.get(setting)) for run in runs}
    return {id: size for id, size in sizes.items() if size is not None}


def size_of(value: object) -> float | None:
    """A number, or a word such as 190M.

    Example:
        >>> size_of("1.3B"), size_of(70e6), size_of("large")
        (1300000000.0, 70000000.0, None)
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    word = re.fullmatch(r"(\d+(?:\.\d+)?)\s?([KMBT]?)", str(value).strip().upper())
    return None if word is None else float(word[1]) * _UNITS[word[2]]


_UNITS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def _there(size: float | None, models: Sequence[Trajectory]) -> float | None:
    """The size among the models' that is meant: 190e6 is 190354176."""
    near = [one.size for one in models if size is not None and abs(one.size - size) <= 0.1 * size]
    return size if size is None or not near else min(near, key=lambda one: abs(one - size))


def _place(answer: Trust | Undecided) -> tuple[int, float]:
    order = ("can decide", "cannot tell", "cannot decide")
    return (
        (3, 0.0) if isinstance(answer, Undecided) else (order.index(answer.verdict), -answer.measurements[0].estimate)
    )
