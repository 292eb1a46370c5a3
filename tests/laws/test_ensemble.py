"""Several laws at once, and laws judged on what they were not fitted to."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Table, Undecided
from forerun.laws.fitter import Ensemble, Prediction, compare, fit_ensemble
from tests.laws.paths_made import made_by, paths_table

PARAMS = [2.5, 0.6, 0.5, 400.0, 1.0, 0.15, 0.64]
N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 1e11, 6)))
SCALING = {"params": N, "tokens": D, "y": 1.7 + 400 * N**-0.34 + 2000 * D**-0.36}


def test_an_ensemble_lies_within_its_members_and_is_wider_where_they_disagree() -> None:
    made = fit_ensemble(made_by("multi_power", PARAMS, "constant", "cosine", noise=1e-4))
    assert isinstance(made, Ensemble)
    asked = paths_table("cooldown")
    told, own = made.predict(asked), [one.predict(asked) for one in made.fits]
    assert isinstance(told, Prediction)
    ends = [one.y[-1] for one in own if isinstance(one, Prediction)]
    assert len(ends) == 3
    assert min(ends) <= told.y[-1] <= max(ends)
    assert told.high[-1] - told.low[-1] > 0.8 * (max(ends) - min(ends))


def test_the_medians_of_laws_that_agree_on_their_spread_weigh_as_told() -> None:
    """With all weight on one law the ensemble foretells as that law; by names alone the laws weigh alike."""
    data, asked = made_by("multi_power", PARAMS, "constant", "cosine", noise=1e-4), paths_table("cooldown")
    sole, alike = (
        fit_ensemble(data, {"multi_power": 3.0, "lr_area": 0.0}),
        fit_ensemble(data, ["multi_power", "lr_area"]),
    )
    assert isinstance(sole, Ensemble)
    assert isinstance(alike, Ensemble)
    told, own = sole.predict(asked), sole.fits[0].predict(asked)
    assert isinstance(told, Prediction)
    assert isinstance(own, Prediction)
    np.testing.assert_allclose(told.y, own.y, rtol=1e-4)
    assert alike.weights == (1.0, 1.0)


def test_laws_on_two_scales_are_not_averaged() -> None:
    with pytest.raises(BadInput, match="cannot be averaged"):
        fit_ensemble(Table(SCALING), ["chinchilla", "sigmoid"])


def test_a_member_that_cannot_be_fitted_is_told() -> None:
    few = {"run": ["a"] * 4, "step": [1, 2, 3, 4], "rate": [1.0, 1.0, 0.5, 0.2], "y": [3.0, 2.9, 2.8, 2.7]}
    assert isinstance(fit_ensemble(Table(few)), Undecided)


def test_the_law_that_made_the_data_foretells_the_larger_part_best() -> None:
    table = Table({**SCALING, "x": 6 * N * D})
    standings = compare(["broken", "chinchilla"], table)
    assert [one.law for one in standings] == ["chinchilla", "broken"]
    assert standings[0].errors.max() < 1e-6
    assert standings[0].behind == (0.0, 0.0, 0.0)
    assert standings[1].behind[1] > 0


def test_shuffled_losses_are_foretold_by_none() -> None:
    """Control: without a law in the data, every law is off by more than a tenth of the spread."""
    y = np.random.default_rng(0).permutation(SCALING["y"])
    standings = compare(["broken", "chinchilla"], Table({**SCALING, "x": 6 * N * D, "y": y}))
    assert all(one.errors.mean() > 0.1 * (np.ptp(y) / y.mean()) for one in standings)


def test_nothing_held_out_is_an_error() -> None:
    with pytest.raises(BadInput, match="0 of 36 rows held out"):
        compare(["broken", "chinchilla"], Table({**SCALING, "x": N}), held_out=[False] * 36)
