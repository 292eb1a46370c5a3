"""What a fit says of the rows of a table, beside what was measured there: what answers and pictures show."""

from __future__ import annotations

import numpy as np

from forerun.core import Array, Table, Undecided
from forerun.laws.fitter.fit import Fit


def beside(made: Fit, table: Table, x: str, *, at: Array | None = None) -> Table:
    """Columns x, measured, predicted, low and high (80%), in order of x.

    Args:
        x: a column that the law reads.
        at: shape (m,), more values of x to predict at, for laws that read nothing else.
    """
    measured = np.asarray(table.columns.get("y", np.full(table.n_rows, np.nan)), float)
    inputs = {name: np.asarray(table.columns[name], float) for name in made.formula.inputs}
    if at is not None and len(inputs) == 1:
        inputs[x] = np.concatenate([inputs[x], at])
        measured = np.concatenate([measured, np.full(at.size, np.nan)])
    prediction = made.predict(Table(inputs), transfer=True)
    if isinstance(prediction, Undecided):
        return Table({x: inputs[x], "measured": measured})
    rows = {"measured": measured, "predicted": prediction.y, "low": prediction.low, "high": prediction.high}
    return Table({x: inputs[x], **rows}).take(np.argsort(inputs[x], kind="stable"))
