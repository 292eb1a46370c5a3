"""HTML as strings: everything from a log passes `text` or `embed` on its way into a page."""

from __future__ import annotations

import json
import unicodedata
from html import escape
from typing import Any

_LONGEST = 120


def text(value: Any, *, longest: int = _LONGEST) -> str:
    """Text for a page: escaped, cut, without control characters or direction overrides.

    Example:
        >>> text('<b>"x"' + chr(0x202E))
        '&lt;b&gt;&quot;x&quot;\\ufffd'
    """
    told = harmless(value)
    return escape(told if len(told) <= longest else told[: longest - 1] + "…")


def harmless(value: Any) -> str:
    """Text with control characters, direction overrides and lone surrogates replaced."""
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in str(value))


def embed(value: Any) -> str:
    """JSON that may stand inside a script element.

    Example:
        >>> embed({"a": "</script>"})
        '{"a":"\\\\u003c/script\\\\u003e"}'
    """
    told = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for dangerous in "<>&\u2028\u2029":
        told = told.replace(dangerous, f"\\u{ord(dangerous):04x}")
    return told


def tag(name: str, inner: str = "", **attributes: Any) -> str:
    """An element; attribute values are escaped, ``class_`` means class, and underscores mean dashes.

    Example:
        >>> tag("td", "1", class_="number", aria_label='a "b"')
        '<td class="number" aria-label="a &quot;b&quot;">1</td>'
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(harmless(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{told}>{inner}</{name}>"


def position(value: float) -> str:
    """A point on an axis: whole from 1,000 on.

    Example:
        >>> position(11386.25), position(0.75)
        ('11,386', '0.75')
    """
    return f"{round(value):,}" if abs(value) >= 1000 else number(value)


def number(value: float | None) -> str:
    """Four significant digits, whole numbers in full, a dash for nothing.

    Example:
        >>> number(20000.0), number(0.123456), number(None)
        ('20,000', '0.1235', '–')
    """
    if value is None:
        return "–"
    if value == value and abs(value) < 1e12 and value == int(value):
        return f"{int(value):,}"
    return f"{value:.4g}"
