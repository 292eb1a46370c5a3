"""The best mixture of data sources by the exponential mixing law, fitted to pilot mixtures."""

from __future__ import annotations

from typing import Literal

import numpy as np

from forerun.core import Answer, Card, Range, Table, Undecided
from forerun.laws.data.mixing import mixing
from forerun.laws.fitter.fit import fit
from forerun.laws.question import Question, in_words, parted

CARD = Card(
    name="mixture",
    does="What mixtures of data sources would score, by the mixing law L = c + D^-β exp(Σ t_i r_i).",
    source="Ye et al. 2024 (data mixing laws), with a power of size",
    assumes="One validation set; every source helps or hurts whatever the others are.",
    needs="A column of shares a source, train_size and y; pilots with y, 3 more than sources, and candidates without.",
    promises="Beside `projection`, evidence/laws/mixtures.md; its pick is worse than equal shares by loss: "
    "evidence/laws/mixture_pick.md.",
    known_answer="Pilots made by the law put candidates in their true order.",
    control="Sources that only help together: it ranks a source alone above the two.",
)


def answer(
    table: Table, *, sources: tuple[str, ...], direction: Literal["min", "max"] = "min", seed: int = 0
) -> Answer | Undecided:
    """Rows with a y are pilot runs; the others are candidates, put in order by what they would score."""
    pilots, candidates = parted(table)
    made = fit(mixing(sources), pilots, seed=seed)
    if isinstance(made, Undecided) or not candidates.n_rows:
        return (
            made if isinstance(made, Undecided) else Undecided("every row has its y", "rows without y to choose among")
        )
    said = made.predict(candidates)
    if isinstance(said, Undecided):
        return said
    order = np.argsort(said.y if direction == "min" else -said.y, kind="stable")
    first = int(order[0])
    best = Range(float(said.y[first]), float(said.low[first]), float(said.high[first]), "y")
    shares = {name: float(candidates.columns[name][first]) for name in sources}
    mixture = ", ".join(f"{share:.0%} {name}" for name, share in shares.items())
    rows = {sources[0]: candidates.columns[sources[0]], "predicted": said.y, "low": said.low, "high": said.high}
    rows |= {name: candidates.columns[name] for name in sources}
    says = f"of {candidates.n_rows} mixtures the best is {mixture}: {in_words(best)}"
    return Answer(CARD.name, "1", says, {"best": best, **shares}, Table(rows).take(order), said.warnings)


QUESTION = Question(card=CARD, version="1", columns=("train_size", "y"), answer=answer)
