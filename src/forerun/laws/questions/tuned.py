"""The published best peak learning rate and batch size for parameters and tokens."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, Card, Table
from forerun.core.display import number
from forerun.laws.question import Question
from forerun.schedules.rates import step_law_batch, step_law_rate

CARD = Card(
    name="tuned",
    does="Best peak learning rate and batch size for a model and its tokens, by published constants.",
    source="Li et al. 2025 (Predictable scale, part I)",
    assumes="Dense transformers, AdamW, cosine to a fixed end; non-embedding parameters.",
    needs="Columns params and tokens, one row a model.",
    promises="Constants checked on its 1,911 dense runs: mean loss gap .096%.",
    known_answer="The published values at 1e9 parameters and 1e11 tokens.",
    control="Fitted to one number of tokens, the law `step_law` says that it does not tell b.",
)


def answer(table: Table) -> Answer:
    """Both for every row."""
    N, D = (np.asarray(table.columns[name], float) for name in ("params", "tokens"))
    rates, batches = step_law_rate(N, D), step_law_batch(D)
    values = {"learning_rate": float(rates[0]), "batch_tokens": float(batches[0])}
    says = f"a peak rate of {number(float(rates[0]))} at batches of {number(float(batches[0]))} tokens"
    return Answer(CARD.name, "1", says, values, Table({"params": N, "predicted": rates, "batch_tokens": batches}))


QUESTION = Question(card=CARD, version="1", columns=("params", "tokens"), answer=answer)
