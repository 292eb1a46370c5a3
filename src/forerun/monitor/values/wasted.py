"""Most of what was sampled teaches nothing: groups of one reward, updates that are clipped, answers cut off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from forerun.core import Card
from forerun.core.words import words_of
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.monitor.detector import Detector
from forerun.stats.level import Level, last_level

CARD = Card(
    name="wasted",
    does="Raises when over the last quarter, beyond noise, more than half of the groups have no advantage, of the "
    "updates are clipped, or of the answers are cut off at the length limit; ends below half.",
    source="ours; shares as TRL, verl, OpenRLHF and stable-baselines3 log them. Yu et al. 2025 (DAPO), arXiv "
    "2503.14476, sample groups of one reward anew, as they give no gradient",
    assumes="The share is logged as a number between 0 and 1, per update.",
    needs="32 points of a share whose name is one of theirs.",
    promises="At most 2% of shares that stay at .45 raise it in 400 points under noise of sd .05 (normal, t4, "
    "AR(1) .5).",
    known_answer="A share that rises from .2 to .8 over 200 points raises it between points 115 and 200.",
    control="One that stays at .4 raises nothing.",
)
_SDS = 2.0
_CLIPPED = "of the updates are clipped: steps are too large for the range, or samples too old"
_CUT = "of the answers are cut off at the length limit, and rewarded as they stand"
_SAME = "of the groups have one reward for every answer, and give no gradient"


def wasted(*, share: float = 0.5) -> Detector:
    """The detector with another share; what its card promises holds for the one given here.

    Args:
        share: above which it is told; half, as most is wasted then.

    Example:
        >>> from forerun.core import Curve
        >>> curve = Curve(range(64), [0.7] * 64, metric="frac_reward_zero_std")
        >>> [len(wasted(share=share).replay({"value": curve})) for share in (0.5, 0.9)]
        [1, 0]
    """
    judge = Judge(partial(_sees, share), _ends, "raised on at most 2% of shares that stay below half, per 400 points")
    return binned(CARD, "1", judge, lambda names: [{"value": name} for name in names if _what(name)])


def wasted_shares(names: Sequence[str]) -> list[str]:
    """Those that say which share of the samples teaches nothing.

    Example:
        >>> wasted_shares(["frac_reward_zero_std", "train/clip_fraction", "actor/pg_clipfrac", "critic/vf_clipfrac"])
        ['frac_reward_zero_std', 'train/clip_fraction', 'actor/pg_clipfrac']
        >>> wasted_shares(["completions/clipped_ratio", "response_length/clip_ratio", "ppo_clip_ratio", "clip_range"])
        ['completions/clipped_ratio', 'response_length/clip_ratio', 'ppo_clip_ratio']
    """
    return [name for name in names if _what(name)]


def _what(name: str) -> str:
    """What a share is of, by the name it is logged under; empty for any other metric."""
    parts = words_of(name)
    if {"frac", "reward", "zero", "std"} <= parts:
        return _SAME
    clips = parts & {"clipfrac", "cliprate"} or (parts & {"clip", "clipped"} and parts & {"fraction", "frac", "ratio"})
    if not clips or parts & {"vf", "value", "val", "prompt", "max", "min", "grad", "low", "high", "lower", "higher"}:
        return ""
    return _CUT if parts & {"completions", "response", "completion"} else _CLIPPED


def _level(view: View) -> tuple[int, Level]:
    n = max(8, view.x.size // 4)
    return n, last_level(view.y["value"], n)


def _sees(share: float, view: View) -> Sight | None:
    y, (n, level) = view.y["value"], _level(view)
    least = level.mean - _SDS * level.error
    if y.min() < 0.0 or y.max() > 1.0 or least <= share:
        return None
    metric, start = view.metrics["value"], float(view.x[-n])
    message = f"{metric}: {level.mean:.0%} {_what(metric)}, since {view.at(start)} or before"
    return Sight(start, least, share, message, {"level": level.mean, "first": view.first["value"]})


def _ends(view: View, sight: Sight) -> str | None:
    _, level = _level(view)
    below = level.mean + _SDS * level.error < sight.threshold
    return f"{level.mean:.0%} by {view.at(view.now)}" if below else None


WASTED = wasted()
