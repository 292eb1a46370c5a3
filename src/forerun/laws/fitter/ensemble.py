"""Several laws at once: where they disagree, nobody knows which of them holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import BadInput, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws import LAWS
from forerun.laws.fitter.coordinates import unscaled
from forerun.laws.fitter.fit import Errors, Fit, Prediction, fit
from forerun.stats.mixture import mixture_quantiles

ALONG_PATHS = ("multi_power", "functional_scaling", "lr_annealing")
"""The laws along a learning rate's path that know what a cooldown gives."""


@dataclass(frozen=True, eq=False)
class Ensemble(Noun):
    """Fits of several laws to the same data, weighing alike.

    Which law is best on the fitted runs says little of others (all fit them to their noise), so none is preferred.
    """

    fits: tuple[Fit, ...]

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
        weight = np.full(len(errors), 1.0 / len(errors))
        levels = np.array([0.5 - level / 2.0, 0.5, 0.5 + level / 2.0])
        middle, sd = np.stack([one.middle for one in errors]), np.stack([one.sd for one in errors])
        low, y, high = unscaled(law, mixture_quantiles(weight, middle, np.maximum(sd, 1e-12), levels)).T
        draws = unscaled(law, np.concatenate([one.draws for one in errors]))
        return Prediction(y, low, high, level, draws, tuple(dict.fromkeys(w for one in errors for w in one.warnings)))


def fit_ensemble(table: Table, laws: Sequence[str] = ALONG_PATHS, *, seed: int = 0) -> Ensemble | Undecided:
    """Fit several laws to the same rows.

    Raises:
        BadInput: laws that take residuals on different scales.
    """
    if len({LAWS.load(name).residuals for name in laws}) > 1:
        raise BadInput(f"laws of relative and of plain errors cannot be averaged: {', '.join(laws)}")
    fits = [fit(name, table, seed=seed) for name in laws]
    decided = tuple(one for one in fits if isinstance(one, Fit))
    return Ensemble(decided) if len(decided) == len(fits) else next(one for one in fits if isinstance(one, Undecided))
