"""Scores of models nobody here trained, through a few skills that benchmarks share and that grow with compute.

Scores of many models on many benchmarks move along few directions. A model's skills are a line in log compute, with
a level of its family and an offset of its own; a benchmark is a sigmoid of the skills with a lower asymptote (chance).
Missing scores are left out, not filled in (Ruan et al. 2024; Maia Polo et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from forerun.core import Array, BadInput, Table, Undecided
from forerun.laws.fitter import Prediction
from forerun.laws.fitter.minimise import minimise

_LEAST_MODELS, _LEAST_BENCHMARKS, _LEAST_VALUES = 12, 4, 5
_WORTH = 3  # benchmarks that a skill needs, about; arbitrary
_ROUNDS = 30
_FLOOR = 0.01  # sd of a score's noise at least
_CHANCE = 0.6  # lower asymptote at most
_STEEP = 0.02  # weight of the belief that a benchmark's slopes are moderate; arbitrary
_DRAWS = 400
_FARTHEST = 1.5  # reaches, beyond which leaning grows no more; arbitrary
_FEW = 5.0  # models held out at which their errors are believed half; arbitrary
_HELD = 0.25  # share of models, those of most compute, on which the intervals are checked


@dataclass(frozen=True, eq=False)
class Growth:
    """One skill by compute: a line, levels of families around it, and the spread of models.

    Args:
        coefficients: shape (2 + families,), intercept, slope by log compute (centred), family levels.
        covariance: of them. families, models: variance of levels over families, and of models around their line.
    """

    coefficients: Array
    covariance: Array
    families: float
    models: float

    def at(self, design: Array, new: Array, unknown: Array) -> tuple[Array, Array]:
        """Mean and variance of the skill; ``unknown`` is the variance of log compute where it is not told."""
        mean = design @ self.coefficients
        spread = np.einsum("ij,jk,ik->i", design, self.covariance, design)
        return mean, spread + self.models + new * self.families + self.coefficients[1] ** 2 * unknown


@dataclass(frozen=True)
class Lean:
    """How predictions of larger models lean, in half-widths of the 80% interval as drawn.

    Args:
        shift: of the middle: the models of most compute are of the best families, and a line does not know.
        down, up: how much wider each side must be.
        reach: how far beyond the fitted compute that was measured, in log units; nearer by, it is less.
    """

    shift: float = 0.0
    down: float = 1.0
    up: float = 1.0
    reach: float = 1.0

    def at(self, beyond: Array) -> tuple[Array, Array, Array]:
        """Shift, down and up of models so far beyond the fitted compute."""
        share = np.clip(beyond / self.reach, 0.0, _FARTHEST)
        return share * self.shift, self.down**share, self.up**share


@dataclass(frozen=True, eq=False)
class Skills:
    """Benchmarks as sigmoids of shared skills, and skills as lines in compute.

    Args:
        benchmark, family: names. curve: shape (benchmarks, 2 + dims), lower asymptote, intercept, slopes.
        noise: shape (benchmarks,), sd of scores around their curve. growth: of each skill.
        centre, spread: of the fitted models' log compute; ``most``: the largest.
        lean: what models held out told of predictions from compute alone, and of those helped by other scores.
    """

    benchmark: tuple[str, ...]
    family: tuple[str, ...]
    curve: Array
    noise: Array
    growth: tuple[Growth, ...]
    centre: float
    spread: float
    most: float
    lean: tuple[Lean, Lean]

    def predict(self, table: Table, *, level: float = 0.8, seed: int = 0) -> Prediction:
        """The score of every row, from the model's compute and family and its rows whose score is known.

        Args:
            table: columns model, benchmark, flops (NaN where unknown), family, and y, NaN where it is to be predicted.
                A row whose y is known informs the model's other rows and is not told its own.

        Raises:
            BadInput: a benchmark that was not fitted.
        """
        grid = _grid(table, self.benchmark)
        rng = np.random.default_rng(seed)
        middle, low, high, scores = self.leaned(grid, level, rng)
        i, j = grid.row
        return Prediction(middle[i, j], low[i, j], high[i, j], level, scores[:, i, j])

    def leaned(self, grid: _Grid, level: float, rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
        """Middle, low, high (models, benchmarks) and draws of the curves (b, models, benchmarks)."""
        skill, variance = self._from_compute(grid)
        covariance = variance[:, :, None] * np.eye(len(self.growth))
        helped = np.isfinite(grid.y).any(axis=1)
        if helped.any():
            skill, covariance = _skills(grid.y, self.curve, self.noise, skill, variance)
        scores = _score(self.curve, _normal(skill, covariance, rng))
        noisy = scores + self.noise * rng.standard_normal(scores.shape)
        middle = np.median(scores, axis=0)
        down, up = (np.quantile(noisy, 0.5 + side * level / 2, axis=0) - middle for side in (-1, 1))
        half = np.ptp(np.quantile(noisy, [0.1, 0.9], axis=0), axis=0) / 2
        beyond = np.maximum(np.log(np.where(grid.flops > 0, grid.flops, self.most) / self.most), 0.0)
        alone, own = (lean.at(beyond) for lean in self.lean)
        shift, wider_down, wider_up = (np.where(helped, own[i], alone[i])[:, None] for i in range(3))
        shifted = middle + shift * half
        low, high = shifted + wider_down * down, shifted + wider_up * up
        return np.clip(shifted, 0.0, 1.0), np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0), scores

    def _from_compute(self, grid: _Grid) -> tuple[Array, Array]:
        design, new, unknown = _design(grid.flops, grid.family, self.family, self.centre, self.spread)
        grown = [growth.at(design, new, unknown) for growth in self.growth]
        return np.stack([mean for mean, _ in grown], axis=1), np.stack([variance for _, variance in grown], axis=1)


def fit_skills(table: Table, *, dims: int = 3, check: bool = True, seed: int = 0) -> Skills | Undecided:
    """Fit shared skills to published scores.

    Args:
        table: one row a score: columns model, benchmark, family, flops (NaN where unknown) and y in 0 to 1.
        dims: skills shared by all benchmarks, at most one for every three of them.
        check: measure on the models of most compute, held out, how much wider intervals must be.

    Returns:
        `Skills`, or `Undecided` for fewer than 4 benchmarks with 12 scores, or than 5 known compute values.

    Raises:
        BadInput: a column is missing, or a score lies outside 0 to 1 (divide percentages by 100).

    Example:
        >>> rng, C = np.random.default_rng(0), np.geomspace(1e20, 1e24, 30)
        >>> skill, place = np.log10(C) - 22, np.repeat(np.arange(30), 4)
        >>> y = special.expit(np.outer(skill, [0.8, 1.0, 1.2, 0.9])).ravel()
        >>> rows = {"model": place, "benchmark": ["a", "b", "c", "d"] * 30, "family": place % 3, "flops": C[place]}
        >>> found = fit_skills(Table({**rows, "y": y}), dims=1)
        >>> new = {"model": ["new"], "benchmark": ["a"], "family": ["0"], "flops": [1e25], "y": [np.nan]}
        >>> found.predict(Table(new)).y.round(2).tolist()
        [0.92]
    """
    benchmarks = _named(table, "benchmark")
    grid = _grid(table, tuple(dict.fromkeys(benchmarks)))
    enough = np.isfinite(grid.y).sum(axis=0) >= _LEAST_MODELS
    values = np.unique(grid.flops[np.isfinite(grid.flops)]).size
    if enough.sum() < _LEAST_BENCHMARKS or values < _LEAST_VALUES:
        return Undecided(
            f"{int(enough.sum())} benchmarks have {_LEAST_MODELS} scores, and models have {values} compute values",
            f"{_LEAST_BENCHMARKS} such benchmarks (fewer share nothing that can be told) and {_LEAST_VALUES} values",
        )
    names = tuple(name for name, yes in zip(grid.benchmark, enough, strict=True) if yes)
    grid = replace(grid, benchmark=names, y=grid.y[:, enough])
    skills = _fit(grid, min(dims, max((len(names) + 1) // _WORTH, 1)))
    return replace(skills, lean=_leans(grid, len(skills.growth), seed)) if check else skills


@dataclass(frozen=True)
class _Grid:
    """Scores as a matrix: y (models, benchmarks) with NaN, what is known of models, and where each row lies."""

    benchmark: tuple[str, ...]
    y: Array
    flops: Array
    family: np.ndarray
    row: tuple[np.ndarray, np.ndarray]

    def part(self, models: np.ndarray) -> _Grid:
        return replace(self, y=self.y[models], flops=self.flops[models], family=self.family[models])


def _named(table: Table, name: str) -> list[str]:
    if name not in table.columns:
        raise BadInput(f"shared skills read model, benchmark, family, flops and y; {name!r} is missing")
    return [_text(value) for value in table.columns[name]]


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _grid(table: Table, benchmarks: Sequence[str]) -> _Grid:
    texts = {name: _named(table, name) for name in ("model", "benchmark", "family", "flops", "y")}
    unknown = sorted(set(texts["benchmark"]) - set(benchmarks))
    if unknown:
        raise BadInput(f"benchmark {unknown[0]!r} was not fitted; there are {', '.join(benchmarks)}")
    y = np.asarray(table.columns["y"], float)
    if (np.isfinite(y) & ((y < 0) | (y > 1))).any():
        i = int(np.argmax(np.isfinite(y) & ((y < 0) | (y > 1))))
        raise BadInput(f"scores must lie in 0 to 1, but y[{i}]={y[i]:g}; divide percentages by 100")
    models, first, at = np.unique(texts["model"], return_index=True, return_inverse=True)
    of = {name: j for j, name in enumerate(benchmarks)}
    column = np.array([of[name] for name in texts["benchmark"]])
    filled = np.full((models.size, len(benchmarks)), np.nan)
    filled[at, column] = y
    flops = np.asarray(table.columns["flops"], float)[first]
    return _Grid(tuple(benchmarks), filled, flops, np.asarray(texts["family"])[first], (at, column))


def _design(
    flops: Array, family: np.ndarray, families: Sequence[str], centre: float, spread: float
) -> tuple[Array, Array, Array]:
    """Rows (models, 2 + families) for `Growth`, which families are new, and the variance of unknown log compute."""
    known = np.isfinite(flops) & (flops > 0)
    x = np.where(known, np.log(np.where(known, flops, 1.0)) - centre, 0.0)
    member = (family[:, None] == np.asarray(families)[None, :]).astype(float)
    return np.column_stack([np.ones_like(x), x, member]), 1.0 - member.sum(axis=1), np.where(known, 0.0, spread**2)


def _fit(grid: _Grid, dims: int) -> Skills:
    """Benchmarks given skills, skills given benchmarks and compute, compute's part given skills; in turns."""
    log_C = np.log(grid.flops[np.isfinite(grid.flops)])
    families = tuple(dict.fromkeys(grid.family.tolist()))
    centre, spread = float(log_C.mean()), float(log_C.std())
    design, _, unknown = _design(grid.flops, grid.family, families, centre, spread)
    skill, noise = _first_skills(grid.y, dims), np.zeros(0)
    curve: Array | None = None
    mean, variance = np.zeros_like(skill), np.ones_like(skill)
    growth: tuple[Growth, ...] = ()
    for _ in range(_ROUNDS):
        skill, mean, variance = _standardised(skill, mean, variance)
        curve = _curves(grid.y, skill, curve)
        noise = _noise(grid.y, curve, skill)
        skill, covariance = _skills(grid.y, curve, noise, mean, variance)
        alone, doubt = _alone(skill, covariance, mean, variance)
        growth = tuple(_grow(design, unknown, alone[:, k], doubt[:, k]) for k in range(dims))
        mean, variance = _grown(growth, design, unknown)
    assert curve is not None
    return Skills(
        grid.benchmark, families, curve, noise, growth, centre, spread, float(np.exp(log_C.max())), (Lean(), Lean())
    )


