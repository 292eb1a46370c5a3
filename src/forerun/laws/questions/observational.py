"""Scores of models nobody here trained: what models of other compute, or with some scores known, would score."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, Card, Range, Table, Undecided
from forerun.laws.question import Question, in_words, parted
from forerun.laws.questions.parts.skills import fit_skills

CARD = Card(
    name="observational",
    does="Scores that are missing, from published scores of many models through a few skills that grow with compute.",
    source="Ruan et al. 2024; Maia Polo et al. 2024; leaning of larger models measured on models held out",
    assumes="Benchmarks are sigmoids of shared skills; skills are lines in log compute about their family's level.",
    needs="Columns model, benchmark, family, flops and y in 0 to 1; rows without y are predicted; 4 benchmarks.",
    promises="Models of most compute held back: evidence/laws/observational.md.",
    known_answer="Planted skills predict larger models with intervals that hold.",
    control="Compute that belongs to other models predicts nothing.",
)


def answer(table: Table, *, dims: int = 3, level: float = 0.8, seed: int = 0) -> Answer | Undecided:
    """The scores of the rows that have none; known scores of the same model inform them."""
    known, wanted = parted(table)
    if not wanted.n_rows:
        return Undecided("every row has its score", "rows without y, to predict")
    skills = fit_skills(known, dims=dims, seed=seed)
    if isinstance(skills, Undecided):
        return skills
    missing = ~np.isfinite(np.asarray(table.columns["y"], float))
    incomplete = np.isin(_texts(table, "model"), _texts(wanted, "model"))
    prediction = skills.predict(table.take(incomplete), level=level, seed=seed)
    rows = {
        "flops": wanted.columns["flops"],
        "model": wanted.columns["model"],
        "benchmark": wanted.columns["benchmark"],
    }
    of_missing = missing[incomplete]
    parts = {"predicted": prediction.y, "low": prediction.low, "high": prediction.high}
    rows |= {name: column[of_missing] for name, column in parts.items()}
    middle, low, high = (float(column[of_missing][0]) for column in parts.values())
    first = Range(middle, low, high, "score")
    values = {f"{rows['model'][0]} on {rows['benchmark'][0]}": first} | {"scores": float(wanted.n_rows)}
    says = f"{wanted.n_rows} scores, the first {in_words(first)}"
    return Answer(CARD.name, "1", says, values, Table(rows), prediction.warnings)


def _texts(table: Table, name: str) -> list[str]:
    return [str(value) for value in table.columns[name]]


QUESTION = Question(card=CARD, version="1", columns=("model", "benchmark", "family", "flops", "y"), answer=answer)
