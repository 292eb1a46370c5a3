"""What x counts: names, units and the words logs use for them."""

from __future__ import annotations

import re
from functools import lru_cache

UNITS: dict[str, str] = {
    "step": "optimizer updates; in reinforcement learning what the log calls its steps, mostly the environment's",
    "epoch": "passes over the training data",
    "tokens": "tokens seen, repeats counted",
    "samples": "samples seen, repeats counted",
    "episode": "episodes played",
    "trial": "trials of a search",
    "seconds": "seconds of wall time since the first record",
    "flops": "floating-point operations",
    "params": "parameters",
    "iteration": "rounds of playing and learning",
    "row": "rows of a log that names no axis, from 1",
}
"""The axes Forerun knows by name. Any other name is kept as the log spells it."""

_WORDS: dict[str, str] = {
    "step": "timesteps timestep total_timesteps timesteps_total num_timesteps n_timesteps timesteps_so_far env_steps "
    "env_step total_env_steps total_env_interacts num_env_steps_sampled_lifetime "
    "environment_steps num_env_steps num_env_steps_sampled agent_steps frames env_frames "
    "total_frames num_frames frame global_step global_steps globalstep trainer_global_step current_step current_steps "
    "num_updates step steps nb_steps n_steps num_steps step_num step_id training_step training_steps train_step "
    "train_steps optimizer_step update updates n_updates num_update update_step iteration iterations iter iters itr it "
    "n_iter n_iters iter_num num_iter iter_no training_iteration training_iterations iterations_since_restore round "
    "rounds comm_round boosting_round minibatch mini_batch batch batch_idx batch_id batch_num batch_no batch_index "
    "n_batch batches num_batches i_batch tick checkpoint ckpt total_steps val_step eval_step test_step _step",
    "epoch": "epoch epochs epoch_num epoch_no epoch_number epoch_id epoch_idx epoch_index epoch_i i_epoch n_epoch "
    "nb_epoch num_epoch current_epoch cur_epoch ep train_epoch training_epoch val_epoch eval_epoch test_epoch _epoch",
    "tokens": "tokens token n_tokens num_tokens tokens_seen num_input_tokens_seen consumed_tokens total_tokens "
    "train_tokens tokens_processed",
    "samples": "samples n_samples num_samples samples_seen consumed_samples samples_count examples_seen examples "
    "num_examples_seen images images_seen n_images nimg",
    "episode": "episode episodes episode_num episode_number episode_id episode_idx episode_no episodes_total "
    "num_episodes n_episodes total_episodes i_episode episodes_so_far eps",
    "trial": "trial trials trial_number",
    "seconds": "seconds elapsed elapsed_s elapsed_time time_elapsed elapsed_seconds runtime_s _runtime relative_time "
    "train_time_s accumulated_submission_time total_time_s",
    "flops": "flops total_flos",
    "params": "params n_params num_params parameters",
}
"""In the order in which they are believed where columns disagree: environment steps before updates before batches."""

_PLACES = {name: (axis, rank) for axis, words in _WORDS.items() for rank, name in enumerate(words.split())}
_GROUPS = frozenset(
    "train trainer training progress counter counters global misc state info log charts val valid eval test".split()
)
# Stable-Baselines3's group of counters
_TIMED = frozenset("time_iterations time_total_timesteps time_episodes time_time_elapsed".split())
_LAST = 1000  # the rank of what is no name of an axis
_COUNTED = ("step", "epoch", "tokens", "samples", "episode")

WALL_CLOCK = frozenset(
    ["wall_time", "wall time", "walltime", "timestamp", "_timestamp", "time", "created_at", "date", "datetime"]
)
"""Columns that hold a moment rather than a duration; seconds are counted from the first of them."""

COUNTERS = frozenset(
    "step_idx cur_step cur_iter train_iter iteration_idx time_step time_steps ts timesteps_since_restore n_calls line "
    "lineno row row_id index idx id pid run_id trial_id fold seed rank global_rank local_rank version v_num "
    "percentage progress max_steps max_iters max_epochs total_iters total_epochs num_epochs episode_num "
    "episodes_total".split()
)
"""Names of columns that say where a record stands, or how far there is to go, and are no axis a run is read on; what
names the axis step or epoch counts too. They are whole names; `forerun.core.words` has the words names are made of."""

PREFERENCE = ("step", "tokens", "samples", "iteration", "epoch", "episode", "trial", "seconds", "row")
"""Which axis a run is read on when its log offers several: the finest that is exact."""


def axis_of(column: str) -> str | None:
    """The axis a column name stands for, or None when it is not an axis; case and punctuation do not count.

    Example:
        >>> axis_of("trainer/global_step"), axis_of("Epoch #"), axis_of("numUpdates"), axis_of("loss")
        ('step', 'epoch', 'step', None)
    """
    return _place(column)[0]


def axis_rank(column: str) -> int:
    """Among columns that name one axis: the lower, the sooner it is believed.

    Example:
        >>> axis_rank("global_step") < axis_rank("iter") < axis_rank("batch")
        True
    """
    return _place(column)[1]


@lru_cache(maxsize=1 << 17)  # more than a run may have metrics
def _place(column: str) -> tuple[str | None, int]:
    if len(column) > 64:
        return None, _LAST
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.strip()).lower()
    if name in _PLACES:
        return _PLACES[name]
    plain = re.sub(r"[\W_]+", "_", name).strip("_")
    group, _, last = plain.partition("_")
    if plain in _TIMED or (group in _GROUPS and "/" in name):
        place = _PLACES.get(last.removeprefix("time_"), (None, _LAST))
        return place if place[0] in (*_COUNTED, "seconds") else (None, _LAST)
    return _PLACES.get(plain, (None, _LAST))
