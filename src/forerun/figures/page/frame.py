"""The page around everything: head, content-security policy, styles and scripts."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from forerun.figures.markup import tag, text

_NO_SCRIPT = (
    "Charts, the filter and sorting need JavaScript. The table with its small pictures and the texts do not: "
    "all runs are here."
)


def page(title: str, body: str, *, charts: bool) -> str:
    """The whole document; only its own scripts may run, and nothing is loaded.

    The table's script stands before the drawing library, so that the table answers while that is still being read.
    """
    scripts = [asset("page.js"), *([_plotly(), asset("chart.js")] if charts else [])]
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
    note = tag("noscript", tag("p", _NO_SCRIPT, class_="notice"))
    return f'<!doctype html>\n<html lang="en"><head>{"".join(head)}</head><body>{note}{body}{tail}</body></html>\n'


def asset(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
