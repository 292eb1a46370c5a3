"""Projection by transport distance: known answers, the paper's straight line, refusals, selection, and its control."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Table, Undecided
from forerun.laws.fitter import Prediction
from forerun.laws.questions import projection
from tests.cards import control

NAMES = ("a", "b", "c")


def world(n: int, sizes: tuple[float, ...], rng: np.random.Generator, noise: float = 0.0) -> Table:
    """Scores by distance and size, with a distance that is no line in the shares: sources that help together."""
    shares = rng.dirichlet(np.ones(3), n)
    d = 0.5 + 2.0 * np.abs(shares - 1 / 3).max(axis=1)
    rows = [(r, far, size) for size in sizes for r, far in zip(shares, d, strict=True)]
    r, far, size = (np.array(column) for column in zip(*rows, strict=True))
    y = np.exp(1.5 * far - 0.4 * np.log(size) + noise * rng.normal(size=size.size))
    return Table(dict(zip(NAMES, r.T, strict=True)) | {"distance": far, "train_size": size, "y": y})


def error(pilots: Table, asked: Table) -> float:
    made = projection.fit(pilots, NAMES)
    assert isinstance(made, projection.Projection)
    said = made.predict(asked)
    assert isinstance(said, Prediction)
    return float(np.abs(np.log(said.y / np.asarray(asked.columns["y"]))).mean())


def test_scores_that_are_a_line_in_distance_and_a_power_of_size_are_predicted():
    rng = np.random.default_rng(0)
    assert error(world(10, (100.0, 200.0), rng), world(20, (800.0,), rng)) < 0.02


def test_with_one_mixture_moved_by_size_only_it_is_the_papers_straight_line():
    """Scores that do not depend on the mixture: V(N) = [V1 log(N/N0) - V0 log(N/N1)] / log(N1/N0)."""
    told = world(8, (50.0, 200.0), np.random.default_rng(1))
    y = np.where(np.asarray(told.columns["train_size"]) == 50.0, 0.4, 0.7)
    made = projection.fit(Table(dict(told.columns) | {"y": y}), NAMES, scale="linear")
    assert isinstance(made, projection.Projection)
    said = made.predict(Table(dict(told.columns) | {"train_size": np.full(16, 800.0)}))
    assert isinstance(said, Prediction) and np.allclose(said.y, 1.0, atol=0.01)


@control("projection")
def test_control_distances_dealt_anew_lose_what_the_distance_gains():
    rng = np.random.default_rng(2)
    pilots, asked = world(12, (100.0, 200.0), rng, 0.02), world(40, (800.0,), rng)
    dealt = np.tile(rng.permutation(np.asarray(pilots.columns["distance"])[:12]), 2)
    assert error(pilots, asked) < 0.3 * error(Table(dict(pilots.columns) | {"distance": dealt}), asked)


def test_intervals_hold_on_its_own_kind_of_data():
    """Noise and no misfit: intervals also allow for misfit, so they may hold too often, not too seldom."""
    inside = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        asked = world(10, (800.0,), rng, 0.05)
        made = projection.fit(world(10, (100.0, 200.0), rng, 0.05), NAMES)
        assert isinstance(made, projection.Projection)
        said = made.predict(asked)
        assert isinstance(said, Prediction)
        y = np.asarray(asked.columns["y"])
        inside.append(((said.low <= y) & (y <= said.high)).mean())
    assert np.mean(inside) > 0.78  # 40 replicates at 80% or more; seeded


def test_selection_finds_the_best_mixture_under_bounds():
    rng = np.random.default_rng(3)
    made = projection.fit(world(12, (100.0, 200.0), rng, 0.01), NAMES)
    assert isinstance(made, projection.Projection)
    shares = projection.candidates([0.0, 0.0, 0.0], [1.0, 1.0, 0.2], 200, rng)
    d = 0.5 + 2.0 * np.abs(shares - 1 / 3).max(axis=1)
    size = {"distance": d, "train_size": np.full(200, 400.0)}
    chosen = projection.select(made, Table(dict(zip(NAMES, shares.T, strict=True)) | size))
    assert isinstance(chosen, projection.Selection)
    assert shares[:, 2].max() <= 0.2
    assert d[chosen.order[0]] <= np.quantile(d, 0.05)
    assert np.isclose(chosen.chance.sum(), 1.0)


def test_a_distance_grows_as_a_source_of_other_classes_is_mixed_in():
    rng = np.random.default_rng(4)
    to, label = rng.normal(size=(60, 2)), np.zeros(60, int)
    x = np.vstack([rng.normal(size=(50, 2)), rng.normal(size=(50, 2))])
    kinds, source = np.repeat([0, 1], 50), np.repeat([0, 1], 50)
    far = [projection.distance(x, kinds, source, [1 - share, share], to, label) for share in (0.0, 0.3, 0.6, 1.0)]
    assert np.all(np.diff(far) > 0.1)


def test_thin_evidence_and_far_sizes_are_undecided():
    rng = np.random.default_rng(5)
    thin = projection.fit(world(4, (100.0, 200.0), rng), NAMES)
    assert isinstance(thin, Undecided) and thin.why == "pilot runs: 4 at size 100, 4 at size 200"
    one = projection.fit(world(9, (100.0,), rng), NAMES)
    assert isinstance(one, Undecided) and "two sizes" in one.needs
    made = projection.fit(world(9, (100.0, 200.0), rng), NAMES)
    assert isinstance(made, projection.Projection)
    far = made.predict(world(3, (1e5,), rng))
    assert isinstance(far, Undecided) and "these reach 800" in far.needs


def test_mixtures_nearer_or_farther_than_any_pilot_are_warned_of():
    rng = np.random.default_rng(6)
    pilots = world(9, (100.0, 200.0), rng)
    made = projection.fit(pilots, NAMES)
    assert isinstance(made, projection.Projection)
    said = made.predict(Table(dict(pilots.columns) | {"distance": np.full(18, 9.0)}))
    assert isinstance(said, Prediction) and said.warnings == ("18 mixtures are nearer or farther than any pilot",)


def test_bad_input_is_told():
    told = world(9, (100.0, 200.0), np.random.default_rng(7))
    with pytest.raises(BadInput, match="'distance' is missing"):
        projection.fit(Table({n: c for n, c in told.columns.items() if n != "distance"}), NAMES)
    with pytest.raises(BadInput, match="those of row 0 are"):
        projection.fit(Table(dict(told.columns) | {"a": np.full(18, 0.9)}), NAMES)
    with pytest.raises(BadInput, match="loosen the bounds"):
        projection.candidates([0.6, 0.6], [1.0, 1.0], 5, np.random.default_rng(0))
