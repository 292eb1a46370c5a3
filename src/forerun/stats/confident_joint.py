"""Wrong labels of a data set, counted from probabilities that a model gave without having seen the labels.

An item speaks for the class it most likely has among those whose probability is at least what items of that class have
on average; where that is not its label, the label is a candidate for an error (Northcutt, Jiang and Chuang 2021).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forerun.core import Array, BadInput

_SLACK = 1e-6  # a probability so little below its threshold reaches it, so that rounding decides nothing (cleanlab's)
_EDGE = 1e-3  # how far outside 0 to 1 single precision may bring a probability


def _checked(labels: ArrayLike, probabilities: ArrayLike) -> tuple[NDArray[np.intp], Array]:
    y, p = np.asarray(labels).astype(np.intp), np.asarray(probabilities, np.float64)
    if p.ndim != 2 or y.shape != p.shape[:1]:
        raise BadInput(f"needs a label and a row of probabilities an item, but has shapes {y.shape} and {p.shape}")
    if not ((p >= -_EDGE) & (p <= 1 + _EDGE)).all():
        raise BadInput(f"probabilities must be 0 to 1, but one is {p.flat[int(np.abs(p - 0.5).argmax())]:g}")
    if missing := sorted(set(range(p.shape[1])) - set(y.tolist())):
        raise BadInput(f"no item is labelled {missing[0]}; drop that class's column")
    if y.min() < 0 or y.max() >= p.shape[1]:
        raise BadInput(f"labels must be 0 to {p.shape[1] - 1}, but one is {int(y[np.abs(y).argmax()])}")
    return y, p


def thresholds(labels: ArrayLike, probabilities: ArrayLike) -> Array:
    """Mean probability of each class over the items labelled so, shape (classes,).

    Args:
        labels: shape (n,), classes from 0.
        probabilities: shape (n, classes), of items the model was not trained on.

    Example:
        >>> thresholds([0, 0, 1], [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]).tolist()
        [0.7, 0.8]
    """
    y, p = _checked(labels, probabilities)
    return np.bincount(y, p[np.arange(y.size), y], p.shape[1]) / np.bincount(y, minlength=p.shape[1])


def confident_class(labels: ArrayLike, probabilities: ArrayLike) -> NDArray[np.intp]:
    """The class each item speaks for, shape (n,); -1 where no probability reaches its threshold.

    Args:
        labels: shape (n,), classes from 0.
        probabilities: shape (n, classes), of items the model was not trained on.

    Raises:
        BadInput: shapes, labels or probabilities that do not fit, or a class without an item.

    Example:
        >>> confident_class([0, 0, 1, 1], [[0.9, 0.1], [0.65, 0.35], [0.3, 0.7], [0.95, 0.05]]).tolist()
        [0, -1, 1, 0]
    """
    _, p = _checked(labels, probabilities)
    reached = p >= thresholds(labels, probabilities) - _SLACK
    return np.where(reached.any(axis=1), np.where(reached, p, -np.inf).argmax(axis=1), -1)


def confident_joint(labels: ArrayLike, probabilities: ArrayLike) -> NDArray[np.intp]:
    """Items by given label (rows) and by the class they speak for (columns), shape (classes, classes).

    Args:
        labels: shape (n,), classes from 0.
        probabilities: shape (n, classes), of items the model was not trained on.

    Raises:
        BadInput: shapes, labels or probabilities that do not fit, or a class without an item.

    Example:
        >>> confident_joint([0, 0, 1, 1], [[0.9, 0.1], [0.65, 0.35], [0.3, 0.7], [0.95, 0.05]]).tolist()
        [[1, 0], [1, 1]]
    """
    y, p = _checked(labels, probabilities)
    true, k = confident_class(y, p), p.shape[1]
    return np.bincount(y[true >= 0] * k + true[true >= 0], minlength=k * k).reshape(k, k)


def label_noise(labels: ArrayLike, probabilities: ArrayLike) -> Array:
    """Joint distribution of given labels (rows) and true ones (columns): the counts brought to the labels' own.

    Args:
        labels: shape (n,), classes from 0.
        probabilities: shape (n, classes), of items the model was not trained on.

    Raises:
        BadInput: shapes, labels or probabilities that do not fit, or a class without an item.

    Example:
        >>> label_noise([0, 0, 1, 1], [[0.9, 0.1], [0.65, 0.35], [0.3, 0.7], [0.95, 0.05]]).tolist()
        [[0.5, 0.0], [0.25, 0.25]]
    """
    y, _ = _checked(labels, probabilities)
    counts = confident_joint(labels, probabilities).astype(np.float64)
    np.fill_diagonal(counts, np.maximum(counts.diagonal(), 1.0))  # a class that no item speaks for is not all wrong
    given = np.bincount(y, minlength=len(counts)) / y.size
    return counts / counts.sum(axis=1, keepdims=True) * given[:, None]


def suspects(labels: ArrayLike, probabilities: ArrayLike) -> NDArray[np.intp]:
    """Items that speak for another class than their label, the surest errors first.

    Args:
        labels: shape (n,), classes from 0.
        probabilities: shape (n, classes), of items the model was not trained on.

    Returns:
        indices of items, ordered by how far the label's probability is below that of the other class.

    Raises:
        BadInput: shapes, labels or probabilities that do not fit, or a class without an item.

    Example:
        >>> suspects([0, 0, 1, 1], [[0.9, 0.1], [0.65, 0.35], [0.3, 0.7], [0.95, 0.05]]).tolist()
        [3]
    """
    y, p = _checked(labels, probabilities)
    true = confident_class(y, p)
    other = np.flatnonzero((true >= 0) & (true != y))
    return other[np.argsort(p[other, y[other]] - p[other, true[other]], kind="stable")]
