"""The lab: small real trainings with a gold signal that training never sees, and studies that end in a verdict.

A workload is a `Workload` and a study a `Study`: each stands as a value at the end of its file, and the tables name it.
PyTorch, which both need, comes with the extra ``[lab]``; their cards are read without it.
"""

from forerun.core import Family
from forerun.lab.study import Study
from forerun.lab.workload import Workload

__all__ = ["STUDIES", "WORKLOADS", "Study", "Workload"]

WORKLOADS: Family[Workload] = Family(
    kind="workload",
    table={
        "digits": "forerun.lab.workloads.digits:DIGITS",
        "charlm": "forerun.lab.workloads.charlm:CHARLM",
        "modular": "forerun.lab.workloads.modular:MODULAR",
        "convex": "forerun.lab.workloads.convex:CONVEX",
        "parity": "forerun.lab.workloads.parity:PARITY",
        "deep_linear": "forerun.lab.workloads.deep_linear:DEEP_LINEAR",
        "addition": "forerun.lab.workloads.addition:ADDITION",
        "countdown": "forerun.lab.workloads.countdown:COUNTDOWN",
        "preferences": "forerun.lab.workloads.preferences:PREFERENCES",
        "facts": "forerun.lab.workloads.facts:FACTS",
        "bandits": "forerun.lab.workloads.bandits:BANDITS",
        "grid": "forerun.lab.workloads.grid:GRID",
        "diffusion2d": "forerun.lab.workloads.diffusion2d:DIFFUSION2D",
    },
    group="forerun.workloads",
    of=Workload,
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
