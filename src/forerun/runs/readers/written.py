"""A written number: what tables, printed lines and JSON share of how people, tools and countries write one.

It is digits with a decimal mark, perhaps with groups of thousands, an exponent, a magnitude (``5k``) or a unit
(``260ms``), or a word for what is not finite. What one number leaves open, as ``2,345`` does, those beside it settle:
they have a `Notation`. What that leaves open too is no number, and ``why_not`` says so.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forerun.runs.readers.columns import NOT_FINITE, moment, number

ABSENT = frozenset(("", "none", "null", "n/a", "na", "-", "--", "---", "nil", "?", "<na>", "#n/a", "n.a."))
"""Cells in which nothing was logged; ``nan`` is a value."""
MAGNITUDES = {"k": 3, "K": 3, "M": 6, "B": 9, "G": 9, "T": 12}
"""Powers of ten by the letter behind a number."""
_SIZES = {
    "time": {1e-9: "ns", 1e-6: "us \u00b5s \u03bcs", 1e-3: "ms msec", 1.0: "s sec secs second seconds",
             60.0: "m min mins minute minutes", 3600.0: "h hr hrs hour hours", 86400.0: "d day days"},
    "bytes": {1.0: "bytes", 1e3: "kB KB", 1024.0: "KiB kiB", 1e6: "MB", 2.0**20: "MiB", 1e9: "GB", 2.0**30: "GiB",
              1e12: "TB", 2.0**40: "TiB"},
}  # fmt: skip
_SIZE_OF = {
    unit: (what, size) for what, sizes in _SIZES.items() for size, units in sizes.items() for unit in units.split()
}
_BLANK = " _'\u2019\u00a0\u2009\u202f"
_E = r"(?:[eE][-+]?\d{1,4})?"
_PARTED = rf"[1-9]\d{{0,2}}(?:[{_BLANK}]\d{{3}}){{1,9}}"  # 1 000 000, 1_000, 1'000
_POINT = re.compile(rf"[-+]?(?:{_PARTED}|[1-9]\d{{0,2}}(?:,\d{{3}}){{1,9}})(?:\.\d{{0,40}})?{_E}")
_COMMA = re.compile(rf"[-+]?(?:{_PARTED}|[1-9]\d{{0,2}}(?:\.\d{{3}}){{1,9}}|\d{{0,40}})(?:,\d{{1,40}})?{_E}")
_EITHER = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_DECIMAL_COMMA = re.compile(
    rf"[-+]?(?:(?:\d{{0,40}},(?:\d{{1,2}}|\d{{4,40}})|0,\d{{3}}|\d{{1,3}}(?:\.\d{{3}})+,\d+){_E}|\d+,\d+[eE]\S+)"
)
_DECIMAL_POINT = re.compile(rf"[-+]?(?:\d{{0,40}}|\d{{1,3}}(?:,\d{{3}})+)\.\d{{0,40}}{_E}")
_UNIT = re.compile(
    rf"([-+]?(?:\d[\d.,{_BLANK}]{{0,40}}(?:[eE][-+]?\d{{1,4}})?|[.,]\d{{1,40}}{_E}|{NOT_FINITE}))"
    r"\s?((?-i:[A-Za-z\u00b5\u03bc\u00b0%][A-Za-z\u00b5\u03bc/%]{0,15}|/\s?\d{1,15}))",
    re.IGNORECASE,
)
_DRESSED = re.compile(
    r"(?:(?:torch\.|np\.|jnp\.|tf\.)?(?:tensor|array|float\d\d|int\d\d|Array|Tensor)\s?\(\s?)?[\[(]{0,3}\s?"
    r"([-+]?[\w.+\-]{1,40}?),?\s?[\])]{0,3}(?:,\s?(?:device|dtype|grad_fn|requires_grad|shape)\s?=[^)]{0,60}\)?)?\)?"
)
_DURATION = re.compile(r"(?:(\d{1,6}) days?,? ?)?(?:(\d{1,6}):)?(\d{1,6}):(\d{1,2}(?:\.\d{1,9})?)")
_COMPOUND = re.compile(
    r"(?:(\d{1,6}) ?d(?:ays?)?,? ?)?(?:(\d{1,6}) ?h(?:rs?|ours?)?,? ?)?(?:(\d{1,6}) ?m(?:in\w{0,4})?,? ?)?"
    r"(?:(\d{1,6}(?:\.\d{1,9})?) ?s(?:ec\w{0,4})?)?"
)
_LONGEST = 120  # characters of a cell that may be a number


@dataclass(frozen=True)
class Notation:
    """How the numbers that stand beside one another are written.

    Args:
        mark: what parts the decimals, ``.`` or ``,``; empty while nothing tells.
        unit: what stands behind every number, and in which they are read: ``ms``, ``%``, ``/108``.
        timed: dates and durations are numbers of seconds.
    """

    mark: str = ""
    unit: str = ""
    timed: bool = False


def read(text: str, notation: Notation = Notation()) -> float | None:
    """The number that a text is, or None where it is none or may be two.

    Example:
        >>> [read(text) for text in ("1_000", "1.2M", "1,234.5", "0,52", "2,345", "tensor(0.5)", "1.2.3", "NAN")]
        [1000.0, 1200000.0, 1234.5, 0.52, None, 0.5, None, nan]
        >>> [read(text, Notation(unit="ms")) for text in ("260ms", "1.5s", "260")]
        [260.0, 1500.0, None]
    """
    text = text.strip().replace("\u2212", "-")
    if text[:1] == "'" == text[-1:]:
        text = text[1:-1].strip()
    if len(text) > _LONGEST:
        return None
    if notation.timed and text[4:5] == "-" and (when := moment(text)) is not None:
        return when
    plain = decimal(text, notation.mark)
    if plain is not None:
        return plain if not (notation.unit and plain and math.isfinite(plain)) else None
    if notation.timed and (seconds := _seconds(text)) is not None:
        return seconds
    parts = _UNIT.fullmatch(text)
    if parts:
        return _measured(parts[1].strip(), parts[2], notation)
    dressed = _DRESSED.fullmatch(text.rstrip("% ") if notation.unit == "%" else text)
    return decimal(dressed[1], notation.mark) if dressed else None


def decimal(text: str, mark: str = "") -> float | None:
    """The number in digits, decimal mark, groups and exponent; None where they may be read in two ways.

    Example:
        >>> decimal("1 234,5", ","), decimal("1.000", ","), decimal("1,000", "."), decimal("1,000")
        (1234.5, 1000.0, 1000.0, None)
    """
    bare = number(text)
    if bare is not None and (mark != "," or "." not in text or not math.isfinite(bare)):
        return bare
    if mark == "," and "." in text:
        plain = text.replace(".", "").replace(",", ".") if _COMMA.fullmatch(text) else ""
    elif mark != "," and _POINT.fullmatch(text) and (mark or not either(text)):
        plain = text.replace(",", "")
    elif mark != "." and _COMMA.fullmatch(text) and (mark or not either(text)):
        plain = text.replace(",", ".")
    else:
        return None
    for blank in _BLANK:
        plain = plain.replace(blank, "")
    return number(plain)


def either(text: str) -> bool:
    """Whether a number's one comma may be a decimal one as well as parting thousands.

    Example:
        >>> either("2,345"), either("0,345"), either("1,234,567")
        (True, False, False)
    """
    return _EITHER.fullmatch(text.strip()) is not None


def why_not(text: str) -> str:
    """What a text that is no number is said to be.

    Example:
        >>> why_not("2,345"), why_not("fast")
        ("'2,345' may be a decimal comma or thousands", "'fast' is not a number")
    """
    what = "may be a decimal comma or thousands" if either(text) else "is not a number"
    return f"{text[:40]!r} {what}"


def exact(value: float, magnitude: str) -> float:
    """A number with the letter that stood behind it, without the error of a product.

    Example:
        >>> exact(1.1, "M"), exact(0.3, "k")
        (1100000.0, 300.0)
    """
    power = MAGNITUDES[magnitude]
    plain = math.isfinite(value) and "e" not in repr(value)
    return float(f"{value!r}e{power}") if plain else value * 10.0**power


def _measured(text: str, unit: str, notation: Notation) -> float | None:
    """A number with a unit, in that of the notation."""
    plain = decimal(text, notation.mark)
    if plain is None:
        return None
    if unit == notation.unit:
        return plain
    if unit in MAGNITUDES and not notation.unit:
        return exact(plain, unit)
    factor = ratio(unit, notation.unit)
    return None if factor is None else plain * factor if factor >= 1 else plain / round(1 / factor, 9)


def ratio(unit: str, other: str) -> float | None:
    """How many of another unit one is; None where they measure different things, or nobody knows.

    Example:
        >>> ratio("s", "ms"), ratio("GiB", "MiB"), ratio("%", "")
        (1000.0, 1024.0, None)
    """
    if unit == other:
        return 1.0
    one, two = _SIZE_OF.get(unit), _SIZE_OF.get(other)
    return one[1] / two[1] if one and two and one[0] == two[0] else None


def _seconds(text: str) -> float | None:
    duration = _DURATION.fullmatch(text) or _COMPOUND.fullmatch(text)
    if duration and len([part for part in duration.groups() if part]) > 1:
        days, hours, minutes, seconds = (float(part or 0) for part in duration.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return moment(text.replace("/", "-", 2)) if text[:4].isdigit() else None


def mark_of(texts: Iterable[str]) -> str:
    """What parts the decimals of numbers beside one another; empty where nothing tells, or some say one and some other.

    Example:
        >>> mark_of(["0,52", "1"]), mark_of(["1,234.5"]), mark_of(["2,345", "3,100"]), mark_of(["250", "1,000"])
        (',', '.', '', '.')
    """
    comma = point = open_ = False
    small = 0
    for text in texts:
        text = text.strip()
        digits = text.strip("+-")
        if "," in text:
            open_ = open_ or either(text)
            comma = comma or _DECIMAL_COMMA.fullmatch(text) is not None
            point = point or (text.count(",") > 1 and _POINT.fullmatch(text) is not None)
        elif digits.isdigit():
            small = max(small, len(digits))
        point = point or ("." in text and _DECIMAL_POINT.fullmatch(text) is not None and not _grouped(text))
    if comma or point:
        return "" if comma and point else "," if comma else "."
    return "." if open_ and 0 < small <= 3 else ""  # 250, 500, 1,000: who wrote decimals would write them all


def _grouped(text: str) -> bool:
    return re.fullmatch(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+", text) is not None


def notation_of(cells: Sequence[str], *, timed: bool = False, mark: str = "", counts: bool = False) -> Notation:
    """How the numbers in cells are written: the unit that most have, the decimal mark that any shows.

    Args:
        cells: as written; absent ones say nothing.
        timed: durations and dates are numbers.
        mark: what parts the decimals of what stands beside them, where they do not show it themselves.
        counts: they count in whole numbers, so that a comma before three digits parts thousands.

    Example:
        >>> notation_of(["3.1s", "200ms", ""]), notation_of(["85%", "86%", "0.9"]).unit, notation_of(["5k", "900"]).unit
        (Notation(mark='.', unit='s', timed=False), '%', '')
    """
    spoken = [cell.strip() for cell in cells if cell.strip().lower() not in ABSENT]
    bare = [number(cell) for cell in spoken]
    parts = [_UNIT.fullmatch(cell) if value is None else None for cell, value in zip(spoken, bare, strict=True)]
    own = mark_of(part[1] if part else cell for cell, part in zip(spoken, parts, strict=True))
    units = Counter("" if part is None or part[2] in MAGNITUDES else part[2] for part in parts)
    units[""] -= sum(value is not None and not (value and math.isfinite(value)) for value in bare)  # those have any
    families: Counter[str] = Counter()
    for unit, count in units.items():
        families[next((first for first in families if ratio(unit, first)), unit)] += count
    notation = Notation(
        own or mark or ("." if counts else ""), max(families, key=families.__getitem__, default=""), timed
    )
    return replace(notation, unit="") if len(spoken) == 1 and notation.unit not in ("%", *_SIZE_OF) else notation
