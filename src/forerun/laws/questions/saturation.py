"""The size at which growing further stops paying: where the gain per doubling falls below a level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter import Fit, misfit
from forerun.laws.fitter.fit import fit
from forerun.laws.fitter.rows import beside
from forerun.laws.question import Question, in_words

CARD = Card(
    name="saturation",
    does="The size from which doubling it improves the loss by less than a given gain.",
    source="ours; read off a fitted law",
    assumes="The law holds as far as the answer lies.",
    needs="The columns of a law and y; settings gain and, of laws of several columns, column and fixed (name=value).",
    promises="A size on generated data, with its range, no earlier for larger models: evidence/laws/saturating.md.",
    known_answer="A law E + A N^-α has it in closed form.",
    control="A gain of 1e-12 is refused as too far beyond the data.",
)
_DOUBLINGS, _EACH = 60, 20  # how far sizes are looked at, and how many of them a doubling
_FAR = 10.0  # times the seen span of sizes (logarithmic) beyond which no answer is given


def saturation(
    made: Fit, gain: float, column: str, *, start: float, fixed: Mapping[str, float] | None = None
) -> Range | Undecided:
    """The smallest size from ``start`` on at which doubling a column improves y by less than ``gain``.

    Args:
        made: a fit of any law of named columns.
        gain: per doubling, in the unit of y.
        column: the law's input that grows.
        start: its least value looked at; sizes up to 2^60 times it are.
        fixed: the law's other inputs.

    Returns:
        A `Range` in the column's unit over the draws of the parameters (80%); `Undecided` where a tenth of the draws
        never get there, or the answer lies far beyond what was fitted.

    Raises:
        BadInput: a gain or start that is not positive, a column that the law does not read, or one that is missing.

    Example:
        >>> from forerun.laws.fitter import fit
        >>> N = np.geomspace(1e6, 1e9, 12)
        >>> made = fit("regularised", Table({"params": N, "y": 2.0 + 100 * N**-0.3}))
        >>> found = saturation(made, 0.05, "params", start=1e6)
        >>> round(found.estimate / 1e7, 1)
        38.2
    """
    law = made.formula
    if not (gain > 0 and start > 0):
        raise BadInput(f"gain and start must be positive, but are {gain:g} and {start:g}")
    if column not in law.inputs:
        raise BadInput(f"law {made.law!r} reads {', '.join(law.inputs)}; there is no {column!r}")
    x = start * 2.0 ** np.linspace(0.0, _DOUBLINGS, _DOUBLINGS * _EACH + 1)
    X = law.read(Table({column: x, **{name: np.full(x.size, value) for name, value in (fixed or {}).items()}}))

    def where(params: Array) -> Array:
        y = law.predict(params, X)[0]
        return _first_below(np.abs(y[:, :-_EACH] - y[:, _EACH:]), gain, x)

    size = where(made.sampled())
    if not np.isfinite(size[0]) or np.isnan(size).mean() > 0.1:
        return Undecided(
            f"a doubling of {column} still gains {gain:g} or more at {x[-1]:.3g}", "a smaller start, or larger sizes"
        )
    if np.interp(size[0], x, misfit.beyond(made.support, law.size(X))) > _FAR:
        return Undecided(f"{column} = {size[0]:.3g} lies far beyond the fitted sizes", "larger sizes")
    return made.derived(where, column)


def _first_below(gains: Array, gain: float, x: Array) -> Array:
    """Where each row of gains per doubling first falls below a level, between the sizes looked at; NaN where never."""
    below = gains < gain
    i = np.argmax(below, axis=1)
    rows, before = np.arange(len(gains)), np.maximum(i - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.log(gains[rows, before] / gain) / np.log(gains[rows, before] / gains[rows, i])
    at = x[before] * (x[i] / x[before]) ** np.where(i > 0, share, 0.0)
    return np.where(below.any(axis=1), at, np.nan)


def answer(
    table: Table,
    *,
    gain: float,
    law: str = "regularised",
    column: str = "",
    start: float | None = None,
    fixed: tuple[str, ...] = (),
    seed: int = 0,
) -> Answer | Undecided:
    """Where growing a column of a law further stops paying; looked for from the smallest size in the table on."""
    made = fit(law, table, seed=seed)
    if isinstance(made, Undecided):
        return made
    grown = column or made.formula.inputs[0]
    others = {name: float(value) for name, _, value in (pair.partition("=") for pair in fixed)}
    least = start if start is not None else float(np.min(table.columns[grown])) if grown in table.columns else 1.0
    size = saturation(made, gain, grown, start=least, fixed=others)
    if isinstance(size, Undecided):
        return size
    says = f"doubling {grown} gains less than {gain:g} from {in_words(size)} on"
    rows = beside(made, table, grown, at=np.geomspace(least, size.estimate, 40))
    return Answer(CARD.name, "1", says, {"size": size}, rows, made.warnings)


QUESTION = Question(card=CARD, version="1", columns=("y",), answer=answer)
