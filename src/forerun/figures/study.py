"""A study's charts: what paired seeds say of every claim, and how the arms learned."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forerun.core import Array, Curve
from forerun.core.display import number
from forerun.figures.chart import Axis, Bands, Chart, Guide, Line, Points, Tone, look_of

TITLES = ("claim", "by", "difference", "95%", "could have seen", "verdict")
"""What heads the cells of a claim."""


@dataclass(frozen=True)
class ClaimView:
    """What is shown of a study's claim, in its picture, on its page and in the terminal.

    Args:
        claim, metric: what is claimed, and by what it is judged.
        estimate, low, high: the difference with its 95% interval; positive means what the claim says.
        least: the smallest difference that would have shown.
        verdict: whether the claim holds, in words.
        holds: whether it does.
        margin: within which no difference counts, where that is what is claimed.
    """

    claim: str
    metric: str
    estimate: float
    low: float
    high: float
    least: float
    verdict: str
    holds: bool
    margin: float | None = None

    @property
    def interval(self) -> str:
        """The 95% interval in words."""
        return f"{number(self.low)} to {number(self.high)}"

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of a table under `TITLES`."""
        return self.claim, self.metric, number(self.estimate), self.interval, number(self.least), self.verdict


def claims_chart(claims: Sequence[ClaimView]) -> Chart:
    """Every claim's interval in units of its own width from zero, so that claims of different metrics stand together.

    A claim that no run could be measured for has none, and stands in the table alone.

    Example:
        >>> claim = ClaimView("a is better", "gold/loss", 2.0, 1.0, 3.0, 1.2, "holds", True)
        >>> claims_chart([claim]).points[0].x.tolist(), claim.cells[2:5]
        ([2.0], ('2', '1 to 3', '1.2'))
    """
    measured = [claim for claim in claims if math.isfinite(claim.high - claim.low)]
    rows = list(enumerate(reversed(measured)))  # the first on top
    points = [one for place, claim in rows for one in _interval(place, claim)]
    return Chart(
        Axis("difference, in half-widths of its own 95% interval"),
        Axis("claim", names=tuple(claim.claim for _, claim in rows)),
        points=tuple(points), levels=(Guide("", 0.0, "x"),), height=110 + 56 * len(rows),
    )  # fmt: skip


def _interval(place: int, claim: ClaimView) -> list[Points]:
    unit = (claim.high - claim.low) / 2.0 or 1.0
    tone: Tone = "seen" if claim.holds else "ahead"
    x, y, low, high = (
        np.array([value]) for value in (claim.estimate / unit, float(place), claim.low / unit, claim.high / unit)
    )
    says = f"{number(claim.estimate)} ({claim.interval})"
    made = [Points(claim.verdict, x, y, tone, low=low, high=high, bars="x", texts=(says,))]
    if claim.margin is not None:
        sides = np.array([-claim.margin, claim.margin]) / unit
        made.append(Points("margin", sides, np.full(2, float(place)), "quiet", "tick"))
    return made


def arms_chart(arms: Mapping[str, Sequence[Curve]]) -> Chart:
    """Every arm's curves of one metric: the mean over seeds, and the range in which they lie.

    Seeds of an arm are read at the points of its first; an arm that diverged stops where its seeds do.
    """
    lines: list[Line] = []
    fans: list[Bands] = []
    for i, (name, curves) in enumerate(arms.items()):
        x, y = at_first(curves)
        tone, dash = look_of(i)
        named = f"{name} (N={len(curves)})"
        fans.append(Bands(named, x, (0.0, 1.0), np.stack([y.min(axis=0), y.max(axis=0)]), tone))
        lines.append(Line(named, x, y.mean(axis=0), tone, dash))
    first = next(iter(arms.values()))[0]
    return Chart(Axis(first.axis), Axis(first.metric), tuple(lines), tuple(fans), height=380)


def at_first(curves: Sequence[Curve]) -> tuple[Array, Array]:
    """The points of the first curve, and all curves there, shape (curves, points)."""
    x = curves[0].x
    return x, np.array([np.interp(x, one.x, one.y, right=np.nan) for one in curves])
