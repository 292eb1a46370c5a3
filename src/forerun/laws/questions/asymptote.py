"""What infinite parameters, infinitely many members, or both, would reach at a fixed data set."""

from __future__ import annotations

import numpy as np

from forerun.core import BadInput, Range, Table, Undecided
from forerun.laws.fitter import Fit, fit

_WITH_ASYMPTOTE = "regularised", "ensembles", "chinchilla", "rectified", "data_constrained", "broken"
_MOST = 0.25  # half-width of a range, of its estimate, beyond which an asymptote is not known


def asymptote(made: Fit) -> Range | Undecided:
    """The loss that a fitted law tends to, 80% of the draws, widened by the law's misfit at one span beyond.

    Args:
        made: a fit of a law with an irreducible part (``E`` or ``a``).

    Returns:
        A `Range` in the fitted unit; `Undecided` where the data do not tell it to a quarter of itself.

    Raises:
        BadInput: the law has no asymptote.

    Example:
        >>> N = np.geomspace(1e7, 1e9, 8)
        >>> range_ = asymptote(fit("regularised", Table({"params": N, "y": 3.2 + 900 * N**-0.45})))
        >>> round(range_.estimate, 2)
        3.2
    """
    if made.law not in _WITH_ASYMPTOTE:
        raise BadInput(f"law {made.law!r} tends to no asymptote; those that do: {', '.join(_WITH_ASYMPTOTE)}")
    found = made.derived(lambda p: p[:, 0], "y")
    wide = float(np.exp(np.hypot(np.log(found.high / found.low) / 2.0, 1.2816 * made.misfit)))
    middle = made.params[next(iter(made.params))]
    if made.report.at_bound:
        return Undecided(f"{', '.join(made.report.at_bound)} ended at a bound", "sizes further apart, or larger")
    if wide - 1.0 > _MOST:
        return Undecided(f"the asymptote lies within a factor {wide:.2f} of {middle:.4g}", "larger sizes")
    return Range(middle, middle / wide, middle * wide, "y")


def joint_asymptote(table: Table, *, seed: int = 0) -> Range | Undecided:
    """What infinite ensembles of infinite models would reach: asymptotes in members by size, then in size.

    Args:
        table: columns params, members and y; 4 sizes or more with 3 numbers of members each.

    Raises:
        BadInput: a column is missing.
    """
    N = np.asarray(table.columns.get("params", ()), float)
    if N.size == 0:
        raise BadInput(f"joint_asymptote reads params, members and y; there are {', '.join(table.columns)}")
    fits = {n: fit("ensembles", table.take(n == N), seed=seed, judge_beyond=False) for n in np.unique(N)}
    known = {n: made.params["E"] for n, made in fits.items() if isinstance(made, Fit)}
    made = fit("regularised", Table({"params": list(known), "y": list(known.values())}), seed=seed)
    return made if isinstance(made, Undecided) else asymptote(made)


def data_efficiency(reached: float, standard: Fit, tokens: float) -> Range | Undecided:
    """How many times the data a standard recipe would need to reach a loss.

    Args:
        reached: a loss, such as an asymptote's estimate.
        standard: a fit of ``sample_size`` or ``rectified`` over data sizes, with samples (train_size) in tokens.
        tokens: the data that ``reached`` was reached with.

    Returns:
        A `Range` as a factor; `Undecided` where the standard recipe never gets there.
    """
    if standard.law not in ("sample_size", "rectified"):
        raise BadInput(f"a fit of 'sample_size' or 'rectified' is needed, but this is one of {standard.law!r}")
    if standard.law == "rectified" and standard.params["E"] >= reached:
        return Undecided(f"the standard recipe tends to {standard.params['E']:.4g}, not {reached:g}", "a lower floor")

    def needed(p: np.ndarray) -> np.ndarray:
        if standard.law == "sample_size":
            return (p[:, 0] / reached) ** (1.0 / p[:, 1]) / tokens
        left = np.where(reached > p[:, 0], reached - p[:, 0], np.nan)
        return np.maximum(p[:, 1] / left - p[:, 2], 0.0) ** (1.0 / p[:, 3]) / tokens

    return standard.derived(needed, "times the data")
