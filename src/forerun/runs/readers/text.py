"""Text logs as lines: encoding found by content, binary refused."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

from forerun.core import UnreadableLog

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

_PLAIN = bytes(byte for byte in range(256) if 8 < byte < 14 or byte == 27 or byte > 31)  # what text is made of


def encoding(head: bytes) -> str | None:
    """The encoding of a text file's start, None when it is not text.

    Example:
        >>> encoding(b"step,loss"), encoding(bytes([0, 1, 2]))
        ('utf-8', None)
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    control = len(head[:4096].translate(None, _PLAIN))
    return "utf-8" if control <= len(head[:4096]) // 100 else None


def read_text(path: Path) -> str:
    """The whole text of a file; bytes that are not of its encoding become U+FFFD.

    Raises:
        UnreadableLog: the file is binary or cannot be opened.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableLog(f"cannot be opened: {error.strerror}", where=str(path)) from error
    name = encoding(raw[:65536])
    if name is None:
        raise UnreadableLog("binary data, not text", where=str(path))
    return raw.decode(name, errors="replace")


def read_json(path: Path) -> Any:
    """The JSON document in a file.

    Raises:
        UnreadableLog: it is none.
    """
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise UnreadableLog(f"not JSON: {str(error)[:200]}; was the file cut short?", where=path.name) from error


def first_lines(head: bytes, count: int = 20) -> list[str]:
    """The first complete, non-empty lines of a file's start; none when it is not text."""
    name = encoding(head)
    if name is None:
        return []
    lines = head.decode(name, errors="replace").splitlines()
    return [line for line in lines if line.strip()][:count]
