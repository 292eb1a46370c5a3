"""Recipes: training interventions in PyTorch, one file each.

A member is a module with ``CARD``, whose public class or function is what a training loop uses. Which of them did what
they promise, where and by how much, is measured by the studies of `forerun.lab`.
"""

from typing import Any

from forerun.core import Family

RECIPES: Family[Any] = Family(
    kind="recipe",
    table={
        "early_learning": "forerun.recipes.early_learning",
        "weight_average": "forerun.recipes.weight_average",
        "ghost_batch_norm": "forerun.recipes.ghost_batch_norm",
        "magnitude_ticket": "forerun.recipes.magnitude_ticket",
        "cyclic_curriculum": "forerun.recipes.cyclic_curriculum",
        "z_loss": "forerun.recipes.z_loss",
        "qk_norm": "forerun.recipes.qk_norm",
    },
    group="forerun.recipes",
    extra="torch",
    package="torch",
)
