"""Files that grow: read on from where one stood, and notice when the file is not the one it was.

What tells is a checksum of the first and of the last bytes before the offset one stands at, so that a file that was
truncated and has grown again, or was replaced by another, is known even when it is longer than before. A file that has
another inode, or another time and no other size, was not merely added to: of it all bytes before the offset are
compared, by their checksum. What is not seen is an edit in the middle that keeps the length of a file which also grows
before it is looked at again: to see that, all of it would have to be read whenever it has grown.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from forerun.core import Damage, UnreadableLog
from forerun.runs.log import Follow, Log, State, Step
from forerun.runs.readers.packed import Cut, Unpacked, packing, unpacked
from forerun.runs.readers.text import encoding, read_text
from forerun.runs.regular import opened_file
from forerun.runs.stamps import stamp_of

BLOCK = 1 << 23  # bytes read at a time, which bounds memory
_HEAD = 1 << 16  # bytes that tell packing and encoding
_WITNESS = 512  # bytes at the start and before the offset that vouch for the file


class GrowingFile:
    """A file opened where ``state`` stands, or at its start when it is not the file it was.

    ``fresh`` says the latter. ``read`` gives the bytes that follow without moving; ``take`` moves past those that were
    understood; ``state`` is where one stands, to be kept.
    """

    def __init__(self, path: Path, state: State) -> None:
        self._file: BinaryIO = opened_file(path)
        self._path = path
        self.offset = int(state.get("offset", 0))
        self._sum = int(state.get("sum", 0))
        self._ahead = (0, b"")
        stat = os.fstat(self._file.fileno())
        self._stamp = {"inode": stat.st_ino, "size": stat.st_size, "time": stat.st_mtime_ns}
        self.rewritten = "sum" in state and self._rewritten(state)
        try:
            self.fresh = bool(state) and (
                state.get("witness") != self._witness() or (self.rewritten and self._checksum() != self._sum)
            )
        except UnreadableLog:
            self._file.close()
            raise
        if self.fresh:
            self.restart()

    def __enter__(self) -> GrowingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int = BLOCK) -> bytes:
        """Up to ``size`` bytes from the offset on."""
        self._ahead = (self.offset, self._at(self.offset, size))
        return self._ahead[1]

    def start(self, size: int) -> bytes:
        """The file's first bytes."""
        return self._at(0, size)

    def take(self, size: int) -> None:
        begin, data = self._ahead
        at = self.offset - begin
        taken = memoryview(data)[at : at + size] if at >= 0 and at + size <= len(data) else self._at(self.offset, size)
        self._sum = zlib.crc32(taken, self._sum)
        self.offset += size

    def restart(self) -> None:
        """Go back to the file's start."""
        self.offset = self._sum = 0

    def state(self) -> dict[str, Any]:
        return {"offset": self.offset, "witness": self._witness(), "sum": self._sum, **self._stamp}

    def _rewritten(self, state: State) -> bool:
        """Whether something else than adding to it was done to the file, as far as its inode, size and time tell."""
        changed = {name for name, value in self._stamp.items() if state.get(name) != value}
        return "inode" in changed or changed == {"time"}

    def _checksum(self) -> int:
        """Of all bytes before the offset."""
        total = 0
        for begin in range(0, self.offset, BLOCK):
            total = zlib.crc32(self._at(begin, min(BLOCK, self.offset - begin)), total)
        return total

    def _witness(self) -> int:
        size = min(_WITNESS, self.offset)
        return zlib.crc32(self._at(self.offset - size, size), zlib.crc32(self._at(0, size)))

    def _at(self, offset: int, size: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(size)
        except OSError as error:
            raise UnreadableLog(f"cannot be read at byte {offset}: {error.strerror}", where=self._path.name) from error


@dataclass(frozen=True)
class Lines:
    """Lines of a text file.

    Args:
        text: whole lines, each with a line feed behind it.
        first: number of the first of them, from 1.
        after: number of the line that follows them.
        rest: what stands behind the last line feed, given once the file's end is reached.
        half: no line end of any kind stands behind the last of ``rest``, which may be half a line.
        state: where the file then stands.
        fresh: as in `Step`.
        damage: that a packed file breaks off here.
    """

    text: str
    first: int
    after: int
    rest: list[str]
    state: dict[str, Any]
    fresh: bool
    damage: tuple[Damage, ...] = ()
    half: bool = False

    @cached_property
    def lines(self) -> list[str]:
        """The whole lines, without their ends."""
        return self.text.split("\n")[:-1]

    def step(
        self,
        logs: list[Log],
        more: Callable[[list[str]], list[Log]],
        state: Mapping[str, Any] | None = None,
        *,
        fresh: bool = False,
    ) -> Step:
        """The step these lines make.

        Args:
            logs: what the whole lines add.
            more: what the lines of ``rest`` that it is given would add behind them, if no more came.
            state: what the reader keeps beside where it stands.
            fresh: as in `Step`, where the reader finds it.
        """
        ended = self.rest[:-1] if self.half else self.rest
        half = more(self.rest) if self.half else None
        return Step({**self.state, **(state or {})}, logs, more(ended), self.fresh or fresh, half)

    def told(self, half: bool) -> list[str]:
        """All lines, with or without a last one that has no end."""
        return [*self.lines, *(self.rest if half or not self.half else self.rest[:-1])]


def lines(path: Path, state: State) -> Iterator[Lines]:
    """The lines a text file has gained since ``state``, in blocks; bytes not of its encoding become U+FFFD.

    The last block holds the unfinished line, if there is one. A file that has gained nothing gives no block; one that
    is packed or in UTF-16 is given anew as a whole.

    Raises:
        UnreadableLog: the file is binary or cannot be opened, or unpacks to more than a log can be.
        MissingExtra: it is packed with zstd, and zstandard is not installed.
    """
    with GrowingFile(path, state) as file:
        start = file.start(_HEAD)
        packed = packing(start)
        name = _encoding(unpacked(start, path, _HEAD), path)
        if packed or name.startswith("utf-16"):
            yield from _anew(path, state, packed, name)
            return
        anew = file.fresh or (bool(state) and state.get("encoding") != name.removesuffix("-sig"))
        if anew:
            file.restart()
            state = {}
        yield from _grown(file, state, name, anew)


def _grown(file: GrowingFile, state: State, name: str, fresh: bool) -> Iterator[Lines]:
    number, rest_before = int(state.get("line", 0)), state.get("rest", 0)
    while True:
        data = file.read()
        at_end = len(data) < BLOCK
        whole = _whole_lines(data, at_end)
        lines = _ended(str(memoryview(data)[:whole], name, "replace"))
        after = number + lines.count("\n")
        rest = data[whole:] if at_end else b""
        if lines or fresh or file.rewritten or zlib.crc32(rest) != rest_before:
            file.take(whole)
            standing = {"line": after, "encoding": name.removesuffix("-sig"), "rest": zlib.crc32(rest)}
            text = rest.decode(name, errors="replace")
            unfinished = _ended(text).split("\n")[:-1]
            yield Lines(lines, number + 1, after + 1, unfinished, file.state() | standing, fresh, half=_is_half(text))
        number, fresh, rest_before = after, False, zlib.crc32(rest)
        if at_end:
            return


def _whole_lines(data: bytes, at_end: bool) -> int:
    """Bytes up to the last line end; a line longer than a block is cut, not kept in memory."""
    end = data.rfind(b"\n") + 1
    return end if end or at_end else data.rfind(b"\r") + 1 or len(data)


def _anew(path: Path, state: State, packed: str | None, name: str) -> Iterator[Lines]:
    """The lines of a file in which one cannot read on, in blocks, when it is not the one it was."""
    stamp = stamp_of(path)
    if {key: state.get(key) for key in stamp} == stamp:
        return
    decoder = codecs.getincrementaldecoder(name)("replace")
    number, fresh, text = 0, bool(state), ""
    damage: tuple[Damage, ...] = ()
    with opened_file(path) as file:
        stream = Unpacked(file, packed, path) if packed else file
        while not damage:
            try:
                data = stream.read(BLOCK)
            except Cut as error:
                data, damage = b"", (Damage(path.name, f"after line {number}", f"{packed} breaks off: {error}"),)
            text += decoder.decode(data, final=not data)
            end = max(text.rfind("\n"), -1 if "\n" in text or not data else text.rfind("\r", 0, -1)) + 1
            lines, text = _ended(text[:end]), text[end:]
            standing = stamp if not data else {"size": -1}  # who is interrupted here begins again
            rest = "" if data else text
            unfinished = _ended(rest).split("\n")[:-1]
            after = number + lines.count("\n")
            yield Lines(lines, number + 1, after + 1, unfinished, standing, fresh, damage, _is_half(rest))
            number, fresh = after, False
            if not data:
                return


def _ended(text: str) -> str:
    """The lines of a text, each with a line feed behind it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if "\0" in text:  # a disk that was full, or a file that was cut under its writer
        text = "\n".join(line.strip("\0") for line in text.split("\n"))
    return text if not text or text.endswith("\n") else f"{text}\n"


def _is_half(rest: str) -> bool:
    """Whether what stands behind the last line feed may be half a line: a bar that is drawn anew ends its lines."""
    return bool(rest.strip("\0 \t\r")) and not rest.rstrip("\0").endswith("\r")


def _encoding(data: bytes, path: Path) -> str:
    name = encoding(data)
    if name is None:
        raise UnreadableLog("binary data, not text", where=path.name)
    return name


def whole(logs: Callable[[Path], Iterable[Log]]) -> Follow:
    """A follower of files that are written anew as a whole: read again when size, time or content has changed."""

    def follow(path: Path, state: State) -> Iterator[Step]:
        stamp = stamp_of(path)
        if stamp != dict(state):
            yield Step(stamp, list(logs(path)), fresh=bool(state))

    return follow


def whole_lines(logs: Callable[[Path, bool], Iterable[Log]]) -> Follow:
    """A follower of files of lines that are understood only as a whole, and so read again as they grow.

    Args:
        logs: what a file holds, and whether a last line without an end counts.
    """

    def follow(path: Path, state: State) -> Iterator[Step]:
        stamp = stamp_of(path)
        if stamp == dict(state):
            return
        if not ends_in_half(path):
            yield Step(stamp, list(logs(path, True)), fresh=bool(state))
            return
        ended: list[Log] = []
        with contextlib.suppress(UnreadableLog):
            ended = list(logs(path, False))
        yield Step(stamp, [], ended, bool(state), list(logs(path, True)))

    return follow


def ends_in_half(path: Path) -> bool:
    """Whether no line end stands behind a text's last line, which may be half of one."""
    return any(block.half for block in lines(path, {}))


def text_of(path: Path, half: bool) -> str:
    """A text, with or without a last line that has no end."""
    text = read_text(path)
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    return text if half or not _is_half(text[end:]) else text[:end]
