"""For a text that no reader knows: the line that came nearest to a record, and a description of it to be completed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from forerun.core import BadInput
from forerun.core.axes import axis_of
from forerun.runs.readers.lines.naming import axis, measures, naming
from forerun.runs.readers.lines.template import template
from forerun.runs.readers.lines.tokens import TOKEN, clean, value
from forerun.runs.readers.text import encoding
from forerun.runs.regular import start_of

_LOOK = 1 << 18  # bytes of a text that are looked at
_LONGEST = 300  # characters of a line that is drafted from
_MOST = 12  # named numbers of a draft
_UNSAFE = re.compile(r"[{}]")


@dataclass(frozen=True)
class Near:
    """The line that came nearest to being a record.

    Args:
        line: as it stands in the file.
        number: of the line, from 1.
        template: a ``line`` for a ``[[profile]]`` in ``forerun.toml``, which that line matches.
    """

    line: str
    number: int
    template: str


def nearest(path: Path) -> Near | None:
    """The line of a text file that came nearest to being a record; None where no line holds a number, or no text.

    The nearest has the most numbers, named ones counted twice, among those whose text between the numbers recurs.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "a.log")
        >>> _ = file.write_text("starting\\nA12 of B; gain -> 2.5 (x)\\nA13 of B; gain -> 2.25 (x)\\n")
        >>> nearest(file)
        Near(line='A12 of B; gain -> 2.5 (x)', number=2, template='A{*} of B; gain -> {gain} (x)')
    """
    data = start_of(path, _LOOK)
    name = encoding(data)
    if name is None:
        return None
    text = data.decode(name, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if 0 < len(line) <= _LONGEST]
    parts = {number: TOKEN.split(clean(line)) for number, line in lines}
    exact = Counter("\0".join(split[::2]) for split in parts.values())
    alike = Counter(_shape(split) for split in parts.values())
    alone = {number for number, split in parts.items() if exact["\0".join(split[::2])] == 1}

    def rank(numbered: tuple[int, str]) -> tuple[bool, int, int]:
        split = parts[numbered[0]]
        named = sum(bool(naming(piece, behind_number=i > 0).name) for i, piece in enumerate(split[:-1:2]))
        count = len(split) // 2
        return not (alike[_shape(split)] > 1 and count), -count - named, numbered[0]

    for number, line in sorted(lines, key=rank):
        drafted = _draft(clean(line), number in alone)
        if drafted and _matches(drafted, line):
            return Near(line, number, drafted)
    return None


def _shape(parts: list[str]) -> str:
    """A line without its numbers, those that are part of words included."""
    return re.sub(r"\d+", "0", "\0".join(parts[::2]))


def _draft(line: str, alone: bool) -> str | None:
    """The description of a line: slots for the numbers that have a name or may be the step, any text for others.

    Where a line stands ``alone`` with the digits in its words, those are any text too.
    """
    parts = TOKEN.split(line)
    pieces, tokens = parts[::2], parts[1::2]
    names = _names(pieces, tokens)
    if not any(names):
        return None
    out = ""
    for i, piece in enumerate(pieces):
        text = _UNSAFE.sub("{*}", piece)
        out += re.sub(r"\d+", "{*}", text) if alone else text
        if i < len(tokens):
            out += f"{{{names[i]}}}" if names[i] else "{*}"
    out = re.sub(r"(?:\{\*\}\s?){2,}", "{*} ", out)
    out = re.sub(r"^(?:\{\*\}\s?)+|(?:\s?\{\*\})+$", "", out).strip()
    out = re.sub(r"\{\*\}(?=\{\w)", "", out)
    return out if _matches(out, line) else _tail(pieces, tokens, names, line)


def _names(pieces: list[str], tokens: list[str]) -> list[str]:
    """A name for each number, empty for those that have none; the first whole one without is taken for the step."""
    names: list[str] = []
    for i, token in enumerate(tokens):
        name = naming(pieces[i], behind_number=i > 0).name
        place = axis(name) if name else None
        label = place[0] if place and axis_of(place[0]) else re.sub(r"[^\w/]+", "_", name).strip("_")
        if value(token) is None or "," in token or label in names or len([n for n in names if n]) >= _MOST:
            label = ""
        names.append(label)
    if not any(axis_of(name) for name in names if name):
        free = next((i for i, token in enumerate(tokens) if not names[i] and token.isdigit()), None)
        if free is not None:
            names[free] = "step"
    if not any(name and axis_of(name) is None for name in names):
        free = next((i for i, token in enumerate(tokens) if not names[i] and value(token) is not None), None)
        if free is not None and "," not in tokens[free]:
            names[free] = "loss"
    return names


def _tail(pieces: list[str], tokens: list[str], names: list[str], line: str) -> str | None:
    """A shorter description, of one number, where the whole line cannot be described."""
    order = sorted((i for i, name in enumerate(names) if name), key=lambda i: not measures(names[i]))
    for i in order:
        text = _UNSAFE.sub(" ", pieces[i])[-40:].strip()
        drafted = f"{text} {{{names[i]}}}" if pieces[i].endswith(" ") and text else f"{text}{{{names[i]}}}"
        if _matches(drafted, line):
            return drafted
    return None


def _matches(drafted: str, line: str) -> bool:
    try:
        return template(drafted).match(line) is not None
    except BadInput:
        return False
