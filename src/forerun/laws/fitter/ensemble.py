"""Several laws at once: where they disagree, nobody knows which of them holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import BadInput, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws import LAWS
from forerun.laws.fitter.coordinates import unscaled
from forerun.laws.fitter.fit import Errors, Fit, Prediction, fit
from forerun.stats.mixture import mixture_quantiles

ALONG_PATHS = {"multi_power": 0.6, "functional_scaling": 0.2, "lr_annealing": 0.2}
"""The laws along a learning rate's path that know what a cooldown gives, and how much each weighs: chosen in
evidence/laws/path_constants.md, as is how much of its own error each law has."""


@dataclass(frozen=True, eq=False)
class Ensemble(Noun):
    """Fits of several laws to the same data.

    Which law is best on the fitted runs says little of others (all fit them to their noise), so the weights are not
    theirs: they are what models and peaks elsewhere showed, or alike.

    Args:
        weights: shape (k,), one a fit, in any unit.
    """

    fits: tuple[Fit, ...]
    weights: tuple[float, ...]

    def predict(self, table: Table, *, level: float = 0.8, transfer: bool = False) -> Prediction | Undecided:
        """The mixture of the fits' predictions: its median, and the interval of mass ``level``.

        Returns:
            `Undecided` where any of the laws refuses.
        """
        errors: list[Errors] = []
        for one in self.fits:
            own = one.errors(table, transfer=transfer)
            if isinstance(own, Undecided):
                return own
            errors.append(own)
        law = self.fits[0].formula
        weight = np.array(self.weights) / sum(self.weights)
        levels = np.array([0.5 - level / 2.0, 0.5, 0.5 + level / 2.0])
        middle, sd = np.stack([one.middle for one in errors]), np.stack([one.sd for one in errors])
        low, y, high = unscaled(law, mixture_quantiles(weight, middle, np.maximum(sd, 1e-12), levels)).T
        draws = unscaled(law, np.concatenate([one.draws for one in errors]))
        return Prediction(y, low, high, level, draws, tuple(dict.fromkeys(w for one in errors for w in one.warnings)))


def fit_ensemble(
    table: Table, laws: Sequence[str] | Mapping[str, float] = ALONG_PATHS, *, seed: int = 0
) -> Ensemble | Undecided:
    """Fit several laws to the same rows.

    Args:
        laws: their names, or names with weights; alike by default.

    Raises:
        BadInput: laws that take residuals on different scales.
    """
    if len({LAWS.load(name).residuals for name in laws}) > 1:
        raise BadInput(f"laws of relative and of plain errors cannot be averaged: {', '.join(laws)}")
    fits = [fit(name, table, seed=seed) for name in laws]
    decided = tuple(one for one in fits if isinstance(one, Fit))
    if len(decided) < len(fits):
        return next(one for one in fits if isinstance(one, Undecided))
    return Ensemble(decided, tuple(laws.values()) if isinstance(laws, Mapping) else (1.0,) * len(decided))
