"""``/rows``: the rows of the table that someone has before his eyes, and what needs someone now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from forerun.core.display import counted
from forerun.figures.ahead import accuracy
from forerun.figures.markup import tag, text
from forerun.figures.page.needs import SHOWN, needs
from forerun.figures.page.table import grid, row
from forerun.figures.view import forecast_of
from forerun.web.call import Call, Fragment
from forerun.web.layout import COUNT, sentence
from forerun.web.listing import ListedRun, Listing

_MOST = 500
_CAPTION = "Runs, most urgent first unless sorted: what to do and why, its best, where it is and where it is going."


def answer(call: Call) -> Fragment:
    """As many rows as fit on a page, of those that match."""
    return Fragment(*_of(call))


def rows(call: Call) -> str:
    """The same as HTML; the runs in it count as seen."""
    html, ids = _of(call)
    call.workspace.in_sight(ids)
    return html


def _of(call: Call) -> tuple[str, list[str]]:
    """The rows, and the ids of the runs in them."""
    find, sort, group = (call.text(name) or "" for name in ("find", "sort", "group"))
    down, start = call.flag("down"), call.whole("from", 0, most=10**7)
    count = call.whole("count", COUNT, most=_MOST)
    listing = call.workspace.listing
    key = ("rows", find, sort, down, group, start, count)
    return listing.once(key, partial(_made, listing, find, sort, group, down=down, start=start, count=count))


def _made(
    listing: Listing, find: str, sort: str, group: str, *, down: bool, start: int, count: int
) -> tuple[str, list[str]]:
    entries = listing.chosen(find, sort, down=down, group=group)
    start = min(start, max(0, len(entries) - 1) // max(count, 1) * count)
    shown = entries[start : start + count]
    inner = "".join(_grouped(listing, entries, shown, group) if group else (_row(listing, entry) for entry in shown))
    table = grid([inner], listing.sweep, listing.aimed, _CAPTION) if entries else tag("p", _nothing(listing, find))
    columns = " ".join(name.replace(" ", "\u00a0") for name in [*listing.sweep.columns, "status", "verdict", "metric"])
    pressing = tag("div", listing.once("needs", partial(_needs, listing)), data_for="needs")
    facts = tag(
        "div", tag("div", sentence(listing), data_for="lead") + pressing, hidden="",
        data_of=len(listing.entries), data_matching=len(entries), data_from=start, data_columns=columns,
    )  # fmt: skip
    return facts + table, [entry.run.id for entry in shown]


def _row(listing: Listing, entry: ListedRun) -> str:
    shown = entry.shown
    return row(entry.number, shown.view, entry.place, shown.drawn(), listing.sweep, listing.aimed, entry.href)


def _grouped(listing: Listing, every: Sequence[ListedRun], shown: Sequence[ListedRun], group: str) -> list[str]:
    """The rows, each group under a line that tells of all of it, also of what stands on other pages."""
    made: list[str] = []
    value = partial(listing.value, column=group)
    whole = {name: list(members) for name, members in groupby(every, value)}
    for name, members in groupby(shown, value):
        words = f"{group} {name or 'not known'}: {counted(len(whole[name]), 'run')}{_best(whole[name])}"
        made.append(tag("tr", tag("th", text(words, longest=200), colspan=20, scope="rowgroup"), class_="group"))
        made += [_row(listing, entry) for entry in members]
    return made


def _best(entries: Sequence[ListedRun]) -> str:
    """The best value of a group that is judged by one metric."""
    views = [entry.shown.view for entry in entries if entry.shown.view.best.order is not None]
    if len({one.metric for one in views}) != 1:
        return ""
    metric = views[0].metric
    least = entries[0].run.curves[metric].direction == "min" if metric in entries[0].run.curves else True
    best = (min if least else max)(views, key=lambda one: one.best.order or 0.0)
    return f", best {best.best.text} ({best.id})"


def _needs(listing: Listing) -> str:
    """What a report opens with; pictures are drawn of those alone that it shows at once."""
    entries = [entry for entry in listing.entries if entry.place.needs or entry.place.extend]
    soonest = sorted(entries, key=lambda entry: entry.place.urgency)[:SHOWN]
    likeliest = sorted(entries, key=lambda entry: -(entry.place.first.order or 0.0))
    drawn = {entry.number for entry in [*soonest, *[one for one in likeliest if one.place.extend][:SHOWN]]}
    parts = [entry.part(drawn=entry.number in drawn) for entry in entries]
    forecasts = [forecast_of(entry.shown.look) for entry in listing.entries]
    return needs(parts, accuracy([one for one in forecasts if one is not None])) if parts else ""


def _nothing(listing: Listing, find: str) -> str:
    if find:
        return "No run matches. Words are looked for in ids, names, metrics, advice, status, findings and settings."
    return "Reading ..." if not listing.version else "No run is there yet; the page shows it once there is."
