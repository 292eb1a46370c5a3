"""What a metric's name tells: kind, split, direction, bounds, and which of several a run is judged by.

Names are read word by word (``val/loss``, ``valLoss`` and ``validation_loss`` are alike). A reading of a name is a
guess; a direction given by the log, a table or ``forerun.toml`` always wins over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forerun.core import words
from forerun.core.curve import Direction
from forerun.core.words import words_of

Kind = Literal["loss", "score", "return", "other", "signal", "rate", "norm", "time", "count"]
Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Meaning:
    """What a metric name says.

    Args:
        kind: loss, score, return and other measure quality; signal (logits, KL, entropy, inputs ...), rate, norm, time
            and count do not. ``other`` is a name whose words tell nothing, and is taken to be better when lower.
        split: the data it was measured on, None where the name does not tell.
        direction: which way is better.
    """

    kind: Kind
    split: Split | None
    direction: Direction

    @property
    def quality(self) -> bool:
        """Whether the metric measures how good the model is."""
        return self.kind in ("loss", "score", "return", "other")


_SPLITS: dict[Split, frozenset[str]] = {
    "validation": words.VALIDATION,
    "test": words.TEST,
    "train": words.TRAIN,
}


@lru_cache(maxsize=1 << 17)  # more than a run may have metrics
def meaning(name: str) -> Meaning:
    """Read a metric's name.

    Example:
        >>> meaning("validation/ctc_loss").split, meaning("eval_accuracy").direction, meaning("grad_norm").quality
        ('validation', 'max', False)
    """
    parts = words_of(name)
    kind = _kind(parts, name)
    direction: Direction = "max" if kind in ("score", "return") else "min"
    return Meaning(kind, _split(parts), direction)


def _split(parts: frozenset[str]) -> Split | None:
    return next((split for split, signs in _SPLITS.items() if parts & signs), None)


def _kind(parts: frozenset[str], name: str) -> Kind:
    if parts & words.RATE:
        return "rate"
    if parts & {"gnorm", "gradnorm"} or parts == frozenset(("norm",)) or ("norm" in parts and parts & words.NORMED):
        return "norm"
    if _is_time(parts, name):
        return "time"
    if {"loss", "scale"} <= parts or "stderr" in parts:
        return "count"
    if _is_signal(parts):
        return "signal"
    if parts & words.LOSS or (parts & {"neg", "negative"} and parts & {"likelihood", "loglikelihood"}):
        return "loss"
    of_an_episode = bool(parts & _EPISODE) and bool(parts & {"score", "scores"})
    if (parts & words.RETURN or of_an_episode) and not parts & {"length", "len"}:
        return "score" if parts & _OF_PREFERENCES else "return"
    if parts & words.SCORE:
        return "score"
    return "count" if parts & words.COUNT and "norm" not in parts else "other"


_EPISODE = frozenset("ep episode episodes episodic".split())
_OF_PREFERENCES = frozenset(("margin", "margins", "accuracy", "accuracies"))
"""What is logged of the rewards of preferred answers: how often and by how much they are the higher ones."""


def _is_time(parts: frozenset[str], name: str) -> bool:
    """A duration, or something a second; a cost of seconds beside costs in losses is told by what it is of."""
    if "error" in parts or ("loss" in parts and not parts & {"per", "sec", "seconds", "ms"}):
        return False
    spent = "cost" in parts and bool(parts & {"batch", "reader", "data", "infer", "avg"})
    return bool(parts & words.TIME) or spent or _PER_SECOND.search(name) is not None


_PER_SECOND = re.compile(r"(?i)/s(?:ec(?:ond)?)?\b|^\s*s/\w+|^\s*data\s*$")


def _is_signal(parts: frozenset[str]) -> bool:
    if not parts & words.SIGNAL:
        return parts >= {"hp", "metric"}
    if parts & {"entropy"} and parts & {"cross", "crossentropy"}:
        return False
    if parts & words.RETURN:  # spreads and preferred answers' rewards; the mean return of an episode is a return
        return bool(parts & {"std", "stdev", "stddev", "var", "variance", "sd", "chosen", "rejected"})
    plain = parts & words.SIGNAL <= {
        "clip",
        "target",
        "targets",
        "ratio",
        "noise",
        "gamma",
        "mask",
        "prediction",
        "pred",
    }
    return not (plain and parts & (words.LOSS | words.SCORE))


def bounds(name: str, values: NDArray[np.float64]) -> tuple[float, float]:
    """Between which values a metric must stay, read off its name where all values seen agree; infinite where not.

    A share (an accuracy, F1, a rate of success) lies in [0, 1] or, where seen above 1, in [0, 100]; a perplexity, an
    error, or a loss that has only been positive is not negative. What may be the logarithm of a density has no bound.

    Example:
        >>> values = np.array([0.2, 0.9])
        >>> bounds("val/acc", values), bounds("val/acc", 100 * values), bounds("loss", values), bounds("elbo", values)
        ((0.0, 1.0), (0.0, 100.0), (0.0, inf), (-inf, inf))
    """
    parts = words_of(name)
    if not values.size or values.min() < 0.0:
        return -np.inf, np.inf
    if parts & words.SHARE and "loss" not in parts and values.max() <= 100.0:
        return 0.0, 1.0 if values.max() <= 1.0 else 100.0
    if parts & words.NOT_NEGATIVE or (meaning(name).kind == "loss" and not may_be_density(name)):
        return 0.0, np.inf
    return -np.inf, np.inf


def may_be_density(name: str) -> bool:
    """Whether the metric may be the logarithm of a density, so that a positive one may yet fall below zero.

    Example:
        >>> may_be_density("val/elbo"), may_be_density("nll_loss"), may_be_density("loss")
        (True, False, False)
    """
    parts = words_of(name)
    return bool(parts & words.DENSITY) and not parts & {"loss", "losses"}


FEWEST = 4
"""Points below which a metric is chosen only where nothing else is there: a last test, a final summary."""


def preferred(names: Iterable[str], points: Mapping[str, int] | None = None) -> list[str]:
    """Metric names in the order a forecast is most wanted of them; those that do not measure quality are left out.

    Returns come first where there are any, then average precision (detection). Else validation comes before test
    before train; there a loss, then a score, then what is unknown; the whole before its parts and slices; and losses
    that are called so before error rates.

    Args:
        names: the metrics of a run.
        points: how many points each has; those with fewer than `FEWEST` come after the others.

    Example:
        >>> preferred(["lr", "train/loss", "val/acc", "val/loss"])
        ['val/loss', 'val/acc', 'train/loss']
        >>> preferred(["val/box_loss", "metrics/mAP50(B)", "metrics/mAP50-95(B)"])[0]
        'metrics/mAP50-95(B)'
    """
    listed = [name for name in names if meaning(name).quality]
    with_return = any(_is_return(name) for name in listed)

    def rank(name: str) -> tuple[object, ...]:
        few = points is not None and points.get(name, FEWEST) < FEWEST
        return (few, *_rank(name, with_return))

    return sorted(listed, key=rank)


def _is_return(name: str) -> bool:
    return meaning(name).kind == "return" and not words_of(name) & {"min", "max"}


_DETECTION = frozenset(("map", "ap"))
_KINDS = ("return", "loss", "score", "other")
_RL_PARTS = frozenset(
    "policy pg value vf vfunc critic actor q qf q1 q2 td pi alpha surrogate baseline imitation".split()
)
_OPPOSED = 2
_GAN_PARTS = frozenset("g d gen disc generator discriminator adv adversarial gan real fake".split())
_OF_EPISODES = frozenset(
    "episode episodes episodic episodereward rollout rollouts charts chart env envs runner runners critic agent "
    "cumulative undiscounted extrinsic".split()
)
"""Words that leave a return the whole return; others name a part of it, or its extremes."""
_UNLABELLED = frozenset("map ap bleu rouge wer miou ndcg mrr fid psnr ssim dice".split())
"""Scores that nobody computes on training data: without a split they are of validation."""


def is_opposed(name: str) -> bool:
    """Whether a loss is of an actor, a critic or an adversary: as the others learn it rises, and that is no worse.

    Example:
        >>> [is_opposed(name) for name in ("d_loss", "train/policy_loss", "train/loss", "val/acc")]
        [True, True, False, False]
    """
    return _part(words_of(name), meaning(name).kind) == _OPPOSED


def _rank(name: str, with_return: bool) -> tuple[object, ...]:
    read_as, parts = meaning(name), words_of(name)
    detection = bool(parts & _DETECTION) and read_as.kind == "score"
    first = 0 if _is_return(name) else 1 if detection and not with_return else 2
    split = read_as.split or ("validation" if parts & _UNLABELLED else "train")
    places = ("validation", "test", "train").index(split)
    return (
        first,
        places,
        _fineness(name) if detection else (False, 0),
        _KINDS.index(read_as.kind),
        "{" in name,
        _part(parts, read_as.kind),
        read_as.kind == "loss" and "loss" not in parts,
        read_as.kind == "score" and bool(parts & {"top5", "top10"}),
        "step" in parts and "epoch" not in parts,
        bool(parts & {"ema", "best", "max", "min", "final"}),
    )


def _fineness(name: str) -> tuple[bool, int]:
    """Of average precisions the one over all thresholds first, then the one with the plainest name."""
    return not re.search(r"9\.?5|fitness", name), len(name)


def _part(parts: frozenset[str], kind: Kind) -> int:
    """0 for a whole, 1 for a part of a loss, `_OPPOSED` for the losses of actors, critics and adversaries."""
    if kind == "return":
        named = (
            parts
            - words.PLAIN
            - words.RETURN
            - {"score", "scores"}
            - words.VALIDATION
            - words.TEST
            - words.TRAIN
            - _OF_EPISODES
        )
        return int(bool(named))
    if kind != "loss":
        return 0
    named = parts - words.PLAIN - words.VALIDATION - words.TEST - words.TRAIN
    named = {word for word in named if not _ends_in_loss(word)}
    if named & (_RL_PARTS | _GAN_PARTS):
        return _OPPOSED
    return int(bool(named - words.LOSS) or bool(named and "loss" in parts))


def _ends_in_loss(word: str) -> bool:
    return len(word) > 4 and (word.endswith(("loss", "losses")))
