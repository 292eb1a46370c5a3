"""How large and how uneven the gradients of a model's layers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Undecided


@dataclass(frozen=True)
class LayerGradients:
    """The gradients of one kind of matrix, for example the queries', over the layers.

    Args:
        norms: nuclear norm of each layer's gradient, from the first layer to the last.
        mean: their mean, in the gradient's unit.
        unevenness: mean absolute difference of layers that follow each other, in the same unit.
        relative: unevenness / mean, which a loss in another unit does not change.
        leading: of each layer the largest singular value over the sum of all; 1 where the gradient has rank one.
    """

    norms: tuple[float, ...]
    mean: float
    unevenness: float
    relative: float
    leading: tuple[float, ...]


def layer_gradients(gradients: Sequence[ArrayLike]) -> LayerGradients | Undecided:
    """Nuclear norms of the layers' gradients, and how much they differ from layer to layer.

    Args:
        gradients: a matrix a layer, of the same kind, in order; of one batch, before clipping.

    Returns:
        Undecided of fewer than two layers, and where all gradients are zero or one is not finite.

    Raises:
        BadInput: something that is not a matrix.

    Source: Li, Li and Zhou 2024, arXiv 2410.23743, and its code: the mean absolute difference is not relative there, so
    it grows with the gradients themselves; `relative` is ours.

    Example:
        >>> answer = layer_gradients([np.eye(3), 2 * np.eye(3), np.eye(3)])
        >>> answer.norms, answer.unevenness, answer.relative
        ((3.0, 6.0, 3.0), 3.0, 0.75)
    """
    matrices = [np.asarray(one, dtype=np.float64) for one in gradients]
    for i, one in enumerate(matrices):
        if one.ndim != 2:
            raise BadInput(f"gradient {i} has shape {one.shape}, not that of a matrix", where="layer_gradients")
    if len(matrices) < 2 or not all(np.isfinite(one).all() for one in matrices):
        return Undecided(f"{len(matrices)} layers, or a gradient that is not finite", "two finite layers or more")
    values = [np.linalg.svd(one, compute_uv=False) for one in matrices]
    norms = np.array([float(one.sum()) for one in values])
    if not norms.any():
        return Undecided("all gradients are zero", "a batch that the model does not know perfectly")
    leading = tuple(float(one[0] / one.sum()) if one.any() else 0.0 for one in values)
    apart = mean_absolute_difference(norms)
    return LayerGradients(tuple(norms.tolist()), float(norms.mean()), apart, apart / float(norms.mean()), leading)


def mean_absolute_difference(norms: ArrayLike) -> float:
    """Of layers that follow each other; of norms of any kind, such as those that trainers log by layer.

    Args:
        norms: shape (layers,), two or more.

    Example:
        >>> mean_absolute_difference([1.0, 3.0, 2.0])
        1.5
    """
    values: Array = np.asarray(norms, dtype=np.float64)
    return float(np.abs(np.diff(values)).mean())


def relative_difference(first: ArrayLike, second: ArrayLike) -> float | Undecided:
    """How far two profiles are apart, layer by layer, relative to the first: mean |s - s'| / s.

    Args:
        first, second: shape (layers,), norms above zero of the same layers, for example of right and of irrelevant
            answers.

    Returns:
        Undecided where a norm of the first is zero: the quotient has no value there (the published code sets 1e-10).

    Raises:
        BadInput: unlike lengths.

    Source: Li, Li and Zhou 2024, arXiv 2410.23743.

    Example:
        >>> relative_difference([1.0, 2.0], [2.0, 1.0])
        0.75
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or not a.size:
        raise BadInput(f"{a.size} and {b.size} layers", where="relative_difference")
    if not (a > 0.0).all():
        return Undecided("a layer's norm is zero in the first profile", "norms above zero")
    return float((np.abs(a - b) / a).mean())
