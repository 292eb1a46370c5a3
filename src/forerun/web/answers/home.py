"""The page that all begins on."""

from __future__ import annotations

from forerun.figures.markup import tag, text
from forerun.web.call import Call, Page


def answer(call: Call) -> Page:
    """All runs, those that need someone first."""
    title = call.workspace.title
    heading = tag("header", tag("p", "Forerun", class_="brand") + tag("h1", text(title)))
    items = "".join(tag("li", text(run.id)) for run in call.workspace.runs)
    return Page(title, heading + tag("main", tag("ul", items)))
