"""What becomes of a file: bits flipped, parts cut, doubled and moved, junk or another file's part put in, packed."""

from __future__ import annotations

import gzip
import os
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

JUNK = (
    *"0.0025. 1e999 -1e999 nan -inf NaN Infinity null True 1,234,567 1.234,5 % 1.2.3 10.0.0.1 -0 0x1f 1_000 5k".split(),
    *"1.00e+02 0.5nats 260.75ms ::: } { [[[ \" ' | , ; ٣ １２ é \\ud83d".split(),
    *("\0", "\ufeff", "\r", "\b\b", "\t\t", "\n\n", "\x1b[31m", "9" * 30, "9" * 5000),
    *(" " * 3000, "[" * 2000, '{"a":' * 2000),
)
_BYTES = (b"\xff", b"\xed\xa0\xbd", b"\x80" * 9 + b"\x01", b"\xff\xff\xff\x7f")
_PIECES = (*(piece.encode() for piece in JUNK), *_BYTES)


def mutated(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """A file's bytes after one to twelve changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 12))):
        data = rng.choice(_CHANGES)(data, rng, others)[:1_000_000]
    return data


def _places(data: bytes, rng: random.Random, longest: int) -> tuple[int, int]:
    begin = rng.randrange(len(data) + 1)
    return begin, min(len(data), begin + rng.randrange(1, longest))


def _flipped(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _replaced(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    begin, end = _places(data, rng, 8)
    return data[:begin] + rng.randbytes(end - begin) + data[end:]


def _junk(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    begin, end = _places(data, rng, 6)
    return data[:begin] + rng.choice(_PIECES) + data[end if rng.random() < 0.5 else begin :]


def _deleted(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    begin, end = _places(data, rng, rng.choice((3, 30, 3000)))
    return data[:begin] + data[end:]


def _doubled(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    begin, end = _places(data, rng, rng.choice((3, 80, 2000)))
    return data[:begin] + data[begin:end] * rng.randrange(2, 5) + data[end:]


def _cut(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _spliced(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    begin, end = _places(data, rng, 500)
    other = rng.choice(others)
    there, to = _places(other, rng, 500)
    return data[:begin] + other[there:to] + data[end:]


def _swapped(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


_CHANGES: tuple[Callable[[bytes, random.Random, Sequence[bytes]], bytes], ...] = (
    _flipped, _replaced, _junk, _junk, _deleted, _doubled, _cut, _spliced, _swapped,
)  # fmt: skip


def disturb(folder: Path, rng: random.Random, others: Sequence[bytes]) -> None:
    """Mutate one file of a folder; now and then put something in its place, pack it, or give it another name."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    file = rng.choice(files)
    if file.name == "good.csv":
        return
    data = mutated(file.read_bytes(), rng, others)
    file.write_bytes(data)
    chance = rng.random()
    if chance < 0.03:
        file.with_name(file.name + ".gz").write_bytes(_cut_late(gzip.compress(data, mtime=0), rng))
        file.unlink()
    elif chance < 0.05:
        file.write_bytes(data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-16-le", "utf-8-sig"))))
    elif chance < 0.07:
        file.rename(file.with_name(rng.choice(("x.json", "log.txt", "a.csv", "m.db", "\udcff.log", "x" * 200, "-"))))
    elif chance < 0.10:
        file.unlink()
        rng.choice(_IN_ITS_PLACE)(file)


def _cut_late(data: bytes, rng: random.Random) -> bytes:
    return data if rng.random() < 0.5 else data[: rng.randrange(len(data))]


def _link(file: Path) -> None:
    file.symlink_to("nowhere")


def _round(file: Path) -> None:
    file.symlink_to(file.name)


def _empty(file: Path) -> None:
    file.touch()


_IN_ITS_PLACE: tuple[Callable[[Path], None], ...] = (Path.mkdir, os.mkfifo, _link, _round, _empty)


def emptied(folder: Path) -> Path:
    """A folder with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
