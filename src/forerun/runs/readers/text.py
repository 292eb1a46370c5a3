"""Text logs as lines: packing and encoding found by content, binary refused."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from forerun.core import UnreadableLog
from forerun.runs.readers.packed import SUFFIXES, unpacked
from forerun.runs.regular import bytes_of, opened_file

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

_TAKES = {"{": 184, "[": 64, ",": 40}
"""Bytes that Python takes for an object, a list, and a value or name in either."""
_APART, _FOLD = 1 << 27, 200
"""Bytes that a document may take once taken apart, and as many times its file (ours)."""
AT_ONCE = 1 << 18
"""Characters of lines that are read together, at least (ours)."""
_PLAIN = bytes(byte for byte in range(256) if 7 < byte < 14 or byte == 27 or byte > 31)  # what text is made of


def encoding(head: bytes) -> str | None:
    """The encoding of a text file's start, None when it is not text.

    Every second byte of UTF-16 is zero for what logs are made of. What is no UTF-8 is taken for Windows' Latin script.

    Example:
        >>> encoding(b"step,loss"), encoding(bytes([0, 1, 2])), encoding("loss".encode("utf-16-le"))
        ('utf-8', None, 'utf-16-le')
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    start = head[: min(len(head), 4096) // 2 * 2]
    for name, low, high in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):
        if start and start[high::2].count(0) > 0.9 * len(start) / 2 and not start[low::2].translate(None, _PLAIN):
            return name
    head = head.rstrip(b"\0") or head  # what a full disk leaves behind the text
    control = len(head[:4096].translate(None, _PLAIN))
    if control > len(head[:4096]) // 100:
        return None
    return "utf-8" if head.isascii() or _mostly_utf8(head) else "cp1252"


def _mostly_utf8(data: bytes) -> bool:
    """Whether more characters are UTF-8 than are not: one flipped bit does not change a file's encoding."""
    text = data.decode("utf-8", errors="replace")
    return text.count("\ufffd") * 2 <= len(text) - len(text.encode("ascii", "ignore"))


def head_of(path: Path, size: int) -> bytes:
    """The first bytes of what a file holds, unpacked.

    Raises:
        UnreadableLog: it cannot be opened.
        MissingExtra: it is packed with zstd, and zstandard is not installed.
    """
    with opened_file(path) as file:
        return unpacked(file.read(size), path, size)


def suffix_of(path: Path) -> str:
    """A file's suffix in lower case, that of what is packed in it where it is packed.

    Example:
        >>> suffix_of(Path("a.CSV")), suffix_of(Path("train.log.gz"))
        ('.csv', '.log')
    """
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in SUFFIXES else suffix


def read_text(path: Path) -> str:
    """The whole text of a file, unpacked; bytes that are not of its encoding become U+FFFD.

    Raises:
        UnreadableLog: the file is binary or cannot be opened.
    """
    raw = unpacked(bytes_of(path), path)
    name = encoding(raw[:65536])
    if name is None:
        raise UnreadableLog("binary data, not text", where=path.name)
    return raw.decode(name, errors="replace")


_DECODER, _JSON_BLANKS = json.JSONDecoder(), " \t\n\r"
_BARE = re.compile(r"(?<=[:\[,])\s{0,9}(?:([-+]?)nan|([-+]?)inf(?:inity)?)(?=\s{0,9}[,\]}])", re.IGNORECASE)


def decoded(text: str) -> Any:
    """What a JSON text holds, as ``json.loads`` gives it, at two thirds of its time.

    Raises:
        ValueError: it is no JSON.

    Example:
        >>> decoded(' {"loss": NaN}\\n')
        {'loss': nan}
    """
    bare = text.strip(_JSON_BLANKS)
    document, end = _DECODER.raw_decode(bare)
    if end < len(bare):
        raise json.JSONDecodeError("Extra data", text, end)
    return document


def json_of(text: str) -> Any:
    """What a JSON text holds, with what C prints for numbers that are not finite, and a comma behind it; None for none.

    Two values of one key are both kept, the second numbered.

    Example:
        >>> json_of('{"loss": nan},'), json_of('{"a": 1, "a": 2}'), json_of("{oops")
        ({'loss': nan}, {'a': 1, 'a.1': 2}, None)
    """
    try:
        document = decoded(text)
        twice = type(document) is dict and (colons := text.count('":')) > len(document) and colons > _keys(document)
        return json.loads(text, object_pairs_hook=numbered) if twice else document
    except RecursionError:
        return None
    except ValueError:
        return _repaired(text)


