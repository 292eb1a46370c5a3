"""How far to optimise a policy on a proxy reward before its gold score falls."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter.fit import Fit, fit
from forerun.laws.fitter.rows import beside
from forerun.laws.question import Question, in_words

CARD = Card(
    name="reward_peak",
    does="The KL from the initial policy at which the gold score is highest, and the score there.",
    source="Gao et al. 2023",
    assumes="As the law, overoptimisation or its best-of-n twin.",
    needs="Columns kl and y; points on both sides of the peak are best.",
    promises="A range from the draws of the law.",
    known_answer="Points made by the law give d = exp(α/β - 1), or α/2β for the best of n.",
    control="A score that only rises leaves it undecided.",
)


def peak(made: Fit) -> Range | Undecided:
    """The KL at which the gold score is highest, 80% of the draws; for this law and its best-of-n twin.

    Returns:
        A `Range` in nats; `Undecided` where the optimum or a tenth of the draws do not turn down.

    Raises:
        BadInput: the fit of another law.

    Example:
        >>> kl = np.linspace(1.0, 100.0, 30)
        >>> made = fit("overoptimisation", Table({"kl": kl, "y": np.sqrt(kl) * (1.5 - 0.5 * np.log(kl) / 2)}))
        >>> round(peak(made).estimate, 1)
        54.6
    """
    where = {"overoptimisation": _peak_rl, "overoptimisation_best_of_n": _peak_bon}.get(made.law)
    if where is None:
        raise BadInput(f"a fit of an over-optimisation law is needed, but this is one of {made.law!r}")
    kl = where(made.sampled())
    if not np.isfinite(kl[0]) or np.isnan(kl).mean() > 0.1:
        return Undecided("the score does not turn down within what the data allow", "points beyond the peak")
    return made.derived(where, "nats")


def _peak_rl(p: Array) -> Array:
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return np.where(p[:, 1] > 0, np.exp(2.0 * (p[:, 0] / p[:, 1] - 1.0)), np.nan)


def _peak_bon(p: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((p[:, 1] > 0) & (p[:, 0] > 0), (p[:, 0] / (2.0 * p[:, 1])) ** 2, np.nan)


def answer(table: Table, *, law: str = "overoptimisation", seed: int = 0) -> Answer | Undecided:
    """The peak of a law fitted to the table."""
    made = fit(law, table, seed=seed)
    if isinstance(made, Undecided):
        return made
    top = peak(made)
    if isinstance(top, Undecided):
        return top
    kl = np.asarray(table.columns["kl"], float)
    rows = beside(made, table, "kl", at=np.geomspace(float(kl.min()), max(float(kl.max()), 2.0 * top.estimate), 40))
    score = made.predict(Table({"kl": [top.estimate]}))
    if isinstance(score, Undecided):
        return score
    values = {"peak": top, "score": Range(float(score.y[0]), float(score.low[0]), float(score.high[0]), "y")}
    return Answer(CARD.name, "1", f"the gold score peaks at {in_words(top)} nats", values, rows, made.warnings)


QUESTION = Question(card=CARD, version="1", columns=("kl", "y"), answer=answer)
