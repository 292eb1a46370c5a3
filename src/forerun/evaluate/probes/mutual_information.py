"""How many nats one set of vectors says of another, of many dimensions too: compressed, then neighbours counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import spatial, special

from forerun.core import Array, BadInput, Undecided
from forerun.stats.ranks import ranks

_FEWEST = 100  # samples; arbitrary
_MOST = 4  # dimensions: the estimator's bias grows with their number
_SLACK = 0.25  # of a dimension; the estimate of 2,000 samples in one to four has an error of .1
_TWINS = 2  # sets of Gaussian vectors, and of halves


@dataclass(frozen=True)
class MutualInformation:
    """An estimate, in nats.

    Args:
        nats: of what is left after compression, which is never more than of the whole.
        low, high: its interval by the spread over samples; what bias is left it does not know.
        correction: what was added for the estimator's bias, in nats.
        dimensions: of either side, after compression: where this changes from checkpoint to checkpoint, so does the
            estimate; hold it by naming it.
        variance_left: of either side the share of variance that compression leaves; 1 where nothing was compressed.
        n: samples.
    """

    nats: float
    low: float
    high: float
    correction: float
    dimensions: tuple[int, int]
    variance_left: tuple[float, float]
    n: int


def mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    *,
    dimensions: int | None = None,
    neighbours: int = 5,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> MutualInformation | Undecided:
    """Mutual information of two sets of vectors, each compressed to its leading principal components.

    As many components as the vectors truly vary in, by the ratio of the distances to the two nearest neighbours; each
    is given normal scores by its ranks, which changes nothing of what it says. The estimator lacks a quarter of the
    whole in 4 and 4 dimensions: how much it lacks, for what it gains from half of the samples to all, is measured on
    Gaussian vectors of the same number and covariance, whose information is known, and that share of its own gain is
    added. Where one side is a function of the other the information is infinite, as in a network without noise: add
    noise of a stated size first (`information_plane`).

    Args:
        x, y: shapes (n, d) and (n, e), or (n,), the i-th of each together.
        dimensions: components of either side; default as many as its samples vary in, at most four. What the rest
            says is lost, much where vectors bend and fold in many dimensions: compress such by an autoencoder before.
        neighbours: fewer for less bias, more for less spread; 5 is usual.
        level: of the interval.
        rng: draws the Gaussian vectors and halves; default a fixed one.

    Returns:
        Undecided of fewer than a hundred samples, of a side without variance, and where the estimate reaches what so
        many samples can tell, log n.

    Raises:
        BadInput: unlike numbers of samples, values that are not finite, no neighbour or no dimension.

    Source: Kraskov, Stögbauer and Grassberger 2004, arXiv cond-mat/0305641, estimator 1; compression as in Butakov et
    al. 2024, arXiv 2305.08013, who use autoencoders and another count of neighbours; dimensions as in
    Facco et al. 2017, Scientific Reports 7, 12140; scores and correction are ours.

    Example:
        >>> u, v = np.random.default_rng(0).standard_normal((2, 2000))
        >>> answer = mutual_information(u, 0.8 * u + 0.6 * v)
        >>> round(answer.nats, 2), round(float(-np.log(0.6)), 2)
        (0.49, 0.51)
    """
    first, second = _rows(x), _rows(y)
    if len(first) != len(second) or min(neighbours, dimensions or 1) < 1:
        raise BadInput(f"{len(first)} and {len(second)} samples, {neighbours} neighbours", where="mutual_information")
    if len(first) < _FEWEST:
        return Undecided(f"{len(first)} samples", f"{_FEWEST} samples or more")
    (a, left_of_x), (b, left_of_y) = (_compressed(one, dimensions) for one in (first, second))
    if not a.shape[1] or not b.shape[1]:
        return Undecided("a side does not vary", "vectors that differ")
    parts = _kraskov(a, b, neighbours)
    correction = _correction(a, b, neighbours, float(parts.mean()), rng or np.random.default_rng(0))
    return _answer(parts, (a.shape[1], b.shape[1]), (left_of_x, left_of_y), level, correction)


def information_on_labels(
    x: ArrayLike, labels: ArrayLike, *, dimensions: int | None = None, neighbours: int = 5, level: float = 0.95
) -> MutualInformation | Undecided:
    """Mutual information of vectors and classes; of the classes that have more samples than neighbours are counted.

    Args:
        x: shape (n, d) or (n,). labels: shape (n,), the class of each.
        dimensions, neighbours, level: as of `mutual_information`.

    Returns:
        Undecided of fewer than a hundred samples in such classes, and of vectors without variance.

    Raises:
        BadInput: unlike numbers of samples, values that are not finite, no neighbour or no dimension.

    Source: Ross 2014, PLoS ONE 9(2) e87357.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> label = rng.integers(0, 2, 1000)
        >>> answer = information_on_labels(20.0 * label + rng.standard_normal(1000), label)
        >>> round(answer.nats, 2), round(float(np.log(2)), 2)
        (0.69, 0.69)
    """
    rows, classes = _rows(x), np.asarray(labels)
    if len(rows) != classes.size or min(neighbours, dimensions or 1) < 1:
        raise BadInput(f"{len(rows)} samples and {classes.size} labels", where="information_on_labels")
    _, number, count = np.unique(classes, return_inverse=True, return_counts=True)
    enough = count[number] > neighbours
    if enough.sum() < _FEWEST:
        return Undecided(f"{enough.sum()} samples in classes of more than {neighbours}", f"{_FEWEST} or more")
    compressed, left = _compressed(rows[enough], dimensions)
    if not compressed.shape[1]:
        return Undecided("the vectors do not vary", "vectors that differ")
    parts = _ross(compressed, number[enough], neighbours)
    return _answer(parts, (compressed.shape[1], 1), (left, 1.0), level)


def _rows(values: ArrayLike) -> Array:
    rows = np.asarray(values, dtype=np.float64)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise BadInput(f"vectors of shape {rows.shape}, or not finite", where="mutual information")
    return rows


def _compressed(rows: Array, dimensions: int | None) -> tuple[Array, float]:
    """The leading components as normal scores, as many as the rows vary in, and the share of variance they hold."""
    centred = rows - rows.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(rows))
    values, vectors = values[::-1], vectors[:, ::-1]
    most = min(int((values > 1e-10 * values[0]).sum()) if values[0] > 0.0 else 0, dimensions or _MOST)
    if not most:
        return rows[:, :0], 0.0
    components = centred @ vectors[:, :most]
    places = np.stack([ranks(one) for one in components.T], axis=1)
    scores = special.ndtri((places - 0.5) / len(rows))
    most = most if dimensions else min(most, _intrinsic(scores))
    return scores[:, :most], float(values[:most].sum() / values.sum())


def _intrinsic(rows: Array) -> int:
    """In how many dimensions rows vary, by how much farther the second neighbour is than the first."""
    near = _nearest(rows, 2, 2.0)
    apart = near[:, 0] > 0.0
    spread = float(np.log(near[apart, 1] / near[apart, 0]).sum())
    return max(int(np.ceil(float(apart.sum()) / spread - _SLACK)), 1) if spread > 0.0 else rows.shape[1]


def _kraskov(a: Array, b: Array, k: int) -> Array:
    """What each sample adds to the estimate."""
    both = np.concatenate([a, b], axis=1)
    reach = _nearest(both, k)[:, -1]
    near = [_within(one, np.nextafter(reach, 0.0)) for one in (a, b)]
    return _digamma(k) + _digamma(len(a)) - _digamma(near[0]) - _digamma(near[1])


def _correction(a: Array, b: Array, k: int, estimate: float, rng: np.random.Generator) -> float:
    """What the estimate lacks: on Gaussian vectors, times its own gain from halves to all over theirs."""
    covariance, n = np.cov(np.concatenate([a, b], axis=1).T), len(a)
    root = np.linalg.cholesky(covariance + 1e-9 * np.eye(len(covariance)))
    lacks, gains = np.zeros(_TWINS), np.zeros(_TWINS)
    for i in range(_TWINS):
        twin = rng.standard_normal((n, len(root))) @ root.T
        u, v = twin[:, : a.shape[1]], twin[:, a.shape[1] :]
        whole = float(_kraskov(u, v, k).mean())
        lacks[i], gains[i] = _gaussian(np.cov(twin.T), a.shape[1]) - whole, whole - _of_halves(u, v, k, rng)
    lack, gain = float(lacks.mean()), float(gains.mean())
    if lack <= 0.0 or gain <= 0.0:
        return lack
    own = np.mean([estimate - _of_halves(a, b, k, rng) for _ in range(_TWINS)])
    return float(np.clip(own * lack / gain, 0.0, lack))


def _of_halves(a: Array, b: Array, k: int, rng: np.random.Generator) -> float:
    order = rng.permutation(len(a))
    return float(np.mean([_kraskov(a[half], b[half], k).mean() for half in np.array_split(order, 2)]))


def _gaussian(covariance: Array, width: int) -> float:
    """What Gaussian vectors of this covariance say of each other, the first ones of the given width."""
    parts = (covariance[:width, :width], covariance[width:, width:], covariance)
    first, second, both = (float(np.linalg.slogdet(one)[1]) for one in parts)
    return (first + second - both) / 2.0


def _digamma(values: ArrayLike) -> Array:
    return cast(Any, special).digamma(values)


def _within(rows: Array, reach: Array) -> Array:
    """How many samples lie within each one's own reach, itself among them."""
    return cast(Any, spatial).cKDTree(rows).query_ball_point(rows, reach, p=np.inf, return_length=True)


