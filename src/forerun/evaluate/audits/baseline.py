"""Above expectation, or above an expectation that one's own successes have raised? The expected-goals trap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from forerun.core import Array, BadInput, Card, Table
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.measurements import plain

CARD = Card(
    name="baseline",
    does="Judges who does better than expected on tries of known difficulty, with the expectation made of all others "
    "alone, and says how many tries it would take.",
    source="Davis and Robberechts 2024, Biases in Expected Goals Models Confound Finishing Ability",
    assumes="Tries are independent given their difficulty; those in one stratum are alike for everybody else.",
    needs="a name, an outcome and a stratum of difficulty a try",
    promises="Intervals have the binomial variances of their terms; the best of several is not corrected for.",
    known_answer="With its own tries in the baseline, a share s of all, a gain appears smaller by the factor 1 - s.",
    control="Somebody no better than the others has an interval with 0 in it in 95% of cases.",
)


def baseline(
    name: Sequence[str], outcome: ArrayLike, stratum: Sequence[str] | None = None, *, power: float = 0.8
) -> AuditResult:
    """Outcomes above expectation of everybody, the expectation from the others' tries and, beside it, from all.

    Args:
        name: shape (n,), whose try it is: a player, a system.
        outcome: shape (n,), 0 or 1.
        stratum: shape (n,), tries that are equally hard; None where all are.
        power: with which the tries that are needed would show it.

    Returns:
        the largest gain per try by the honest baseline, and the trap; as rows everybody.

    Raises:
        BadInput: columns of different lengths, or a stratum that only one has tried.

    Example:
        >>> result = baseline(["a"] * 100 + ["b"] * 100, [1] * 60 + [0] * 40 + [1] * 40 + [0] * 60)
        >>> result["gain a try of a"].estimate, round(result["the same with its own tries in the baseline"].estimate, 3)
        (0.2, 0.1)
    """
    names, of = np.unique(np.asarray(name).astype(str), return_inverse=True)
    y = np.asarray(outcome, np.float64)
    labels = np.zeros(y.size) if stratum is None else np.asarray(stratum).astype(str)
    strata, at = np.unique(labels, return_inverse=True)
    if not y.size == of.size == at.size:
        raise BadInput(f"columns must be of one length, but have {of.size}, {y.size} and {at.size}")
    tries, wins = np.zeros((names.size, strata.size)), np.zeros((names.size, strata.size))
    np.add.at(tries, (of, at), 1.0)
    np.add.at(wins, (of, at), y)
    others = tries.sum(axis=0) - tries
    if ((others == 0.0) & (tries > 0.0)).any():
        i, j = np.argwhere((others == 0.0) & (tries > 0.0))[0]
        raise BadInput(f"only {names[i]} has tries of stratum {strata[j]}; nobody else says how hard they are")
    honest, error, trap = _gains(tries, wins, others)
    order = np.argsort(-honest, kind="stable")
    n = tries.sum(axis=1)
    best = int(order[0])
    z = float(special.ndtri(0.975))
    low, high = honest[best] - z * error[best], honest[best] + z * error[best]
    reach = (z + float(special.ndtri(power))) * error[best] * np.sqrt(n[best])
    measurements = (
        Measurement(f"gain a try of {names[best]}", float(honest[best]), float(low), float(high), int(n[best]),
                    "normal, binomial variances; the best of several, not corrected"),
        plain("the same with its own tries in the baseline", float(trap[best]), int(n[best]), "the trap"),
        plain("tries to show such a gain", float(np.ceil((reach / max(abs(honest[best]), 1e-12)) ** 2)), int(n[best]),
              f"at a power of {power:g}"),
    )  # fmt: skip
    rows = {"name": names[order].tolist(), "tries": n[order], "gain": honest[order], "low": (honest - z * error)[order],
            "high": (honest + z * error)[order], "trap": trap[order]}  # fmt: skip
    return AuditResult(measurements, Table(rows))


def _gains(tries: Array, wins: Array, others: Array) -> tuple[Array, Array, Array]:
    """Mean gain a try by the others' rates, its standard error, and the same with one's own tries in the rates."""
    n = tries.sum(axis=1)
    rate = np.divide(wins.sum(axis=0) - wins, others, out=np.zeros_like(others), where=others > 0.0)
    own = np.divide(wins, tries, out=np.zeros_like(tries), where=tries > 0.0)
    whole = wins.sum(axis=0) / tries.sum(axis=0)
    variance = tries * own * (1.0 - own) + np.divide(
        tries**2 * rate * (1.0 - rate), others, out=np.zeros_like(others), where=others > 0.0
    )
    gain = (wins.sum(axis=1) - (tries * rate).sum(axis=1)) / n
    trap = (wins.sum(axis=1) - (tries * whole).sum(axis=1)) / n
    return gain, np.sqrt(variance.sum(axis=1)) / n, trap


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("name", "whose try it is", "word"),
        Column("outcome", "0 or 1"),
        Column("stratum", "tries that are equally hard", "word", needed=False),
    ),
    look=baseline,
)
