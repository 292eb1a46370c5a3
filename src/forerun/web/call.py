"""What an answer is made from, and what it may be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forerun.core import BadInput, ForerunError
from forerun.documents.shape import Document
from forerun.web.workspace import Workspace

_YES, _NO = ("", "1", "true", "yes"), ("0", "false", "no")


class StillReading(ForerunError):
    """The logs have not been read once yet: who asks again later is answered."""

    kind = "still_reading"


@dataclass(frozen=True)
class Page:
    """A page of the frame that every page of Forerun has.

    Args:
        title, body: as text, and as HTML.
        scripts: in the order in which they run.
        status: of HTTP.
    """

    title: str
    body: str
    scripts: Sequence[str] = ()
    status: int = 200


@dataclass(frozen=True)
class Fragment:
    """Part of a page, as HTML made of `forerun.figures.markup`, which masks and escapes.

    Args:
        html: the part.
        runs: ids of the runs in it, which who asks has before his eyes.
    """

    html: str
    runs: Sequence[str] = ()


@dataclass(frozen=True)
class Events:
    """What happens, as it happens: number and text of each, from which who was cut off goes on; empty in silence."""

    each: AsyncIterator[tuple[int, str]]


Answer = Document | Page | Fragment | Events


@dataclass(frozen=True)
class Call:
    """What is asked.

    Args:
        workspace: of which runs.
        query: words after the question mark, several of a name in their order.
        body: the JSON object that was sent; empty where none was.
        after: the number of the last event that who asks has heard.

    Example:
        >>> call = Call(Workspace.of([]), {"run": ("a", "b"), "at": ("2e4",)})
        >>> call.several("run"), call.number("at"), call.text("metric"), call.flag("alone")
        (('a', 'b'), 20000.0, None, False)
    """

    workspace: Workspace
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    after: int | None = None

    def several(self, name: str) -> tuple[str, ...]:
        """All words of a name."""
        return self.query.get(name, ())

    def text(self, name: str) -> str | None:
        """The last word of a name; None where there is none."""
        return self.several(name)[-1] if self.several(name) else None

    def number(self, name: str) -> float | None:
        """The number of a name; None where there is none.

        Raises:
            BadInput: it is none.
        """
        word = self.text(name)
        try:
            return None if word is None else float(word)
        except ValueError as error:
            raise BadInput(f"is a number, not {word!r}", where=f"?{name}") from error

    def whole(self, name: str, default: int, *, most: int) -> int:
        """The count of a name, from 0 to ``most``.

        Raises:
            BadInput: it is none of these.
        """
        word = self.text(name)
        if word is None:
            return default
        if not word.isdecimal() or int(word[:19]) > most:
            raise BadInput(f"is a whole number from 0 to {most:,}, not {word!r}", where=f"?{name}")
        return int(word)

    def flag(self, name: str) -> bool:
        """Whether a name stands there, and does not say no.

        Raises:
            BadInput: it says neither.
        """
        word = self.text(name)
        if word is None or word.lower() in _NO:
            return False
        if word.lower() not in _YES:
            raise BadInput(f"is 1 or 0, not {word!r}", where=f"?{name}")
        return True
