"""What a way out for alerts is."""

from __future__ import annotations

from typing import Protocol

from forerun.core import ForerunError
from forerun.documents.shape import Document


class AlertFailed(ForerunError):
    """An alert that could not be sent; the watch goes on."""


class Channel(Protocol):
    """A way out for alerts: a frozen value with its settings."""

    @property
    def name(self) -> str:
        """What it is called in messages and in what is kept, without its secrets."""
        ...

    def send(self, alert: Document) -> None:
        """Send an alert: ``at``, ``text`` and ``findings``, as `Alerts` makes it.

        Raises:
            AlertFailed: it could not be sent.
        """
        ...
