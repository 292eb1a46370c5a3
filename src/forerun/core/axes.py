"""What x counts: names, units and the words logs use for them."""

from __future__ import annotations

UNITS: dict[str, str] = {
    "step": "optimizer updates",
    "epoch": "passes over the training data",
    "tokens": "tokens seen, repeats counted",
    "samples": "samples seen, repeats counted",
    "seconds": "seconds of wall time since the first record",
    "flops": "floating-point operations",
    "params": "parameters",
    "episode": "episodes played",
    "iteration": "rounds of playing and learning",
}
"""The axes Forerun knows by name. Any other name is kept as the log spells it."""

_ALIASES: dict[str, str] = {
    alias: axis
    for axis, aliases in {
        "step": "step steps global_step globalstep _step trainer/global_step iter iters iteration iterations it "
        + "n_iter update updates num_updates train_step train_steps training_step "
        + "timestep timesteps total_timesteps num_timesteps timesteps_total time/total_timesteps misc/total_timesteps "
        + "total_steps total/steps env_step env_steps num_env_steps total_env_steps environment_steps envsteps "
        + "totalenvinteracts totalenvsteps timestepssofar num_env_steps_sampled_lifetime",
        "epoch": "epoch epochs epoch_num _epoch",
        "tokens": "tokens token n_tokens num_tokens tokens_seen num_input_tokens_seen consumed_tokens total_tokens",
        "samples": "samples n_samples num_samples samples_seen consumed_samples samples_count examples_seen",
        "seconds": "seconds elapsed elapsed_s elapsed_time runtime_s _runtime relative_time train_time_s "
        + "accumulated_submission_time",
        "flops": "flops total_flos",
        "params": "params n_params num_params parameters",
        "episode": "episode episodes episode_num i_episode n_episode n_episodes num_episodes total_episodes "
        + "episodes_total total/episodes episodessofar",
    }.items()
    for alias in aliases.split()
}

WALL_CLOCK = frozenset(["wall_time", "walltime", "timestamp", "_timestamp", "time", "created_at", "date", "datetime"])
"""Columns that hold a moment rather than a duration; seconds are counted from the first of them."""

PREFERENCE = ("step", "tokens", "samples", "iteration", "epoch", "episode", "seconds")
"""Which axis a run is read on when its log offers several: the finest that is exact."""


def axis_of(column: str) -> str | None:
    """The axis a column name stands for, or None when it is not an axis.

    Example:
        >>> axis_of("trainer/global_step"), axis_of("Epoch"), axis_of("loss")
        ('step', 'epoch', None)
    """
    return _ALIASES.get(column.strip().lower())
