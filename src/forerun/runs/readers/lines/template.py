"""A line of a log as its owner describes it: ``ep {epoch} it {step} loss={train/loss} {*} acc={val/acc}``.

``{name}`` stands for a number, an axis or a metric by its name; ``{*}`` for any text up to what follows it; everything
else stands for itself, runs of blanks for any blanks. There are no further rules, and a line is gone through once from
left to right, so that no line and no template can make matching slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forerun.core import BadInput

_SLOT = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(
    r"[+-]?(?:\d[\d_]{0,30}(?:\.\d{0,30})?|\.\d{1,30}|nan|inf(?:inity)?)(?:[eE][+-]?\d{1,4})?", re.IGNORECASE
)
_LONGEST_LINE, _LONGEST_TEMPLATE = 10_000, 1_000


@dataclass(frozen=True)
class Template:
    """A line's description, taken apart.

    Args:
        pieces: literal text and slots in turn; a slot is ``("slot", name)``, any text ``("any", "")``.
        names: the names of the slots.
    """

    pieces: tuple[tuple[str, str], ...]
    names: tuple[str, ...]

    def match(self, line: str) -> dict[str, float] | None:
        """The numbers in a line that looks like this; None when it does not."""
        if len(line) > _LONGEST_LINE:
            return None
        line = " ".join(line.split())
        at = line.find(self.pieces[0][1]) if self.pieces[0][0] == "text" else 0
        numbers: dict[str, float] = {}
        anywhere = False
        for kind, text in self.pieces if at >= 0 else ():
            if kind == "any":
                anywhere = True
                continue
            if kind == "text":
                at = line.find(text, at) if anywhere else (at if line.startswith(text, at) else -1)
                if at < 0:
                    return None
                at += len(text)
            else:
                number = _NUMBER.match(line, at + (line[at : at + 1] == " "))
                if number is None:
                    return None
                numbers[text], at = float(number[0].replace("_", "")), number.end()
            anywhere = False
        return numbers if at >= 0 else None


def template(text: str) -> Template:
    """Take a description apart.

    Raises:
        BadInput: it holds no number, names one twice, or leaves open where one begins or any text ends.

    Example:
        >>> template("it {step} loss={train/loss} {*} acc={acc}").match("12:30 it 7 loss=2.5 (avg 2.6) acc=.25")
        {'step': 7.0, 'train/loss': 2.5, 'acc': 0.25}
    """
    if len(text) > _LONGEST_TEMPLATE:
        raise BadInput(f"a line of {len(text)} characters; at most {_LONGEST_TEMPLATE}", where="profile")
    pieces: list[tuple[str, str]] = []
    for i, part in enumerate(_SLOT.split(" ".join(text.split()))):
        if i % 2 == 0:
            pieces += [("text", part)] if part else []
        else:
            pieces.append(("any", "") if part == "*" else ("slot", part.strip()))
    names = tuple(name for kind, name in pieces if kind == "slot")
    if not names or any(not name for name in names):
        raise BadInput(f"no named number in {text!r}; write {{step}} or {{loss}} where one stands", where="profile")
    if len(set(names)) < len(names):
        raise BadInput(f"a name stands twice in {text!r}", where="profile")
    for (kind, _), (following, _) in zip(pieces, [*pieces[1:], ("text", "")], strict=True):
        if kind == "any" and following != "text":
            raise BadInput(f"nothing tells where {{*}} ends in {text!r}; put text behind it", where="profile")
    return Template(tuple(pieces), names)
