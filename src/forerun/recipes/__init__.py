"""Recipes: training interventions in PyTorch, as values.

A `Recipe` is an engine with its slots filled, settings and a card. `world` says what a world gives, `part` what fills a
slot, `engine` what turns a moment into a loss, `training` the loop around all of them, `meter` what is counted; a
folder is a kind of steering: its engine, one file a slot or part, and its recipes as rows of ``presets``. What a recipe
gives to a loop of one's own are its ``parts``. Which did what they promise, where and by how much, is measured by the
studies of `forerun.lab`.
"""

from forerun.core import Family
from forerun.recipes.recipe import Recipe

__all__ = ["RECIPES", "Recipe"]

_SUPERVISED = "forerun.recipes.supervised.presets"
_POLICY = "forerun.recipes.policy.presets"
_PREFERENCES = "forerun.recipes.preferences.presets"

RECIPES: Family[Recipe] = Family(
    kind="recipe",
    table={
        "supervised": f"{_SUPERVISED}:SUPERVISED",
        "early_learning": f"{_SUPERVISED}:EARLY_LEARNING",
        "weight_average": f"{_SUPERVISED}:WEIGHT_AVERAGE",
        "federated_average": f"{_SUPERVISED}:FEDERATED_AVERAGE",
        "ghost_batch_norm": f"{_SUPERVISED}:GHOST_BATCH_NORM",
        "magnitude_ticket": f"{_SUPERVISED}:MAGNITUDE_TICKET",
        "cyclic_curriculum": f"{_SUPERVISED}:CYCLIC_CURRICULUM",
        "z_loss": f"{_SUPERVISED}:Z_LOSS",
        "qk_norm": f"{_SUPERVISED}:QK_NORM",
        "group_baseline": f"{_POLICY}:GROUP_BASELINE",
        "actor_critic": f"{_POLICY}:ACTOR_CRITIC",
        "q_learning": f"{_POLICY}:Q_LEARNING",
        "reward_model": f"{_PREFERENCES}:REWARD_MODEL",
        "proxy_ascent": f"{_PREFERENCES}:PROXY_ASCENT",
    },
    group="forerun.recipes",
    of=Recipe,
    extra="torch",
    package="torch",
)
