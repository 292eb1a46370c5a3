"""The policy's entropy is gone: what it does not try by now it will hardly find."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from forerun.core import Array, Card
from forerun.core.display import number
from forerun.core.metrics import meaning
from forerun.core.words import words_of
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.monitor.detector import Detector
from forerun.stats.level import last_level

CARD = Card(
    name="entropy_collapse",
    does="Raises when a policy's entropy lies, beyond noise, below a tenth of where it began; ends above a fifth.",
    source="ours, after Cui et al. 2025, arXiv 2505.22617, where the reward is -a exp(H) + b and ends at b - a; a "
    "share of the first entropy, as nats depend on the number of actions",
    assumes="Discrete actions or tokens: of a Gaussian policy entropy has no zero, and nothing is said where its "
    "spread (std) is logged or the entropy changes sign. A solved task ends with little entropy too; it is told of it.",
    needs="32 points of an entropy that the name says is a policy's, or that stands beside a return, from the start.",
    promises="At most 2% of entropies that settle at 1.25 times the threshold raise it in 400 points under noise of a "
    "tenth of that level (normal, t4, AR(1) .5).",
    known_answer="An entropy of exp(-t/50) from 2 nats raises it between points 115 and 200.",
    control="One that settles at a quarter of its first raises nothing.",
)
_SDS = 2.0  # errors of the level by which it must lie below, at two looks in a row
_BACK = 2.0  # times the threshold; above this, beyond noise, it is over
_COEFFICIENT = frozenset("coef coeff coefficient bonus target weight alpha cross crossentropy".split())


def entropy_collapse(*, share: float = 0.1) -> Detector:
    """The detector with another share of the first entropy; what its card promises holds for the one given here.

    Args:
        share: of the first entropy, below which it has collapsed; arbitrary, a tenth.

    Example:
        >>> import numpy as np
        >>> from forerun.core import Curve
        >>> curve = Curve(range(200), 2 * np.exp(-np.arange(200) / 50), metric="policy/entropy")
        >>> [len(entropy_collapse(share=share).replay({"value": curve})) for share in (0.1, 0.01)]
        [1, 0]
    """
    judge = Judge(
        partial(_sees, share), _ends, "raised on at most 2% of entropies that settle above a tenth, per 400 points"
    )
    return binned(CARD, "1", judge, policy_entropies)


def policy_entropies(names: Sequence[str]) -> list[dict[str, str]]:
    """The entropies of a policy with discrete actions: ``entropy`` (TRL), ``objective/entropy``, ``actor/entropy``
    (verl), ``train/entropy_loss`` (stable-baselines3, negative), ``losses/entropy``.

    Example:
        >>> policy_entropies(["train/loss", "actor/entropy", "actor/entropy_coeff"])
        [{'value': 'actor/entropy'}]
        >>> policy_entropies(["rollout/ep_rew_mean", "train/entropy_loss", "train/std"])
        []
    """
    words = {name: words_of(name) for name in names}
    if any(parts & {"std"} and not parts - {"train", "std"} for parts in words.values()):
        return []
    returns = any(meaning(name).kind == "return" for name in names)
    return [
        {"value": name}
        for name, parts in words.items()
        if "entropy" in parts and not parts & _COEFFICIENT and (returns or parts & {"policy", "actor"})
    ]


def _sees(share: float, view: View) -> Sight | None:
    first, y = _entropy(view)
    level = last_level(y, max(4, y.size // 8))
    threshold = share * first
    if first <= 0.0 or y.min() < 0.0 or level.mean + _SDS * level.error >= threshold:
        return None
    below = int(np.flatnonzero(y >= threshold).max(initial=-1)) + 1
    start = float(view.x[min(below, y.size - 1)])
    message = (
        f"{view.metrics['value']} is {number(level.mean)}, {level.mean / first:.0%} of the {number(first)} it began "
        f"with, and has been below {share:.0%} since {view.at(start)}: the policy hardly tries anything new"
    )
    evidence = {"first": first, "level": level.mean}
    return Sight(start, (level.mean + _SDS * level.error) / first, share, message, evidence)


def _ends(view: View, sight: Sight) -> str | None:
    first, y = _entropy(view)
    level = last_level(y, max(4, y.size // 8))
    if level.mean - _SDS * level.error <= _BACK * sight.threshold * first:
        return None
    return f"back at {number(level.mean)} by {view.at(view.now)}"


def _entropy(view: View) -> tuple[float, Array]:
    """The first entropy and all of it; a term of a loss is its negative."""
    first, y = view.first["value"], view.y["value"]
    return (-first, -y) if first < 0.0 and "loss" in words_of(view.metrics["value"]) else (first, y)


ENTROPY_COLLAPSE = entropy_collapse()
