"""A trial's folder of Ray Tune and RLlib: ``result.json`` with one object an iteration, ``params.json`` beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Card
from forerun.runs.growth import lines, whole
from forerun.runs.log import WALL, Log, State, Step
from forerun.runs.readers import delimited
from forerun.runs.readers.columns import log_of_records
from forerun.runs.readers.nested import numbers, objects
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import first_lines, read_json

CARD = Card(
    name="ray_result",
    does="Reads a trial of Ray Tune or RLlib: result.json, else progress.csv, and the settings beside it.",
    source="ray 0.8 to 2.60, tune/logger/json.py and csv.py, tune/result.py",
    assumes="x is the environment's steps where there are any, else the training iteration. Lists are no metrics.",
    needs="One result with training_iteration.",
    promises="Values are those of the file. A line that is not an object costs that line and is counted.",
    known_answer="Ray's own json.dump of each result.",
    control="JSON lines and tables without training_iteration and what Ray fills in beside it are left alone.",
)
_RESULTS, _TABLE, _SETTINGS, _ERROR = "result.json", "progress.csv", "params.json", "error.txt"
_FILLED_IN = ("time_this_iter_s", "iterations_since_restore", "time_total_s", "trial_id")
_STEPS = (
    "num_env_steps_sampled_lifetime", "env_runners/num_env_steps_sampled_lifetime", "timesteps_total",
    "num_env_steps_sampled", "counters/num_env_steps_sampled", "agent_timesteps_total",
)  # fmt: skip
"""Where Ray keeps how many steps of the environment were taken, from its newest name to its oldest."""
_RLLIB = (b'"hist_stats":', b'"env_runners":', b'"episode_reward_mean":', b'"sampler_results":')
_COUNTERS = frozenset(_STEPS) | frozenset(
    "training_iteration time_total_s timestamp pid date hostname node_ip trial_id experiment_id experiment_tag done "
    "time_since_restore iterations_since_restore timesteps_since_restore warmup_time".split()
)


def sniff(path: Path, head: bytes) -> float:
    """A first object may be longer than the head, as RLlib writes all its settings into each."""
    if path.name == _RESULTS and head.lstrip()[:1] == b"{" and any(sign in head for sign in _RLLIB):
        return 0.95
    if b"training_iteration" not in head or not any(name.encode() in head for name in _FILLED_IN):
        return 0.0
    if head.lstrip()[:1] == b"{":
        return 0.95 if path.name == _RESULTS or b'"training_iteration":' in head else 0.0
    header = first_lines(head, 1)
    return 0.95 if path.name == _TABLE and header and "training_iteration" in header[0].split(",") else 0.0


def unit(path: Path) -> Path:
    return path.parent if path.name in (_RESULTS, _TABLE) else path


def files(folder: Path) -> list[Path]:
    """The results as JSON, which hold more than the table of them."""
    results = folder / (_RESULTS if (folder / _RESULTS).is_file() else _TABLE)
    return [folder / _SETTINGS, results, folder / _ERROR]


def follow(path: Path, state: State) -> Iterator[Step]:
    if path.name == _SETTINGS:
        yield from _PARAMS(path, state)
    elif path.name == _ERROR:
        yield from _CRASH(path, state)
    elif path.name == _TABLE:
        for step in delimited.follow_rows(path, state, CARD.name):
            for log in step.every:
                _counted(log)
            yield step
    else:
        yield from _results(path, state)


def _params(path: Path) -> Iterator[Log]:
    document = read_json(path)
    yield Log(CARD.name, config=_plain(document) if isinstance(document, dict) else {})


_PARAMS = whole(_params)
_CRASH = whole(lambda path: [Log(CARD.name, end="crashed")])


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in settings.items()}


def _results(path: Path, state: State) -> Iterator[Step]:
    for block in lines(path, state):
        log = _log(block.lines, block.first, path)
        yield block.step([log], lambda rest, at=block.after: [_log(rest, at, path)] if rest else [])


def _log(raw_lines: list[str], first: int, path: Path) -> Log:
    results, damage = objects(raw_lines, first, path)
    configs = [config for result in results if isinstance(config := result.pop("config", None), dict)]
    log = log_of_records([numbers(result) for result in results], format=CARD.name)
    log.config, log.damage = _plain(configs[-1]) if configs else {}, damage
    log.end = "finished" if results and results[-1].get("done") is True else ""
    return _counted(log)


def _counted(log: Log) -> Log:
    """The log with Ray's own counters as its axes: none of them is a metric."""
    columns = {name: _dense(column, log.n) for name, column in log.series.items() if name in _COUNTERS}
    iteration = columns.get("training_iteration", np.full(log.n, np.nan))
    taken = next((columns[name] for name in _STEPS if name in columns), np.full(log.n, np.nan))
    step = np.where(taken > 0, taken, iteration)
    own = log.axes.get("step", step)
    log.axes["step"] = np.where(np.isfinite(own), own, step)
    log.axes["iteration"] = iteration
    log.axes.setdefault("seconds", columns.get("time_total_s", np.full(log.n, np.nan)))
    if not np.isfinite(log.axes.get(WALL, np.nan)).any() and "timestamp" in columns:
        log.axes[WALL] = columns["timestamp"]
    for name in [name for name in log.series if name.startswith("config/")]:
        log.config[name.removeprefix("config/")] = float(log.series[name][1][-1])
    log.series = {name: column for name, column in log.series.items() if _is_metric(name)}
    log.unfit = {name: unfit for name, unfit in log.unfit.items() if _is_metric(name)}
    return log


def _is_metric(name: str) -> bool:
    return name not in _COUNTERS and not name.startswith("config/")


def _dense(sparse: tuple[np.ndarray, np.ndarray], n: int) -> np.ndarray:
    column = np.full(n, np.nan)
    column[sparse[0]] = sparse[1]
    return column


RAY_RESULT = Reader(
    card=CARD,
    sniff=sniff,
    follow=follow,
    unit=unit,
    files=files,
    companions=(_SETTINGS, _TABLE, _ERROR, "params.pkl", "error.pkl"),
    repeats=("tensorboard",),
)