def _standardised(skill: Array, mean: Array, variance: Array) -> tuple[Array, Array, Array]:
    """Skills of mean 0 and sd 1 over models, and what compute tells of them on that scale."""
    middle, wide = skill.mean(axis=0), np.maximum(skill.std(axis=0), 1e-6)
    return (skill - middle) / wide, (mean - middle) / wide, variance / wide**2


def _grown(growth: Sequence[Growth], design: Array, unknown: Array) -> tuple[Array, Array]:
    """What compute tells of every model's skills (models, dims), and its variance."""
    mean = np.stack([design @ g.coefficients for g in growth], axis=1)
    return mean, np.stack([g.models + g.coefficients[1] ** 2 * unknown for g in growth], axis=1)


def _noise(y: Array, curve: Array, skill: Array) -> Array:
    off = np.where(np.isfinite(y), y - _score(curve, skill), np.nan)
    freedom = np.maximum(np.isfinite(off).sum(axis=0) - curve.shape[1], 4)
    return np.maximum(np.sqrt(np.nansum(off**2, axis=0) / freedom), _FLOOR)


def _alone(skill: Array, covariance: Array, mean: Array, variance: Array) -> tuple[Array, Array]:
    """What scores alone say of each skill, and its variance: the posterior with compute's part taken out."""
    precision = np.einsum("ikk->ik", np.linalg.inv(covariance)) - 1.0 / variance
    doubt = 1.0 / np.maximum(precision, 1e-3)
    return skill + doubt / variance * (skill - mean), doubt


