"""The lab: worlds with a gold signal that training never sees, what trains on them, and studies that end in a verdict.

A world is a `World` and a study a `Study`: each stands as a value at the end of its file, and the tables name it; what
trains are the recipes of `forerun.recipes`. PyTorch, which all need, comes with the extra ``[lab]``; their cards are
read without it.
"""

from forerun.core import Family
from forerun.lab.study import Study
from forerun.lab.world import World

__all__ = ["STUDIES", "WORLDS", "Study", "World"]

WORLDS: Family[World] = Family(
    kind="world",
    table={
        "digits": "forerun.lab.worlds.digits:DIGITS",
        "charlm": "forerun.lab.worlds.charlm:CHARLM",
        "modular": "forerun.lab.worlds.modular:MODULAR",
        "convex": "forerun.lab.worlds.convex:CONVEX",
        "parity": "forerun.lab.worlds.parity:PARITY",
        "deep_linear": "forerun.lab.worlds.deep_linear:DEEP_LINEAR",
        "addition": "forerun.lab.worlds.addition:ADDITION",
        "countdown": "forerun.lab.worlds.countdown:COUNTDOWN",
        "preferences": "forerun.lab.worlds.preferences:PREFERENCES",
        "facts": "forerun.lab.worlds.facts:FACTS",
        "bandits": "forerun.lab.worlds.bandits:BANDITS",
        "grid": "forerun.lab.worlds.grid:GRID",
        "diffusion2d": "forerun.lab.worlds.diffusion2d:DIFFUSION2D",
    },
    group="forerun.worlds",
    of=World,
    extra="lab",
    package="torch",
)
STUDIES: Family[Study] = Family(
    kind="study",
    table={
        "noisy_labels": "forerun.lab.studies.noisy_labels:NOISY_LABELS",
        "averaging": "forerun.lab.studies.averaging:AVERAGING",
        "large_batch": "forerun.lab.studies.large_batch:LARGE_BATCH",
        "grokking": "forerun.lab.studies.grokking:GROKKING",
        "fresh_data": "forerun.lab.studies.fresh_data:FRESH_DATA",
        "curriculum": "forerun.lab.studies.curriculum:CURRICULUM",
        "linear_decay": "forerun.lab.studies.linear_decay:LINEAR_DECAY",
        "high_lr": "forerun.lab.studies.high_lr:HIGH_LR",
    },
    group="forerun.studies",
    of=Study,
    extra="lab",
    package="torch",
)
