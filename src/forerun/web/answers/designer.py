"""The page of the schedule designer."""

from __future__ import annotations

from forerun.figures.markup import embed, scroll, tag, text
from forerun.figures.page.frame import asset, drawing
from forerun.schedules.written import WRITERS
from forerun.web.answers.fitting import sources
from forerun.web.call import Call, Page
from forerun.web.navigation import heading

_FORMS = ("wsd", "linear", "cosine", "constant", "inverse_sqrt")
"""Forms to begin with that steps, peak and warmup alone tell."""


def page(call: Call) -> Page:
    """Knots that can be dragged, stepped by keys or typed, and what a law fitted to the runs says they end at."""
    begins = tag("script", embed(sources(call)), type="application/json", id="sources")
    body = (
        heading("/schedules", "Schedule designer", "No law is fitted yet.") + tag("main", _BODY, class_="tool") + begins
    )
    scripts = [*drawing(), asset("asking.js"), asset("knots.js"), asset("designer.js")]
    return Page("Schedule designer", body, scripts)


def _option(value: str, name: str) -> str:
    return tag("option", text(name), value=value)


_FITTING = tag(
    "section",
    tag("div", "", class_="controls", id="law-form")
    + tag("details", tag("summary", "Runs that the law is fitted to") + tag("div", "", id="law-runs", class_="runs"))
    + tag("p", "", id="law-says", class_="quiet", role="status"),
    aria_label="the law",
)
_PLAN = tag(
    "div",
    tag("label", "Steps " + tag("input", id="steps", type="number", min="2", step="1"))
    + tag(
        "label",
        "Start from "
        + tag("select", _option("", "a form …") + "".join(_option(one, one) for one in _FORMS), id="form"),
    )
    + tag("button", "Lowest by the law", type="button", id="lowest")
    + tag("label", "Go on from " + tag("select", _option("", "the beginning"), id="resume"))
    + tag("label", "at step " + tag("input", id="since", type="number", min="1", step="1", disabled="")),
    class_="controls",
)
_EDIT = tag(
    "div",
    tag("button", "Undo", type="button", id="undo")
    + tag("button", "Pin to compare", type="button", id="pin", aria_pressed="false")
    + tag(
        "label",
        "Export as " + tag("select", "".join(_option(one, one) for one in WRITERS), id="to"),
    )
    + tag("button", "Export", type="button", id="export"),
    class_="controls",
)
_HELP = (
    "Drag a knot, or step to it with Tab: arrow keys move it (with Shift by a tenth as much), Insert adds one after "
    "it, Delete takes it away. A double click adds a knot there. The numbers below are the same knots."
)
_BODY = (
    _FITTING
    + tag(
        "section",
        _PLAN
        + tag(
            "div",
            tag("div", "", class_="plot", id="rates", role="figure", aria_label="learning rate over steps")
            + tag("div", "", class_="knots", id="knots", role="group", aria_label="knots of the schedule"),
            class_="drawn",
        )
        + tag("p", _HELP, class_="quiet")
        + tag("div", "", class_="plot", id="losses", role="figure", aria_label="predicted loss over steps")
        + tag("p", "In grey: what was measured of the runs that the law is fitted to.", class_="quiet", id="measured")
        + tag("ul", "", id="warnings")
        + _EDIT
        + tag("pre", "", id="text", hidden="", tabindex="0", aria_label="the schedule as text"),
        aria_label="the plan",
    )
    + tag(
        "section",
        tag("h2", "Numbers")
        + scroll(
            tag(
                "table",
                tag("caption", "The knots; between them the rate is straight.")
                + tag("thead", tag("tr", "".join(tag("th", one, scope="col") for one in ("knot", "step", "rate", "")))),
                id="numbers",
            ),
            "numbers",
        ),
    )
)
