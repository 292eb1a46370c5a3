"""What all pages have around them, and the scripts that they run."""

from __future__ import annotations

from collections import Counter
from importlib import resources

from forerun import api
from forerun.core.display import counted
from forerun.figures.markup import tag
from forerun.figures.page.frame import asset, drawing
from forerun.web.listing import Listing
from forerun.web.navigation import nav

COUNT = 50
"""Rows of a page of the table."""
_OWN = frozenset(one.name for one in (resources.files("forerun.web") / "page").iterdir())
_SHORT = {"ask": "to look at", "cannot say": "undecided"}


def framed(heading: str, main: str, lead: str = "", at: str = "") -> str:
    """A page's body under its heading, both HTML, and a sentence on all of it."""
    live = tag("p", "", id="live", class_="quiet", role="status")
    above = tag("p", lead, class_="lead", id="lead") if lead else ""
    return tag("header", nav(at) + tag("h1", heading) + above + live) + tag("main", main)


def sentence(listing: Listing) -> str:
    """How many runs there are, and what they come to."""
    count = Counter(entry.shown.view.advice.verdict for entry in listing.entries)
    verdicts = ", ".join(f"{count[v]:,} {_SHORT.get(v, f'to {v}')}" for v in api.VERDICTS if count[v])
    return f"{counted(len(listing.entries), 'run')}{': ' + verdicts if verdicts else ''}."


def scripts(*names: str) -> list[str]:
    """What draws charts, what hears of changes, and the scripts of these names."""
    return [*drawing(), *(_script(name) for name in ("live.js", *names))]


def _script(name: str) -> str:
    return (resources.files("forerun.web") / "page" / name).read_text("utf-8") if name in _OWN else asset(name)
