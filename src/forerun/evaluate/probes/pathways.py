"""How alike and how simple the routes are that samples take through a mixture of experts: a sign from training data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Undecided

_PAIRS = 2000  # pairs of samples: the error of their mean is then below 1% of what distances vary


@dataclass(frozen=True)
class Pathways:
    """The routes of one batch of samples at one checkpoint.

    Args:
        distance: mean edit distance of two samples' routes, over their length: 0 all alike, 1 nothing in common.
        error: its standard error over pairs.
        pairs: how many pairs of samples that is.
    """

    distance: float
    error: float
    pairs: int


def pathway_distance(routes: ArrayLike, *, rng: np.random.Generator | None = None) -> Pathways | Undecided:
    """The mean edit distance between samples' sequences of experts, over the length.

    It falls where samples come to share their routes. A router that sends everything to one expert has distance 0
    without any of that: read it beside the load of the experts.

    Args:
        routes: shape (samples, steps) of expert numbers, in the order a sample visits them: layer by layer, the
            likelier first where it visits several a layer.
        rng: draws pairs where there are more than 2,000; default a fixed one.

    Returns:
        Undecided of fewer than two samples.

    Raises:
        BadInput: not a table of at least one step.

    Source: Li, Fan and Zhou 2025, arXiv 2506.21551: edit distance between the experts chosen, joined over layers. That
    it is divided by the length is ours.

    Example:
        >>> pathway_distance([[0, 1, 2, 3], [1, 2, 3, 0]]).distance
        0.5
    """
    table = np.asarray(routes)
    if table.ndim != 2 or table.shape[1] == 0:
        raise BadInput(f"routes have shape {table.shape}, not (samples, steps)", where="pathway_distance")
    n = len(table)
    if n < 2:
        return Undecided(f"{n} samples", "two samples or more")
    first, second = np.triu_indices(n, 1)
    if first.size > _PAIRS:
        drawn = (rng or np.random.default_rng(0)).choice(first.size, _PAIRS, replace=False)
        first, second = first[drawn], second[drawn]
    distances = edit_distance(table[first], table[second]) / table.shape[1]
    spread = float(distances.std(ddof=1)) if distances.size > 1 else 0.0
    return Pathways(float(distances.mean()), spread / np.sqrt(distances.size), int(distances.size))


def edit_distance(first: ArrayLike, second: ArrayLike) -> Array:
    """The least insertions, deletions and exchanges from each row to the row beside it, (pairs,).

    Args:
        first, second: shapes (pairs, m) and (pairs, n) of symbols.

    Source: Levenshtein 1966.

    Example:
        >>> edit_distance([[1, 2, 3]], [[2, 3, 4]])
        array([2.])
    """
    a, b = np.asarray(first), np.asarray(second)
    row: Array = np.tile(np.arange(b.shape[1] + 1, dtype=np.float64), (len(a), 1))
    for i in range(a.shape[1]):
        above, row = row, np.empty_like(row)
        row[:, 0] = i + 1.0
        exchanged = above[:, :-1] + (a[:, i : i + 1] != b)
        for j in range(b.shape[1]):
            row[:, j + 1] = np.minimum(np.minimum(row[:, j], above[:, j + 1]) + 1.0, exchanged[:, j])
    return row[:, -1]


def pathway_complexity(weights: ArrayLike, experts: ArrayLike) -> float | Undecided:
    """How much a sample's mix of experts turns from one layer to the next: 1 - mean cosine, averaged over samples.

    Args:
        weights: shape (samples, layers, experts), the router's weights, rows of a layer summing to one.
        experts: shape (layers, experts, width), what stands for each expert, for example its row of the router.

    Returns:
        Undecided of fewer than two layers, and where a mix has no length.

    Raises:
        BadInput: shapes that do not belong together.

    Source: Li, Fan and Zhou 2025, arXiv 2506.21551: the cosine of the weighted sums of experts in two layers, one after
    the other, which it calls consistency; this is 1 less that.

    Example:
        >>> round(pathway_complexity([[[1, 0], [0, 1]]], [[[1, 0], [0, 1]], [[1, 0], [0, 1]]]), 12)
        1.0
    """
    mix, vectors = np.asarray(weights, dtype=np.float64), np.asarray(experts, dtype=np.float64)
    if mix.ndim != 3 or vectors.ndim != 3 or mix.shape[1:] != vectors.shape[:2]:
        raise BadInput(f"weights {mix.shape} and experts {vectors.shape}", where="pathway_complexity")
    visited = np.einsum("sle,lew->slw", mix, vectors)
    length = np.linalg.norm(visited, axis=2)
    if mix.shape[1] < 2 or not length.size or not length.all():
        return Undecided(f"{mix.shape[0]} samples through {mix.shape[1]} layers", "two layers, mixes that are not zero")
    cosine = (visited[:, 1:] * visited[:, :-1]).sum(axis=2) / (length[:, 1:] * length[:, :-1])
    return float(1.0 - cosine.mean())