def _first_skills(y: Array, dims: int) -> Array:
    """Principal components of the scores, missing ones standing where the others put them."""
    known = np.isfinite(y)
    middle, wide = np.nanmean(y, axis=0), np.maximum(np.nanstd(y, axis=0), 1e-3)
    z = np.where(known, (y - middle) / wide, 0.0)
    filled = z
    for _ in range(20):
        U, S, V = np.linalg.svd(filled, full_matrices=False)
        filled = np.where(known, z, 0.9 * (U[:, :dims] * S[:dims]) @ V[:dims])
    left, size, right = np.linalg.svd(filled, full_matrices=False)
    return left[:, :dims] * size[:dims] * np.where(right[:dims].sum(axis=1) < 0, -1.0, 1.0)


def _score(curve: Array, skill: Array) -> Array:
    """Scores (..., benchmarks) at skills (..., dims)."""
    low = curve[:, 0]
    return low + (1.0 - low) * special.expit(curve[:, 1] + skill @ curve[:, 2:].T)


def _curves(y: Array, skill: Array, start: Array | None) -> Array:
    """Every benchmark's curve by least squares, all at once; slopes are held near 0 by a light prior."""
    known, target = np.isfinite(y).T, np.nan_to_num(y).T
    dims = skill.shape[1]
    ones = np.column_stack([np.ones(len(skill)), skill])
    prior = np.sqrt(_STEEP) * np.eye(dims)

    def residuals(theta: Array, which: NDArray[Any]) -> tuple[Array, Array]:
        low = theta[:, :1]
        up = special.expit(theta[:, 1:] @ ones.T)
        slope = (1.0 - low) * up * (1.0 - up)
        r = np.concatenate([low + (1.0 - low) * up - target[which], theta[:, 2:] @ prior], axis=1)
        J = np.concatenate([(1.0 - up)[..., None], slope[..., None] * ones], axis=2)
        pull = np.broadcast_to(np.column_stack([np.zeros((dims, 2)), prior]), (len(theta), dims, dims + 2))
        return r, np.concatenate([J, pull], axis=1)

    if start is None:
        middle = np.clip(np.nanmean(y, axis=0), 0.05, 0.95)
        start = np.column_stack([0.3 * np.nanmin(y, axis=0), special.logit(middle), np.full((len(target), dims), 0.3)])
    weight = np.concatenate([known.astype(float), np.ones((len(target), dims))], axis=1)
    most = np.array([_CHANCE, 12.0, *[8.0] * dims])
    least = np.append(0.0, -most[1:])
    return minimise(residuals, start, least, most, weight, delta=np.inf).theta


