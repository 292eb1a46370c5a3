"""What a page says of all runs together: the sentence that it opens with, what was not read, and how to read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from forerun import api
from forerun.core import Skipped
from forerun.core.display import counted, duration
from forerun.figures.markup import scroll, tag, text

_SHORT = {"ask": "to look at", "cannot say": "undecided"}
_FEW = 8  # files not read that are listed unfolded


def lead(stands: Iterable[tuple[str, float | None]]) -> str:
    """How many runs there are, what they come to, and what stopping those that are to be stopped would save.

    Args:
        stands: of each run what is advised, and the hours to its end where its log tells the time.

    Example:
        >>> lead([("stop", 2.0), ("continue", 1.0), ("stop", None)])
        '3 runs: 2 to stop, 1 to continue. Stopping would save 2 h (of 1 whose log tells the time).'
    """
    each = list(stands)
    count = Counter(verdict for verdict, _ in each)
    verdicts = ", ".join(f"{count[v]:,} {_SHORT.get(v, f'to {v}')}" for v in api.VERDICTS if count[v])
    return f"{counted(len(each), 'run')}{': ' + verdicts if verdicts else ''}.{_saved(each)}"


def _saved(stands: Sequence[tuple[str, float | None]]) -> str:
    hours = [left for verdict, left in stands if verdict == "stop"]
    known = [one for one in hours if one is not None]
    if not known:
        return ""
    of = "" if len(known) == len(hours) else f" (of {len(known)} whose log tells the time)"
    return f" Stopping would save {duration(sum(known))}{of}."


def not_read(skipped: Sequence[Skipped]) -> str:
    """The files that were not read, with why."""
    if not skipped:
        return ""
    rows = "".join(tag("tr", tag("td", text(s.path)) + tag("td", text(s.why, longest=300))) for s in skipped)
    table = scroll(tag("table", tag("tbody", rows)), "files not read")
    count = f"{counted(len(skipped), 'file was', 'files were')} not read, with why"
    return tag(
        "section",
        tag("details", tag("summary", count) + table, open="" if len(skipped) <= _FEW else None),
        id="not-read",
    )


def how_to_read(*more: str) -> str:
    """What forecasts, advice and charts are, with further sentences in between."""
    inner = "".join(tag("p", text(one, longest=1000)) for one in (_HELP, *filter(None, more), _HELP_CHARTS))
    return tag("section", tag("h2", "How to read this") + inner)


_HELP = (
    "A forecast is the metric's predictive distribution at the planned end of the run: the median, and the interval "
    "that should hold the outcome in 80 of 100 cases. “Assumed” means that the log names no planned end: the forecast "
    "is then for where the runs beside it ended, or for a point somewhat beyond the last one logged. Where it leaned "
    "on runs beside it that are over, it says on which, and what it would have been alone. Advice is a proposal; "
    "by itself nothing is done to any run."
)
_HELP_CHARTS = (
    "Charts open on the last part of a curve, with the bands that should hold 50, 80 and 90 of 100 outcomes, and a "
    "star at the best value. “Whole” and “Log” show all of it; the key z does so in every chart, / goes to the filter. "
    "Faint lines are other runs of the same folder and metric; those in the forecast's colour it leaned on most."
)
