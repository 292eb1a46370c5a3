"""A signed-rank test against the best run, evaluation by evaluation: stop what has been worse beyond doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from scipy import stats as scipy_stats

from forerun.core import Array, Card, Decision
from forerun.decide.beside import losses, not_going, others, simple
from forerun.decide.policy import Policy, RunSituation, Situation

CARD = Card(
    name="wilcoxon",
    does="Stops a run whose evaluations were worse than the best run's, beyond one in ten by chance.",
    source="Wilcoxon 1945; as a pruner in Optuna, where evaluations are folds and not a curve",
    assumes="Differences at evaluations are exchangeable, as over folds; along a curve they lean on each other.",
    needs="6 evaluations that both runs have.",
    promises="Regret and speed-up on recorded sweeps: evidence/early_stopping.",
    known_answer="A run that was worse at all of 8 evaluations is stopped, one that was worse at half goes on.",
    control="A run that is worse throughout and would catch up at the end is stopped.",
)


def wilcoxon(p: float = 0.1, least: int = 6) -> Policy:
    """The policy with other settings.

    Args:
        p: chance that a run as good as the best is stopped, at one evaluation.
        least: evaluations that both runs must have.
    """

    def decide(situation: Situation) -> Mapping[str, Decision]:
        return {run: judge(situation, run) for run in situation.wanted}

    def judge(situation: Situation, run: str) -> Decision:
        one = situation.runs[run]
        if not one.going:
            return not_going(one, CARD.name)
        rivals = [other for other in others(situation, run) if other.finished or other.status == "finished"]
        if not rivals:
            return simple("continue", "no run beside it has finished", CARD.name)
        best = min(rivals, key=lambda other: float(losses(other.curve)[-1]))
        behind = _behind(one, best)
        if behind.size < least or not behind.any():
            return simple("continue", f"{behind.size} evaluations compare with the best run's", CARD.name)
        chance = _chance(behind)
        worse = f"worse than the best run at {int((behind > 0).sum())} of {behind.size} evaluations"
        sentence = f"{worse} (p = {chance:.2g})"
        stop = chance < p and float(np.mean(behind)) > 0
        return simple("stop" if stop else "continue", sentence, CARD.name)

    return Policy(card=CARD, version="1", decide=decide, forecasts_in_replay=False)


def _chance(behind: Array) -> float:
    """The chance of as much by luck, where differences are exchangeable."""
    tested = cast(Any, scipy_stats).wilcoxon(behind, alternative="greater", method="approx")
    return float(tested.pvalue)


def _behind(one: RunSituation, best: RunSituation) -> Array:
    """How much worse a run was at the evaluations that both have."""
    _, mine, theirs = np.intersect1d(one.curve.x, best.curve.x, assume_unique=True, return_indices=True)
    behind = losses(one.curve)[mine] - losses(best.curve)[theirs]
    return np.clip(np.nan_to_num(behind, nan=0.0), -1e100, 1e100)


WILCOXON = wilcoxon()
