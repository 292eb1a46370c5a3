"""What should keep its scale doubles and goes on doubling, as logits and activations do before a divergence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from forerun.core import Card
from forerun.core.display import number
from forerun.core.words import words_of
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.monitor.detector import Detector
from forerun.stats.level import noise_of_means

CARD = Card(
    name="growth",
    does="Raises when attention logits, output logits, activations or a KL have at least doubled over the last half of "
    "the run, beyond noise, and grow by no smaller factor towards its end; ends when they grow no more.",
    source="ours, for the early signs of Wortsman et al. 2023, arXiv 2309.14322: attention-logit growth, output-logit "
    "drift",
    assumes="Values above zero. What grows like t, as a KL often does, does not double over half a run.",
    needs="64 points over zero of a metric so named; of a KL, a level of .1 nats, as less moves nothing.",
    promises="At most 2% of levels that stay, or grow like t^.5 or t, raise it in 400 points under noise of a tenth "
    "(normal, t4, AR(1) .5).",
    known_answer="exp(t/100) over 400 points raises it by point 200.",
    control="t^.5 over 400 points raises nothing.",
)
_SDS = 3.0
_STEADY = 0.95  # of the factor of the third before, at least; for what grows like t it is .8
_MATTERS_NATS = 0.1  # of a KL; arbitrary, below the per-sequence KL at which published runs are stopped
_LOGITS = frozenset("attention attn qk output max rms".split())


def growth(*, factor: float = 2.0) -> Detector:
    """The detector with another factor; what its card promises holds for the one given here.

    Args:
        factor: of the growth over the last half of the run; arbitrary, a doubling.

    Example:
        >>> import numpy as np
        >>> from forerun.core import Curve
        >>> curve = Curve(range(200), np.exp(np.arange(200) / 100), metric="attention_logits/max")
        >>> [len(growth(factor=factor).replay({"value": curve})) for factor in (2.0, 4.0)]
        [1, 0]
    """
    judge = Judge(
        partial(_sees, factor), _ends, "raised on at most 2% of what stays or grows like t, per 400 points", least=64
    )
    return binned(CARD, "1", judge, lambda names: [{"value": name} for name in growing(names)])


def growing(names: Sequence[str]) -> list[str]:
    """Those whose scale should stay: logits of attention and output, activations, KL; not the logits of two answers.

    Example:
        >>> growing(["max_attention_logit", "logits/chosen", "actor/ppo_kl", "train/kl_coef", "activation_norm"])
        ['max_attention_logit', 'actor/ppo_kl', 'activation_norm']
    """
    return [name for name in names if _grows(words_of(name))]


def _grows(parts: frozenset[str]) -> bool:
    if parts & {"chosen", "rejected", "coef", "coeff", "beta", "target", "ctl", "penalty", "weight", "divergence"}:
        return False
    if parts & {"kl", "approxkl"}:
        return not parts & {"loss", "vae", "latent", "prior", "posterior"}
    if parts & {"logit", "logits"}:
        return bool(parts & _LOGITS)
    return bool(parts & {"activation", "activations"}) and bool(parts & {"norm", "rms", "max", "kurtosis"})


def _sees(factor: float, view: View) -> Sight | None:
    half = view.y["value"][-(view.x.size // 2) :]
    if half.min() <= 0.0:
        return None
    third = half.size // 3
    early, middle, late = np.log(half)[-3 * third :].reshape(3, third).mean(axis=1).tolist()
    error = noise_of_means(np.log(half), third) * np.sqrt(2.0)
    x = view.x[-3 * third :].reshape(3, third).mean(axis=1)
    reach = float((view.x[-1] - view.x[-half.size]) / (x[2] - x[0]))
    over_half = reach * (late - early)
    if late - early <= _SDS * error or over_half - reach * error < np.log(factor):
        return None
    if late - middle < _STEADY * (middle - early):
        return None
    metric = view.metrics["value"]
    if words_of(metric) & {"kl", "approxkl"} and np.exp(late) < _MATTERS_NATS:
        return None
    start, doubles = float(view.x[-half.size]), np.log(2.0) / (late - early) * (x[2] - x[0])
    message = (
        f"{metric} has grown from {number(float(np.exp(early)))} to {number(float(np.exp(late)))} since "
        f"{view.at(start)} and doubles every {number(float(f'{doubles:.2g}'))} {view.axis}s"
    )
    return Sight(start, float(np.exp(over_half)), factor, message, {"doubles_every": float(doubles)})


def _ends(view: View, sight: Sight) -> str | None:
    half = view.y["value"][-(view.x.size // 2) :]
    early, late = half[: half.size // 3].mean(), half[-(half.size // 3) :].mean()
    return None if late > early else f"no more by {view.at(view.now)}"


GROWTH = growth()
