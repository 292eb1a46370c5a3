"""Learning-rate paths: areas, falls, where laws hold, and when they refuse."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from forerun.core import BadInput, Table, Undecided
from forerun.laws import LAWS
from forerun.laws.fitter import Fit, Prediction, fit
from forerun.laws.path.base import law, paths
from forerun.laws.path.multi_power import kernel, loss_drop
from tests.cards import known_answer
from tests.laws.paths_made import made_by, paths_table, rates

PARAMS = [2.5, 0.6, 0.5, 400.0, 1.0, 0.15, 0.64]


def test_area_and_falls_of_a_path_are_those_of_its_steps() -> None:
    X = paths.read(paths_table("cosine"))
    step = np.arange(0.0, 10_001.0)
    every = np.interp(step, rates()["step"], rates()["cosine"])
    assert X.area[-1] == pytest.approx(every.sum(), rel=1e-4)
    assert X.drop[0][~X.warming[0]].sum() == pytest.approx(1e-3 * (1 - 0.1), rel=1e-3)
    assert X.drop[0].sum() == pytest.approx(-every[-1], rel=1e-9)  # from nothing to where it ends


def test_merged_falls_give_what_every_single_one_gives() -> None:
    """The multi-power kernel against its sum over all 10,000 steps; merging loses less than 0.2% of it."""
    X = paths.read(paths_table("cosine"))
    step = np.arange(0.0, 10_001.0)
    eta = np.interp(step, rates()["step"], rates()["cosine"])
    S = np.cumsum(eta)
    C, beta, gamma = 1.0, 0.3, 0.6
    k = np.arange(201, step.size)
    exact = sum((eta[i - 1] - eta[i]) * (1 - (1 + C * eta[i] ** -gamma * (S[-1] - S[i - 1])) ** -beta) for i in k)
    from forerun.laws.path.multi_power import kernel

    told = kernel(*(np.array([v]) for v in (C, beta, gamma)), X)[0][-1]
    assert told == pytest.approx(exact, rel=2e-3)


def test_a_sudden_fall_happened_where_it_was_logged() -> None:
    table = Table({"run": ["a"] * 5, "step": [0, 100, 200, 300, 400], "rate": [1.0, 1.0, 1.0, 0.1, 0.1]})
    X = paths.read(table)
    assert X.area.tolist() == pytest.approx([0.5, 100, 200, 300, 310], rel=1e-4)
    slope = Table({"run": ["a"] * 5, "step": [0, 100, 200, 300, 400], "rate": [1.0, 0.75, 0.5, 0.25, 0.0]})
    assert paths.read(slope).area[-1] == pytest.approx(200.0)


def test_rates_not_logged_are_interpolated() -> None:
    nan = float("nan")
    told = Table({"run": ["a"] * 4, "step": [0, 50, 100, 200], "rate": [1.0, nan, 0.5, 0.0]})
    assert paths.read(told).area[1] == pytest.approx(43.75)


@pytest.mark.parametrize(
    ("step", "rate", "says"),
    [
        ([0, 10, 10], [1.0, 1.0, 1.0], r"step\[2\]=10"),
        ([-5, 10, 20], [1.0, 1.0, 1.0], r"step\[0\]=-5"),
        ([0, 10, 20], [1.0, -0.1, 1.0], "never negative"),
        ([0, 10, 20], [0.0, 0.0, 0.0], "positive somewhere"),
    ],
)
def test_paths_that_mean_nothing_name_the_place(step: list[float], rate: list[float], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        paths.read(Table({"run": ["a"] * 3, "step": step, "rate": rate}))


def test_a_path_leaves_where_its_rate_is_no_fitted_one() -> None:
    fitted = paths.read(paths_table("constant", "cosine"))
    assert paths.leaves(fitted, paths.read(paths_table("cooldown"))) == 7_100.0
    assert paths.leaves(fitted, paths.read(paths_table("fall"))) == 4_000.0
    assert paths.leaves(fitted, paths.read(paths_table("cosine"))) == np.inf
    short = paths.read(paths_table("constant").take(np.arange(40)))
    assert paths.leaves(short, paths.read(paths_table("constant"))) > short.step.max()


@known_answer("multi_power")
def test_a_schedule_not_fitted_is_foretold() -> None:
    made = fit("multi_power", made_by("multi_power", PARAMS, "constant", "cosine", "fall"), draws=50)
    assert isinstance(made, Fit)
    asked = made_by("multi_power", PARAMS, "cooldown")
    told = made.predict(asked)
    assert isinstance(told, Prediction)
    last = asked.columns["y"][-1]
    assert told.y[-1] == pytest.approx(last, abs=2e-3)
    assert told.low[-1] <= last <= told.high[-1]


def test_without_a_cooldown_the_gain_is_not_told_and_said_so() -> None:
    """Control: fitted to a constant rate alone, the law knows nothing of cooldowns."""
    made = fit("multi_power", made_by("multi_power", PARAMS, "constant", noise=1e-4), draws=50)
    assert isinstance(made, Fit)
    told = made.predict(made_by("multi_power", PARAMS, "cooldown"))
    assert isinstance(told, Prediction)
    assert "never saw a cooldown" in told.warnings
    sure = fit("multi_power", made_by("multi_power", PARAMS, "constant", "cosine", noise=1e-4), draws=50)
    assert isinstance(sure, Fit)
    told_after = sure.predict(made_by("multi_power", PARAMS, "cooldown"))
    assert isinstance(told_after, Prediction)
    assert told.high[-1] - told.low[-1] > 3 * (told_after.high[-1] - told_after.low[-1])


def test_another_peak_is_refused_and_when_asked_for_widens() -> None:
    made = fit("multi_power", made_by("multi_power", PARAMS, "constant", "cosine", noise=1e-4), draws=50)
    assert isinstance(made, Fit)
    same = paths_table("cooldown")
    other = Table({**same.columns, "rate": 3.0 * np.asarray(same.columns["rate"])})
    told = made.predict(other)
    assert isinstance(told, Undecided)
    assert "0.001" in told.why and "0.003" in told.why and "transfer" in told.needs
    asked, at_home = made.predict(other, transfer=True), made.predict(same)
    assert isinstance(asked, Prediction) and isinstance(at_home, Prediction)
    assert any("0.003" in warning and "intervals held" in warning for warning in asked.warnings)
    assert np.log(asked.high[-1] / asked.low[-1]) > 5 * np.log(at_home.high[-1] / at_home.low[-1])
    assert asked.y == pytest.approx(at_home.y, rel=1e-9)  # the same schedule, in shares of the peak


@pytest.mark.parametrize("law", ["multi_power", "convex_bound"])
def test_scaled_paths_are_those_of_scaled_rates(law: str) -> None:
    formula, table = LAWS.load(law), paths_table("cooldown", "cosine")
    factor = np.array([3.0, 0.2])  # of the cooldown and the cosine, in order of name
    by_row = np.where(np.asarray(table.columns["run"]) == "cooldown", *factor)
    scaled = formula.read(table).scaled(factor)
    read = formula.read(Table({**table.columns, "rate": by_row * np.asarray(table.columns["rate"])}))
    for name in (field.name for field in fields(read) if field.name not in ("names", "nodes")):
        assert getattr(scaled, name) == pytest.approx(getattr(read, name), rel=1e-6, abs=1e-12), name
    for (x, rate), (other_x, other_rate) in zip(scaled.nodes, read.nodes, strict=True):
        assert x == pytest.approx(other_x)
        assert rate == pytest.approx(other_rate)


def test_several_peaks_in_one_fit_are_told() -> None:
    one, other = made_by("multi_power", PARAMS, "constant"), made_by("multi_power", PARAMS, "cosine")
    both = Table({
        name: [*one.columns[name], *other.columns[name]] if name == "run"
        else np.concatenate([one.columns[name], (2.0 if name == "rate" else 1.0) * np.asarray(other.columns[name])])
        for name in one.columns
    })  # fmt: skip
    made = fit("multi_power", both, draws=5, judge_beyond=False)
    assert isinstance(made, Fit)
    assert any("several peak rates (0.001, " in warning for warning in made.warnings)


@pytest.mark.parametrize(("C", "beta", "gamma"), [(1.0, 0.3, 0.6), (30.0, 1.2, 0.0), (0.01, 0.05, 1.5)])
def test_the_kernel_with_slopes_is_the_formula(C: float, beta: float, gamma: float) -> None:
    X = paths.read(paths_table("cosine", "cooldown", "fall"))
    shapes = (np.array([[value]]) for value in (C, beta, gamma))
    fast = kernel(*shapes, X)[0][0]
    counted = np.where(X.warming, 0.0, X.drop)
    plain = np.empty(X.run.size)
    for i in range(len(X.names)):
        own = X.run == i
        plain[own] = loss_drop(C, beta, gamma, X.since[own], X.dropped_to[i], counted[i])
    np.testing.assert_allclose(fast, plain, rtol=1e-11, atol=1e-18)


def test_a_cooldown_logged_alone_does_not_judge_the_trunk_that_it_left() -> None:
    """Runs that branch off are often logged from there on: their few points tell nothing of what was before."""
    trunk, cooldown = paths_table("constant"), paths_table("cooldown")
    late = np.asarray(cooldown.columns["step"]) > 7_000.0
    for part, folds in ((cooldown, 1), (cooldown.take(late), 0)):
        joined = {name: [*trunk.columns[name], *part.columns[name]] for name in ("run", "step", "rate")}
        assert len(law.folds(paths.read(Table(joined)))) == folds
