"""The page of the law explorer."""

from __future__ import annotations

from forerun.figures.markup import embed, tag
from forerun.figures.page.frame import asset, drawing
from forerun.web.answers.fitting import sources
from forerun.web.call import Call, Page
from forerun.web.navigation import heading


def page(call: Call) -> Page:
    """A law and a table: the fit, what was left out, what is left over, and what it says of a size nobody measured."""
    begins = tag("script", embed(sources(call)), type="application/json", id="sources")
    body = (
        heading("/laws", "Law explorer", "Choose a law and what it is fitted to.")
        + tag("main", _BODY, class_="tool")
        + begins
    )
    return Page("Law explorer", body, [*drawing(), asset("asking.js"), asset("explorer.js")])


_FIT = tag("h2", "Fit") + tag("div", "", id="params") + tag("div", "", id="charts")
_BODY = (
    tag(
        "section",
        tag("div", "", class_="controls", id="law-form")
        + tag("p", "", id="does", class_="quiet")
        + tag("div", "", class_="controls", id="columns", role="group", aria_label="columns")
        + tag("details", tag("summary", "Runs that it is fitted to; the others are foretold")
              + tag("div", "", id="law-runs", class_="runs"), id="choose")
        + tag("p", tag("button", "Fit", type="button", id="fit"))
        + tag("p", "", id="law-says", class_="quiet", role="status"),
        aria_label="the law",
    )
    + tag("section", _FIT, id="fitted", hidden="")
    + tag("section", tag("h2", "Held out") + tag("div", "", id="held-out"), id="judged", hidden="")
    + tag(
        "section",
        tag("h2", "Another size") + tag("div", "", class_="controls", id="at")
        + tag("p", "", id="predicted", role="status"),
        id="beyond", hidden="",
    )
)  # fmt: skip
