"""The learning-rate path: areas, falls and stretches of falls, by closed forms and against sums over every step."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import BadInput, Schedule, Table
from forerun.laws.path.base import paths
from forerun.schedules import value
from forerun.schedules.path import RatePath

COSINE = Schedule("cosine", {"peak": 1e-3, "steps": 10_000.0, "warmup": 200.0, "final": 0.1})
STEPS = np.arange(0.0, 10_001.0)


def test_areas_are_those_of_closed_forms() -> None:
    line = RatePath.of(Schedule("linear", {"peak": 2.0, "steps": 10.0}), [5.0, 10.0])
    assert line.area_at([5.0, 10.0]) == pytest.approx([7.5, 10.0], abs=1e-3)
    assert (float(line.peak), line.rate_at(2.5)) == (2.0, pytest.approx(1.5, abs=1e-2))
    assert RatePath.of(COSINE, STEPS[-1:]).area[-1] == pytest.approx(value(COSINE, STEPS).sum(), rel=1e-3)


def test_many_runs_on_the_same_nodes_are_as_each_alone() -> None:
    x = np.linspace(0, 1, 30)
    rates = np.stack([1 - x, np.ones(30), np.cos(x)])
    many = RatePath(x, rates)
    for i, rate in enumerate(rates):
        alone = RatePath(x, rate)
        assert (many.area[i] == alone.area).all() and many.peak[i] == alone.peak
        assert (many.falls().size[i] == alone.falls().size).all()


def test_falls_add_up_to_the_whole_fall_however_they_are_merged() -> None:
    path = RatePath.of(COSINE, STEPS[-1:], nodes=2000)
    falls = path.falls()
    assert falls.size.sum() == pytest.approx(path.rate[0] - path.rate[-1])
    for few in (falls.by_count(64), falls.beyond(0.0).by_size(64)):
        assert few.size.size <= 64 + 16 + 1
        assert few.size.sum() == pytest.approx(falls.size.sum())
        assert (np.diff(few.area) > 0).all()
    assert path.falls_midway().size.sum() == pytest.approx(-path.rate[-1])  # from nothing to where it ends


def test_stretches_give_what_every_fall_gives() -> None:
    """A sum over all falls, as laws take it, against the same over stretches of them."""
    path = RatePath.logged(STEPS, value(COSINE, STEPS))
    every = path.falls().beyond(0.0)
    few = path.fine(256).falls_midway().beyond(0.0).by_size(64)

    def gain(sizes: np.ndarray, areas: np.ndarray) -> float:
        return float((sizes * (1.0 - (1.0 + 50.0 * (path.area[-1] - areas)) ** -0.5))[sizes > 0].sum())

    assert gain(few.size, few.area) == pytest.approx(gain(every.size, every.area), rel=2e-3)


def test_it_reads_logged_rates_as_laws_do() -> None:
    """The same areas and the same merged falls as the paths that laws are fitted along."""
    step = np.linspace(0, 10_000, 101)
    rate = np.where(step < 6000, 1e-3, 3e-4) * np.where(step < 8000, 1.0, (10_000 - step) / 2000)
    X = paths.read(Table({"run": ["a"] * 101, "step": step, "rate": rate}))
    path = RatePath.logged(step, rate).fine(4 * paths.NODES).through(step)
    falls = path.falls_midway()
    falls = falls.beyond(1e-9 * float(np.abs(falls.size).max())).by_size(paths.NODES)
    assert path.area_at(step)[1:] == pytest.approx(X.area[1:], rel=1e-14)
    assert falls.size == pytest.approx(X.drop[0][X.drop[0] != 0], rel=1e-14)
    assert falls.area == pytest.approx(X.at_area[0][X.drop[0] != 0], rel=1e-14)


def test_a_sudden_fall_happened_where_it_was_logged_and_gaps_are_filled() -> None:
    path = RatePath.logged(np.array([0.0, 100, 200, 300, 400]), np.array([1.0, 1.0, 1.0, 0.1, 0.1]))
    assert path.area_at([300, 400]) == pytest.approx([300, 310], rel=1e-4)
    gap = RatePath.logged(np.array([0.0, 50, 100, 200]), np.array([1.0, np.nan, 0.5, 0.0]))
    assert gap.area_at(50) == pytest.approx(43.75)


def test_rates_that_mean_nothing_name_the_place() -> None:
    with pytest.raises(BadInput, match=r"a: .*step\[2\]=10"):
        RatePath.logged(np.array([0.0, 10, 10]), np.ones(3), where="a")
    with pytest.raises(BadInput, match="never negative"):
        RatePath.logged(np.array([0.0, 10, 20]), np.array([1.0, -0.1, 1.0]))
    assert not RatePath.of(Schedule("path", {"x": [0.0], "value": [-1.0]}), [1.0]).known
