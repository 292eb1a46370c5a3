"""Loss against parameters, steps and batch: the paper's relations, steps to a loss, refusals, and the control."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Range, Table, Undecided
from forerun.laws.fitter import Fit, Prediction, fit
from forerun.laws.questions.critical_batch_size import critical_batch
from forerun.laws.questions.steps_to import steps_to
from forerun.laws.size import kaplan
from tests.cards import control, known_answer

TRUE = np.array(list(kaplan.PUBLISHED.values()))


def grid(N, S, B) -> dict[str, np.ndarray]:
    return dict(zip(kaplan.INPUTS, (one.ravel() for one in np.meshgrid(N, S, B)), strict=True))


X = grid([1e6, 1e7, 1e8, 1e9], [3e3, 1e4, 3e4, 1e5, 3e5], [3e4, 3e5, 3e6])
Y = kaplan.predict(TRUE, X)[0]


def fitted(y: np.ndarray, **settings) -> Fit:
    made = fit("kaplan", Table(X | {"y": y}), **settings)
    assert isinstance(made, Fit)
    return made


def right_side(params: np.ndarray, y: np.ndarray) -> np.ndarray:
    A, T, a_N, a_S, B_star, a_B = (params[..., i, None] for i in range(6))
    least = X["steps"] / (1 + B_star / y ** (1 / a_B) / X["batch_size"])
    return A * X["params"] ** -a_N + T * least**-a_S


def test_the_loss_solves_the_papers_equations():
    assert np.allclose(Y, right_side(TRUE, Y), rtol=1e-12)


def test_no_parameters_lead_past_the_root():
    """Losses near nothing, critical batches of any size and steepness: left and right still agree."""
    rng = np.random.default_rng(0)
    low, high = np.log([1e-3, 1e-3, 0.01, 0.05, 1e-6, 0.02]), np.log([1e3, 1e6, 1, 2, 1e18, 4])
    wild = np.exp(rng.uniform(low, high, (300, 6)))
    y, J = kaplan.predict(wild, X)
    assert np.allclose(y, right_side(wild, y), rtol=1e-9) and np.isfinite(J).all()


@known_answer("kaplan")
def test_a_large_batch_leaves_the_law_without_a_batch():
    huge = grid([1e8], [1e4, 1e5], [1e15])
    y = kaplan.predict(TRUE, huge)[0]
    assert np.allclose(y, (6.5e13 / 1e8) ** 0.077 + (2.1e3 / huge["steps"]) ** 0.76, rtol=1e-6)


@known_answer("critical_batch_size")
def test_at_the_critical_batch_twice_the_least_steps_are_needed():
    made = fitted(Y, draws=0, judge_beyond=False)
    B = critical_batch(made, 3.0).estimate
    at, beyond = (steps_to(made, 3.0, 1e8, batch) for batch in (B, 1e9 * B))
    assert isinstance(at, Range) and isinstance(beyond, Range)
    assert at.estimate / beyond.estimate == pytest.approx(2.0, rel=1e-3)
    assert pytest.approx(2e8 / 3.0 ** (1 / 0.21), rel=1e-2) == B


def test_steps_to_a_loss_is_the_inverse_of_the_loss_at_a_step_with_a_range_that_holds():
    rng = np.random.default_rng(1)
    made = fitted(Y * np.exp(0.005 * rng.normal(size=Y.size)))
    again = Y * np.exp(0.005 * rng.normal(size=Y.size))
    found = [steps_to(made, *asked) for asked in zip(again, X["params"], X["batch_size"], strict=True)]
    ranges = [(one.low, step, one.high) for one, step in zip(found, X["steps"], strict=True) if isinstance(one, Range)]
    # 60 rows at 80% that share parameters, so far fewer are independent: below half by accident in < 1/1000
    assert len(ranges) > 50 and np.mean([low <= step <= high for low, step, high in ranges]) > 0.5


@control("steps_to")
def test_a_loss_below_what_the_size_can_reach_is_undecided():
    told = steps_to(fitted(Y, draws=0, judge_beyond=False), 2.0, 1e6, 3e5)
    assert isinstance(told, Undecided) and told.why.startswith("1e+06 parameters reach 3.99")


@control("kaplan")
def test_control_without_the_batch_unseen_batches_are_missed():
    seen = X["batch_size"] < 1e6
    errors = []
    for columns in (X, X | {"batch_size": np.full(Y.size, 3e5)}):
        made = fit("kaplan", Table({n: c[seen] for n, c in (columns | {"y": Y}).items()}), draws=0, judge_beyond=False)
        assert isinstance(made, Fit)
        told = made.predict(Table({name: column[~seen] for name, column in columns.items()}))
        assert isinstance(told, Prediction)
        errors.append(np.abs(told.y / Y[~seen] - 1).mean())
    assert errors[0] < 1e-3 < 0.03 < errors[1]


def test_bad_input_is_told():
    with pytest.raises(BadInput, match="'batch_size' is missing"):
        fit("kaplan", Table({"params": [1.0], "steps": [1.0], "y": [1.0]}))
    made = fitted(Y, draws=0, judge_beyond=False)
    with pytest.raises(BadInput, match="loss must be positive, but is -1"):
        steps_to(made, -1.0, 1e6, 1e5)
    other = fit("chinchilla", Table({"params": X["params"], "tokens": X["steps"], "y": Y}), draws=0, judge_beyond=False)
    assert isinstance(other, Fit)
    with pytest.raises(BadInput, match="this is one of 'chinchilla'"):
        critical_batch(other, 3.0)
