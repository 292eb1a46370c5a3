"""The exponential mixing law: its own data give it back, its gradient is right, and its control fails."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Table
from forerun.laws.data import mixing
from forerun.laws.fitter import Fit, Prediction, fit

NAMES = ("web", "books", "code")
TRUE = np.array([0.3, 0.25, 1.0, 2.0, -1.0])
LAW = mixing.mixing(NAMES)


def table(n: int, rng: np.random.Generator) -> Table:
    shares = rng.dirichlet(np.ones(3), n)
    return Table(dict(zip(NAMES, shares.T, strict=True)) | {"train_size": np.tile([100.0, 400.0], n // 2)})


def with_y(told: Table, y: np.ndarray) -> Table:
    return Table(dict(told.columns) | {"y": y})


def test_points_of_the_law_give_its_parameters_back():
    told = table(24, np.random.default_rng(0))
    y = mixing.predict(TRUE, LAW.read(told))[0]
    made = fit(LAW, with_y(told, y), draws=20)
    assert isinstance(made, Fit)
    assert np.allclose(list(made.params.values()), TRUE, rtol=1e-5)
    said = made.predict(told)
    assert isinstance(said, Prediction) and np.allclose(said.y, y)


def test_the_gradient_is_that_of_the_law():
    X = LAW.read(table(10, np.random.default_rng(1)))
    J = mixing.predict(TRUE, X)[1]
    for i in range(TRUE.size):
        step = 1e-6 * (np.arange(TRUE.size) == i)
        numeric = (mixing.predict(TRUE + step, X)[0] - mixing.predict(TRUE - step, X)[0]) / 2e-6
        assert np.allclose(J[:, i], numeric, rtol=1e-5, atol=1e-9)


def test_control_sources_that_help_only_together_are_missed():
    told = table(40, np.random.default_rng(2))
    web, books = (np.asarray(told.columns[name]) for name in NAMES[:2])
    y = 0.1 + (web - books) ** 2
    made = fit(LAW, with_y(told, y), draws=0, judge_beyond=False)
    assert isinstance(made, Fit)
    said = made.predict(told)
    assert isinstance(said, Prediction) and np.abs(np.log(said.y / y)).mean() > 0.3


def test_shares_that_do_not_add_up_are_bad_input():
    with pytest.raises(BadInput, match=r"those of row 1 are \[0\.5, 0\.5, 0\.5\]"):
        LAW.read(Table({"web": [1.0, 0.5], "books": [0.0, 0.5], "code": [0.0, 0.5], "train_size": [1.0, 1.0]}))
