"""What intervals rest on: the law's own error far out, runs drawn whole, priors drawn anew, and errors that lean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from forerun.core import Table, Undecided
from forerun.laws import LAWS
from forerun.laws.fitter import Fit, Prediction, fit, misfit, search
from forerun.laws.fitter.coordinates import prior
from forerun.laws.fitter.minimise import minimise
from forerun.laws.questions.parts.skills import Lean, fit_skills
from tests.laws.paths_made import made_by, paths_table
from tests.laws.test_observational import BENCHMARKS, table

CONE = [2.5, 0.6, 0.5, 400.0, 1.0, 0.15, 0.64]


def fitted(data: Table, law: str = "regularised", **settings: object) -> Fit:
    made = fit(law, data, **settings)  # type: ignore[arg-type]
    assert isinstance(made, Fit)
    return made


def foretold(made: Fit, at: Table) -> Prediction:
    prediction = made.predict(at)
    assert isinstance(prediction, Prediction)
    return prediction


def bent(rng: np.random.Generator) -> tuple[Table, Table, np.ndarray]:
    """Sizes over two decades and losses on a power that bends, the same for one and a half decades more."""
    log_N = np.concatenate([np.linspace(0.0, 4.6, 14), [6.5, 8.0]])
    y = np.exp(1.5 - 0.08 * log_N + rng.normal(0, 0.003) * log_N**2 + 0.002 * rng.normal(size=16))
    N = 1e7 * np.exp(log_N)
    return Table({"params": N[:14], "y": y[:14]}), Table({"params": N[14:]}), y[14:]


def test_far_out_intervals_hold_what_a_slightly_wrong_law_misses() -> None:
    """12 bent worlds, two sizes far beyond each: exact 80% intervals hold fewer than 60% of 12 pairs once in 20."""
    inside, without = [], []
    for seed in range(12):
        known, far, y = bent(np.random.default_rng(seed))
        made = fitted(known, draws=20, seed=seed)
        bare = foretold(replace(made, misfit=0.0), far)
        one = foretold(made, far)
        inside.append(np.mean((one.low <= y) & (y <= one.high)))
        without.append(np.mean((bare.low <= y) & (y <= bare.high)))
    assert np.mean(inside) >= 0.6
    assert np.mean(without) < 0.5  # control: spread and noise alone


def test_the_laws_error_grows_with_distance_from_an_edge() -> None:
    assert misfit.law_error(0.1, np.array([0.0, 1.0, 2.0])) == pytest.approx([0.007, 0.107, 0.207])


def test_seven_tenths_of_the_multi_power_laws_error_count_and_another_peak_adds_what_it_did() -> None:
    law, data = LAWS.load("multi_power"), made_by("multi_power", CONE, "constant", "cosine", noise=1e-4)
    other = LAWS.load("lr_annealing")
    whole = replace(law, misfit_share=1.0, distance=other.distance, transfer=other.transfer)
    made, at_all = (fitted(data, one, draws=0) for one in (law, whole))  # type: ignore[arg-type]
    assert made.misfit == pytest.approx(0.7 * at_all.misfit)
    same = paths_table("cooldown")
    peak = law.read(Table({**same.columns, "rate": 3.0 * np.asarray(same.columns["rate"])}))
    added = [one.misfit * one.formula.transfer(one.support, peak)[1] for one in (made, at_all)]
    assert added[0] == pytest.approx(added[1])
    assert added[0] == pytest.approx(4.5 * np.log(3.0) * at_all.misfit)


def test_quantiles_are_of_a_t_with_five_degrees_of_freedom() -> None:
    assert misfit.quantile(0.9) == pytest.approx(1.4759, abs=1e-4)
    assert misfit.quantile(0.975) == pytest.approx(2.5706, abs=1e-4)


def test_draws_weigh_whole_runs() -> None:
    """8 runs of 30 points, each off by its own 2%: the fitted line is as unsure as 8 numbers, not 240.

    The sd of the fitted middle is about 0.02 √(3/8) = 0.012; weights by point give a fifth of it.
    """
    rng = np.random.default_rng(0)
    N = np.repeat(np.geomspace(1e7, 1e9, 8), 30)
    off = np.repeat(0.02 * rng.normal(size=8), 30)
    y = (1.5 + 60 * N**-0.25) * np.exp(off + 1e-4 * rng.normal(size=240))
    runs = [f"r{i // 30}" for i in range(240)]
    made = fitted(Table({"params": N, "y": y, "run": runs}), draws=150)
    alone = fitted(Table({"params": N, "y": y}), draws=150)
    middle = Table({"params": [1e8]})
    spread, by_point = (float(np.log(foretold(one, middle).draws).std()) for one in (made, alone))
    assert 0.004 < spread < 0.025
    assert by_point < 0.5 * spread


def test_the_objective_is_a_sum() -> None:
    """Four residuals of 1 about their mean, half a square each: 2, and not their mean 0.5."""
    y = np.array([1.0, 1.0, 3.0, 3.0])
    flat = lambda theta, which: (theta - y, np.ones((len(theta), 4, 1)))  # noqa: E731
    found = minimise(flat, np.array([[0.0]]), np.array([-9.0]), np.array([9.0]), np.ones(4), delta=np.inf)
    assert found.theta[0, 0] == pytest.approx(2.0)
    assert found.objective[0] == pytest.approx(2.0)


def test_noise_counts_the_fitted_parameters() -> None:
    """5 residuals of 4 parameters: their root mean square alone would be a half of the noise, or less."""
    rng = np.random.default_rng(1)
    sizes, told = [], []
    for _ in range(40):
        N = np.geomspace(1e7, 1e9, 6)
        made = fitted(
            Table({"params": N, "y": (1.5 + 900 * N**-0.4) * np.exp(0.01 * rng.normal(size=6))}), draws=0,
            judge_beyond=False,
        )  # fmt: skip
        told.append(made.noise**2)
        sizes.append(made.n)
    assert 0.006 < np.sqrt(np.mean(told)) < 0.02


def test_what_a_prior_alone_decides_is_as_unsure_as_the_prior() -> None:
    """A constant rate does not tell how a cooldown acts: its parameters are spread as their prior is."""
    law = LAWS.load("multi_power")
    data = search.observed(law, made_by("multi_power", CONE, "constant", noise=1e-4), None, None)
    theta = search.descend(data, None, 1e-3).theta
    drawn = search.draw(data, theta, 400, 1e-3, np.random.default_rng(0))
    belief = prior(law, data.X, data.y, 1e-3)
    own = belief.sd > 0
    assert own.sum() == 3
    np.testing.assert_allclose(drawn.std(axis=0)[own], belief.sd[own], rtol=0.35)


def test_a_parameter_at_its_bound_widens_the_laws_error_but_along_paths() -> None:
    N = np.geomspace(1e7, 1e9, 12)
    for law, wider, data in (
        ("regularised", 1.5, Table({"params": N, "y": (1.5 + 900 * N**-0.4) * (1 + 0.02 * np.sin(np.arange(12)))})),
        ("lr_area", 1.0, made_by("lr_area", [2.5, 0.6, 0.5], "constant", "cosine", noise=1e-3)),
    ):
        points = search.observed(LAWS.load(law), data, None, None)
        free, bound = (
            misfit.measured(points, 1e-3, np.random.default_rng(0), at_bound=at_bound) for at_bound in (False, True)
        )
        assert bound == pytest.approx(wider * free)


def test_from_ten_sizes_on_the_rectified_law_is_averaged_with_the_line_through_the_last_three() -> None:
    D = np.geomspace(200, 4e5, 12)
    y = (0.5 + 40 / (80 + D**0.6)) * np.exp(0.01 * np.random.default_rng(0).normal(size=12))
    far = Table({"train_size": [1.6e6]})
    for n, share in ((12, 0.5), (9, 0.0)):
        made = fitted(Table({"train_size": D[:n], "y": y[:n]}), "rectified")
        line = np.polyval(np.polyfit(np.log(D[n - 3 : n]), np.log(y[n - 3 : n]), 1), np.log(1.6e6))
        law = np.log(foretold(replace(made, formula=replace(made.formula, rule=None)), far).y[0])
        told = foretold(made, far)
        assert np.log(told.y[0]) == pytest.approx((1 - share) * law + share * line, abs=1e-9)
        within = foretold(made, Table({"train_size": [1e4]})).y[0]
        assert within == pytest.approx(
            made.formula.predict(np.array([*made.params.values()]), {"train_size": np.array([1e4])})[0][0]
        )


def better_larger(rng: np.random.Generator, models: int = 60) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Models whose skill rises faster the more compute they have: a line in compute foretells the largest too low."""
    flops = np.sort(10 ** rng.uniform(20, 24, models))
    x = np.log10(flops) - 22
    skill = x + 0.35 * np.maximum(x - 0.5, 0.0) ** 2 + 0.2 * rng.normal(size=models)
    place, slope = rng.uniform(-0.5, 2.0, 8), rng.uniform(0.8, 1.4, 8)
    y = 0.1 + 0.9 * special.expit(slope * (skill[:, None] - place)) + 0.01 * rng.normal(size=(models, 8))
    return {"flops": flops, "family": rng.integers(0, 6, models), "y": np.clip(y, 0, 1)}, np.arange(models)


def test_predictions_lean_the_way_larger_models_were_off() -> None:
    """2 worlds in which larger models beat the line: leaning is upward in all, and brings the mean error nearer 0."""
    for seed in range(2):
        data, models = better_larger(np.random.default_rng(seed))
        skills = fit_skills(table(data, models[:48]), dims=1)
        assert not isinstance(skills, Undecided)
        y = data["y"][models[48:]].ravel()
        asked = table(data, models[48:], np.full((12, len(BENCHMARKS)), np.nan))
        off, flat = ((one.predict(asked).y - y).mean() for one in (skills, replace(skills, lean=(Lean(), Lean()))))
        assert skills.lean[0].shift > 0
        assert flat < off < -flat
