"""The charts of past forecasts' calibration: how often what happened lay below each quantile, and within intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forerun.core import BadInput
from forerun.evaluate.forecasts.backtest import ORIGINS
from forerun.evaluate.forecasts.outcomes import PastForecast, Shares, below_quantiles, within_intervals
from forerun.figures.chart import Axis, Bands, Chart, Guide, Line, look_of
from forerun.figures.markup import tag, text
from forerun.figures.page.frame import figures_page

MOST = 8
"""Methods that one picture holds; arbitrary."""
_LEVELS = (0.025, 0.975)  # of the bands


def calibration_charts(outcomes: Sequence[PastForecast]) -> list[Chart]:
    """Shares of outcomes below each quantile, a line a method; below, those within 80% intervals by what was seen.

    Bands are the 95% intervals that runs drawn again give; every source counts alike.

    Raises:
        BadInput: none, or more methods than are told apart.

    Example:
        >>> outcomes = [PastForecast("s", "t", f"r{i}", "loss", "m", 5.0, 10.0, i, np.arange(20.0)) for i in range(20)]
        >>> below, within = calibration_charts(outcomes)
        >>> [line.name for line in below.lines], within.lines[0].x.tolist(), within.lines[0].y.tolist()
        (['m (N=20)', 'as they should be'], [0.4], [0.8])
    """
    shares = below_quantiles(outcomes)
    if len(shares) > MOST:
        raise BadInput(f"{len(shares)} methods are too many for one picture; choose {MOST} at most", where="method")
    counts = [int(one.n.max()) for one in shares]
    within = within_intervals(outcomes, parts=ORIGINS)
    names = [f"{one.method} (N={n})" for one, n in zip(shares, counts, strict=True)]
    ends = np.array([0.0, 1.0])
    diagonal = Line("as they should be", ends, ends, "quiet", "dot", width=1.2)
    return [
        Chart(
            Axis("quantile forecast", percent=True), Axis("outcomes below it", zero=True, percent=True),
            (*_lines(names, shares), diagonal), _bands(names, shares), height=420,
        ),
        Chart(
            Axis("part of the run seen", percent=True), Axis("outcomes within the 80% interval", percent=True),
            _lines(names, within), _bands(names, within), levels=(Guide("80%", 0.8),), height=260,
        ),
    ]  # fmt: skip


def calibration_page(outcomes: Sequence[PastForecast]) -> str:
    """The picture as a page that works offline."""
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", "Calibration of past forecasts")
    sources = len({one.source for one in outcomes})
    runs = len({(one.run, one.metric) for one in outcomes})
    lead = f"Forecasts of {runs:,} finished curves of {sources} source{'s' * (sources != 1)}, beside what happened."
    head = tag("header", brand + heading + tag("p", text(lead), class_="lead") + tag("p", _HELP, class_="quiet"))
    return figures_page("Calibration of past forecasts", head, calibration_charts(outcomes))


_HELP = (
    "Forecasts are calibrated where a line lies on the dotted one: a tenth of outcomes below the 10% quantile, half "
    "below the median. A line flatter than it says that forecasts were too sure, a steeper one that they were not sure "
    "enough. Bands are 95% intervals over runs; every source counts alike."
)


def _lines(names: Sequence[str], shares: Sequence[Shares]) -> tuple[Line, ...]:
    made: list[Line] = []
    for i, (name, one) in enumerate(zip(names, shares, strict=True)):
        (tone, dash), known = look_of(i), one.n > 0
        made.append(Line(name, one.x[known], one.share[known], tone, dash, dots=True))
    return tuple(made)


def _bands(names: Sequence[str], shares: Sequence[Shares]) -> tuple[Bands, ...]:
    made: list[Bands] = []
    for i, (name, one) in enumerate(zip(names, shares, strict=True)):
        known = one.n > 0
        made.append(Bands(name, one.x[known], _LEVELS, np.stack([one.low, one.high])[:, known], look_of(i)[0]))
    return tuple(made)