def _skills(y: Array, curve: Array, noise: Array, mean: Array, variance: Array) -> tuple[Array, Array]:
    """Every model's skills (models, dims) from its scores and what compute tells, and their covariance."""
    known, target = np.isfinite(y), np.nan_to_num(y)
    dims = mean.shape[1]
    low, ones = curve[:, 0], np.ones(dims)

    def residuals(theta: Array, which: NDArray[Any]) -> tuple[Array, Array]:
        up = special.expit(curve[:, 1] + theta @ curve[:, 2:].T)
        slope = (1.0 - low) * up * (1.0 - up) / noise
        sd = np.sqrt(variance[which])
        r = np.concatenate([(low + (1.0 - low) * up - target[which]) / noise, (theta - mean[which]) / sd], axis=1)
        pull = np.eye(dims) * (ones / sd)[:, :, None]
        return r, np.concatenate([slope[..., None] * curve[:, 2:], pull], axis=1)

    weight = np.concatenate([known.astype(float), np.ones((len(y), dims))], axis=1)
    wide = np.full(dims, 30.0)
    theta = minimise(residuals, mean, -wide, wide, weight, delta=np.inf, most=50).theta
    _, J = residuals(theta, np.arange(len(y)))
    information = np.einsum("in,inj,ink->ijk", weight, J, J)
    return theta, np.asarray(np.linalg.inv(information), float)


