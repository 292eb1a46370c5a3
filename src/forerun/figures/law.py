"""A law's charts: what it was fitted to, what it foretells with its band, what is left over, what it cannot tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forerun.core import Array, BadInput, Table, Undecided
from forerun.figures.chart import Axis, Bands, Chart, Guide, Line, Points, Tone
from forerun.figures.downsample import thin
from forerun.figures.markup import tag, text
from forerun.figures.page.frame import figures_page
from forerun.laws.fitter import Ensemble, Fit

MOST_RUNS = 24
"""Runs drawn; more make a picture that nobody reads."""


def law_charts(made: Fit | Ensemble, fitted: Table, beyond: Table | None = None) -> list[Chart]:
    """Points and predictions over size (or over steps, along a learning rate's path), and below what is left over.

    Args:
        made: the fit, or several.
        fitted: what it was fitted to.
        beyond: what it is asked about: held-out runs, drawn as such, or sizes that nobody has measured (y missing).

    Raises:
        BadInput: more than 24 runs are asked about; the message says so.

    Example:
        >>> from forerun.laws.fitter import fit
        >>> N, D = (g.ravel() for g in np.meshgrid(np.geomspace(1e7, 1e9, 5), np.geomspace(1e9, 1e11, 5)))
        >>> table = Table({"params": N, "tokens": D, "y": 1.7 + 400 * N**-0.34 + 2000 * D**-0.36})
        >>> above, below = law_charts(fit("chinchilla", table), table)
        >>> above.points[0].name, above.points[0].x.size, below.y.title
        ('fitted: measured', 25, 'predicted / y - 1')
    """
    along = "rate" in fitted.columns
    drawn = _Drawn()
    _draw(drawn, made, fitted, "seen", "fitted", along)
    if beyond is not None:
        _draw(drawn, made, beyond, "ahead", "foretold", along)
    axis = Axis("step" if along else "size", log=not along)
    above = Chart(axis, Axis("y"), tuple(drawn.lines), tuple(drawn.fans), tuple(drawn.points), height=420)
    zero = (Guide("", 0.0),)
    below = Chart(axis, Axis("predicted / y - 1", percent=True), points=tuple(drawn.residuals), levels=zero, height=240)
    return [above, below]


def law_page(made: Fit | Ensemble, fitted: Table, beyond: Table | None = None) -> str:
    """The picture as a page that works offline."""
    laws, _, badge = law_title(made).partition(": ")
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", text(laws))
    head = tag("header", brand + heading + tag("p", text(badge, longest=1000), class_="lead"))
    return figures_page(laws, head, law_charts(made, fitted, beyond))


def law_title(made: Fit | Ensemble) -> str:
    """The laws and the badge: whether the data tell the parameters."""
    fits: Sequence[Fit] = made.fits if isinstance(made, Ensemble) else (made,)
    loose = [f"{name} of {one.law}" if len(fits) > 1 else name for one in fits for name in one.report.unidentified]
    badge = f"the data do not tell {', '.join(loose)}" if loose else "every parameter is told by the data"
    stuck = "" if all(one.report.converged for one in fits) else "; the search did not converge"
    return f"{', '.join(one.law for one in fits)}: {badge}{stuck}"


class _Drawn:
    """What is drawn so far."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.fans: list[Bands] = []
        self.points: list[Points] = []
        self.residuals: list[Points] = []


def _draw(drawn: _Drawn, made: Fit | Ensemble, table: Table, tone: Tone, name: str, along: bool) -> None:
    ids = np.asarray([str(run) for run in table.columns["run"]]) if along else np.zeros(table.n_rows, int)
    runs = list(dict.fromkeys(ids.tolist()))
    if len(runs) > MOST_RUNS:
        raise BadInput(f"{len(runs)} runs are too many for one picture; ask for {MOST_RUNS} at most")
    for run in runs:
        own = table.take(ids == run)
        prediction = made.predict(own, transfer=True)
        if isinstance(prediction, Undecided):
            continue
        x, applies = _x(made, own, along)
        y = np.asarray(own.columns.get("y", np.full(own.n_rows, np.nan)), float)
        order = applies[np.argsort(x[applies], kind="stable")]
        order = order[int(np.argmax(np.isfinite(y[order]))) :]  # from the first measured on
        order = order[thin(prediction.y[order])]
        known, said = order[np.isfinite(y[order])], (str(run),) if along else ()
        foretold, low, high = prediction.y[order], prediction.low[order], prediction.high[order]
        drawn.points.append(Points(f"{name}: measured", x[known], y[known], tone, texts=said))
        if along:
            drawn.fans.append(Bands(f"{name}: predicted", x[order], (0.1, 0.9), np.stack([low, high]), tone))
            drawn.lines.append(Line(f"{name}: predicted", x[order], foretold, tone, width=1.4))
        else:
            drawn.points.append(Points(f"{name}: predicted", x[order], foretold, tone, "bar", low=low, high=high))
        rest = prediction.y[known] / y[known] - 1.0
        drawn.residuals.append(Points(f"{name}: left over", x[known], rest, tone, texts=said))


def _x(made: Fit | Ensemble, table: Table, along: bool) -> tuple[Array, np.ndarray]:
    """The horizontal coordinate, and the rows at which the law holds."""
    law = (made.fits[0] if isinstance(made, Ensemble) else made).formula
    X = law.read(table)
    if along:
        return np.asarray(X.step, float), np.flatnonzero(law.applies(X))
    return np.asarray(law.size(X), float), np.arange(table.n_rows)
