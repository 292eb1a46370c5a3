"""The page around everything: head, content-security policy, styles, scripts, and figures made beforehand."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from forerun.figures.markup import guarded, tag, text

if TYPE_CHECKING:
    import plotly.graph_objects as go


def page(title: str, body: str, *, scripts: Sequence[str], without: str) -> str:
    """The whole document; only its own scripts may run, and nothing is loaded.

    Args:
        title, body: as text, and as HTML.
        scripts: in the order in which they run.
        without: said to who has switched scripts off.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'"
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        tag("title", f"{text(title)} · Forerun"),
        tag("style", asset("page.css")),
    ]
    tail = "".join(tag("script", script) for script in scripts)
    note = tag("noscript", tag("p", text(without, longest=1000), class_="notice"))
    return f'<!doctype html>\n<html lang="en"><head>{"".join(head)}</head><body>{note}{body}{tail}</body></html>\n'


def asset(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def figures_page(title: str, body: str, figures: Iterable[go.Figure]) -> str:
    """A page of a text and of figures below it, in the colours of the page."""
    drawn = "".join(
        tag("div", "", class_="plot") + tag("script", guarded(figure.to_json()), type="application/json")
        for figure in figures
    )
    scripts = [plotly(), asset("figures.js")]
    return page(title, body + tag("main", drawn), scripts=scripts, without="The pictures need JavaScript.")


def plotly() -> str:
    """The drawing library."""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
