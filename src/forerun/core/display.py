"""How values and names are written for people, in the terminal and on pages alike."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

LONGEST = 120


def harmless(value: Any, *, longest: int = LONGEST) -> str:
    """Text without control sequences, direction overrides or undue length; names in logs are untrusted.

    Example:
        >>> harmless("a" + chr(27) + "[31mred" + chr(0x202E))
        'a?[31mred?'
    """
    cleaned = "".join("?" if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n" else c for c in str(value))
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 1] + "…"


def number(value: float | None) -> str:
    """Four significant digits, whole numbers and what is before the point in full, a dash for nothing.

    Example:
        >>> number(20000.0), number(0.123456), number(3e-05), number(float("nan")), number(None), number(14321.7)
        ('20000', '0.1235', '3e-5', 'nan', '-', '14322')
    """
    if value is None:
        return "-"
    if abs(value) < 1e12 and value == int(value):
        return str(int(value))
    if 1e4 <= abs(value) < 1e7:
        return str(round(value))
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
