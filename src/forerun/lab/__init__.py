"""The lab: small real trainings with a gold signal that training never sees, and studies that end in a verdict.

A workload is a module with

* ``CARD``;
* ``DEFAULTS``: its settings and what they are unless set;
* ``train(settings, seed, log) -> dict``: train on the CPU, write to the `MetricsLog`, return the gold metrics.

The same settings and seed give the same numbers on the same machine. PyTorch comes with the extra ``[lab]``.
"""

from typing import Any

from forerun.core import Family

WORKLOADS: Family[Any] = Family(
    kind="workload",
    table={
        "digits": "forerun.lab.workloads.digits",
        "charlm": "forerun.lab.workloads.charlm",
        "modular": "forerun.lab.workloads.modular",
        "convex": "forerun.lab.workloads.convex",
        "parity": "forerun.lab.workloads.parity",
        "deep_linear": "forerun.lab.workloads.deep_linear",
        "addition": "forerun.lab.workloads.addition",
        "countdown": "forerun.lab.workloads.countdown",
        "preferences": "forerun.lab.workloads.preferences",
        "facts": "forerun.lab.workloads.facts",
        "bandits": "forerun.lab.workloads.bandits",
        "grid": "forerun.lab.workloads.grid",
        "diffusion2d": "forerun.lab.workloads.diffusion2d",
    },
    group="forerun.workloads",
    extra="lab",
    package="torch",
)
STUDIES: Family[Any] = Family(
    kind="study",
    table={
        "noisy_labels": "forerun.lab.studies.noisy_labels",
        "averaging": "forerun.lab.studies.averaging",
        "large_batch": "forerun.lab.studies.large_batch",
        "grokking": "forerun.lab.studies.grokking",
        "fresh_data": "forerun.lab.studies.fresh_data",
        "curriculum": "forerun.lab.studies.curriculum",
        "linear_decay": "forerun.lab.studies.linear_decay",
        "high_lr": "forerun.lab.studies.high_lr",
    },
    group="forerun.studies",
    extra="lab",
    package="torch",
)
