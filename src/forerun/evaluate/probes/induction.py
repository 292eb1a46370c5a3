"""Whether induction heads form: attention to the symbol before, and to what followed an earlier copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Undecided


@dataclass(frozen=True)
class Induction:
    """The two parts of an induction circuit, each of the head that does it most.

    Args:
        previous: share of a head's attention on the symbol right before, averaged over places.
        matching: share on the symbols that followed earlier copies of the present one, averaged over places with such;
            attention of a place on itself, where its copy stands right before, counts for neither.
        previous_head, matching_head: which layer and head.
        previous_chance, matching_chance: what attention spread evenly over all earlier places gives.
        places: places with an earlier copy.
    """

    previous: float
    matching: float
    previous_head: tuple[int, int]
    matching_head: tuple[int, int]
    previous_chance: float
    matching_chance: float
    places: int


def induction(attention: ArrayLike, symbols: ArrayLike) -> Induction | Undecided:
    """Progress measures of in-context learning by induction, from attention maps.

    Of a sequence of items and labels that ends in a query, number the items by their class, and the labels apart from
    them: then `matching` is the attention from the query to the label of its copy.

    Args:
        attention: shape (layers, heads, samples, n, n), row i the weights from place i on places up to i; rows sum to
            one.
        symbols: shape (samples, n), integers; copies are equal.

    Returns:
        Undecided where no symbol has an earlier copy with a place between.

    Raises:
        BadInput: shapes that do not belong together.

    Source: Olsson et al. 2022, arXiv 2209.11895 (previous-token and prefix-matching scores); Reddy 2023, arXiv
    2312.03002, whose item-label and target-label attention these are on its sequences.

    Example:
        >>> follows = np.zeros((1, 1, 1, 3, 3))
        >>> follows[..., 0, 0] = follows[..., 1, 0] = follows[..., 2, 1] = 1.0
        >>> answer = induction(follows, [[7, 8, 7]])
        >>> answer.previous, answer.matching, round(answer.matching_chance, 3)
        (1.0, 1.0, 0.333)
    """
    maps, rows = np.asarray(attention, dtype=np.float64), np.asarray(symbols)
    if maps.ndim != 5 or rows.shape != maps.shape[2:4] or maps.shape[3] != maps.shape[4]:
        raise BadInput(f"attention {maps.shape} of symbols {rows.shape}", where="induction")
    n = rows.shape[1]
    copied = np.zeros((len(rows), n, n))
    copied[:, :, 1:] = (rows[:, :, None] == rows[:, None, :])[:, :, :-1] & np.tri(n, k=-1, dtype=np.bool_)[:, 1:]
    with_copy = copied.any(axis=2)
    if n < 2 or not with_copy.any():
        return Undecided("no symbol has an earlier copy", "sequences in which symbols come again")
    previous: Array = np.diagonal(maps, offset=-1, axis1=3, axis2=4).mean(axis=(2, 3))
    matching: Array = (maps * copied).sum(axis=4)[:, :, with_copy].mean(axis=2)
    even = 1.0 / np.arange(1.0, n + 1.0)
    return Induction(
        previous=float(previous.max()),
        matching=float(matching.max()),
        previous_head=_head(previous),
        matching_head=_head(matching),
        previous_chance=float(even[1:].mean()),
        matching_chance=float((copied.sum(axis=2) * even)[with_copy].mean()),
        places=int(with_copy.sum()),
    )


def _head(scores: Array) -> tuple[int, int]:
    layer, head = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(layer), int(head)
