"""One tree of errors: each names the place, the value and the way out.

``kind`` is the word that crosses JSON (``{"error": {"kind", "message", "where"}}``).
"""

from __future__ import annotations

from collections.abc import Iterable


class ForerunError(Exception):
    """Base of every error Forerun raises on purpose.

    Args:
        message: what is wrong and what to do about it.
        where: file, line, byte, field or command the message speaks of.
    """

    kind = "error"

    def __init__(self, message: str, *, where: str | None = None) -> None:
        super().__init__(message if where is None else f"{where}: {message}")
        self.message = message
        self.where = where


class BadInput(ForerunError, ValueError):
    """An argument, a file or a setting that cannot mean anything."""

    kind = "bad_input"


class NothingToRead(BadInput):
    """A path that holds no log any reader knows."""

    kind = "nothing_to_read"


class UnreadableLog(BadInput):
    """A log of a known format that holds no usable record."""

    kind = "unreadable_log"


class UnknownName(ForerunError, LookupError):
    """A metric, method or setting that does not exist; the message lists those that do."""

    kind = "unknown_name"

    def __init__(self, what: str, name: str, there_are: Iterable[str], *, where: str | None = None) -> None:
        listed = ", ".join(there_are) or "none"
        super().__init__(f"no {what} {name!r}; there are: {listed}", where=where)


class MissingExtra(ForerunError, ImportError):
    """A method or reader that needs an optional package which is not installed."""

    kind = "missing_extra"

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(f"{what} needs {package}: pip install 'forerun[{extra}]'")


class StoreError(ForerunError):
    """A store that could not be written to or read: no space, an I/O error, damage."""

    kind = "store"


class DamagedWeights(ForerunError):
    """Something shipped with Forerun that is not what was shipped."""

    kind = "damaged_weights"


class BrokenPlugin(ForerunError):
    """A third-party entry point that failed to load; the cause is chained."""

    kind = "broken_plugin"
