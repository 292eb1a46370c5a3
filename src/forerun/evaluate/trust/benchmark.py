"""One benchmark, of models that differ in size and in recipe: what can be decided on it at a small size?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from forerun.core import Array, BadInput, Direction, Undecided
from forerun.evaluate.audits.audit import Measurement
from forerun.evaluate.trust.decisions import Decisions, decision_accuracy, order_consistency, same_again
from forerun.evaluate.trust.signal_noise import signal_to_noise
from forerun.stats.monotone import monotone

TrustVerdict = Literal["can decide", "cannot decide", "cannot tell"]
LAST = 5
"""Checkpoints that noise is taken from; Heineman et al. 2025 at small scale."""
ENOUGH = 0.8
"""Share of decisions that must come out alike; what ranking at 150M gives in Magnusson et al. 2025."""
_FEWEST = 3
_MANY = 10  # models from which on intervals over models hold their level by themselves; evidence/audits
_MOST = 200  # points of a curve whose order is tested: pairs of them grow with the square


@dataclass(frozen=True, eq=False)
class Trajectory:
    """One model's scores along its training.

    Args:
        recipe: what is decided about: the same word for models that differ in size alone. size: of the model.
        score: shape (n,), in the order of steps.
    """

    recipe: str
    size: float
    score: Array


@dataclass(frozen=True)
class Trust:
    """What a benchmark is worth at a small size.

    Args:
        benchmark, metric: which. size, target: the small size, and the one whose decisions count; None of one size.
        measurements: by name; those that are judged decide the verdict. warnings: what to mind.
    """

    benchmark: str
    metric: str
    size: float
    target: float | None
    measurements: tuple[Measurement, ...]
    warnings: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Measurement:
        """The measurement of that name."""
        return next(one for one in self.measurements if one.name == name)

    @property
    def verdict(self) -> TrustVerdict:
        """Whether decisions come out alike again, and training moves the score."""
        verdicts = [one.verdict for one in self.measurements if one.tolerated is not None]
        if "faulty" in verdicts:
            return "cannot decide"
        return "can decide" if verdicts and set(verdicts) == {"sound"} else "cannot tell"


def trust_benchmark(
    trajectories: Sequence[Trajectory],
    *,
    benchmark: str = "",
    metric: str = "",
    direction: Direction = "max",
    small: float | None = None,
    target: float | None = None,
    last: int = LAST,
    chance: float | None = None,
    seed: int = 0,
) -> Trust | Undecided:
    """What a benchmark can decide at a small size, from its models' checkpoints there; and whether it did.

    The verdict rests on the small size alone. What the target says stands beside it.

    Args:
        trajectories: of models of several recipes, at one size or more.
        benchmark, metric: names.
        direction: which way the metric is better.
        small: size at which is decided; the smallest that has three recipes.
        target: size whose decisions count; by default the largest that has three of the same recipes.
        last: checkpoints that noise is taken from.
        chance: score of guessing.
        seed: of what is drawn.

    Returns:
        Undecided where no size has three recipes with so many checkpoints.

    Raises:
        BadInput: a size that is not there.
    """
    by_size = _by_size(trajectories, last)
    sizes = sorted(size for size, models in by_size.items() if len(models) >= _FEWEST)
    if not sizes:
        most = max(map(len, by_size.values()), default=0)
        return Undecided(f"{most} recipes of one size with {last} checkpoints", f"{_FEWEST} recipes or more")
    for size in (small, target):
        if size is not None and size not in sizes:
            raise BadInput(f"no {_FEWEST} models of size {size:g}; there are of {', '.join(f'{s:g}' for s in sizes)}")
    small = sizes[0] if small is None else small
    target = sizes[-1] if target is None and sizes[-1] > small else target
    models, sign = by_size[small], 1.0 if direction == "max" else -1.0
    ends = [one.score[-last:] for one in models.values()]
    measured = [_again(same_again(ends, seed=seed), last), _rising(list(models.values()), sign, seed),
                _ratio(ends, seed)]  # fmt: skip
    if target is not None:
        measured += _at_target(models, by_size[target], last, seed)
    measured += _levels(ends, chance, sign)
    return Trust(benchmark, metric, small, target, tuple(measured), _warnings(len(models)))


def _warnings(models: int) -> tuple[str, ...]:
    return (
        () if models >= _MANY else (f"{models} models: what is decided between others of their kind is known roughly",)
    )


def _by_size(trajectories: Sequence[Trajectory], last: int) -> dict[float, dict[str, Trajectory]]:
    """Models by size and recipe; those with too few checkpoints are left out, of two alike the longer counts."""
    sizes: dict[float, dict[str, Trajectory]] = {}
    for one in sorted(trajectories, key=lambda one: one.score.size):
        if one.score.size >= max(last, 3) and np.isfinite(one.score).all():
            sizes.setdefault(one.size, {})[one.recipe] = one
    return sizes


def _again(alike: Decisions, last: int) -> Measurement:
    return Measurement("decided alike by another checkpoint", alike.share, alike.low, alike.high, alike.models,
                       f"{alike.pairs} pairs, last {last} checkpoints, models drawn anew", (ENOUGH, 1.0))  # fmt: skip


def _rising(models: Sequence[Trajectory], sign: float, seed: int) -> Measurement:
    """Mean tau over models; that training moves the score is judged by chances that keep neighbours together."""
    each = [monotone(sign * one.score[_spaced(one.score.size)], draws=199, seed=seed) for one in models]
    taus = np.array([one.tau for one in each])
    half = float(special.stdtrit(taus.size - 1, 0.975) * taus.std(ddof=1) / np.sqrt(taus.size))
    p = float(np.median([one.p_blocks for one in each]))
    return Measurement("monotone (Kendall's tau)", float(taus.mean()), float(max(taus.mean() - half, -1.0)),
                       float(min(taus.mean() + half, 1.0)), taus.size,
                       f"Student's t over models; median p-value with blocks kept {p:.2g}", (0.0, 1.0))  # fmt: skip


def _spaced(n: int) -> NDArray[np.intp]:
    """Evenly spaced places, few enough that all pairs of them can be looked at many times."""
    return np.unique(np.linspace(0, n - 1, min(n, _MOST)).astype(np.intp))


def _ratio(ends: Sequence[Array], seed: int) -> Measurement:
    ratio = signal_to_noise(ends, seed=seed)
    return Measurement("signal to noise", ratio.ratio, ratio.low, ratio.high, ratio.models,
                       f"signal {ratio.signal:.3g}, noise {ratio.noise:.3g} of the mean; models given")  # fmt: skip


def _at_target(models: dict[str, Trajectory], larger: dict[str, Trajectory], last: int, seed: int) -> list[Measurement]:
    both = [name for name in models if name in larger]
    if len(both) < _FEWEST:
        return []
    scores = [[one[name].score[-last:].mean() for name in both] for one in (models, larger)]
    right = decision_accuracy(*scores, seed=seed)
    return [Measurement("decided as at the target", right.share, right.low, right.high, right.models,
                        f"{right.pairs} pairs, recipes drawn anew")]  # fmt: skip


def _levels(ends: Sequence[Array], chance: float | None, sign: float) -> list[Measurement]:
    """The order between checkpoints, and where chance is known how far above it models are, in their noise."""
    consistent = order_consistency(ends)
    order = Measurement("order between checkpoints", consistent, None, None, len(ends), "Kendall's tau-a")
    if chance is None:
        return [order]
    sd = float(np.mean([one.std(ddof=1) for one in ends]))
    level = sign * (float(np.mean([one.mean() for one in ends])) - chance)
    above = level / sd if sd > 0.0 else float("inf")
    return [order, Measurement("above chance, in noise", above, None, None, len(ends), "mean of models")]
