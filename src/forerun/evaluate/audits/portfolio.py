"""Would a mixture of components that assumes nothing have done as well as the best of them, known only afterwards?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, Card, Table, Undecided
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement
from forerun.evaluate.audits.crossing import crossed_columns
from forerun.evaluate.audits.measurements import plain
from forerun.stats.universal import universal_mixture

CARD = Card(
    name="portfolio",
    does="Sets the log wealth of a universal mixture of strategies or forecasters beside that of the best of them.",
    source="Cover 1991; Cover and Ordentlich 1996; the question is Lam 2024's (ensembling portfolio strategies)",
    assumes="Every component grew in every round; what is held can be changed before each at no cost.",
    needs="2 components and 30 rounds",
    promises="Never behind the best component by more than log(2 m), after any round, whatever they do.",
    known_answer="Of one component twice it comes to the same; of two that take turns it gains where neither does.",
    control="Where one component is always better the mixture falls behind it, and by no more than is promised.",
)


def portfolio(
    round: ArrayLike, component: Sequence[str], growth: ArrayLike, *, seed: int = 0
) -> AuditResult | Undecided:
    """The mixture beside the best component, and how even its growth is.

    Args:
        round: shape (n,), numbers that rise from round to round.
        component: shape (n,), names.
        growth: shape (n,), above 0: what one unit held of a component became; or the density that a forecaster gave to
            what then happened.
        seed: of the shares that the mixture is over.

    Returns:
        log wealth of the mixture less that of the best component, sound where it is above the promise; both; and the
        risk ratio (mean over sd of the log growth of a round) of both. Undecided with too few rounds or components.

    Raises:
        BadInput: a round without a component, or growth that is not above 0.

    Example:
        >>> rounds, names = np.repeat(np.arange(40), 2), ["a", "b"] * 40
        >>> turns = np.tile([2.0, 0.5, 0.5, 2.0], 20)
        >>> portfolio(rounds, names, turns)["log wealth over the best component"].estimate > 5.0
        True
    """
    order = np.unique(np.asarray(round, np.float64), return_inverse=True)[1]
    _, names, (grown,) = crossed_columns([f"{i:012d}" for i in order], component, growth, words=("round", "component"))
    if grown.shape[0] < 30 or len(names) < 2:
        return Undecided(f"{grown.shape[0]} rounds of {len(names)} components", "30 rounds of 2 components")
    mixture = universal_mixture(grown, np.random.default_rng(seed))
    n = grown.shape[0]
    alone = np.log(grown).sum(axis=0)
    best = int(alone.argmax())
    over = float(mixture.log_wealth[-1] - alone[best])
    steps = np.diff(mixture.log_wealth, prepend=0.0)
    promised = (-mixture.guarantee, float("inf"))
    measurements = (
        Measurement("log wealth over the best component", over, over, over, n, "what came of it", promised),
        plain("log wealth", float(mixture.log_wealth[-1]), n, "of the mixture"),
        plain("log wealth of the best component", float(alone[best]), n, names[best]),
        plain("risk ratio", _ratio(steps), n, "mean over sd of a round's log growth"),
        plain("risk ratio of the best component", _ratio(np.log(grown[:, best])), n, names[best]),
    )
    weights = {f"weight of {name}": mixture.weights[:, j] for j, name in enumerate(names)}
    return AuditResult(measurements, Table({"round": np.arange(n, dtype=float), **weights}))


def _ratio(steps: Array) -> float:
    sd = float(steps.std())
    return float(steps.mean()) / sd if sd > 0 else float("nan")


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("round", "which round, in their order"),
        Column("component", "which strategy or forecaster", "word"),
        Column("growth", "what one unit held of it became, above 0"),
    ),
    look=portfolio,
)
