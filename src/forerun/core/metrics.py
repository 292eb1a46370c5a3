"""What a metric's name tells: kind, split, direction, and whether it measures quality at all.

Names are read word by word (``val/loss``, ``valLoss`` and ``validation_loss`` are alike). A reading of a name is a
guess; a direction given by the log, a table or ``forerun.toml`` always wins over it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forerun.core.curve import Direction

Kind = Literal["loss", "score", "return", "other", "rate", "norm", "time", "count"]
Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Meaning:
    """What a metric name says.

    Args:
        kind: loss, score, return and other measure quality; rate, norm, time and count do not. ``other`` is a name
            whose words tell nothing, and is taken to be better when lower.
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
    "validation": frozenset(["val", "valid", "validation", "eval", "evaluation", "dev", "heldout", "holdout"]),
    "test": frozenset(["test"]),
    "train": frozenset(["train", "training", "trn"]),
}
_LOSS = frozenset(
    "loss losses nll ce xent crossentropy perplexity ppl bpb bpc bits error err wer cer ter mse mae rmse rmsle "
    "mape fid kid regret logloss brier ece distance".split()
)
_SCORE = frozenset(
    "acc accuracy top1 top5 f1 auc auroc auprc ap map bleu rouge meteor chrf ssim psnr iou miou dice precision "
    "recall r2 pearson spearman matthew matthews mcc correlation success win winrate score solved exact em "
    "pass ndcg hit hits mrr kappa likelihood loglikelihood".split()
)
_SHARE = frozenset(
    "acc accuracy top1 top5 f1 auc auroc auprc iou miou dice precision recall success winrate exact em pass hit hits "
    "mrr ndcg pct percent percentage ece".split()
)
_NOT_NEGATIVE = frozenset("perplexity ppl error err wer cer ter mse mae rmse fid brier ce xent crossentropy".split())
_RETURN = frozenset(["reward", "rewards", "return", "returns"])
_RATE = frozenset(["lr", "lrs", "learningrate"])
_TIME = frozenset(
    "time runtime duration seconds second sec secs ms dt eta timestamp latency throughput tps speed mfu hfu "
    "fps walltime elapsed".split()
)
_COUNT = frozenset(
    "step steps epoch epochs iter iters iteration iterations num count counts samples tokens examples size "
    "flos flops stderr event events skipped memory mem gpu cpu overflow params parameters total preemption nan "
    "inf".split()
)
_NORMED = frozenset("grad gradient grads gradients weight weights param params parameter update updates gnorm".split())
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+|\d+")


@lru_cache(maxsize=4096)
def meaning(name: str) -> Meaning:
    """Read a metric's name.

    Example:
        >>> meaning("validation/ctc_loss").split, meaning("eval_accuracy").direction, meaning("grad_norm").quality
        ('validation', 'max', False)
    """
    words = _words(name)
    kind = _kind(words)
    direction: Direction = "max" if kind in ("score", "return") else "min"
    return Meaning(kind, _split(words), direction)


def bounds(name: str, seen: NDArray[np.float64]) -> tuple[float, float]:
    """Between which values a metric must stay, read off its name where all values seen agree; infinite where not.

    A share (an accuracy, F1, a rate of success) lies in [0, 1] or, where seen above 1, in [0, 100]; a perplexity
    or an error is not negative. A plain "loss" may be.

    Example:
        >>> seen = np.array([0.2, 0.9])
        >>> bounds("val/acc", seen), bounds("val/acc", 100 * seen), bounds("loss", seen)
        ((0.0, 1.0), (0.0, 100.0), (-inf, inf))
    """
    words = _words(name)
    if words & _SHARE and seen.size and seen.min() >= 0.0 and seen.max() <= 100.0:
        return 0.0, 1.0 if seen.max() <= 1.0 else 100.0
    if words & _NOT_NEGATIVE and seen.size and seen.min() >= 0.0:
        return 0.0, np.inf
    return -np.inf, np.inf


def preferred(names: Iterable[str]) -> list[str]:
    """Metric names in the order a forecast is most wanted of them; those that do not measure quality are left out.

    Validation loss, validation score, train loss come first (the order of the command line's ``--metric`` default);
    among losses those that are called so come before error rates, and the whole before its slices.

    Example:
        >>> preferred(["lr", "train/loss", "val/acc", "val/loss"])
        ['val/loss', 'val/acc', 'train/loss']
    """
    order = [
        ("validation", "loss"),
        ("validation", "score"),
        ("validation", "return"),
        ("train", "loss"),
        ("train", "score"),
        ("train", "return"),
        ("test", "loss"),
        ("test", "score"),
        ("test", "return"),
    ]

    def rank(name: str) -> tuple[int, bool, bool]:
        told = meaning(name)
        key = (told.split or "train", told.kind)
        place = order.index(key) if key in order else len(order) + (told.split is None)
        return place, "{" in name, told.kind == "loss" and "loss" not in _words(name)

    return sorted((name for name in names if meaning(name).quality), key=rank)


def _words(name: str) -> frozenset[str]:
    bare = re.sub(r"\{.*\}", "", name)[:512]
    found = [word.lower() for word in _WORDS.findall(bare)]
    pairs = {a + b for a, b in itertools.pairwise(found)}
    return frozenset(found) | (pairs & (_LOSS | _SCORE | _RATE | _SPLITS["validation"]))


def _split(words: frozenset[str]) -> Split | None:
    return next((split for split, signs in _SPLITS.items() if words & signs), None)


def _kind(words: frozenset[str]) -> Kind:
    if words & _RATE:
        return "rate"
    if "gnorm" in words or ("norm" in words and words & _NORMED):
        return "norm"
    if words & _TIME or {"per", "second"} <= words:
        return "time"
    if {"loss", "scale"} <= words or "stderr" in words or (words & _COUNT and not words & (_LOSS | _SCORE | _RETURN)):
        return "count"
    if words & _LOSS or (words & {"neg", "negative"} and words & {"likelihood", "loglikelihood"}):
        return "loss"
    if words & _RETURN:
        return "return"
    return "score" if words & _SCORE else "other"
