"""Where a layer stands in the information plane: what it says of the inputs, and what of the labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import BadInput, Undecided
from forerun.evaluate.probes.mutual_information import MutualInformation, information_on_labels, mutual_information


@dataclass(frozen=True)
class PlanePoint:
    """One layer at one checkpoint.

    Args:
        inputs: what its activations, under noise, say of the inputs; over a training it rises while the layer fits and
            falls while it compresses.
        labels: what they say of the labels.
        noise: sd of the noise, in the activations' unit.
    """

    inputs: MutualInformation
    labels: MutualInformation
    noise: float


def information_plane(
    inputs: ArrayLike,
    activations: ArrayLike,
    labels: ArrayLike,
    *,
    noise: float,
    rng: np.random.Generator,
    dimensions: int | None = None,
) -> PlanePoint | Undecided:
    """Where a layer stands: what its activations, under noise, say of the inputs and of the labels.

    Args:
        inputs: shape (n, d).
        activations: shape (n, e), of a network without noise.
        labels: shape (n,), classes.
        noise: sd of the Gaussian noise that is added to the activations, in their unit, above zero: without it the
            first number is infinite. Both depend on it, so hold it over a training, and say it.
        rng: draws the noise.
        dimensions: to which inputs and activations are compressed, as of `mutual_information`; name it over a training.

    Returns:
        Undecided where either number is.

    Raises:
        BadInput: noise that is not above zero, or unlike numbers of samples.

    Source: Goldfeld et al. 2019, arXiv 1810.05728 (noise); Butakov et al. 2024, arXiv 2305.08013.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.standard_normal((1000, 2))
        >>> point = information_plane(x, x[:, :1], x[:, 0] > 0, noise=0.1, rng=rng)
        >>> round(point.labels.nats, 1), point.inputs.nats > 1.5
        (0.6, True)
    """
    if noise <= 0.0:
        raise BadInput(f"noise {noise:g}; without noise the information on the inputs is infinite", where="noise")
    layer = np.asarray(activations, dtype=np.float64)
    layer = layer + noise * rng.standard_normal(layer.shape)
    of_inputs = mutual_information(inputs, layer, dimensions=dimensions, rng=rng)
    of_labels = information_on_labels(layer, labels, dimensions=dimensions)
    if isinstance(of_inputs, Undecided):
        return of_inputs
    return of_labels if isinstance(of_labels, Undecided) else PlanePoint(of_inputs, of_labels, noise)