def _nearest(rows: Array, k: int, p: float = np.inf) -> Array:
    """The distances of each sample to its nearest others, (n, k)."""
    return cast(Any, spatial).cKDTree(rows).query(rows, k=k + 1, p=p)[0][:, 1:]


def _ross(rows: Array, number: NDArray[np.intp], k: int) -> Array:
    reach, size = np.zeros(len(rows)), np.zeros(len(rows))
    for one in np.unique(number):
        own = number == one
        reach[own] = _nearest(rows[own], k)[:, -1]
        size[own] = own.sum()
    near = _within(rows, np.nextafter(reach, 0.0))
    return _digamma(len(rows)) + _digamma(k) - _digamma(size) - _digamma(near)


def _answer(
    parts: Array, dimensions: tuple[int, int], left: tuple[float, float], level: float, correction: float = 0.0
) -> MutualInformation | Undecided:
    n, nats = parts.size, float(parts.mean()) + correction
    if nats >= np.log(n):
        return Undecided(f"the estimate reaches log n, {np.log(n):.1f} nats", "more samples, or noise")
    reach = float(special.ndtri(0.5 + level / 2)) * float(parts.std(ddof=1)) / np.sqrt(n)
    return MutualInformation(nats, nats - reach, nats + reach, correction, dimensions, left, n)