def _repaired(text: str) -> Any:
    plain = spelled(text.rstrip().rstrip(","))
    try:
        return json.loads(plain, object_pairs_hook=numbered) if plain != text else None
    except (ValueError, RecursionError):
        return None


def spelled(text: str) -> str:
    """A JSON text with what is not finite as Python spells it."""
    if not _BARE.search(text):
        return text
    return _BARE.sub(lambda m: "NaN" if m[2] is None else f"{m[2].strip('+')}Infinity", text)


def _keys(document: dict[str, Any]) -> int:
    return len(document) + sum(_keys(value) for value in document.values() if type(value) is dict)


def numbered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's values by key; another value of one key has a number behind its key."""
    by_key = dict(pairs)
    if len(by_key) == len(pairs):
        return by_key
    by_key = {}
    for key, value in pairs:
        if key in by_key and by_key[key] != value:
            again = 1
            while f"{key}.{again}" in by_key:
                again += 1
            key = f"{key}.{again}"
        by_key[key] = value
    return by_key


def read_json(path: Path) -> Any:
    """The JSON document in a file.

    Raises:
        UnreadableLog: it is none.
    """
    return parsed(read_text(path), path)


def parsed(text: str | bytes, path: Path, *, most: int | None = None) -> Any:
    """The JSON document in a text.

    Args:
        text: the document.
        path: the file it was found in, packed or not.
        most: as in `weighed`.

    Raises:
        UnreadableLog: it is no JSON, or too much of it.

    Example:
        >>> parsed("[1, 2]", Path("a.json"), most=1 << 27)
        [1, 2]
        >>> parsed("[" + "[]," * 2_000_000 + "1]", Path("a.json"), most=1 << 27)
        Traceback (most recent call last):
        ...
        forerun.core.errors.UnreadableLog: a.json: JSON of about 208 MB once taken apart; too large for a log
    """
    weighed(text, path, most=most)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableLog(f"not JSON: {str(error)[:200]}; was the file cut short?", where=path.name) from error


def weighed(text: str | bytes, path: Path, *, most: int | None = None) -> None:
    """Refuse JSON that would fill the memory, as some can that was packed: 3 bytes of a text are a list of 64.

    What it will take is told, before it is taken apart, by the marks of its objects, lists and values.

    Args:
        text: the document.
        path: the file it was found in, packed or not.
        most: bytes it may take; default 128 MiB or 200 times the file, which none goes beyond that was not packed.

    Raises:
        UnreadableLog: it would take more.
    """
    if isinstance(text, str):
        size = sum(takes * text.count(mark) for mark, takes in _TAKES.items())
    else:
        size = sum(takes * text.count(mark.encode()) for mark, takes in _TAKES.items())
    if size <= (_APART if most is None else most):
        return
    if most is not None or size > _FOLD * path.stat().st_size:
        raise UnreadableLog(f"JSON of about {size // 10**6} MB once taken apart; too large for a log", where=path.name)


def first_lines(head: bytes, count: int = 20) -> list[str]:
    """The first complete, non-empty lines of a file's start; none when it is not text."""
    return list(_spoken_lines(head)[:count])


@lru_cache(maxsize=1)  # most readers ask for those of the same file
def _spoken_lines(head: bytes) -> tuple[str, ...]:
    name = encoding(head)
    if name is None:
        return ()
    lines = head.decode(name, errors="replace").replace("\0", "").splitlines()
    return tuple(line for line in lines if line.strip())


def parts(text: str, begin: int = 0) -> Iterator[str]:
    """Whole lines from ``begin`` on, some thousands at a time: what is made of them stays near the processor.

    Example:
        >>> [part.count("\\n") for part in parts("step,loss\\n" * 40_000)]
        [26215, 13785]
    """
    while begin < len(text):
        end = text.find("\n", begin + AT_ONCE) + 1 or len(text)
        yield text[begin:end]
        begin = end
