"""The training data is known by heart and nothing of it carries over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, Card
from forerun.core.display import number
from forerun.core.metrics import meaning
from forerun.core.words import SHARE, TEST, TRAIN, VALIDATION, words_of
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.monitor.reads import is_held_out
from forerun.stats.level import last_level

CARD = Card(
    name="memorised",
    does="Raises when the training accuracy is at 95% or more while the held-out one is where it was at its lowest: "
    "within a tenth of what is left to gain. Says that delayed generalisation is possible; ends where it sets in.",
    source="ours, for what Power et al. 2022, arXiv 2201.02177, call grokking before it happens",
    assumes="The lowest held-out accuracy seen is that of chance. What was trained before the log began has no chance.",
    needs="16 held-out evaluations of a share (accuracy, F1, ...) that is logged of both splits under one name.",
    promises="At most 2% of runs whose held-out accuracy has gained 15% of what there is raise it in 200 evaluations, "
    "under noise of sd .02 (normal, t4, AR(1) .5).",
    known_answer="Training accuracy 1 from point 50 of 200 and held-out .01 throughout raises it; rising to 1 ends it.",
    control="A held-out accuracy that rises to .3 raises nothing.",
)
KNOWN = 0.95  # of the training data, from which it is known by heart
_AT_CHANCE = 0.1  # of what is left to gain above the lowest, within which held-out data is at chance
_LEFT = 0.2  # the same, above which it is no longer
_HALF = 0.6  # of all; above this a held-out accuracy is not at chance, whatever its lowest
_SDS = 2.0
Split = tuple[Array, Array, float]


def splits_of_a_share(names: Sequence[str]) -> list[dict[str, str]]:
    """Shares that are logged of training and held-out data under one name.

    Example:
        >>> splits_of_a_share(["val/acc", "train/acc", "train/loss", "val/loss", "test_f1"])
        [{'train': 'train/acc', 'held_out': 'val/acc'}]
    """
    bare = {name: words_of(name) - TRAIN - VALIDATION - TEST for name in names}
    shares = [name for name in names if words_of(name) & SHARE and meaning(name).kind == "score"]
    pairs = dict[str, dict[str, str]]()
    for held_out in filter(is_held_out, shares):
        same = [name for name in shares if not is_held_out(name) and bare[name] == bare[held_out]]
        if same:
            pairs.setdefault(same[0], {"train": same[0], "held_out": held_out})
    return list(pairs.values())


def shares(view: View) -> Split | None:
    """Both accuracies as shares of one, and the lowest held-out one; None where they are no shares."""
    train, held_out = view.y["train"], view.y["held_out"]
    most = max(train.max(), held_out.max())
    if min(train.min(), held_out.min()) < 0.0 or most > 100.0:
        return None
    scale = 1.0 if most <= 1.0 else 100.0
    return train / scale, held_out / scale, float(held_out.min()) / scale


def at_chance(held_out: Array | float, chance: float) -> NDArray[np.bool_]:
    """Where held-out data is no better than at its lowest."""
    return np.asarray(held_out) <= min(chance + _AT_CHANCE * (1.0 - chance), _HALF)


def _sees(view: View) -> Sight | None:
    split = shares(view)
    if split is None:
        return None
    train, held_out, chance = split
    n = max(4, view.x.size // 8)
    known, level = last_level(train, n), last_level(held_out, n)
    most = level.mean + _SDS * level.error
    if known.mean - _SDS * known.error < KNOWN or not at_chance(held_out[-n:], chance).all():
        return None
    if not at_chance(most, chance):
        return None
    by_heart = int((train >= KNOWN).argmax())
    start, (by, of) = float(view.x[by_heart]), (view.metrics[role] for role in ("train", "held_out"))
    message = (
        f"{by} is {number(float(known.mean))} since {view.at(start)} and {of} still {number(level.mean)}, as at its "
        f"lowest: the data is memorised. It may yet generalise long after, with weight decay above all; that it does "
        f"not by now does not show that it will not"
    )
    return Sight(start, most, chance + _AT_CHANCE * (1.0 - chance), message, {"chance": chance})


def _ends(view: View, sight: Sight) -> str | None:
    split = shares(view)
    if split is None:
        return None
    train, held_out, _ = split
    chance: float = sight.evidence["chance"]
    n = max(4, view.x.size // 8)
    level = last_level(held_out, n)
    if level.mean > chance + _LEFT * (1.0 - chance):
        return f"{view.metrics['held_out']} is {number(level.mean)} by {view.at(view.now)}"
    fallen = last_level(train, n).mean < KNOWN - 0.1
    return f"{view.metrics['train']} has fallen by {view.at(view.now)}" if fallen else None


_PROMISE = "raised on at most 2% of runs whose held-out accuracy has gained 15% of what there is, per 200 evaluations"
MEMORISED = binned(
    CARD,
    "1",
    Judge(_sees, _ends, _PROMISE, metric="held_out", roles=("train", "held_out"), least=16),
    splits_of_a_share,
)
