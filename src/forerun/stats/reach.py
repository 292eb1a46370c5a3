"""How far noise reaches by how far it has reached: a posterior over how heavy its upper tail is, and how wide.

Noise above its middle is taken to be half a Student t of unknown degrees and width. All of a grid are weighed by how
the values so far fall into bins; what they foretell together says beyond which value noise comes so rarely. What lies
in the last bin, beyond six sds, may be what is looked for: four values in a thousand there tell nothing of the noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special  # pyright: ignore[reportMissingTypeStubs]

from forerun.stats.robust import MAD_TO_SD

Array = NDArray[np.float64]
EDGES: Array = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, np.inf])
"""Where the bins begin and end, in sds of the noise."""
_EVENTS = 0.004  # share of all values that may lie in the last bin and be no noise (ours)
_DEGREES = (2.0, 3.0, 4.0, 6.0, 10.0, 1e6)  # the last is normal
_PRIOR = (0.005, 0.015, 0.06, 0.08, 0.04, 0.8)  # so that both normal and t4 noise are soon told (evidence/detectors)
_WIDTHS = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0)  # sds, as few values tell the sd badly and what is skewed has two
_FAR: Array = np.geomspace(0.5, 1e3, 400)


def reach(counts: Array, of: Array, rate: Array, follows: Array | None = None) -> Array:
    """The value that noise passes at a rate, shape (k,); infinite where that is beyond 1,000 sds.

    Args:
        counts: shape (k, 11), how many values lie in each bin of `EDGES`.
        of: shape (k,), how many values there were, those below zero too.
        rate: shape (k,), per value, between 0 and 1.
        follows: shape (k,), how much likelier a value is to be as far after one that is: then two in a row have to pass
            it; default of one alone.

    Example:
        >>> values = np.random.default_rng(0).normal(size=1000)
        >>> counts = np.histogram(values, EDGES)[0][None].astype(float)
        >>> reach(counts, np.array([1000.0]), np.array([1e-3])).round(1).tolist()
        [3.1]
    """
    beyond = np.maximum(counts[:, -1] - _EVENTS * of, 0.0)
    log = np.log(_PRIOR_OF) + counts[:, :-1] @ _LOG_SHARES[:-1] + beyond[:, None] * _LOG_SHARES[-1]
    weights = np.exp(log - log.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    above = (counts.sum(axis=1) + 1.0) / (of + 2.0)
    chance = above[:, None] * (weights @ _BEYOND)
    if follows is not None:
        chance *= np.minimum(chance + follows[:, None], 1.0)
    return np.append(_FAR, np.inf)[(chance > rate[:, None]).sum(axis=1)]


def _half(x: Array, degrees: Array, widths: Array) -> Array:
    """Of each model the share of what is above zero that lies beyond each x, (models, x)."""
    scale = widths / (MAD_TO_SD * special.stdtrit(degrees, 0.75))
    return 2.0 * special.stdtr(degrees[:, None], -x[None] / scale[:, None])


_GRID = np.stack(np.meshgrid(_DEGREES, _WIDTHS, indexing="ij"), axis=-1).reshape(-1, 2)
_PRIOR_OF = np.repeat(_PRIOR, len(_WIDTHS)) / len(_WIDTHS)
_BEYOND = _half(_FAR, _GRID[:, 0], _GRID[:, 1])
_SHARES = -np.diff(_half(EDGES, _GRID[:, 0], _GRID[:, 1]), axis=1)
_LOG_SHARES = np.log(np.maximum(_SHARES, 1e-12)).T
