"""``/compare``: several runs over one another, with what a report says of each."""

from __future__ import annotations

from collections.abc import Sequence

from forerun.core import BadInput
from forerun.figures.markup import tag
from forerun.figures.page.charts import detail_of
from forerun.figures.page.table import row, table
from forerun.web.answers.run import section_of
from forerun.web.call import Call, Page
from forerun.web.layout import framed, scripts
from forerun.web.listing import ListedRun

_MOST = 60
_COMPARE = '<section id="compare" hidden><h2>Compare</h2></section>'


def answer(call: Call) -> Page:
    """The runs named, else the first of those that match, laid over one another on any axis."""
    entries = _entries(call)
    call.workspace.in_sight([entry.run.id for entry in entries])
    listing, detail = call.workspace.listing, detail_of([entry.run for entry in entries])
    rows = [
        row(one.number, one.shown.view, one.place, one.shown.drawn(), listing.sweep, listing.aimed) for one in entries
    ]
    sections = "".join(section_of(call.workspace, one, detail=detail) for one in entries)
    body = _COMPARE + table(rows, listing.sweep, listing.aimed) + tag("div", sections)
    title = f"{len(entries)} runs"
    return Page(title, framed(title, body), scripts("page.js", "report.js", "finer.js", "compare.js", "run.js"))


def _entries(call: Call) -> Sequence[ListedRun]:
    named = call.several("run")
    if len(named) > _MOST:
        raise BadInput(f"at most {_MOST} runs are compared at once, not {len(named)}", where="?run")
    listing = call.workspace.listing
    if named:
        return [listing.by_id[call.workspace.snapshot.run(id).id] for id in dict.fromkeys(named)]
    return listing.chosen(call.text("find") or "", call.text("sort") or "", down=call.flag("down"))[:_MOST]
