"""A printed line taken apart into the numbers it holds and the text between them.

Lines that differ only in their numbers have the same text between them, their *skeleton*; what the numbers mean needs
to be found out once a skeleton. Every pattern is bounded, and so linear in the length of the line.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from functools import lru_cache

from forerun.runs.readers.columns import number
from forerun.runs.readers.lines.printed import in_english, named, overwritten
from forerun.runs.readers.written import decimal

LONGEST = 10_000  # characters of a line that are looked at

_ANSI = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_BARS = re.compile(
    r"(?<=%)\|[^|]{0,400}\|"  # tqdm
    r"|\[[=>.\-#]{3,400}(?:\]|(?= \d))|(?<=\d )[=>.\-#]{1,400}\]"  # Keras 2
    r"|[━╸╺─█▏▎▍▌▋▊▉]{1,400}"  # Keras 3, rich
    r"|(?:np\.|numpy\.)?(?:float|int)(?:16|32|64)?(?=\()|\b(?:jnp\.|np\.)?(?:tensor|array|Array)(?=\()"
    r"|, device='[a-z0-9:]{1,20}'|, dtype=[\w.]{1,20}|, grad_fn=<\w{1,40}>"
)
_WRAPPERS = ("tensor(", "rray(", "16(", "32(", "64(")
_STAMP = (
    r"\d{4}[-/.]\d\d[-/.]\d\d[ T_-]\d\d:\d\d:\d\d(?:[.,:]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d{1,2} [A-Z][a-z]{2}|[A-Z][a-z]{2} {1,2}\d{1,2}),?"
    r"(?: \d{4})? \d\d:\d\d:\d\d(?: \d{4})?"
    r"|\d{4}[-/]\d\d[-/]\d\d(?!\d)|(?<!\d)\d\d/\d\d/\d{4}(?: \d\d:\d\d:\d\d)?"
)
_CLOCK = r"(?:\d{1,5}:)?\d{1,5}:\d\d:\d\d(?:[.,]\d{1,9})?|\d{1,3}:\d\d(?![\d.:])"
UNITS = (
    r"(?:%|nats?|bits?|bp[bcd]|dB|pct|ms|us|µs|ns|s|sec|secs|seconds?|m|min|mins|minutes?|h|hr|hrs|hours?|days?|d|x|z|e?t?a?[KMGT]?i?B|[kKMGTB]b?|"
    r"W|°C|it|its|steps?|batch|epochs?|iter|images?|imgs?|samples?|examples?|tokens?|toks?|words?|frames?|sents?|"
    r"TFLOPs?|TFLOPS|GFLOPs?)"
)
_PLACE = ("E", "e", "ep", "Ep", "EP", "epoch", "Epoch", "EPOCH", "epoch_", "Epoch_", "epoch-", "Epoch-", "step", "Step",
          "step_", "iter", "Iter", "iter_", "it", "ep_", "Step-", "step-")  # fmt: skip
_BEFORE = "|".join(rf"(?<=\b{word})" for word in _PLACE)
_WHOLE = ("step", "iter", "iteration", "update", "tokens", "samples", "frames")
_COUNTED = "|".join(rf"(?<=(?i:{word}){sign})" for word in _WHOLE for sign in (" ", ": ", "=", ":"))
_NOT_FINITE = r"1\.#[A-Z]{1,4}\d{0,20}|nan\(\w{0,10}\)|NaN[QS]|[nN]an|NaN|NAN|[iI]nf|INF|[iI]nfinity|INFINITY"
TOKEN = re.compile(
    rf"({_STAMP}"
    rf"|(?<![\w.,\[({{])[+-]?\d{{1,15}},(?!\d{{3}}(?!\d))\d{{1,15}}(?:[eE][+-]?\d{{1,4}})?(?![.,]?\d)(?=(?:/?{UNITS})?(?![A-Za-z_]))"
    rf"|(?<![\w.]){_CLOCK}"
    rf"|(?:(?<![\w@.\ufffd])(?<![A-Za-z]-)(?:(?<![\d)\]%])[+-])?|{_BEFORE})"
    r"(?:\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,30})?(?!\d|,\d)(?:(?<![\[(]\d,\d{3})|(?=/\d))"
    r"|[1-9]\d{0,2}(?:[_'\u2019]\d{3}){1,6}(?![\d_'])"
    rf"|(?:{_COUNTED})[1-9]\d{{0,2}}(?: \d{{3}}){{1,6}}(?![\d.]| \d)"
    r"|(?:\d{1,40}(?:\.(?:\d{1,40}|(?=[\s,;\])]|$)))?|\.\d{1,40})"
    r"(?:[eE][+-]?\d{1,4}|(?<=\.\d\d)[dD][+-]\d\d)?(?!\d|\.{1,2}[\d#\ufffd]))"
    rf"(?=(?:/?{UNITS})?(?![A-Za-z_\ufffd]))"
    rf"|(?<![\w.])(?<!of )[+-]?(?:{_NOT_FINITE})"
    rf"(?=(?:/?{UNITS}|z)?(?![\w.(]))"
    r")"
)


def clean(line: str) -> str:
    """The line without colours, bars and wrappers of numbers, and with single blanks.

    Example:
        >>> clean("Epoch 0:  10%|█         | 1/10   loss=tensor(2.5, device='cuda:0')")
        'Epoch 0: 10% 1/10 loss= (2.5 )'
    """
    if "\x08" in line:
        line = overwritten(line)
    line = line[:LONGEST]
    if "\x1b" in line:
        line = _ANSI.sub("", line)
    if "@[" in line or "s (- " in line:
        line = named(line)
    if (
        "%|" in line
        or "[=" in line
        or "[>" in line
        or not line.isascii()
        or ("(" in line and any(map(line.__contains__, _WRAPPERS)))
    ):
        line = _BARS.sub(" ", line)
        if not line.isascii():
            line = in_english(line)
    return " ".join(line.split())


def value(token: str, mark: str = "") -> float | None:
    """The number a token stands for; None for a date and a time of day.

    A comma before other than three digits, or behind a lone zero, is a decimal one; of what may be either it parts
    thousands, unless ``mark`` says that commas part decimals.

    Example:
        >>> value("1,234.5"), value("1,000,000"), value("10:05"), value("0,523"), value("2,345", ",")
        (1234.5, 1000000.0, None, 0.523, 2.345)
    """
    try:
        return float(token)
    except ValueError:
        if ":" in token or "/" in token:
            return None
        parsed = decimal(token, mark if "," in token else "")
        return number(token.replace(",", "")) if parsed is None else parsed


@lru_cache(maxsize=4096)
def moment(token: str) -> float | None:
    """Unix seconds of a date with a time of day, as if it were UTC.

    Example:
        >>> moment("1970/01/01 00:01:00,5"), moment("10:05")
        (60.5, None)
    """
    if len(token) < 19 or token[4] not in "-/.":
        return None
    text = f"{token[:4]}-{token[5:7]}-{token[8:10]}T{token[11:19]}"
    rest = token[20:]
    digits = (
        rest[: next((i for i, c in enumerate(rest) if not c.isdigit()), len(rest))] if token[19:20] in ".,:" else ""
    )
    try:
        when = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return when + (int(digits) / 10 ** len(digits) if digits else 0.0)


_PLAIN = r"\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,4})?|nan|inf"


def pattern(pieces: Sequence[str], tokens: Sequence[str]) -> re.Pattern[str]:
    """What matches lines that differ from this only in plain numbers, with a group a number.

    It is for speed alone: a line that it does not match is taken apart as any other.
    """
    parts = [re.escape(pieces[0])]
    for token, before, after in zip(tokens, pieces, pieces[1:], strict=False):
        if ":" in token or "/" in token or token.count("-") > 1:
            parts.append("(" + re.sub(r"\d", r"\\d", re.escape(token)) + ")")
        else:
            sign = "" if before[-1:].isalnum() or before[-1:] in ("_", ".", ")", "]", "%", "-", "+", "@") else "[+-]?"
            parts.append(f"({sign}(?:{_PLAIN}))")
        parts.append(re.escape(after))
    return re.compile("".join(parts))


def whole(number: float | None) -> bool:
    return number is not None and math.isfinite(number) and number == math.floor(number)
