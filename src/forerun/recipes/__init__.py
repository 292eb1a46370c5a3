"""Recipes: training interventions in PyTorch, one file each.

A recipe is a `Recipe`: plain functions and classes in its file, and at its end the value that the table names, with
what a training loop takes of it. Which recipes did what they promise, where and by how much, is measured by the studies
of `forerun.lab`.
"""

from forerun.core import Family
from forerun.recipes.recipe import Recipe

__all__ = ["RECIPES", "Recipe"]

RECIPES: Family[Recipe] = Family(
    kind="recipe",
    table={
        "early_learning": "forerun.recipes.early_learning:EARLY_LEARNING",
        "weight_average": "forerun.recipes.weight_average:WEIGHT_AVERAGE",
        "ghost_batch_norm": "forerun.recipes.ghost_batch_norm:GHOST_BATCH_NORM",
        "magnitude_ticket": "forerun.recipes.magnitude_ticket:MAGNITUDE_TICKET",
        "cyclic_curriculum": "forerun.recipes.cyclic_curriculum:CYCLIC_CURRICULUM",
        "z_loss": "forerun.recipes.z_loss:Z_LOSS",
        "qk_norm": "forerun.recipes.qk_norm:QK_NORM",
    },
    group="forerun.recipes",
    of=Recipe,
    extra="torch",
    package="torch",
)
