"""Text as it stands: all that comes from a log passes `text` or `embed` into a page, `literal` into a picture."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from forerun.core.display import LONGEST, harmless


def text(value: Any, *, longest: int = LONGEST) -> str:
    """Text for a page: escaped, cut, without control characters or direction overrides.

    Example:
        >>> text('<b>"x"' + chr(0x202E))
        '&lt;b&gt;&quot;x&quot;?'
    """
    return escape(harmless(value, longest=longest))


def parted(value: Any, *, longest: int = LONGEST) -> str:
    """Text for a page that may be broken where its words part, as long names without a space are.

    Example:
        >>> parted("a/run_1")
        'a/<wbr>run_<wbr>1'
    """
    return text(value, longest=longest).replace("/", "/<wbr>").replace("_", "_<wbr>")


def literal(value: Any, *, longest: int = 60) -> str:
    """Text that Plotly draws as it stands: no tag, link, formula or template, whatever it looks like.

    Example:
        >>> literal("<b>$x$ %{y} & &lt;")
        '&#60;b&#62;&#36;x&#36; &#37;{y} &#38; &#38;lt;'
    """
    plain = harmless(value, longest=longest)
    return "".join(f"&#{ord(letter)};" if letter in "&<>$%" else letter for letter in plain)


def embed(value: Any) -> str:
    """JSON that may stand inside a script element.

    Example:
        >>> embed({"a": "</script>"})
        '{"a":"\\\\u003c/script\\\\u003e"}'
    """
    return guarded(json.dumps(value, allow_nan=False, separators=(",", ":")))


def guarded(json_text: str) -> str:
    """JSON, written already, that may stand inside a script element.

    Example:
        >>> guarded('["</script>"]')
        '["\\\\u003c/script\\\\u003e"]'
    """
    for dangerous in "<>&\u2028\u2029":
        json_text = json_text.replace(dangerous, f"\\u{ord(dangerous):04x}")
    return json_text


def tag(name: str, inner: str = "", **attributes: Any) -> str:
    """An element; attribute values are escaped, ``class_`` means class, and underscores mean dashes.

    Example:
        >>> tag("td", "1", class_="number", aria_label='a "b"')
        '<td class="number" aria-label="a &quot;b&quot;">1</td>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(harmless(value, longest=1000))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{inner}</{name}>"


def scroll(inner: str, label: str) -> str:
    """What may be wider than the page and then scrolls by itself, also by keys.

    Example:
        >>> scroll("<table></table>", "runs")
        '<div class="scroll" tabindex="0" role="region" aria-label="runs"><table></table></div>'
    """
    return tag("div", inner, class_="scroll", tabindex=0, role="region", aria_label=label)
