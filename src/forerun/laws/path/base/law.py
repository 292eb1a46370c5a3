"""What all laws along a learning rate's path share: where they hold, what they refuse, how far off they may be, starts.

Each of these laws is a power of the LR area and, but for `lr_area`, a term of the rate's changes; `PathLaw` is a `Law`
with these functions as its hooks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forerun.core import Array, Undecided
from forerun.laws.fitter import misfit, separable
from forerun.laws.law import Law, Mask
from forerun.laws.path.base.ending import Slopes
from forerun.laws.path.base.paths import INPUTS, Paths

P = TypeVar("P", bound=Paths)

_SAME_PEAK = 0.02
_AT_PEAK = 1.0 - 1e-3  # of it: where a warmup is over
_COOLED = 0.1  # falls of the rate by less, in shares of the peak, are no cooldown
_PER_PEAK = 4.5  # misfits per factor e between peaks; chosen with models left out, evidence/laws/peaks.md
_HELD = "80% intervals held 84% over 7 models left out, 71% of the worst"  # of evidence/laws/peaks.json
_PER_COOLDOWN = 20.0  # misfits for a cooldown to nothing where none was fitted; measured on recorded runs
_MOST_FOLDS = 6
_EARLY = 0.03  # of the largest LR area; chosen among 0 to 0.1 on the public lr_scheduling runs, evidence/laws
_ALPHAS = np.array([0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5])  # where starts look for α
_THIN, _STARTS = 150, 12  # points that starts are chosen on, and how many
_MISFIT = 0.03  # at distance 1, in shares of the fitted spread of log loss, before the data tell; evidence/laws


def size(X: Paths) -> Array:
    """LR area."""
    return X.area


def applies(X: Paths, most: float | None = None) -> Mask:
    """Which points lie beyond the early phase, in which losses fall faster than any of these laws.

    Args:
        most: the largest area that was fitted to; by default that of the points themselves.
    """
    return X.area >= _EARLY * (float(X.area.max(initial=0.0)) if most is None else most)


def support(X: Paths) -> dict[str, Any]:
    """The peaks and warmups of the fitted runs, and by how much of the peak the rate fell before their last points."""
    runs: list[int] = np.unique(X.run).tolist()
    warmups = [float(x[np.argmax(rate >= _AT_PEAK * rate.max())]) for x, rate in (X.nodes[i] for i in runs)]
    return {"peaks": X.peak[runs].tolist(), "warmups": warmups, "fell": _fell(X, runs)}


def refuse(support: Mapping[str, Any], X: Paths) -> Undecided | None:
    """Another peak than the fitted ones: no published law holds across peaks."""
    other = X.peak[_away(_nearest(support, X), X)]
    if not other.size:
        return None
    fitted = ", ".join(f"{peak:g}" for peak in sorted(set(support["peaks"])))
    return Undecided(
        f"fitted at peak rate {fitted}, asked at {other[0]:g}", f"runs at that peak, or transfer=True: its {_HELD}"
    )


def transfer(support: Mapping[str, Any], X: P, *, share: float = 1.0) -> tuple[P, Array, str]:
    """Runs at another peak, taken for the same schedules at the nearest fitted one, how much farther that is, and how
    good it was.

    Args:
        share: of the misfit that counts for the law; what another peak adds was measured where all of it did.
    """
    nearest = _nearest(support, X)
    factor = np.where(_away(nearest, X), nearest / X.peak, 1.0)
    farther = (_PER_PEAK * np.abs(np.log(factor)))[X.run] / share
    return X.scaled(factor), farther, f"taken for the same schedule there ({_HELD})"


def _nearest(support: Mapping[str, Any], X: Paths) -> Array:
    """The fitted peak nearest to that of each path, shape (r,)."""
    peaks = np.asarray(support["peaks"], float)
    return peaks[np.abs(np.log(X.peak[:, None] / peaks)).argmin(axis=1)]


def _away(nearest: Array, X: Paths) -> Mask:
    return np.abs(np.log(nearest / X.peak)) > np.log1p(_SAME_PEAK)


def warn(support: Mapping[str, Any], X: Paths) -> tuple[str, ...]:
    """Several peaks fitted at once, and being asked for what a cooldown gives where none was fitted."""
    warnings: list[str] = []
    if max(support["peaks"]) > (1.0 + _SAME_PEAK) * min(support["peaks"]):
        listed = ", ".join(f"{peak:g}" for peak in sorted(set(support["peaks"])))
        warnings.append(f"fitted at several peak rates ({listed}): the law holds at one")
    cooldown = np.where(X.drop > 0, X.drop, 0.0).sum(axis=1) / X.peak
    if support["fell"] < _COOLED <= cooldown.max():
        warnings.append("never saw a cooldown")
    return tuple(warnings)


def distance(support: Mapping[str, Any], X: Paths, *, share: float = 1.0) -> Array:
    """How far points are from what was fitted: 1 for another schedule, more beyond the fitted area.

    Args:
        share: as in `transfer`, for a cooldown where none was fitted.
    """
    uncooled = support["fell"] < _COOLED
    cooled = uncooled * np.array([np.maximum(drop, 0.0).sum() for drop in X.drop]) / X.peak
    return 1.0 + misfit.beyond(support, X.area) + (_PER_COOLDOWN * cooled)[X.run] / share


def folds(X: Paths) -> list[tuple[Mask, Mask]]:
    """Each run in turn, judged by a fit to the others, where these begin as early, go half as far and cooled as it did.

    A cooldown that was branched off and logged alone tells nothing of the trunk before it.
    """
    runs = np.unique(X.run)
    pairs: list[tuple[Mask, Mask]] = []
    for i in runs if runs.size > 1 else ():
        rest = X.run != i
        far = X.area[rest].max() >= 0.5 * X.area[~rest].max()
        whole = X.area[rest].min() <= 2.0 * X.area[~rest].min()
        if far and whole and (_fell(X, [i]) < _COOLED or _fell(X, [j for j in runs if j != i]) >= _COOLED):
            pairs.append((rest, ~rest))
    return pairs[:_MOST_FOLDS]


def _fell(X: Paths, runs: Sequence[int]) -> float:
    """By how much of its peak the rate of any of these runs fell before its last point."""
    ends = [X.area[X.run == i].max() for i in runs]
    fell = [np.maximum(X.drop[i], 0.0)[X.at_area[i] < end].sum() / X.peak[i] for i, end in zip(runs, ends, strict=True)]
    return float(max(fell))


def starts_along(
    X: Paths, y: Array, shapes: Array | None = None, term: Callable[[Array, Paths], Array] | None = None
) -> Array:
    """Start points (k, 2 or 3 + 1 + s) of ``L = L₀ + A S^-α [+ B term]``: L₀, A, [B,] α and the term's shape.

    Args:
        shapes: shape (g, s), where the term's shape is looked for.
        term: from such shapes and points to the term there, shape (g, n).
    """
    few = np.unique(np.linspace(0, y.size - 1, _THIN).astype(int))
    thin = X.take(few)
    grid = np.zeros((1, 0)) if shapes is None else shapes
    fall = np.repeat(thin.area ** -_ALPHAS[:, None], len(grid), axis=0)
    both = np.concatenate([np.repeat(_ALPHAS, len(grid))[:, None], np.tile(grid, (_ALPHAS.size, 1))], axis=1)
    parts = [np.ones_like(fall), fall]
    if term is not None:
        parts.append(np.tile(term(grid, thin), (_ALPHAS.size, 1)))
    basis = np.stack(parts, axis=-1)
    return separable.best(basis, both, y[few], keep=_STARTS, positive=np.ones(len(parts), bool))


def _take(X: P, rows: NDArray[Any]) -> P:
    return X.take(rows)


@dataclass(frozen=True, kw_only=True)
class PathLaw(Law[P]):
    """A law along a learning rate's path: one model and data set, at one peak rate, past the early phase.

    Args:
        slopes: from parameters (..., p) and a path's last point to the loss there and its slopes by what the law reads
            of the path: what schedules are designed by. A law without an annealing term has none.
    """

    inputs: tuple[str, ...] = INPUTS
    size: Callable[[P], Array] = size
    take: Callable[[P, NDArray[Any]], P] = _take
    whole_runs: bool = True
    misfit: float = _MISFIT
    applies: Callable[[P], Mask] | None = applies
    support: Callable[[P], dict[str, Any]] | None = support
    refuse: Callable[[Mapping[str, Any], P], Undecided | None] | None = refuse
    warn: Callable[[Mapping[str, Any], P], tuple[str, ...]] | None = warn
    distance: Callable[[Mapping[str, Any], P], Array] | None = distance
    transfer: Callable[[Mapping[str, Any], P], tuple[P, Array, str]] | None = transfer
    folds: Callable[[P], list[tuple[Mask, Mask]]] | None = folds
    slopes: Callable[[Array, P], Slopes] | None = None
