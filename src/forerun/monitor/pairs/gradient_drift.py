"""Gradients grow while the loss stands still: an early sign of a divergence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forerun.core import Card
from forerun.core.display import number
from forerun.core.metrics import meaning
from forerun.core.words import words_of
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.stats.level import noise_of_means

CARD = Card(
    name="gradient_drift",
    does="Raises when over the last half the gradient norm has doubled, beyond 3 errors of its logarithm, and "
    "the loss has not improved by 1% of its gain so far, or of twice its level if that is less; ends when the norm "
    "grows no more, or the loss falls again.",
    source="ours, for what OLMo 2 (arXiv 2501.00656) reports before divergences; thresholds arbitrary",
    assumes="The norm is of the whole gradient before clipping, and the learning rate is not falling: gradients grow "
    "in a cooldown of their own (Defazio 2025, arXiv 2506.02285), where the loss falls too.",
    needs="64 points of a gradient norm and of the training loss, on one axis.",
    promises="At most 2% of norms that stay raise it in 400 points at a loss that stands still, under noise of a fifth "
    "(normal, t4, AR(1) .5).",
    known_answer="A norm that grows from 1 to 6 over points 200 to 400 of a loss that is flat from 100 raises it.",
    control="The same norm under a loss that still falls raises nothing.",
)
_GROWN = 2.0  # a doubling over the half, as in `growth`
_SDS = 3.0
_FLAT = 0.01  # share of the gain so far,
_FELL = 2.0  # or of so many times the level: a loss that began at 40 has no gain of that to be measured by at 1


def norm_and_loss(names: Sequence[str]) -> list[dict[str, str]]:
    """The norm of the whole gradient and the training loss.

    Example:
        >>> norm_and_loss(["val/loss", "train/loss", "grad_norm", "grad_norm/layer0"])
        [{'loss': 'train/loss', 'norm': 'grad_norm'}]
    """
    norms = [name for name in names if meaning(name).kind == "norm" and words_of(name) & {"grad", "gradient", "gnorm"}]
    losses = [name for name in names if meaning(name).kind == "loss" and meaning(name).split in (None, "train")]
    norms = sorted(norms, key=lambda name: len(words_of(name)))
    return [{"loss": losses[0], "norm": norms[0]}] if norms and losses else []


def _sees(view: View) -> Sight | None:
    half = view.x.size // 2
    norm, loss = view.y["norm"][-half:], view.signs["loss"] * view.y["loss"][-half:]
    if norm.min() <= 0.0:
        return None
    log = np.log(norm)
    early, late = (float(part.mean()) for part in np.array_split(log, 3)[::2])
    error = noise_of_means(log, half // 3) * np.sqrt(2.0)
    grown = float(np.exp(1.5 * (late - early)))
    if late - early < _SDS * error or grown < _GROWN:
        return None
    if not _is_flat(view, loss):
        return None
    start, stays = float(view.x[-half]), float(view.signs["loss"] * loss[-8:].mean())
    message = (
        f"{view.metrics['norm']} has grown from {number(float(np.exp(early)))} to {number(float(np.exp(late)))} since "
        f"{view.at(start)}, while {view.metrics['loss']} stays at {number(stays)}"
    )
    return Sight(start, grown, _GROWN, message)


def _is_flat(view: View, loss: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    """Whether the loss has not improved by a share of its gain, beyond noise either way."""
    before, now = loss[: loss.size // 3], loss[-(loss.size // 3) :]
    error = noise_of_means(loss, before.size) * np.sqrt(2.0)
    gain = max(view.signs["loss"] * view.first["loss"] - float(loss.min()), 0.0)
    gain = min(gain, _FELL * abs(float(now.mean())))
    return bool(float(before.mean() - now.mean()) - error < _FLAT * gain)


def _ends(view: View, sight: Sight) -> str | None:
    half = view.x.size // 2
    early, late = (part.mean() for part in np.array_split(view.y["norm"][-half:], 3)[::2])
    if late <= early:
        return f"no more by {view.at(view.now)}"
    flat = _is_flat(view, view.signs["loss"] * view.y["loss"][-half:])
    return None if flat else f"{view.metrics['loss']} falls again by {view.at(view.now)}"


_PROMISE = "raised on at most 2% of norms that stay, per 400 points of a loss that stands still"
GRADIENT_DRIFT = binned(
    CARD, "1", Judge(_sees, _ends, _PROMISE, metric="norm", roles=("loss", "norm"), least=64), norm_and_loss
)
