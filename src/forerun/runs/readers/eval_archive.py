"""The zip of JSON documents that inspect_ai writes, compressed with zstd: any of them, never more than it may hold."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from forerun.core import MissingExtra, UnreadableLog
from forerun.runs.readers.text import parsed
from forerun.runs.regular import opened_file

_MOST, _APART = 1 << 26, 1 << 27  # bytes an entry may unpack to, and may take once it is taken apart (ours)
_DEFLATED, _ZSTD = 8, 93


@dataclass(frozen=True, eq=False)
class EvalArchive:
    """An archive that is open.

    Args:
        path: where it lies. file: its bytes. entries: by name.
    """

    path: Path
    file: BinaryIO
    entries: dict[str, zipfile.ZipInfo]

    def document(self, *names: str) -> Any:
        """What the first of the entries holds that there is; None where there is none.

        Raises:
            UnreadableLog: it is damaged, no JSON, or too much of it.
            MissingExtra: it is packed with zstd, and zstandard is not installed.
        """
        entry = next((self.entries[name] for name in names if name in self.entries), None)
        if entry is None:
            return None
        data = _unpacked(self.file, entry, self.path)
        try:
            return parsed(data, self.path, most=_APART)
        except UnreadableLog as error:
            raise UnreadableLog(f"{entry.filename[:80]}: {error.message}", where=self.path.name) from error

    def header(self) -> dict[str, Any]:
        """What the evaluation says of itself; while it is written, what its journal does.

        Raises:
            UnreadableLog: there is none, or it is no object.
        """
        header = self.document("header.json", "_journal/start.json")
        if header is None:
            raise UnreadableLog("neither a header nor a journal in it", where=self.path.name)
        if not isinstance(header, dict):
            raise UnreadableLog("its header is not a JSON object", where=self.path.name)
        return header


@contextmanager
def opened_archive(path: Path) -> Generator[EvalArchive]:
    """The archive at a path.

    Raises:
        UnreadableLog: it is none that can be read.
    """
    try:
        with opened_file(path) as file, zipfile.ZipFile(file) as archive:
            yield EvalArchive(path, file, {entry.filename: entry for entry in archive.infolist()})
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, struct.error, UnicodeError) as error:
        raise UnreadableLog(f"not a readable archive: {str(error)[:200]}", where=path.name) from error


def _unpacked(file: BinaryIO, entry: zipfile.ZipInfo, path: Path) -> bytes:
    """The bytes of an entry, never more than it may have, checked against its checksum."""
    if entry.file_size > _MOST or entry.compress_size > _MOST:
        raise UnreadableLog(
            f"{entry.filename[:80]} unpacks to {entry.file_size} bytes; too large for a log", where=path.name
        )
    file.seek(entry.header_offset)
    head = file.read(30)
    names, extra = struct.unpack("<26xHH", head)
    file.seek(entry.header_offset + 30 + names + extra)
    raw = file.read(entry.compress_size)
    if entry.compress_type == _ZSTD:
        data = _zstd(raw, entry.file_size, path)
    elif entry.compress_type == _DEFLATED:
        try:
            data = zlib.decompressobj(-15).decompress(raw, entry.file_size + 1)
        except zlib.error as error:
            raise UnreadableLog(f"{entry.filename[:80]} is damaged: {error}", where=path.name) from error
    else:
        data = raw
    if len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
        raise UnreadableLog(f"{entry.filename[:80]} is damaged: its checksum does not match", where=path.name)
    return data


def _zstd(raw: bytes, size: int, path: Path) -> bytes:
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra("reader 'inspect_eval'", "zstandard", "inspect") from error
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(raw) as stream:
            return stream.read(size + 1)
    except zstandard.ZstdError as error:
        raise UnreadableLog(f"damaged: {error}", where=path.name) from error
