"""The size at which growing further stops paying: where the gain per doubling falls below a level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forerun.core import Array, BadInput, Range, Table, Undecided
from forerun.laws.fitter import Fit, misfit

_DOUBLINGS, _EACH = 60, 20  # how far sizes are looked at, and how many of them a doubling
_FAR = 10.0  # times the seen span of sizes (logarithmic) beyond which no answer is given


def saturation(
    made: Fit, gain: float, column: str, *, start: float, fixed: Mapping[str, float] | None = None
) -> Range | Undecided:
    """The smallest size from ``start`` on at which doubling a column improves y by less than ``gain``.

    Args:
        made: a fit of any law of named columns.
        gain: per doubling, in the unit of y.
        column: the law's input that grows.
        start: its least value looked at; sizes up to 2^60 times it are.
        fixed: the law's other inputs.

    Returns:
        A `Range` in the column's unit over the draws of the parameters (80%); `Undecided` where a tenth of the draws
        never get there, or the answer lies far beyond what was fitted.

    Raises:
        BadInput: a gain or start that is not positive, a column that the law does not read, or one that is missing.

    Example:
        >>> from forerun.laws.fitter import fit
        >>> N = np.geomspace(1e6, 1e9, 12)
        >>> made = fit("regularised", Table({"params": N, "y": 2.0 + 100 * N**-0.3}))
        >>> found = saturation(made, 0.05, "params", start=1e6)
        >>> round(found.estimate / 1e7, 1)
        38.2
    """
    law = made.formula
    if not (gain > 0 and start > 0):
        raise BadInput(f"gain and start must be positive, but are {gain:g} and {start:g}")
    if column not in law.inputs:
        raise BadInput(f"law {made.law!r} reads {', '.join(law.inputs)}; there is no {column!r}")
    x = start * 2.0 ** np.linspace(0.0, _DOUBLINGS, _DOUBLINGS * _EACH + 1)
    X = law.read(Table({column: x, **{name: np.full(x.size, value) for name, value in (fixed or {}).items()}}))

    def where(params: Array) -> Array:
        y = law.predict(params, X)[0]
        return _first_below(np.abs(y[:, :-_EACH] - y[:, _EACH:]), gain, x)

    found = where(made.sampled())
    if not np.isfinite(found[0]) or np.isnan(found).mean() > 0.1:
        return Undecided(
            f"a doubling of {column} still gains {gain:g} or more at {x[-1]:.3g}", "a smaller start, or larger sizes"
        )
    if np.interp(found[0], x, misfit.beyond(made.support, law.size(X))) > _FAR:
        return Undecided(f"{column} = {found[0]:.3g} lies far beyond the fitted sizes", "larger sizes")
    return made.derived(where, column)


def _first_below(gains: Array, gain: float, x: Array) -> Array:
    """Where each row of gains per doubling first falls below a level, between the sizes looked at; NaN where never."""
    below = gains < gain
    i = np.argmax(below, axis=1)
    rows, before = np.arange(len(gains)), np.maximum(i - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.log(gains[rows, before] / gain) / np.log(gains[rows, before] / gains[rows, i])
    at = x[before] * (x[i] / x[before]) ** np.where(i > 0, share, 0.0)
    return np.where(below.any(axis=1), at, np.nan)
