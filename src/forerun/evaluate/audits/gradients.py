"""Do input gradients point at what a model needs? Train anew with only the top, or only the bottom, of them shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import difference_of, mean_of
from forerun.evaluate.differences.paired import paired

CARD = Card(
    name="gradients",
    does="Says whether inputs that attributions rank high carry more than those they rank low, from accuracies of "
    "models trained on either.",
    source="Shah, Jain and Netrapalli 2021, Do Input Gradients Highlight Discriminative Features? (DiffROAR)",
    assumes="Models are trained anew, on masked inputs, with the same seeds for both.",
    needs="accuracies of 2 seeds or more with the top and with the bottom share shown",
    promises="Paired over seeds, by Student's t.",
    known_answer="Attributions by the size of the true weights give top inputs that carry all, bottom ones nothing.",
    control="Attributions at random show no difference.",
)


def gradients(shown: Sequence[str], score: ArrayLike, seed: Sequence[str]) -> AuditResult | Undecided:
    """Score with the top less score with the bottom inputs shown.

    Args:
        shown: shape (n,), ``top`` or ``bottom``. score: shape (n,), of the model trained anew.
        seed: shape (n,), of the training.

    Returns:
        faulty where the bottom carries as much or more. Undecided of fewer than two seeds with both.

    Raises:
        BadInput: inputs shown that are neither.

    Example:
        >>> gradients(["top", "bottom"] * 3, [0.9, 0.5, 0.8, 0.5, 0.9, 0.6], list("001122")).verdict
        'sound'
    """
    words, seeds, v = np.asarray(shown).astype(str), np.asarray(seed).astype(str), np.asarray(score, np.float64)
    if unknown := sorted(set(words.tolist()) - {"top", "bottom"}):
        raise BadInput(f"inputs shown are top or bottom, not {unknown[0]!r}")
    by = {word: dict(zip(seeds[words == word].tolist(), v[words == word].tolist(), strict=True))
          for word in ("top", "bottom")}  # fmt: skip
    both = sorted(set(by["top"]) & set(by["bottom"]))
    if len(both) < 2:
        return Undecided(f"{len(both)} seeds with both", "2 seeds or more")
    top, bottom = ([by[word][one] for one in both] for word in ("top", "bottom"))
    difference = paired(top, bottom, direction="max")
    measurements = (
        difference_of("top less bottom", difference, tolerated=(0.0, np.inf)),
        mean_of("score with the top shown", top),
        mean_of("score with the bottom shown", bottom),
    )
    return AuditResult(measurements)


def masked(x: ArrayLike, attribution: ArrayLike, share: float, *, top: bool) -> Array:
    """Inputs with only the share of largest, or of smallest, attributions left; the others become their mean.

    Args:
        x, attribution: shape (n, p).
        share: of inputs that is left, 0 to 1.
        top: the largest in size, else the smallest.

    Example:
        >>> masked([[1.0, 2.0], [3.0, 4.0]], [[0.1, 0.9], [0.8, 0.2]], 0.5, top=True).tolist()
        [[2.0, 2.0], [3.0, 3.0]]
    """
    v, a = np.asarray(x, np.float64), np.abs(np.asarray(attribution, np.float64))
    count = round(share * v.shape[1])
    order = np.argsort(-a if top else a, axis=1, kind="stable")[:, :count]
    left = np.zeros(v.shape, bool)
    np.put_along_axis(left, order, True, axis=1)
    return np.where(left, v, v.mean(axis=0))


def diff_roar(
    x: ArrayLike, attribution: ArrayLike, score: Callable[[Array, int], float], *, share: float = 0.5, seeds: int = 3
) -> AuditResult | Undecided:
    """Train on the top and on the bottom inputs and compare.

    Args:
        x, attribution: shape (n, p), inputs and what a first model's gradients say of them.
        score: trains a model on such inputs with a seed and returns its score on unseen ones masked alike: the last
            rows of what it is given.
        share: of inputs that is left.
        seeds: trainings of each.
    """
    shown = [(word, seed, score(masked(x, attribution, share, top=word == "top"), seed))
             for word in ("top", "bottom") for seed in range(seeds)]  # fmt: skip
    return gradients([word for word, _, _ in shown], [v for _, _, v in shown], [str(seed) for _, seed, _ in shown])


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("shown", "top or bottom", "word"),
        Column("score", "of the model trained on these inputs"),
        Column("seed", "of the training", "word"),
    ),
    look=gradients,
)
