"""The way from page to page."""

from __future__ import annotations

from forerun.figures.markup import tag, text

PAGES = {"/": "Runs", "/decisions": "Decisions", "/schedules": "Schedule designer", "/laws": "Law explorer"}


def heading(at: str, title: str, lead: str = "") -> str:
    """A page's head: where else one may go, its title, and a line that says what it comes to.

    Example:
        >>> "aria-current" in heading("/laws", "Law explorer")
        True
    """
    return tag(
        "header", nav(at) + tag("h1", text(title)) + tag("p", text(lead), class_="lead", id="says", role="status")
    )


def nav(at: str) -> str:
    """Where else one may go."""
    links = (
        tag("a", text(name), href=path, aria_current="page" if path == at else None) for path, name in PAGES.items()
    )
    return tag("nav", tag("span", "Forerun", class_="brand") + "".join(links), aria_label="pages")
