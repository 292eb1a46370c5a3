"""Output that cannot take every character: what has a plain spelling gets it, the rest is told by its number."""

from __future__ import annotations

import codecs
import sys
import unicodedata
from typing import Any

_SPELT = {
    "…": "~", "×": "x", "–": "-", "—": "-", "−": "-", "·": "-", "•": "*", "“": '"', "”": '"', "‘": "'", "’": "'",
    "→": "->", "←": "<-", "↑": "^", "↓": "v", "≤": "<=", "≥": ">=", "≈": "~", "±": "+-", "√": "sqrt ", "∞": "inf",
    "½": "1/2", "²": "^2", "³": "^3", "⁻": "^-", "¹": "^1", "∫": "integral ", "∑": "sum ",
}  # fmt: skip
_NAME = "forerun_plain"


def spelt(letter: str) -> str:
    """A character in ASCII, such that what differs still differs.

    Example:
        >>> [spelt(letter) for letter in "×αΣ₀é損"]
        ['x', 'alpha', 'Sigma', '0', '\\\\xe9', '\\\\u640d']
    """
    if letter in _SPELT:
        return _SPELT[letter]
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK ") and " LETTER " in name and " WITH " not in name:
        word = name.rpartition(" ")[2].lower().replace("lamda", "lambda")
        return word if "SMALL" in name else word.capitalize()
    if name.startswith("SUBSCRIPT "):
        return unicodedata.normalize("NFKD", letter).replace("−", "-")
    return letter.encode("ascii", "backslashreplace").decode("ascii")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(spelt, error.object[error.start : error.end])), error.end


codecs.register_error(_NAME, _replaced)


def be_plain() -> None:
    """Let no character that stdout or stderr cannot take end a command."""
    for stream in (sys.stdout, sys.stderr):
        change: Any = getattr(stream, "reconfigure", None)  # what a caller put there may have none
        if change is not None:
            change(errors=_NAME)


def for_stdout(text: str) -> str:
    """The text as stdout will show it, so that its columns can be counted."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text if text.isascii() else text.encode(encoding, _NAME).decode(encoding)
