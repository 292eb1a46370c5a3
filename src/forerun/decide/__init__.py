"""Policies, one file each: what to do with runs. They propose and never act.

A policy is a `Policy` value; it is handed the `Situation` of all runs and answers for each.
"""

from forerun.core import Family
from forerun.decide.policy import Policy, RunSituation, Situation, each_alone

__all__ = ["POLICIES", "Policy", "RunSituation", "Situation", "each_alone"]

_MODULES = (
    "auto", "no_stopping", "patience", "median", "asha", "hyperband", "wilcoxon", "promotion", "stop_hopeless",
    "stop_converged", "freeze_thaw", "cooldown_now", "extend", "two_stage", "rollback_and_retry",
)  # fmt: skip
POLICIES: Family[Policy] = Family(
    kind="policy",
    table={name: f"forerun.decide.{name}:{name.upper()}" for name in _MODULES},
    group="forerun.policies",
    of=Policy,
)
