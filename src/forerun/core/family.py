"""A family of methods: a table of lazy names, open to third parties through entry points."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.util import find_spec
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from forerun.core.card import Card
from forerun.core.errors import BrokenPlugin, MissingExtra, UnknownName
from forerun.core.plugins import plugins

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class Method(Protocol):
    """What every method is, whatever its family: a value with its data sheet."""

    @property
    def card(self) -> Card: ...


T = TypeVar("T", bound=Method)


@dataclass(frozen=True)
class Family(Generic[T]):
    """Methods of one kind by name.

    Args:
        kind: the word for one of them, for example ``"detector"``.
        table: name to ``"module:NAME"``, where the method stands as a value with its ``card``.
        group: entry-point group of third-party methods of the same shape.
        of: the type of a method; what is loaded and is none is refused in words.
        extra: what brings the packages that its members import.
        package: of those, the one without which none loads.

    Example:
        >>> from forerun.forecast import FORECASTERS
        >>> FORECASTERS.load("last_value").name
        'last_value'
    """

    kind: str
    table: Mapping[str, str]
    group: str
    of: type[T]
    extra: str = ""
    package: str = ""

    def names(self) -> list[str]:
        """Every name, built-in first, plug-ins that fail to load included."""
        return [*self.table, *(name for name in self._plugins() if name not in self.table)]

    def working(self) -> list[str]:
        """The names that load: what is used when none is asked for. `forerun methods` shows why the others do not."""
        return [name for name in self.names() if (name in self.table and not self.extra) or self._loads(name)]

    def _loads(self, name: str) -> bool:
        try:
            self.load(name)
        except (BrokenPlugin, MissingExtra):
            return False
        return True

    def card(self, name: str) -> Card:
        """The method's card. Built-in ones are read off their files, so that they can be without what these import.

        Raises:
            UnknownName, MissingExtra, BrokenPlugin: as in `load`.

        Example:
            >>> from forerun.lab import WORLDS
            >>> WORLDS.card("convex").source
            'ours; the setting of Defazio et al. 2023 and Schaipp et al. 2025'
        """
        written = _written_card(*self._place(name)) if name in self.table else None
        card = written or cast(object, self.load(name).card)
        if not isinstance(card, Card):
            raise BrokenPlugin(f"{self.kind} {name!r} has no card, its data sheet")
        return card

    def lacking(self) -> str:
        """What must be installed before a built-in member can be used; empty where nothing must."""
        missing = bool(self.package) and find_spec(self.package) is None
        return f"pip install 'forerun[{self.extra}]'" if missing else ""

    def load(self, name: str) -> T:
        """The method itself.

        Raises:
            UnknownName: no such method; the message lists those there are.
            MissingExtra: it needs a package that is not installed.
            BrokenPlugin: a third-party method that fails to load, with its cause, or is none.
        """
        method, place = self._built_in(name) if name in self.table else self._plugged_in(name)
        if not isinstance(method, self.of):
            has = f"{self.kind} {name!r} from {place} is of type {type(method).__name__}"
            raise BrokenPlugin(f"{has}; a {self.kind} is a {self.of.__name__}: name it as module:VALUE")
        return method

    def _place(self, name: str) -> tuple[str, str]:
        """The module that a built-in method stands in, and the name of its value there."""
        module, _, value = self.table[name].partition(":")
        return module, value

    def _built_in(self, name: str) -> tuple[object, str]:
        """What the table names, and where it stands."""
        module, value = self._place(name)
        try:
            return getattr(import_module(module), value), self.table[name]
        except ModuleNotFoundError as cause:
            if not self.extra or cause.name is None or cause.name.startswith("forerun"):
                raise
            raise MissingExtra(f"{self.kind} {name!r}", cause.name, self.extra) from cause

    def _plugged_in(self, name: str) -> tuple[object, str]:
        """What an entry point names, and where it stands."""
        plugin = self._plugins().get(name)
        if plugin is None:
            raise UnknownName(self.kind, name, self.names())
        try:
            return plugin.load(), plugin.value
        except MissingExtra:
            raise
        except (Exception, SystemExit) as cause:
            why = str(cause) if isinstance(cause, Exception) else f"it exits ({cause})"
            raise BrokenPlugin(f"{self.kind} {name!r} from {plugin.value} does not load: {why}") from cause

    def _plugins(self) -> Mapping[str, EntryPoint]:
        return plugins(self.group)


def _written_card(module: str, value: str) -> Card | None:
    """What stands in a module's text as ``CARD = Card(...)``, or in ``VALUE = Kind(card=Card(...), ...)``.

    None where it is not plain text.
    """
    spec = find_spec(module)
    loader = None if spec is None else spec.loader
    text = (loader.get_source(module) if isinstance(loader, InspectLoader) else None) or ""
    own = text.partition("\nCARD = ")[2]
    source = own or text.partition(f"\n{value} = ")[2]
    try:
        call = ast.parse(source[: source.index("\n)") + 2], mode="eval").body
        fields = call.keywords if isinstance(call, ast.Call) else []
        if not own:
            card = next(field.value for field in fields if field.arg == "card")
            fields = card.keywords if isinstance(card, ast.Call) else []
        return Card(**{str(field.arg): ast.literal_eval(field.value) for field in fields})
    except (ValueError, SyntaxError, TypeError, StopIteration):
        return None
