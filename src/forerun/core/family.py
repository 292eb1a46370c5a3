"""A family of methods: a table of lazy names, open to third parties through entry points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from forerun.core.errors import BrokenPlugin, MissingExtra, UnknownName


@dataclass(frozen=True)
class Family:
    """Methods of one kind by name.

    Args:
        kind: the word for one of them, for example ``"detector"``.
        table: name to ``"module"``; a module is one method, with its ``CARD`` and the family's functions.
        group: entry-point group of third-party methods of the same shape.
        extra: what brings the packages that its members import.

    Example:
        >>> from forerun.forecast import FORECASTERS
        >>> FORECASTERS.load("last_value").CARD.name
        'last_value'
    """

    kind: str
    table: Mapping[str, str]
    group: str
    extra: str = ""

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

    def load(self, name: str) -> Any:
        """The method's module.

        Raises:
            UnknownName: no such method; the message lists those there are.
            MissingExtra: it needs a package that is not installed.
            BrokenPlugin: a third-party method that fails to load, with its cause.
        """
        if name in self.table:
            try:
                return import_module(self.table[name])
            except ModuleNotFoundError as cause:
                if not self.extra or cause.name is None or cause.name.startswith("forerun"):
                    raise
                raise MissingExtra(f"{self.kind} {name!r}", cause.name, self.extra) from cause
        plugin = self._plugins().get(name)
        if plugin is None:
            raise UnknownName(self.kind, name, self.names())
        try:
            return plugin.load()
        except MissingExtra:
            raise
        except Exception as cause:
            raise BrokenPlugin(f"{self.kind} {name!r} from {plugin.value} does not load: {cause}") from cause

    def _plugins(self) -> dict[str, Any]:
        from importlib.metadata import entry_points

        return {point.name: point for point in entry_points(group=self.group)}
