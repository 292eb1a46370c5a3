"""The size, and how long to train it, that reaches a loss in the least time, where every token is fresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.core.display import number
from forerun.laws.fitter import Fit, misfit
from forerun.laws.fitter.fit import fit
from forerun.laws.question import Question, in_words
from forerun.laws.size import chinchilla

CARD = Card(
    name="fastest",
    does="Of the sizes tried, the one that reaches a loss soonest, and its tokens, by the law `chinchilla`.",
    source="Komatsuzaki 2019 (One epoch is all you need), size and steps chosen together; by a fitted law, ours",
    assumes="One epoch; a constant learning rate, or runs each tuned to its length; time grows with tokens.",
    needs="Columns params, tokens, y and seconds (of the run up to there); 6 points or more, of several sizes.",
    promises="To the late end of its time a target 1.77 times sooner than at the largest size (3 seeds); no sooner "
    "than at the lab's own size, the fastest there is: evidence/laws/one_epoch.md.",
    known_answer="Losses made by the law and times N D give the size of least compute in closed form.",
    control="A loss below what every size reaches is undecided.",
)
_FAR = 1.0  # times the seen span of compute (logarithmic) beyond it, from which no answer is given; arbitrary


@dataclass(frozen=True)
class SoonestPlan:
    """A size and how long to train it.

    Args:
        params, tokens: the size, and the tokens to its loss.
        seconds: with the time at which the law's 80% interval holds the loss; inf where that may be never.
        chance: share of the law's draws in which this size is the fastest.
    """

    params: float
    tokens: float
    seconds: Range
    chance: float


def fastest(made: Fit, loss: float, pace: Mapping[float, float]) -> SoonestPlan | Undecided:
    """The size that a law lets reach a loss in the least time.

    Args:
        made: a fit of `chinchilla`.
        loss: to be reached.
        pace: parameters of every size that may be chosen, and its seconds a token.

    Returns:
        A `SoonestPlan`; `Undecided` where no size gets there by the law, or only far beyond the compute fitted.

    Raises:
        BadInput: a loss, a size or a pace that is not positive, or the fit of another law.

    Example:
        >>> N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e4, 1e6, 5), np.geomspace(1e6, 1e8, 5)))
        >>> made = fit("chinchilla", Table({"params": N, "tokens": D, "y": 1.7 + 400 * N**-0.5 + 2000 * D**-0.5}))
        >>> plan = fastest(made, 3.0, {n: 1e-9 * n for n in np.unique(N)})
        >>> f"{plan.params:.0f} {plan.tokens:.3g}"
        '316228 1.15e+07'
    """
    if made.law != chinchilla.CARD.name:
        raise BadInput(f"fastest reads a fit of 'chinchilla'; this is one of {made.law!r}")
    sizes, paces = np.array(list(pace)), np.array(list(pace.values()))
    for name, values in (("loss", np.array([loss])), ("params", sizes), ("pace", paces)):
        if not (values.size and np.isfinite(values).all() and (values > 0).all()):
            raise BadInput(f"{name} must be positive, but is {values.tolist()}")
    tokens = tokens_to(made.sampled(), loss, sizes)
    seconds = tokens * paces
    if not np.isfinite(seconds[0]).any():
        theta = made.params
        least = theta["E"] + theta["A"] * sizes.max() ** -theta["alpha"]
        return Undecided(f"by the law no size reaches {loss:g}; the largest tends to {least:.4g}", "a larger size")
    best = int(np.argmin(seconds[0]))
    size, pace_there = float(sizes[best]), float(paces[best])
    D = float(tokens[0, best])
    if misfit.beyond(made.support, np.array([6.0 * size * D]))[0] > _FAR:
        return Undecided(f"{D:.3g} tokens at {size:.3g} parameters lie far beyond those fitted", "longer runs")
    chance = float((seconds.argmin(axis=1) == best).mean())
    return SoonestPlan(size, D, _time(made, loss, size, pace_there, D), chance)


def tokens_to(theta: Array, loss: float, sizes: Array) -> Array:
    """Tokens to a loss, (draws, sizes); inf where the loss is never reached."""
    E, A, B, alpha, beta = (theta[:, i, None] for i in range(5))
    left = loss - E - A * sizes**-alpha
    log_D = np.log(B / np.maximum(left, 1e-300)) / beta
    return np.where(left > 0, np.exp(np.minimum(log_D, 700.0)), np.inf)


def _time(made: Fit, loss: float, size: float, pace: float, tokens: float) -> Range:
    """The time, and the times between which the law's 80% interval holds the loss."""
    said = made.predict(Table({"params": [size], "tokens": [tokens]}))
    assert not isinstance(said, Undecided)
    ends = (loss * float(said.y[0] / end[0]) for end in (said.low, said.high))
    soonest, latest = (float(tokens_to(made.sampled()[:1], one, np.array([size]))[0, 0]) for one in ends)
    return Range(tokens * pace, soonest * pace, latest * pace, "s")


def answer(table: Table, *, loss: float, seed: int = 0) -> Answer | Undecided:
    """The pair; of every size, the tokens and seconds to the loss."""
    made = fit("chinchilla", table, seed=seed)
    if isinstance(made, Undecided):
        return made
    N, D, seconds = (np.asarray(table.columns[name], float) for name in ("params", "tokens", "seconds"))
    pace = {float(n): float(np.median(seconds[n == N] / D[n == N])) for n in np.unique(N)}
    plan = fastest(made, loss, pace)
    if isinstance(plan, Undecided):
        return plan
    sizes = np.array(list(pace))
    tokens = tokens_to(made.sampled()[:1], loss, sizes)[0]
    rows = {"params": sizes, "predicted": tokens * np.array(list(pace.values())), "tokens": tokens}
    says = (
        f"{number(plan.params)} parameters reach {loss:g} in {in_words(plan.seconds)} s, {number(plan.tokens)} tokens"
    )
    values = {"params": plan.params, "tokens": plan.tokens, "seconds": plan.seconds, "chance": plan.chance}
    return Answer(CARD.name, "1", says, values, Table(rows), made.warnings)


QUESTION = Question(card=CARD, version="1", columns=("params", "tokens", "y", "seconds"), answer=answer)
