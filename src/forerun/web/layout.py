"""What all pages have around them, and the scripts that they run."""

from __future__ import annotations

from importlib import resources

from forerun.figures.markup import tag
from forerun.figures.page.frame import asset, drawing
from forerun.figures.page.whole import lead
from forerun.web.listing import Listing
from forerun.web.navigation import nav

COUNT = 50
"""Rows of a page of the table."""
_OWN = frozenset(one.name for one in (resources.files("forerun.web") / "page").iterdir())


def framed(heading: str, main: str, says: str = "", at: str = "") -> str:
    """A page's body under its heading, both HTML, and a sentence on all of it."""
    live = tag("p", "", id="live", class_="quiet", role="status")
    above = tag("p", says, class_="lead", id="lead") if says else ""
    return tag("header", nav(at) + tag("h1", heading) + above + live) + tag("main", main)


def sentence(listing: Listing) -> str:
    """How many runs there are, what they come to, and what stopping some would save."""
    return lead((entry.shown.view.advice.verdict, entry.place.left.order) for entry in listing.entries)


def scripts(*names: str) -> list[str]:
    """What draws charts, what hears of changes, and the scripts of these names."""
    return [*drawing(), *(_script(name) for name in ("live.js", *names))]


def _script(name: str) -> str:
    return (resources.files("forerun.web") / "page" / name).read_text("utf-8") if name in _OWN else asset(name)
