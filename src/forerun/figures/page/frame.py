"""The page around everything: head, content-security policy, styles, scripts, and charts made beforehand."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib import resources

from forerun.figures.chart import Chart
from forerun.figures.markup import embed, tag, text
from forerun.figures.page.packing import packed

_DRAWING = ("names.js", "data.js", "canvas.js", "pointing.js", "values.js", "plot.js")  # each knows those before it


def page(title: str, body: str, *, scripts: Sequence[str], without: str, nonce: str | None = None) -> str:
    """The whole document; only its own scripts may run, and nothing is loaded.

    Args:
        title, body: as text, and as HTML.
        scripts: in the order in which they run.
        without: said to who has switched scripts off.
        nonce: of a page that is served, whose headers hold its policy; default a policy in the page itself.
    """
    head = [
        '<meta charset="utf-8">',
        _policy(scripts) if nonce is None else "",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        tag("title", f"{text(title)} · Forerun"),
        tag("style", asset("uplot/uPlot.min.css") + asset("page.css"), nonce=nonce),
    ]
    tail = "".join(tag("script", script, nonce=nonce) for script in scripts)
    note = tag("noscript", tag("p", text(without, longest=1000), class_="notice"))
    return f'<!doctype html>\n<html lang="en"><head>{"".join(head)}</head><body>{note}{body}{tail}</body></html>\n'


def asset(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def figures_page(title: str, body: str, charts: Iterable[Chart]) -> str:
    """A page of a text and of charts below it."""
    drawn = "".join(
        tag("div", "", class_="plot", role="figure", aria_label=chart.y.title)
        + tag("script", embed(packed(chart)), type="application/json")
        for chart in charts
    )
    scripts = [*drawing(), asset("figures.js")]
    return page(title, body + tag("main", drawn), scripts=scripts, without="The pictures need JavaScript.")


def drawing() -> tuple[str, str]:
    """The drawing library, and what draws charts with it."""
    return asset("uplot/uPlot.iife.min.js"), "".join(map(asset, _DRAWING))


def _policy(scripts: Sequence[str]) -> str:
    """Which scripts may run, by their hashes."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts) or "'none'"
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'"
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">'


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
