"""Which learners' records to train on where all are too many: evenly from clusters of what they have mastered."""

from __future__ import annotations

import warnings
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import vq

from forerun.core import Answer, Array, BadInput, Card, Table, Undecided
from forerun.laws.question import Question

CARD = Card(
    name="mastery_sample",
    does="Which share of learners to train on: as many from each cluster of mastery, so that few of a kind are seen.",
    source="Shakya et al. 2023 (scalable and equitable strategy prediction), with k-means for its clusters",
    assumes="What a learner does goes with what is mastered; a model is trained on the records of those chosen.",
    needs="Columns learner and one a skill, of how much is mastered; settings share, clusters and seed.",
    promises="Simulated, a fifth keeps 98% of the accuracy; where groups have strategies of their own the gap between "
    "them is .06 narrower than of a random fifth (.02 to .10): evidence/mastery_sample.",
    known_answer="Of nine learners of one kind and one of another it takes one of each for a fifth.",
    control="Where all have mastered the same there is nothing to sample by: undecided.",
)


def answer(table: Table, *, share: float = 0.2, clusters: int = 4, seed: int = 0) -> Answer | Undecided:
    """The learners chosen, and which cluster each is in.

    Args:
        table: a row a learner; every numeric column but ``learner`` and ``y`` is a skill.
        share: of the learners. clusters: at most; 4 was chosen on other simulated learners than it was measured on.
        seed: of clusters and of draws within them.
    """
    skills = [name for name in table.columns if name not in ("learner", "y") and _is_numeric(table.columns[name])]
    if not skills or not 0 < share <= 1 or clusters < 2:
        raise BadInput(
            f"there must be a column a skill, a share above 0 and up to 1, and 2 clusters or more, but skills are "
            f"{', '.join(skills) or 'none'}, share={share:g}, clusters={clusters}"
        )
    mastery = np.column_stack([np.asarray(table.columns[name], float) for name in skills])
    if not np.isfinite(mastery).all():
        row, column = np.argwhere(~np.isfinite(mastery))[0]
        raise BadInput(f"mastery must be known, but {skills[column]} is {mastery[row, column]} in row {row + 1}")
    kinds = len(np.unique(mastery, axis=0))
    if kinds < 2:
        return Undecided("all learners have mastered the same", "columns in which they differ")
    rng = np.random.default_rng(seed)
    of = cluster(mastery, min(clusters, kinds), rng)
    chosen = spread(of, max(1, round(share * len(of))), rng)
    sizes = np.unique(of, return_counts=True)[1]
    values = {
        "chosen": float(chosen.sum()), "clusters": float(sizes.size), "smallest": float(sizes.min()),
        "largest": float(sizes.max()),
    }  # fmt: skip
    says = f"{chosen.sum()} of {len(of)} learners, from {sizes.size} clusters of {sizes.min()} to {sizes.max()}"
    rows = {
        "row": np.arange(1.0, len(of) + 1), "learner": list(map(str, table.columns["learner"])),
        "measured": mastery.mean(axis=1), "cluster": of.astype(float), "chosen": chosen.astype(float),
    }  # fmt: skip
    return Answer(CARD.name, "1", says, values, Table(rows))


def cluster(mastery: Array, most: int, rng: np.random.Generator) -> NDArray[np.int_]:
    """The cluster of each learner, shape (n,): k-means of what is mastered, begun as k-means++ (Arthur and
    Vassilvitskii 2007)."""
    centres = mastery[rng.integers(len(mastery))][None]
    while len(centres) < most:
        far = np.square(mastery[:, None] - centres).sum(axis=2).min(axis=1)
        centres = np.vstack([centres, mastery[rng.choice(len(far), p=far / far.sum())]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a cluster that nobody is left in is one less
        of: Any = cast(Any, vq).kmeans2(mastery, centres, minit="matrix")[1]
    return np.unique(of, return_inverse=True)[1].ravel()


def spread(of: NDArray[np.int_], count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Who is drawn, shape (n,): as many from each cluster, all of those that have fewer.

    Example:
        >>> spread(np.array([0, 0, 0, 0, 0, 0, 1, 2]), 4, np.random.default_rng(0)).tolist()[-2:]
        [True, True]
    """
    place = np.empty(of.size)  # of each within its cluster, at random
    for one in np.unique(of):
        members = np.flatnonzero(of == one)
        place[rng.permutation(members)] = np.arange(members.size)
    first = np.lexsort((rng.random(of.size), place))[:count]
    return np.isin(np.arange(of.size), first)


def _is_numeric(column: object) -> bool:
    return np.asarray(column).dtype.kind in "biuf"


QUESTION = Question(card=CARD, version="1", columns=("learner",), answer=answer)
