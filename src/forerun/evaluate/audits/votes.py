"""Labels that people were asked about: how many of those flagged as wrong are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Card, Table
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import share_of

CARD = Card(
    name="votes",
    does="Counts the labels that people overruled, among items that were shown to several of them.",
    source="Northcutt, Athalye and Mueller 2021, section 3",
    assumes="The votes for the given label are counted, of as many voters for every item.",
    needs="votes for the given label, an item a row",
    promises="A count by a rule that is stated; the share has Wilson's interval.",
    known_answer="The nine counts of validated errors that were published with their votes.",
    control="Items of which all voters chose the given label are no errors.",
)


def overruled(votes_given: ArrayLike, *, majority: int = 3) -> Array:
    """Whether fewer than a majority chose the given label, shape (n,).

    Example:
        >>> overruled([5, 3, 2, 0]).tolist()
        [0.0, 0.0, 1.0, 1.0]
    """
    return (np.asarray(votes_given, np.float64) < majority).astype(np.float64)


def votes(votes_given: ArrayLike, group: ArrayLike | None = None, *, majority: int = 3) -> AuditResult:
    """The share of labels that people overruled, by group.

    Args:
        votes_given: shape (n,), voters that chose the given label.
        group: shape (n,), such as the data set an item is from.
        majority: voters that a label needs; three of five in the source.

    Returns:
        a share a group, and as rows how many of how many.

    Example:
        >>> print(votes([5, 2, 1, 4], ["a", "a", "b", "b"]).measurements[0])
        wrong labels of a 0.5 (0.09453 to 0.9055), n = 2
    """
    wrong = overruled(votes_given, majority=majority)
    names, of = np.unique(["all"] * wrong.size if group is None else [str(g) for g in np.asarray(group)],
                          return_inverse=True)  # fmt: skip
    counts, sizes = np.bincount(of, wrong), np.bincount(of)
    shares = [
        share_of(f"wrong labels of {name}", int(k), int(n)) for name, k, n in zip(names, counts, sizes, strict=True)
    ]
    return AuditResult(tuple(shares), Table({"group": names.tolist(), "wrong": counts, "of": sizes.astype(np.float64)}))


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("votes_given", "how many voters chose the given label"),
        Column("group", "such as the data set an item is from", "word", needed=False),
    ),
    look=votes,
)
