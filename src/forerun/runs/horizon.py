"""Where a run is planned to end, as its log, its settings or the runs beside it tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from forerun.core import Array, Curve

_KEYS = {
    "step": "max_steps total_steps num_train_steps max_train_steps num_training_steps n_steps num_steps train_steps "
    "training_steps max_iters max_iter max_iterations num_iterations total_iterations total_iters train_iters "
    "num_iters n_iters n_iter iterations niter total_timesteps n_timesteps max_timesteps total_env_steps "
    "num_boost_round num_rounds max_updates max_update total_updates t_max maxiter max_step "
    "total_step num_updates_total num_frames total_frames train_batches",
    "epoch": "max_epochs num_train_epochs num_epochs n_epochs total_epochs epochs nepoch nepochs n_epoch epoch_num "
    "max_epoch num_epoch total_epoch train_epochs training_epochs end_epoch epochs_total max_num_epochs nb_epoch "
    "nb_epochs epoch_max epochs_max",
    "tokens": "max_tokens total_tokens train_tokens num_train_tokens token_budget",
    "samples": "train_samples total_samples max_samples",
    "episode": "num_episodes n_episodes total_episodes max_episodes episodes nb_episodes",
}  # fmt: skip
"""Settings that name a planned end, by their last word, the surest first."""
_NOT_OF_TRAINING = frozenset("eval val valid validation test warmup warm_up generation generate sampling data".split())
_PARTS = re.compile(r"[./:\s]+")
_DEPTH = 4


def horizon_of(stated: Mapping[str, float], config: Mapping[str, Any], axes: Mapping[str, Array]) -> dict[str, float]:
    """The planned end per axis: as the format states it, else as settings name it.

    An end that is known on one axis is carried to the others that the log counts side by side.

    Args:
        stated: per axis, as the reader found it.
        config: settings as logged, nested or with dotted names.
        axes: per axis where each record stands, (n,), NaN where it does not say.

    Example:
        >>> horizon_of({}, {"trainer.max_epochs": 10}, {"epoch": np.array([0.0, 1.0]), "step": np.array([99.0, 199.0])})
        {'epoch': 10.0, 'step': 1000.0}
    """
    named = dict(_named(config))
    ends = dict(stated)
    for axis, keys in _KEYS.items():
        value = next((named[key] for key in keys.split() if key in named), None)
        if value is not None:
            ends.setdefault(axis, value)
    for axis in [axis for axis in ends if axis in axes]:
        for other in axes:
            if other not in ends and other != "seconds" and (rate := _rate(axes[axis], axes[other])) is not None:
                ends[other] = float(np.round(ends[axis] * rate))
    return ends


def _named(config: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, float]]:
    """Settings with a number above one, by the last part of their name."""
    for key, value in config.items():
        parts = [part for part in _PARTS.split(str(key).lower().replace("-", "_")) if part]
        if not parts or _NOT_OF_TRAINING & set(parts[:-1]):
            continue
        if isinstance(value, Mapping) and depth < _DEPTH and parts[-1] not in _NOT_OF_TRAINING:
            yield from _named(value, depth + 1)
        elif (number := _above_one(value)) is not None:
            yield parts[-1], number


def _above_one(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 1.0 < number < 1e18 else None


def _rate(before: Array, after: Array) -> float | None:
    """What the second axis moves on while the first moves by one; None where they do not move together."""
    both = np.isfinite(before) & np.isfinite(after)
    x, y = before[both], after[both]
    if x.size < 2 or np.ptp(x) <= 0 or np.ptp(y) <= 0:
        return None
    i, j = int(np.argmin(x)), int(np.argmax(x))
    return float((y[j] - y[i]) / (x[j] - x[i])) if y[j] > y[i] else None


def reached(horizon: float | None, curves: Iterable[Curve]) -> bool:
    """Whether the densest curve has come within one logging interval of the planned end.

    Counted one by one from zero, the last place lies one before it.
    """
    densest = max(curves, key=len, default=None)
    if horizon is None or densest is None or len(densest) < 2:
        return False
    interval = float(np.median(np.diff(densest.x)))
    counted = densest.x[0] == 0 and interval == 1.0
    return bool(densest.x[-1] + interval > horizon - counted)
