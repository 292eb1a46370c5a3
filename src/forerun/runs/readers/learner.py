"""Records of a reinforcement learner: the names its loggers give to steps, rounds, time and returns.

One record often counts several things at once. Steps in the environment are what runs of different algorithms can be
compared on, so they are the axis ``step``; rounds of playing and learning are the axis ``iteration``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from forerun.core import Damage
from forerun.runs.log import WALL, Log, Unfit

_NAMES = {
    "step": "num_env_steps_sampled_lifetime timesteps_total total_timesteps total_timestep timesteps_so_far "
    "total_env_interacts total_env_steps total_environment_steps environment_steps env_steps env_step num_env_steps "
    "num_env_steps_sampled num_steps_total num_total_steps num_timesteps agent_timesteps_total num_agent_steps_sampled "
    "n_env_steps total_num_steps total_steps steps_total timesteps timestep steps_so_far env_frames total_frames "
    "num_frames frames global_step steps step",
    "samples": "samples",
    "iteration": "training_iteration iterations iteration itr n_itr itn nupdates n_updates num_updates updates update",
    "epoch": "epoch epochs total_epochs",
    "episode": "episodes_total episodes_so_far total_episodes episodes episode num_episodes",
    "seconds": "time_total_s time_elapsed elapsed_time elapsed total_time_s",
    WALL: "timestamp",
}
_PLACES = {
    re.sub(r"[^a-z]", "", name): (axis, place)
    for axis, names in _NAMES.items()
    for place, name in enumerate(names.split())
}


def axes_of_learner(names: Iterable[str]) -> dict[str, str]:
    """The names that are axes, and which: of several for one axis the one that counts most plainly.

    Example:
        >>> axes_of_learner(["rollout/ep_rew_mean", "time/iterations", "time/total_timesteps", "TotalEnvInteracts"])
        {'time/total_timesteps': 'step', 'time/iterations': 'iteration'}
    """
    best: dict[str, tuple[tuple[int, int], str]] = {}
    for name in names:
        axis, place = _place(name)
        rank = (place, name.count("/"))
        if axis and (axis not in best or rank < best[axis][0]):
            best[axis] = (rank, name)
    return {best[axis][1]: axis for axis in _NAMES if axis in best}


_OTHERS = ("eval/", "evaluation/", "env_runners/", "learners/", "sampler_results/")  # counts of one round, or of others


@lru_cache(maxsize=65536)
def _place(name: str) -> tuple[str, int]:
    """The axis of one name, empty for none, and how far down it stands in the list."""
    if name == "Time":  # Spinning Up and rllab: seconds since the start
        return "seconds", 99
    if name.startswith(_OTHERS) and not name.endswith("_lifetime"):
        return "", 0
    return _PLACES.get(re.sub(r"[^a-z]", "", name.rpartition("/")[2].lower()), ("", 0))


_RETURNS = re.compile(
    r"reward|(?:^|[^a-z])(?:rew|ret)(?:[^a-z]|$|urn)|ep_?re[wt]|(?:Rew|Ret)(?![a-z])|return|score|success|win_?rate"
)
_NO_RETURNS = re.compile(r"loss|std|stdev|var|err|length|time|norm|kl\b", re.IGNORECASE)


def returns_of(names: Iterable[str]) -> list[str]:
    """The names that speak of returns, which are better when higher.

    Example:
        >>> returns_of(["rollout/ep_rew_mean", "EpRewMean", "AverageEpRet", "StdEpRet", "value_loss"])
        ['rollout/ep_rew_mean', 'EpRewMean', 'AverageEpRet']
    """
    return [name for name in names if _RETURNS.search(name) and not _NO_RETURNS.search(name)]


class Records:
    """The records of one run, as they are collected.

    Args:
        format: the reader's name.
        id: which run, where a file holds several.
    """

    def __init__(self, format: str, id: str = "") -> None:
        self.id = id
        self.config: dict[str, Any] = {}
        self.damage: list[Damage] = []
        self._format = format
        self._axes: list[Mapping[str, float]] = []
        self._series: dict[str, tuple[list[int], list[float]]] = {}
        self._unfit: dict[str, Unfit] = {}

    def add(self, axes: Mapping[str, float], numbers: Iterable[tuple[str, float]]) -> None:
        """One record: where it stands, and its metrics."""
        row, series = len(self._axes), self._series
        for name, value in numbers:
            column = series.get(name)
            if column is None:
                column = series[name] = ([], [])
            column[0].append(row)
            column[1].append(value)
        self._axes.append(axes)

    def extend(self, axes: Mapping[str, Sequence[float]], numbers: Mapping[str, Sequence[float]]) -> None:
        """Several records that all hold the same names, by columns."""
        row = len(self._axes)
        self._axes += [dict(zip(axes, places, strict=True)) for places in zip(*axes.values(), strict=True)]
        for name, values in numbers.items():
            rows, known = self._series.setdefault(name, ([], []))
            rows += range(row, len(self._axes))
            known += values

    def unfit(self, name: str, damage: Damage) -> None:
        """Text where a metric is wanted."""
        unfit = self._unfit.setdefault(name, Unfit())
        unfit.count += 1
        if len(unfit.first) < Unfit.LISTED:
            unfit.first.append(damage)

    def log(self) -> Log:
        log = Log(
            self._format, id=self.id, n=len(self._axes), config=self.config, damage=self.damage, unfit=self._unfit
        )
        for axis in dict.fromkeys(axis for axes in self._axes for axis in axes):
            log.axes[axis] = np.array([axes.get(axis, np.nan) for axes in self._axes])
        for name in returns_first(self._series):
            rows, values = self._series[name]
            log.series[name] = (np.array(rows, np.int64), np.array(values))
        log.directions = dict.fromkeys(returns_of(self._series), "max")
        return log


_EXTREMES = re.compile(r"max|min|std|median|this_iter", re.IGNORECASE)


def returns_first(names: Iterable[str]) -> list[str]:
    """The names, mean returns before their extremes and both before all else.

    Example:
        >>> returns_first(["loss", "episode_reward_max", "episode_reward_mean"])
        ['episode_reward_mean', 'episode_reward_max', 'loss']
    """
    listed = list(names)
    returns = set(returns_of(listed))
    return sorted(listed, key=lambda name: (name not in returns, bool(_EXTREMES.search(name)) and name in returns))
