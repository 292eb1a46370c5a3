"""Settings that a function takes by keyword: their kinds and defaults, and how they are read off a command line."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from forerun.core.errors import BadInput


@dataclass(frozen=True)
class Setting:
    """One setting of a question or an audit: its kind (float, int, str, or a tuple of these) and its default.

    Args:
        needed: whether it must be given.
    """

    name: str
    kind: Any
    default: Any
    needed: bool

    def parse(self, text: str) -> Any:
        """The value of a word from a command line; several are parted by commas.

        Raises:
            BadInput: a word that is no such number.
        """
        if get_origin(self.kind) is Literal:
            return self.checked(text)
        several = get_origin(self.kind) is tuple
        kind = get_args(self.kind)[0] if several else self.kind
        try:
            values = tuple(kind(word) for word in (text.split(",") if several else [text]))
        except ValueError as cause:
            raise BadInput(f"setting {self.name!r} takes {self.kind_in_words}, not {text!r}") from cause
        return values if several else values[0]

    def checked(self, value: Any) -> Any:
        """The value, if it is one of those there are where only some are.

        Raises:
            BadInput: it is none of them.
        """
        if get_origin(self.kind) is Literal and value not in get_args(self.kind):
            raise BadInput(f"setting {self.name!r} takes {self.kind_in_words}, not {value!r}")
        return value

    @property
    def kind_in_words(self) -> str:
        """For messages and help."""
        if get_origin(self.kind) is Literal:
            return " or ".join(get_args(self.kind))
        words = {float: "a number", int: "a whole number", str: "a word"}
        if get_origin(self.kind) is tuple:
            return words[get_args(self.kind)[0]].removeprefix("a ") + "s, parted by commas"
        return words.get(self.kind, "a value")


def setting_of(parameter: inspect.Parameter) -> Setting:
    """The setting that a parameter of a function is."""
    kind = parameter.annotation
    if isinstance(kind, UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    needed = parameter.default is inspect.Parameter.empty
    return Setting(parameter.name, kind, None if needed else parameter.default, needed)
