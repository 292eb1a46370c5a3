"""The page that all begins on: what needs someone, and every run in a table."""

from __future__ import annotations

from forerun.figures.markup import tag, text
from forerun.figures.page.whole import how_to_read, not_read
from forerun.web.answers.rows import rows
from forerun.web.call import Call, Page
from forerun.web.layout import COUNT, framed, scripts, sentence

_TOOLS = (
    '<div class="tools"><label for="filter">Filter</label><input id="filter" type="search" autocomplete="off" '
    'placeholder="run, metric, advice, status, finding, lr=0.01" spellcheck="false">'
    '<label>Group by <select id="group"><option value="">nothing</option></select></label>'
    '<a id="compare-link" class="button" href="/compare">Compare</a>'
    '<output id="count" for="filter group" class="quiet"></output></div>'
)
_PAGER = (
    '<nav class="pager" aria-label="pages of runs" hidden><button type="button" id="before">Previous</button>'
    '<span id="where"></span><button type="button" id="after">Next</button></nav>'
)


def answer(call: Call) -> Page:
    """All runs, those that need someone first."""
    main = tag("div", _TOOLS + tag("div", rows(call), id="rows", data_count=COUNT) + _PAGER, id="listing")
    title, below = call.workspace.title, not_read(call.workspace.runs.skipped) + how_to_read()
    return Page(
        title,
        framed(text(title), tag("div", "", id="needs") + main + below, sentence(call.workspace.listing), at="/"),
        scripts("home.js"),
    )
