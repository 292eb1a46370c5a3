"""Whether a value that was read stands in the file it was read from.

Of text, a value must be one of the numbers written there: digits with a point or a decimal comma, with or without
marks of thousands and an exponent, taken a thousand or million times (``5k``, ``1.2M``), or by a hundred (percent).
Of binary files its bytes must be there, as a float of 32 or 64 bits or an integer, or its digits. NaN and infinities
need a word or an overflow that can mean them.

Limits. x is not looked at, since axes are counted, unrolled and moved by rules; nor are times and counts, which have
units, and formats whose values are means (`MEANS`). A value at a wrong place or under a wrong name is not seen, and
that an integer of one byte stands somewhere in a binary file says little.
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from forerun.core import Run
from forerun.core.metrics import meaning

STRANGER = "which is not in the file"
MEANS = frozenset(("evaluations", "monitor", "keras_tuner"))
_NUMBER = re.compile(r"\d[\d.,_'\u00a0\u202f ]*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # colours, which a terminal does not show
_PLAIN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ODD = re.compile(r"nan|inf|null|none|n/a|\d{300}|e\+?\d{3}|[#?-]", re.IGNORECASE)
_SCALES = (1.0, 1e3, 1e6, 1e9, 1e-2, 1e2, 1e-3)


def strangers(runs: Iterable[Run], folder: Path) -> list[str]:
    """The values of runs that their files do not hold, each in words."""
    raw = [data for file in sorted(folder.rglob("*")) if _is_plain(file) for data in _contents(file)]
    written = {number for data in raw for text in _texts(data) for number in _numbers(text)}
    odd = any(_ODD.search(text) for data in raw for text in _texts(data))
    whole = b"\0".join(raw)
    found: list[str] = []
    for run in runs:
        if run.format in MEANS or run.path == "good.csv":
            continue
        for name, curve in run.curves.items():
            if meaning(name).kind in ("time", "count"):
                continue
            for value in set(curve.y.tolist()):
                if not math.isfinite(value):
                    known = odd or any(struct.pack(form, value) in whole for form in ("<d", ">d", "<f", ">f"))
                else:
                    known = _known(abs(value), written) or any(_packed(value, whole))
                if not known:
                    found.append(f"{run.id} ({run.format}): {name} has {value!r}, {STRANGER}")
                    break
    return found


def _is_plain(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()


def _contents(file: Path) -> Iterator[bytes]:
    """What is in a file, and what is packed in it."""
    data = file.read_bytes()
    yield data
    if data.startswith(b"\x1f\x8b"):
        yield _gunzipped(data)
    elif data.startswith(b"PK"):
        yield from _unzipped(data)


def _unzipped(data: bytes) -> Iterator[bytes]:
    """What its list of entries names, whatever stands before each of them."""
    try:
        entries = zipfile.ZipFile(BytesIO(data)).infolist()
    except Exception:  # what Python cannot list, the reader has not listed either
        return
    for entry in entries:
        at = entry.header_offset
        begin = at + 30 + sum(int.from_bytes(data[at + i : at + i + 2], "little") for i in (26, 28))
        raw = data[begin : begin + entry.compress_size]
        try:
            yield zlib.decompressobj(-15).decompress(raw) if entry.compress_type else raw
        except zlib.error:
            continue


def _gunzipped(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=BytesIO(data)) as stream:
        out = b""
        try:
            while piece := stream.read1(1 << 16):
                out += piece
        except (OSError, EOFError, ValueError, zlib.error):
            pass
        return out


def _texts(data: bytes) -> Iterator[str]:
    text = data.decode("utf-8", "replace")
    yield text.replace("\0", "")
    if "\0" in text:
        yield text.replace("\0", " ")
    if "\x1b" in text:
        yield _ANSI.sub("", text)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:200].count(0) * 3 > len(data[:200]):
        yield from (data.decode(name, "replace") for name in ("utf-16-le", "utf-16-be"))


def _numbers(text: str) -> Iterator[float]:
    """Every number that a stretch of digits and marks can be meant as."""
    for match in _NUMBER.finditer(text):
        whole = match[0].rstrip(" .,'_\u00a0\u202f")
        for token in dict.fromkeys([whole, *re.split(r"[ \u00a0\u202f]+", whole)]):
            yield from _meant(token)


def _meant(token: str) -> Iterator[float]:
    if token:
        pieces = [token, *re.split(r"[,_' \u00a0\u202f]", token)] if not token.isdecimal() else [token]
        tries = [*pieces, re.sub(r"[_' \u00a0\u202f]", "", token), token.replace(",", "."), token.replace(",", "")]
        tries += [token.replace(".", "").replace(",", "."), *re.split(r"(?<=\d)\.(?=\d)|,", token)]
        for piece in dict.fromkeys(tries):
            if _PLAIN.fullmatch(piece):
                yield float(piece)


def _known(value: float, written: set[float]) -> bool:
    if value == 0.0 or value in written:
        return True
    return any(_near(value / scale, written) for scale in _SCALES)


def _near(value: float, written: set[float]) -> bool:
    steps = (value, math.nextafter(value, math.inf), math.nextafter(value, -math.inf), float(f"{value:.15g}"))
    return any(one in written for one in steps)


def _packed(value: float, data: bytes) -> Iterator[bool]:
    yield struct.pack("<d", value) in data
    yield struct.pack(">d", value) in data
    try:
        single = struct.pack("<f", value)
        yield struct.unpack("<f", single)[0] == value and (single in data or single[::-1] in data)
    except OverflowError:
        pass
    if value == int(value) and abs(value) < 2**63:
        size = max(1, (int(value).bit_length() + 8) // 8)
        yield int(value).to_bytes(size, "big", signed=True) in data
        yield _varint(int(value) & (1 << 64) - 1) in data or _varint(abs(int(value)) * 2) in data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
