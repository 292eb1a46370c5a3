"""A law's picture: what it was fitted to, what it foretells with its band, what is left over, what it cannot tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from forerun.core import Array, BadInput, Table, Undecided
from forerun.figures.curve import AHEAD, FAINT, SEEN
from forerun.figures.downsample import thin
from forerun.figures.markup import literal, tag, text
from forerun.figures.page.frame import figures_page
from forerun.laws.fitter import Ensemble, Fit

_MOST_RUNS = 24  # drawn; more make a picture that nobody reads


def law_figure(made: Fit | Ensemble, fitted: Table, beyond: Table | None = None) -> go.Figure:
    """Points and predictions over size (or over steps, along a learning rate's path), with residuals below.

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
        >>> figure = law_figure(fit("chinchilla", table), table)
        >>> figure.layout.title.text.split(":")[0], len(figure.data[0].x)
        ('chinchilla', 25)
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.06)
    along = "rate" in fitted.columns
    _draw(figure, made, fitted, SEEN, "fitted", along)
    if beyond is not None:
        _draw(figure, made, beyond, AHEAD, "foretold", along)
    figure.update_layout(
        title={"text": literal(_title(made), longest=200), "font": {"size": 14}}, height=560,
        margin={"l": 60, "r": 20, "t": 64, "b": 48},
        template="plotly_white", legend={"orientation": "h", "y": -0.14}, hovermode="closest",
    )  # fmt: skip
    figure.update_xaxes(title_text="step" if along else "size", row=2, col=1, type="linear" if along else "log")
    figure.update_xaxes(type="linear" if along else "log", row=1, col=1)
    figure.update_yaxes(title_text="y", row=1, col=1)
    figure.update_yaxes(title_text="predicted / y - 1", tickformat=".1%", row=2, col=1)
    return figure


def law_page(made: Fit | Ensemble, fitted: Table, beyond: Table | None = None) -> str:
    """The picture as a page that works offline."""
    laws, _, badge = _title(made).partition(": ")
    figure = law_figure(made, fitted, beyond).update_layout(title=None, margin={"t": 16})
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", text(laws))
    head = tag("header", brand + heading + tag("p", text(badge, longest=1000), class_="lead"))
    return figures_page(laws, head, [figure])


def _title(made: Fit | Ensemble) -> str:
    """The laws and the badge: whether the data tell the parameters."""
    fits: Sequence[Fit] = made.fits if isinstance(made, Ensemble) else (made,)
    loose = [f"{name} of {one.law}" if len(fits) > 1 else name for one in fits for name in one.report.unidentified]
    badge = f"the data do not tell {', '.join(loose)}" if loose else "every parameter is told by the data"
    stuck = "" if all(one.report.converged for one in fits) else "; the search did not converge"
    return f"{', '.join(one.law for one in fits)}: {badge}{stuck}"


def _draw(figure: go.Figure, made: Fit | Ensemble, table: Table, colour: str, name: str, along: bool) -> None:
    ids = np.asarray([str(run) for run in table.columns["run"]]) if along else np.zeros(table.n_rows, int)
    runs = list(dict.fromkeys(ids.tolist()))
    if len(runs) > _MOST_RUNS:
        raise BadInput(f"{len(runs)} runs are too many for one picture; ask for {_MOST_RUNS} at most")
    for i, run in enumerate(runs):
        own = table.take(ids == run)
        prediction = made.predict(own, transfer=True)
        if isinstance(prediction, Undecided):
            continue
        x, applies = _x(made, own, along)
        y = np.asarray(own.columns.get("y", np.full(own.n_rows, np.nan)), float)
        order = applies[np.argsort(x[applies], kind="stable")]
        order = order[int(np.argmax(np.isfinite(y[order]))) :]  # from the first measured on
        order = order[thin(prediction.y[order])]
        shown = {"legendgroup": name, "showlegend": i == 0, "hovertext": literal(run) if along else None}
        known = order[np.isfinite(y[order])]
        figure.add_trace(
            go.Scatter(x=x[known], y=y[known], mode="markers", name=f"{name}: measured",
                       marker={"size": 4, "color": colour, "opacity": 0.55}, **shown), row=1, col=1)  # fmt: skip
        _band(figure, x[order], prediction.low[order], prediction.high[order], colour, 0.18 / max(1.0, len(runs) / 3))
        mode, dash = ("lines", {"color": colour, "width": 1.4}) if along else ("markers", {})
        figure.add_trace(
            go.Scatter(x=x[order], y=prediction.y[order], mode=mode, name=f"{name}: predicted", line=dash or None,
                       marker={"size": 7, "symbol": "line-ew-open", "color": colour}, **shown),
            row=1, col=1)  # fmt: skip
        rest = prediction.y[known] / y[known] - 1.0
        figure.add_trace(
            go.Scatter(x=x[known], y=rest, mode="markers", showlegend=False, hovertext=shown["hovertext"],
                       marker={"size": 3, "color": colour}), row=2, col=1)  # fmt: skip
    figure.add_hline(y=0.0, line={"width": 1, "color": FAINT}, row=2, col=1)  # pyright: ignore[reportArgumentType]


def _x(made: Fit | Ensemble, table: Table, along: bool) -> tuple[Array, np.ndarray]:
    """The horizontal coordinate, and the rows at which the law holds."""
    law = (made.fits[0] if isinstance(made, Ensemble) else made).formula
    X = law.read(table)
    if along:
        return np.asarray(X.step, float), np.flatnonzero(law.applies(X))
    return np.asarray(law.size(X), float), np.arange(table.n_rows)


def _band(figure: go.Figure, x: Array, low: Array, high: Array, colour: str, opacity: float) -> None:
    """The 80% interval; a bar a point where points do not lie on one line."""
    outline = np.concatenate([x, x[::-1]])
    figure.add_trace(
        go.Scatter(x=outline, y=np.concatenate([high, low[::-1]]), fill="toself", mode="lines", hoverinfo="skip",
                   line={"width": 0}, fillcolor=colour, opacity=opacity, showlegend=False), row=1, col=1)  # fmt: skip