def _grow(design: Array, unknown: Array, skill: Array, doubt: Array) -> Growth:
    """A skill's line and its families' levels: a mixed model by expectation and maximisation.

    Args:
        skill, doubt: shape (models,), what scores alone say of it, and the variance of that: a model at chance says
            nothing, and must not flatten the line.
    """
    families, models = 0.3, 0.3
    known = unknown == 0
    X, s, v = design[known], skill[known], doubt[known]
    coefficients, covariance = np.zeros(design.shape[1]), np.eye(design.shape[1])
    for _ in range(30):
        w = 1.0 / (models + v)
        coefficients, covariance = _line(X, s, w, families)
        share = models * w
        off = share * (s - X @ coefficients)
        lines = share**2 * np.einsum("ij,jk,ik->i", X, covariance, X)
        families = max(float((coefficients[2:] ** 2 + np.diag(covariance)[2:]).mean()), 1e-3)
        models = max(float((off**2 + lines + models * (1.0 - share)).mean()), 1e-3)
    return Growth(coefficients, covariance, families, models)


def _line(X: Array, s: Array, w: Array, families: float) -> tuple[Array, Array]:
    """Coefficients of a skill's line and levels, and their covariance, where levels vary as ``families`` says."""
    prior = np.diag([1e-6, 1e-6, *[1.0 / families] * (X.shape[1] - 2)])
    covariance = np.asarray(np.linalg.inv((X * w[:, None]).T @ X + prior), float)
    return np.asarray(covariance @ X.T @ (w * s), float), covariance


def _normal(mean: Array, covariance: Array, rng: np.random.Generator) -> Array:
    """Draws (b, models, dims)."""
    root = np.linalg.cholesky(covariance + 1e-12 * np.eye(mean.shape[1]))
    return mean + np.einsum("ijk,bik->bij", root, rng.standard_normal((_DRAWS, *mean.shape)))


def _leans(grid: _Grid, dims: int, seed: int) -> tuple[Lean, Lean]:
    """How predictions of the models of most compute lean, measured on a fit that was not shown them."""
    known = np.isfinite(grid.flops)
    edge = float(np.quantile(grid.flops[known], 1.0 - _HELD))
    small, large = known & (grid.flops <= edge), known & (grid.flops > edge)
    enough = np.isfinite(grid.y[small]).sum(axis=0) >= _LEAST_MODELS
    if not enough.any() or large.sum() < 3:
        return Lean(), Lean()
    names = tuple(name for name, yes in zip(grid.benchmark, enough, strict=True) if yes)
    scores = replace(grid, benchmark=names, y=grid.y[:, enough])
    skills, larger = _fit(scores.part(small), dims), scores.part(large)
    rng = np.random.default_rng(seed)
    hidden = rng.random(larger.y.shape) < 0.5
    return (
        _lean(skills, replace(larger, y=np.full_like(larger.y, np.nan)), larger.y, rng),
        _lean(skills, replace(larger, y=np.where(hidden, np.nan, larger.y)), np.where(hidden, larger.y, np.nan), rng),
    )


def _lean(skills: Skills, shown: _Grid, y: Array, rng: np.random.Generator) -> Lean:
    """Quantiles of the errors in half-widths, every model counting alike, drawn to none by how few models there are."""
    middle, low, high, _ = skills.leaned(shown, 0.8, rng)
    off = (y - middle) / np.maximum((high - low) / 2, 1e-6)
    known = np.isfinite(off)
    models = int(known.any(axis=1).sum())
    if models < 3:
        return Lean()
    weight = (known / np.maximum(known.sum(axis=1, keepdims=True), 1))[known]
    order = np.argsort(off[known])
    upto = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
    low_off, shift, high_off = np.interp([0.1, 0.5, 0.9], upto, off[known][order])
    trust = models / (models + _FEW)
    down, up = (float(np.clip(side, 0.3, 4.0) ** trust) for side in (shift - low_off, high_off - shift))
    reach = float(np.median(np.log(shown.flops[known.any(axis=1)] / skills.most)))
    return Lean(float(trust * shift), down, up, max(reach, 0.1))
