"""The chart of performance profiles: on how many workloads each submission is within a factor of the fastest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput
from forerun.evaluate.races.race import RaceResult
from forerun.figures.chart import MOST_LINES, Axis, Chart, Line, look_of
from forerun.figures.markup import tag, text
from forerun.figures.page.frame import figures_page

_LINEAR = 10.0  # factors up to which the axis does not count in powers; arbitrary


def profiles_chart(ratios: Mapping[str, ArrayLike], *, most: float = 4.0) -> Chart:
    """A line a submission: the share of workloads on which its time to the target is within a factor of the fastest.

    Source: Dolan & Moré 2002, arXiv cs/0102001; to factor 4 as AlgoPerf scores them (Dahl et al. 2023, arXiv
    2306.07179).

    Args:
        ratios: by name, a time over the fastest submission's for each workload, 1 or more; inf or nan where the target
            was missed.
        most: the largest factor shown.

    Raises:
        BadInput: none, too many, of unlike numbers of workloads, or a ratio below 1.

    Example:
        >>> chart = profiles_chart({"a": [1.0, 2.0], "b": [1.5, float("inf")]})
        >>> [[round(float(np.interp(at, one.x, one.y)), 2) for at in (1.2, 1.8, 3.0)] for one in chart.lines]
        [[0.5, 0.5, 1.0], [0.0, 0.5, 0.5]]
    """
    rows = {name: np.asarray(one, np.float64).ravel() for name, one in ratios.items()}
    sizes = {one.size for one in rows.values()}
    if len(rows) > MOST_LINES or len(sizes) != 1 or not min(sizes):
        raise BadInput(
            f"{len(rows)} submissions on {', '.join(map(str, sorted(sizes))) or 'no'} workloads: 1 to {MOST_LINES} on "
            "the same ones make a picture",
            where="profiles",
        )
    for name, row in rows.items():
        if (row < 1.0).any():
            raise BadInput(
                f"a time over the fastest is 1 or more, but is {np.nanmin(row):g}", where=f"profile {name!r}"
            )
    lines = tuple(_steps(i, name, row, most) for i, (name, row) in enumerate(rows.items()))
    across = Axis("time to target, over the fastest", log=most > _LINEAR)
    return Chart(across, Axis("workloads", zero=True, percent=True), lines, height=380)


def race_chart(result: RaceResult) -> Chart:
    """The profiles of a race; of a large field those of the highest scores."""
    return profiles_chart(dict(list(result.profiles.items())[:MOST_LINES]))


def race_page(result: RaceResult) -> str:
    """The picture as a page that works offline."""
    n = len(result.scores)
    drawn = f", of which the first {MOST_LINES} are drawn" if n > MOST_LINES else ""
    lead = f"{n} submissions on {len(result.workloads)} workloads{drawn}. {result.method}"
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", "Race")
    head = tag("header", brand + heading + tag("p", text(lead, longest=1000), class_="lead"))
    return figures_page("Race", head, [race_chart(result)])


def _steps(i: int, name: str, ratios: Array, most: float) -> Line:
    """Up by one workload at each ratio, level between."""
    at = np.sort(ratios[np.isfinite(ratios) & (ratios <= most)])
    places = np.unique(at[at > 1.0])
    x = np.concatenate([[1.0], np.stack([np.nextafter(places, 0.0), places], axis=1).ravel(), [most]])
    y = np.searchsorted(at, x, side="right") / ratios.size
    (tone, dash), own = look_of(i), np.append(np.diff(x) > 0, True)
    return Line(name, x[own], y[own], tone, dash)
