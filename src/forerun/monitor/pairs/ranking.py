"""The preference loss falls and the pairs are ranked no better than by chance."""

from __future__ import annotations

from collections.abc import Sequence

from forerun.core import Card
from forerun.core.display import number
from forerun.core.metrics import meaning
from forerun.core.words import words_of
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.stats.level import last_level, noise_of_means

CARD = Card(
    name="ranking",
    does="Raises when a preference loss has fallen by 5% of its first level, beyond noise, and fewer than 60% of the "
    "pairs are ranked right, five points more than at its start at most, beyond noise; ends above 60%.",
    source="ours, for what Chen et al. 2024, arXiv 2405.19534, measure: the DPO loss can fall by a lot while few of "
    "the wrongly ranked pairs turn",
    assumes="The accuracy is that of the trained policy against its reference, as trainers log it.",
    needs="32 points of the loss and the accuracy of one split: TRL's ``rewards/accuracies``, OpenRLHF's ``acc`` "
    "beside chosen and rejected rewards.",
    promises="At most 2% of runs that rank 65% right raise it in 400 points under noise of sd .1 (normal, t4, AR(1) "
    ".5).",
    known_answer="A loss from .69 to .5 at an accuracy of .52 raises it.",
    control="The same loss at an accuracy that rises from .5 to .7 raises nothing.",
)
_RIGHT = 0.6  # of the pairs; published policies stay below it on common preference data (Chen et al., table 1)
_STANDS = 0.01  # from its first quarter to its last; more than this, beyond noise, is a rise
_RISES = 0.05  # from its first quarter to its last; an accuracy that may have risen by this is on its way
_FALLEN = 0.05  # share of the first level
_SDS, _LOSS_SDS = 2.0, 4.0


def of_preferences(names: Sequence[str]) -> list[dict[str, str]]:
    """The loss and the ranking accuracy of one split.

    Example:
        >>> of_preferences(["eval_loss", "loss", "rewards/accuracies", "eval_rewards/margins", "rewards/margins"])
        [{'loss': 'loss', 'accuracy': 'rewards/accuracies'}]
    """
    words = {name: words_of(name) for name in names}
    of_pairs = any(parts & {"chosen"} and parts & {"reward", "rewards"} for parts in words.values())
    pairs: list[dict[str, str]] = []
    for name, parts in words.items():
        named = parts & {"accuracies", "accuracy"} and parts & {"reward", "rewards"}
        if not named and not (of_pairs and parts & {"acc"}):
            continue
        split = meaning(name).split
        losses = [one for one in names if meaning(one).kind == "loss" and meaning(one).split == split]
        pairs += [{"loss": losses[0], "accuracy": name}] if losses else []
    return pairs


def _sees(view: View) -> Sight | None:
    loss, accuracy = view.y["loss"], view.y["accuracy"]
    n = max(4, view.x.size // 4)
    early, late = float(loss[:n].mean()), last_level(loss, n)
    error = (noise_of_means(loss[: 2 * n], n) ** 2 + late.error**2) ** 0.5
    fallen, right = early - late.mean, last_level(accuracy, n)
    if fallen < _FALLEN * abs(early) or fallen < _LOSS_SDS * error:
        return None
    most, risen = right.mean + _SDS * right.error, right.mean - float(accuracy[:n].mean())
    unsure = _SDS * 2.0**0.5 * right.error
    if most >= _RIGHT or risen + unsure >= _RISES or risen - unsure >= _STANDS:
        return None
    if accuracy.min() < 0.0 or accuracy.max() > 1.0:
        return None
    start = float(view.x[-n])
    message = (
        f"{view.metrics['loss']} has fallen from {number(early)} to {number(late.mean)} by {view.at(view.now)}, and "
        f"{view.metrics['accuracy']} is {right.mean:.0%}: the loss falls on pairs that it ranks right already"
    )
    return Sight(start, most, _RIGHT, message, {"loss_fallen": fallen})


def _ends(view: View, sight: Sight) -> str | None:
    level = last_level(view.y["accuracy"], max(4, view.x.size // 4))
    above = level.mean - _SDS * level.error > sight.threshold
    return f"{level.mean:.0%} by {view.at(view.now)}" if above else None


_PROMISE = "raised on at most 2% of runs that rank 65% of the pairs right, per 400 points"
RANKING = binned(
    CARD, "1", Judge(_sees, _ends, _PROMISE, metric="accuracy", roles=("loss", "accuracy")), of_preferences
)
