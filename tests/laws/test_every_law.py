"""Every law keeps the family's rules."""

from __future__ import annotations

from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from forerun.core import BadInput, BrokenPlugin, Table, Undecided
from forerun.laws import LAWS, Law
from forerun.laws.fitter import Fit, fit
from forerun.laws.path.base.law import PathLaw, applies
from tests.cards import known_answer
from tests.counts import COUNTS


def known(law: str) -> tuple[Table, np.ndarray]:
    module = import_module(f"tests.laws.known.{law}")
    return module.TABLE, np.asarray(module.PARAMS, float)


def test_the_count_is_that_of_the_table() -> None:
    assert len(LAWS.table) == COUNTS["law"]


@pytest.fixture(params=list(LAWS.table))
def law(request: pytest.FixtureRequest) -> str:
    return request.param


def test_the_jacobian_is_that_of_the_formula(law: str) -> None:
    table, params = known(law)
    formula = LAWS.load(law)
    X = formula.read(table)
    y, J = formula.predict(params, X)
    assert J.shape == (y.size, params.size)
    for i, value in enumerate(params):
        step = 1e-6 * max(abs(value), 1e-6)
        up, down = (formula.predict(params + s * step * np.eye(params.size)[i], X)[0] for s in (1, -1))
        slope = (up - down) / (2 * step)
        assert np.abs(J[:, i] - slope).max() <= 1e-5 * np.abs(slope).max(initial=1e-12), formula.names[i]


def test_many_rows_of_parameters_are_as_one_by_one(law: str) -> None:
    table, params = known(law)
    formula = LAWS.load(law)
    X = formula.read(table)
    many = params * np.array([[1.0], [1.05]])
    y, J = formula.predict(many, X)
    for i in range(2):
        assert np.allclose(y[i], formula.predict(many[i], X)[0], rtol=1e-12)
        assert np.allclose(J[i], formula.predict(many[i], X)[1], rtol=1e-12)


PULLED = {"multi_power": 2e-2, "lr_annealing": 1e-3, "functional_scaling": 1e-3, "rectified": 5e-3}
"""How far off, as a share, parameters may be of laws that suppose something beside the data."""


@known_answer("law/*", but=("convex_bound", "data_constrained"))
def test_data_made_by_the_law_are_given_back(law: str) -> None:
    """Its losses, and the parameters that made them."""
    table, params = known(law)
    made = fit(law, table, draws=20, judge_beyond=False)
    assert isinstance(made, Fit)
    assert list(made.params.values()) == pytest.approx(params.tolist(), rel=PULLED.get(law, 1e-5))
    given = made.predict(table, transfer=True)
    y = np.asarray(table.columns["y"], float)
    known_y = np.isfinite(y)
    if isinstance(formula := LAWS.load(law), PathLaw):
        known_y &= applies(formula.read(table))
    assert not isinstance(given, Undecided)
    assert np.abs(given.y - y)[known_y].max() < 2e-3 * np.ptp(y[known_y])


def test_the_same_seed_gives_the_same_fit_and_another_other_draws(law: str) -> None:
    table, _ = known(law)
    noisy = {**table.columns, "y": np.asarray(table.columns["y"]) * np.exp(0.01 * np.sin(np.arange(table.n_rows)))}
    one, again, other = (fit(law, Table(noisy), draws=10, judge_beyond=False, seed=seed) for seed in (0, 0, 1))
    assert isinstance(one, Fit) and isinstance(again, Fit) and isinstance(other, Fit)
    assert np.array_equal(one.draws, again.draws)
    assert one.params == again.params == other.params
    assert not np.array_equal(one.draws, other.draws)


def test_too_few_points_cannot_be_fitted_to(law: str) -> None:
    table, params = known(law)
    rows = np.flatnonzero(np.isfinite(np.asarray(table.columns["y"], float)))[: params.size]
    assert isinstance(fit(law, table.take(rows)), Undecided)


def test_a_missing_column_is_named(law: str) -> None:
    table, _ = known(law)
    wanted = LAWS.load(law).inputs[-1]
    with pytest.raises(BadInput, match=wanted):
        fit(law, Table({name: column for name, column in table.columns.items() if name != wanted}))


OPTIONAL = {
    "prior": ("multi_power", "lr_annealing", "functional_scaling"),
    "pseudo_points": ("rectified",),
    "applies": ("multi_power", "lr_annealing", "functional_scaling", "convex_bound", "lr_area"),
    "refuse": ("multi_power", "lr_annealing", "functional_scaling", "convex_bound", "lr_area"),
    "warn": ("multi_power", "lr_annealing", "functional_scaling", "convex_bound", "lr_area"),
    "support": ("multi_power", "lr_annealing", "functional_scaling", "convex_bound", "lr_area", "sigmoid"),
    "distance": ("multi_power", "lr_annealing", "functional_scaling", "convex_bound", "lr_area", "sigmoid"),
    "transfer": ("multi_power", "lr_annealing", "functional_scaling", "convex_bound", "lr_area"),
    "folds": ("multi_power", "lr_annealing", "functional_scaling", "convex_bound", "lr_area", "sigmoid"),
    "rule": ("rectified",),
}
"""The laws that fill in each hook; the others leave it at None."""


def test_the_hooks_are_those_of_the_type_and_laws_fill_them_in() -> None:
    assert {field.name for field in fields(Law) if field.default is None} == set(OPTIONAL)
    for hook, laws in OPTIONAL.items():
        assert {law for law in LAWS.table if getattr(LAWS.load(law), hook) is not None} == set(laws)


@pytest.mark.parametrize("hook", OPTIONAL)
def test_a_misspelt_hook_is_an_error(hook: str) -> None:
    law = LAWS.load("chinchilla")
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{hook}s'"):
        replace(law, **{f"{hook}s": None})


def test_a_law_along_a_path_with_a_misspelt_hook_is_an_error() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'priors'"):
        replace(LAWS.load("multi_power"), priors=lambda X, y: {})


def test_a_plugin_of_the_former_kind_is_told_what_a_law_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module used to be a law; an entry point must now name the value in it."""
    info = tmp_path / "thirdparty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thirdparty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[forerun.laws]\nformer = former_law\nvalue = former_law:LAW\n")
    (tmp_path / "former_law.py").write_text("from forerun.laws.size.chinchilla import *\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BrokenPlugin, match="of type module; a law is a Law: name it as module:VALUE"):
        LAWS.load("former")
    assert LAWS.load("value") is LAWS.load("chinchilla")
