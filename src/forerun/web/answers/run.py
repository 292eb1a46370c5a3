"""A run's own page, and its section alone for a page that grows."""

from __future__ import annotations

from forerun.core import BadInput, UnknownName
from forerun.core.settings import resolved
from forerun.figures.curve import curve_chart
from forerun.figures.leaning import leaned_on
from forerun.figures.markup import embed, tag, text
from forerun.figures.page.charts import Detail
from forerun.figures.page.packing import packed
from forerun.figures.page.section import charts_data, folded, section
from forerun.figures.view import curve_of, forecast_of
from forerun.web.call import Call, Fragment, Page
from forerun.web.layout import framed, scripts
from forerun.web.listing import ListedRun
from forerun.web.workspace import Workspace

_DETAIL = Detail(1200, 400)
_BESIDE, _BESIDE_POINTS = 24, 240


def page(call: Call) -> Page:
    """A run with its chart, forecast, findings, diagnosis and decision, other runs faintly behind."""
    entry = entry_of(call)
    beside = "".join(_behind(other) for other in _others(call.workspace, entry))
    own = tag("div", section_of(call.workspace, entry, open=""), class_="own")
    body = framed(
        text(entry.run.id, longest=200),
        own + tag("section", "", id="order", data_number=entry.number, hidden="") + beside,
    )
    return Page(entry.run.id, body, scripts("report.js", "finer.js", "run.js", "order.js"))


def part(call: Call) -> Fragment:
    """Its section as it is now."""
    entry = entry_of(call)
    return Fragment(section_of(call.workspace, entry, open=""), (entry.run.id,))


def entry_of(call: Call) -> ListedRun:
    """The run that is asked for; it counts as seen.

    Raises:
        BadInput: none is named.
        UnknownName: there is none of that id.
    """
    listing, id = call.workspace.listing, call.text("run")
    if id is None and call.text("number") is None:
        raise BadInput("name a run", where="?run")
    if id is not None and id not in listing.by_id:
        raise UnknownName("run", id, list(listing.by_id)[:5])
    entry = listing.numbered(call.whole("number", 0, most=2**32)) if id is None else listing.by_id[id]
    call.workspace.in_sight([entry.run.id])
    return entry


def section_of(workspace: Workspace, entry: ListedRun, *, open: str | None = None, detail: Detail = _DETAIL) -> str:
    """What a report says of a run, as it is now."""
    look, run = entry.shown.look, entry.run
    metric = None if look.forecast is None else look.forecast.metric
    target = None if metric is None else resolved(run.settings, metric, target=workspace.settings.target).target
    inner = section(entry.number, run, entry.shown.view, charts_data(look, target, detail))
    forecast = forecast_of(look)
    known = workspace.listing.by_id
    leaned = [] if forecast is None else [str(known[id].number) for id in leaned_on(forecast) if id in known]
    return folded(entry.number, inner, group=entry.place.group, leaned=leaned[:5], open=open)


def _others(workspace: Workspace, entry: ListedRun) -> list[ListedRun]:
    """The runs drawn behind one: of its group those nearest to it in order."""
    if entry.place.group is None:
        return []
    members = [one for one in workspace.listing.entries if one.place.group == entry.place.group]
    at = members.index(entry)
    start = max(0, min(at - _BESIDE // 2, len(members) - _BESIDE - 1))
    return [one for one in members[start : start + _BESIDE + 1] if one is not entry]


def _behind(entry: ListedRun) -> str:
    """What the chart of another run draws of this one."""
    curve = curve_of(entry.shown.look)
    views = [] if curve is None else [packed(curve_chart(curve, most=_BESIDE_POINTS))]
    data = tag("script", embed({"views": views}), type="application/json", data_for=f"run-{entry.number}")
    return tag("section", data, id=f"run-{entry.number}", data_group=entry.place.group, class_="run", hidden="")
