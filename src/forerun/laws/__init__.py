"""Laws: a loss or a score as a function of scale, data, budget or the learning rate's path; one file each.

A law is a `Law`: plain functions in its file, put together as ``LAW = Law(...)`` at the end; what it may leave out
is a field with a default. `forerun.laws.fitter` fits any of them. What is asked of laws, or of tables that no law fits
alone, is a `Question` (`forerun.laws.questions`).
"""

from typing import Any

from forerun.core import Family
from forerun.laws.law import Law, Parameter

__all__ = ["LAWS", "Law", "Parameter"]

LAWS: Family[Law[Any]] = Family(
    kind="law",
    table={
        "multi_power": "forerun.laws.path.multi_power:LAW",
        "lr_annealing": "forerun.laws.path.lr_annealing:LAW",
        "functional_scaling": "forerun.laws.path.functional_scaling:LAW",
        "convex_bound": "forerun.laws.path.convex_bound:LAW",
        "lr_area": "forerun.laws.path.lr_area:LAW",
        "chinchilla": "forerun.laws.size.chinchilla:LAW",
        "label_quality": "forerun.laws.data.label_quality:LAW",
        "data_constrained": "forerun.laws.data.data_constrained:LAW",
        "rectified": "forerun.laws.data.rectified:LAW",
        "sample_size": "forerun.laws.data.sample_size:LAW",
        "kaplan": "forerun.laws.size.kaplan:LAW",
        "regularised": "forerun.laws.size.regularised:LAW",
        "ensembles": "forerun.laws.size.ensembles:LAW",
        "broken": "forerun.laws.size.broken:LAW",
        "overoptimisation": "forerun.laws.reward.overoptimisation:LAW",
        "overoptimisation_best_of_n": "forerun.laws.reward.overoptimisation_best_of_n:LAW",
        "entropy_ceiling": "forerun.laws.reward.entropy_ceiling:LAW",
        "moe_sparsity": "forerun.laws.size.moe_sparsity:LAW",
        "step_law": "forerun.laws.tuning.step_law:LAW",
        "critical_batch": "forerun.laws.tuning.critical_batch:LAW",
        "cod": "forerun.laws.downstream.cod:LAW",
        "pass_until": "forerun.laws.downstream.pass_until:LAW",
        "sigmoid": "forerun.laws.downstream.sigmoid:LAW",
    },
    group="forerun.laws",
    of=Law,
)
