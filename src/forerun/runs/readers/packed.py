"""Compressed files, read through: gzip, bzip2, xz and zstd, told by their first bytes and never by their names."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from forerun.core import MissingExtra, UnreadableLog

_MAGIC = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
SUFFIXES = (".gz", ".zst", ".zstd", ".bz2", ".xz")
_LEAST, _FOLD = 1 << 24, 200
"""What a file may unpack to: 16 MiB, or 200 times its size; logs shrink to a tenth, bombs to a thousandth (ours)."""


class Cut(Exception):
    """A packed stream that ends early or is damaged; the message says how."""


def packing(head: bytes) -> str | None:
    """What a file's first bytes say it is packed with.

    Example:
        >>> packing(gzip.compress(b"step,loss")), packing(b"step,loss")
        ('gzip', None)
    """
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


class Unpacked:
    """The bytes in a packed file, in order.

    Raises:
        MissingExtra: zstd without the package zstandard.
        UnreadableLog: it unpacks to more than a log can be.
    """

    def __init__(self, file: IO[bytes], name: str, path: Path) -> None:
        self._left = max(_LEAST, _FOLD * path.stat().st_size)
        self._stream, self._path = _stream(file, name), path
        self._most = self._left

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, fewer only at the end.

        Raises:
            Cut: the stream is damaged before its end; what could be had of it was given.
        """
        pieces: list[bytes] = []
        while size > 0:
            try:
                piece = self._stream.read1(min(size, 1 << 20))
            except Exception as error:  # each library has its own errors, and zstandard's may not be there to be named
                if not _is_damage(error):
                    raise
                if pieces:
                    break  # told by the next read
                raise Cut(str(error)[:100] or type(error).__name__) from error
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
            self._left -= len(piece)
            if self._left < 0:
                raise UnreadableLog(
                    f"unpacks to more than {self._most} bytes; too large for a log", where=self._path.name
                )
        return b"".join(pieces)


def _stream(file: IO[bytes], name: str) -> Any:
    match name:
        case "gzip":
            return gzip.GzipFile(fileobj=file)
        case "bzip2":
            return bz2.BZ2File(file)
        case "xz":
            return lzma.LZMAFile(file)
        case _:
            return _zstd(file)


def _zstd(file: IO[bytes]) -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra("a log packed with zstd", "zstandard", "inspect") from error
    return zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file, read_across_frames=True)


def _is_damage(error: Exception) -> bool:
    return (
        isinstance(error, (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError))
        or type(error).__name__ == "ZstdError"
    )


def unpacked(raw: bytes, path: Path, size: int = -1) -> bytes:
    """What packed bytes hold, as far as it can be had; other bytes as they are.

    Args:
        raw: a file, or its start.
        path: the file.
        size: how much of it is wanted; all of it when negative.
    """
    name = packing(raw)
    if name is None:
        return raw if size < 0 else raw[:size]
    stream = Unpacked(BytesIO(raw), name, path)
    pieces: list[bytes] = []
    try:
        while size and (piece := stream.read(min(size, 1 << 20) if size > 0 else 1 << 20)):
            pieces.append(piece)
            size -= len(piece) if size > 0 else 0
    except Cut:
        pass
    return b"".join(pieces)
