"""The schedule for which the convex bound is least, from the gradient norms of a run like the one to come."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, Array, BadInput, Card, Table
from forerun.laws.path.convex_bound import bound_of, optimum
from forerun.laws.question import Question

CARD = Card(
    name="least_bound",
    does="From a run's gradient norms the rates, as shares of the highest, at which the last-iterate bound is least.",
    source="Defazio et al. 2023, section 4 (the bound minimised itself; the form `refined` is its closed form)",
    assumes="The next run's gradients are as this one's, stretched to its length; training behaves as the bound says.",
    needs="Columns step and grad_norm of one run.",
    promises="Exact for the bound (tests); not judged on trained runs.",
    known_answer="Equal norms: a linear decay but for its last tenth, at a bound 0.4% below that of linear decay.",
    control="Norms that are not positive are refused.",
)
_POINTS = 400  # that a run is thinned to; the bound hardly depends on it


def answer(table: Table) -> Answer:
    """The rates over the run, drawn as shares of the highest."""
    step, norm = (np.asarray(table.columns[name], float) for name in ("step", "grad_norm"))
    known = np.isfinite(step) & np.isfinite(norm)
    if known.sum() < 2 or (np.diff(step[known]) <= 0).any():
        raise BadInput("a run's gradient norms are two or more, at steps that increase")
    x: Array = step[known]
    at: Array = np.linspace(float(x[0]), float(x[-1]), min(_POINTS, 2 * x.size))
    norms: Array = np.interp(at, x, norm[known])
    rate = optimum(norms)
    linear = bound_of(1.0 - np.arange(at.size) / at.size, norms)
    values = {"highest_at": float(at[np.argmax(rate)]), "below_linear": 1.0 - bound_of(rate, norms) / linear}
    says = f"highest at step {values['highest_at']:.0f}; its bound is {values['below_linear']:.1%} below linear decay's"
    return Answer(CARD.name, "1", says, values, Table({"step": at, "predicted": rate / rate.max()}))


QUESTION = Question(card=CARD, version="1", columns=("step", "grad_norm"), answer=answer)
