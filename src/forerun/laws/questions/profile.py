"""How well a law fits with one parameter held at each of several values, and the interval that leaves."""

from __future__ import annotations

from forerun.core import Answer, Card, Range, Table, Undecided
from forerun.laws.fitter.fit import fit
from forerun.laws.fitter.profile import profile
from forerun.laws.question import Question, in_words

CARD = Card(
    name="profile",
    does="What the data say of one parameter of a law, whatever the others are: its profile and interval.",
    source="Heritier and Ronchetti 1994; Bates and Watts 1988",
    assumes="Points are independent, or nearly.",
    needs="The columns of a law and y; settings law and parameter.",
    promises="The interval of the robust likelihood ratio.",
    known_answer="A power law with noise holds its power inside.",
    control="A parameter the data do not tell is not closed on that side.",
)


def answer(table: Table, *, law: str, parameter: str, mass: float = 0.95, seed: int = 0) -> Answer | Undecided:
    """The interval; drawn as the objective over the parameter."""
    made = fit(law, table, seed=seed, judge_beyond=False)
    if isinstance(made, Undecided):
        return made
    curve = profile(made, table, parameter, mass=mass)
    interval = Range(made.params[parameter], curve.low, curve.high, parameter)
    says = f"{parameter} of {law}: {in_words(interval)}" + ("" if curve.closed else ", open on a side")
    values = {parameter: interval, "mass": mass, "closed": "yes" if curve.closed else "no"}
    rows = Table({parameter: curve.values, "predicted": curve.objective})
    return Answer(CARD.name, "1", says, values, rows, (f"the interval has mass {mass:g}", *made.warnings))


QUESTION = Question(card=CARD, version="1", columns=("y",), answer=answer)
