"""How values and names are written for people, in the terminal and on pages alike."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from forerun.core.secrets import masked

LONGEST = 120
_AHEAD = 1000  # characters beyond what is shown that are looked at, so that no secret is cut before it is known
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe2f]"
_STACKED = re.compile(f"({_MARK}{{2}}){_MARK}+")


def harmless(value: Any, *, longest: int = LONGEST) -> str:
    """One line of text that shows all it holds: what stands in logs is untrusted, and may hold secrets.

    Control characters, direction overrides and what is invisible become question marks, line breaks spaces; marks
    heaped on one letter go, secrets are masked, and what is longer is cut.

    Example:
        >>> harmless("a" + chr(27) + "[31mred" + chr(0x202E) + chr(10) + "api_key=x1")
        'a?[31mred? api_key=***'
    """
    text = masked(str(value)[: longest + _AHEAD])
    if not (text.isascii() and text.isprintable()):
        text = _STACKED.sub(r"\1", "".join(map(_visible, text)))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _visible(letter: str) -> str:
    if letter.isspace():
        return " "
    return "?" if unicodedata.category(letter) in ("Cc", "Cf", "Cs") or letter in _INVISIBLE else letter


def number(value: float | None) -> str:
    """Four significant digits, whole numbers and what is before the point in full, a dash for nothing.

    Just below one, as accuracies are, they are those of the distance to one.

    Example:
        >>> number(20000.0), number(0.123456), number(3e-05), number(float("nan")), number(None), number(14321.7)
        ('20000', '0.1235', '3e-5', 'nan', '-', '14322')
        >>> number(0.999999), number(0.99987)
        ('0.999999', '0.99987')
    """
    if value is None:
        return "-"
    if abs(value) < 1e12 and value == int(value):
        return str(int(value))
    if 9999.5 <= abs(value) < 1e12:
        return str(round(value))
    if 0.999 < abs(value) < 1:
        return f"{value:.{1 - math.floor(math.log10(1 - abs(value)))}f}".rstrip("0")
    return re.sub(r"e([+-])0+", r"e\1", f"{value:.4g}")


def duration(hours: float) -> str:
    """A length of time in the unit people would use.

    Example:
        >>> duration(6e-5), duration(0.2), duration(30.0), duration(100.0)
        ('0.22 s', '12 min', '30 h', '4.2 d')
    """
    for unit, size, most in (("s", 1 / 3600, 90), ("min", 1 / 60, 90), ("h", 1.0, 48)):
        if hours / size < most:
            return f"{hours / size:.2g} {unit}"
    return f"{hours / 24:.1f} d"


def position(value: float) -> str:
    """A point on an axis: whole, with separators, from 1,000 on.

    Example:
        >>> position(11386.25), position(0.75)
        ('11,386', '0.75')
    """
    return f"{round(value):,}" if 1000 <= abs(value) < 1e15 else number(value)


_COUNTED = frozenset(("step", "row", "iteration", "tokens", "samples", "flops", "params"))


def place(value: float, axis: str) -> str:
    """A point on its axis: whole where the axis counts things, else as `position`.

    Example:
        >>> place(247.5, "step"), place(0.5, "epoch"), place(11386.25, "seconds")
        ('248', '0.5', '11,386')
    """
    return f"{math.floor(value + 0.5):,}" if axis in _COUNTED and 1 <= abs(value) < 1e15 else position(value)


def counted(n: int, what: str, several: str = "") -> str:
    """So many of something.

    Example:
        >>> counted(1, "file"), counted(1200, "run")
        ('1 file', '1,200 runs')
    """
    return f"{n:,} {what if n == 1 else several or what + 's'}"
