"""How much the final loss depends on the learning rate, as one number for a sweep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput, Undecided

_FEWEST = 3
_ROUNDING = 0.01  # decades: 3e-4 to 3e-1 are three, whatever floating point says


@dataclass(frozen=True)
class LrSensitivity:
    """What a sweep over the learning rate says of a model and its training.

    Args:
        value: mean loss above the best one, in the loss's unit; no run counts as worse than an untrained model.
        best_rate, best_loss: of the best run.
        decades: how far the sweep reaches.
        diverged: rates whose run ended no better than it began, or not at a number.
    """

    value: float
    best_rate: float
    best_loss: float
    decades: float
    diverged: tuple[float, ...]


def lr_sensitivity(
    rates: ArrayLike, losses: ArrayLike, *, start: float, decades: float = 3.0
) -> LrSensitivity | Undecided:
    """The mean over learning rates of min(loss, start) - best loss, the rates even in logarithm.

    Each rate counts by the width of its cell on the logarithmic axis, so that a sweep with some rates closer together
    means the same; on an even grid that is the plain mean. Compare it between models only at the same rates.

    Args:
        rates: shape (n,), peak learning rates, each once.
        losses: shape (n,), final losses; nan and inf are runs that diverged.
        start: the loss before training, for example the logarithm of the vocabulary's size.
        decades: how far the sweep has to reach; 3, as in the paper (3e-4 to 3e-1).

    Returns:
        Undecided of a narrower sweep, of fewer than three rates, and where no run beat its start.

    Raises:
        BadInput: unlike lengths, or a rate that is not above zero or stands twice.

    Source: Wortsman et al. 2023, arXiv 2309.14322, section 2.2.

    Example:
        >>> answer = lr_sensitivity([1e-3, 1e-2, 1e-1, 1.0], [3.0, 2.0, 4.0, float("nan")], start=5.0)
        >>> answer.value, answer.best_rate, answer.diverged
        (1.5, 0.01, (1.0,))
    """
    eta, loss = np.asarray(rates, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if eta.shape != loss.shape or eta.ndim != 1:
        raise BadInput(f"{eta.size} rates and {loss.size} losses", where="lr_sensitivity")
    order = np.argsort(eta)
    eta, loss = eta[order], loss[order]
    if eta.size and (eta[0] <= 0.0 or (np.diff(eta) <= 0.0).any()):
        raise BadInput("rates must be above zero, each once; average seeds first", where="lr_sensitivity")
    reach = float(np.log10(eta[-1] / eta[0])) if eta.size else 0.0
    if eta.size < _FEWEST or reach < decades - _ROUNDING:
        return Undecided(
            f"{eta.size} rates over {reach:.1f} decades", f"3 or more rates over {decades:g} decades or more"
        )
    capped = np.where(np.isfinite(loss), np.minimum(loss, start), start)
    best = int(capped.argmin())
    if capped[best] >= start:
        return Undecided(f"no run ended below its start, {start:g}", "smaller rates, or longer runs")
    width = np.gradient(np.log(eta))
    value = float(np.average(capped - capped[best], weights=width))
    diverged = tuple(float(one) for one in eta[capped >= start])
    return LrSensitivity(value, float(eta[best]), float(capped[best]), reach, diverged)
