"""Shared skills: planted skills found, missing scores left out, intervals that hold, and a control."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from forerun.core import BadInput, Table, Undecided
from forerun.laws.questions.parts.skills import fit_skills
from tests.cards import control, known_answer

BENCHMARKS = [f"b{j}" for j in range(8)]


def world(rng: np.random.Generator, models: int = 60, missing: float = 0.0) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Scores of models of 12 families on 8 benchmarks by one skill; the models of most compute come last."""
    flops = np.sort(10 ** rng.uniform(20, 24, models))
    family = rng.integers(0, 12, models)
    level = rng.normal(0, 0.4, 12)
    skill = np.log10(flops) - 22 + level[family] + rng.normal(0, 0.2, models)
    low, place, slope = rng.uniform(0, 0.25, 8), rng.uniform(-1, 1, 8), rng.uniform(0.8, 1.6, 8)
    y = low + (1 - low) * special.expit(slope * (skill[:, None] - place)) + 0.02 * rng.standard_normal((models, 8))
    y = np.clip(y, 0, 1)
    y[rng.random(y.shape) < missing] = np.nan
    return {"flops": flops, "family": family, "y": y}, np.arange(models)


def table(told: dict[str, np.ndarray], rows: np.ndarray, y: np.ndarray | None = None) -> Table:
    scores = told["y"][rows] if y is None else y
    return Table(
        {
            "model": [f"m{i}" for i in rows for _ in BENCHMARKS],
            "family": [f"f{told['family'][i]}" for i in rows for _ in BENCHMARKS],
            "flops": np.repeat(told["flops"][rows], 8),
            "benchmark": BENCHMARKS * len(rows),
            "y": scores.ravel(),
        }
    )


@known_answer("observational")
def test_larger_models_are_predicted_with_intervals_that_hold() -> None:
    """4 worlds of 12 models held back; 80% intervals hold 60 to 97% (worlds vary by 6 points about the mean)."""
    held, off, flat = [], [], []
    for seed in range(4):
        told, models = world(np.random.default_rng(seed), missing=0.2)
        y = told["y"][models[48:]].ravel()
        found = fit_skills(table(told, models[:48]), dims=1)
        p = found.predict(table(told, models[48:], np.full((12, 8), np.nan)))
        known = np.isfinite(y)
        held.append(((p.low <= y) & (y <= p.high))[known].mean())
        off.append(np.abs(p.y - y)[known].mean())
        flat.append(np.abs(np.tile(np.nanmean(told["y"][models[36:48]], axis=0), 12) - y)[known].mean())
    assert 0.6 <= np.mean(held) <= 0.97
    assert np.mean(off) < 0.6 * np.mean(flat)


def test_known_scores_of_a_model_sharpen_its_others() -> None:
    told, models = world(np.random.default_rng(1))
    found = fit_skills(table(told, models[:48]), dims=1)
    shown = told["y"][models[48:]].copy()
    shown[:, ::2] = np.nan
    y = told["y"][models[48:]][:, ::2]
    alone = found.predict(table(told, models[48:], np.full((12, 8), np.nan)))
    helped = found.predict(table(told, models[48:], shown))
    error = [np.abs(p.y.reshape(12, 8)[:, ::2] - y).mean() for p in (alone, helped)]
    width = [(p.high - p.low).reshape(12, 8)[:, ::2].mean() for p in (alone, helped)]
    assert error[1] < 0.8 * error[0]
    assert width[1] < 0.8 * width[0]


@control("observational")
def test_shuffled_compute_predicts_nothing() -> None:
    """The control: compute that belongs to other models."""
    told, models = world(np.random.default_rng(2))
    shuffled = {**told, "flops": np.random.default_rng(3).permutation(told["flops"])}
    asked, y = models[48:], told["y"][models[48:]].ravel()
    off = []
    for one in (told, shuffled):
        found = fit_skills(table(one, models[:48]), dims=1, check=False)
        off.append(np.abs(found.predict(table(told, asked, np.full((12, 8), np.nan))).y - y).mean())
    assert off[0] < 0.5 * off[1]


def test_models_no_larger_than_the_fitted_are_not_shifted() -> None:
    """Leaning is learned on larger models, and is theirs."""
    told, models = world(np.random.default_rng(6))
    found = fit_skills(table(told, models[:48]), dims=1)
    shift, down, up = found.lean[0].at(np.array([0.0, 0.5 * found.lean[0].reach, 100.0]))
    assert (shift[0], down[0], up[0]) == (0.0, 1.0, 1.0)
    assert abs(shift[1]) < abs(shift[2]) <= 1.5 * abs(found.lean[0].shift) + 1e-12


def test_a_new_family_and_unknown_compute_widen_the_interval() -> None:
    told, models = world(np.random.default_rng(4))
    found = fit_skills(table(told, models[:48]), dims=1)

    def width(family: str, flops: float) -> float:
        row = {"model": ["new"], "family": [family], "flops": [flops], "benchmark": ["b0"], "y": [np.nan]}
        p = found.predict(Table(row))
        return float(p.high[0] - p.low[0])

    known = width(f"f{told['family'][0]}", 1e22)
    assert known < width("never seen", 1e22) < width("never seen", np.nan)


def test_bad_and_thin_input() -> None:
    told, models = world(np.random.default_rng(5))
    good = table(told, models[:48])
    with pytest.raises(BadInput, match="divide percentages by 100"):
        fit_skills(Table({**good.columns, "y": 100 * np.asarray(good.columns["y"])}))
    with pytest.raises(BadInput, match="'family' is missing"):
        fit_skills(Table({name: column for name, column in good.columns.items() if name != "family"}))
    with pytest.raises(BadInput, match="was not fitted"):
        row = {"model": ["a"], "family": ["f"], "flops": [1e22], "benchmark": ["other"], "y": [np.nan]}
        fit_skills(good, check=False).predict(Table(row))
    assert isinstance(fit_skills(table(told, models[:8])), Undecided)
