"""The bell of the terminal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TextIO

from forerun.documents.shape import Document


@dataclass(frozen=True)
class Bell:
    """Rings the terminal's bell, once an alert.

    Args:
        stream: where to; default stderr.

    Example:
        >>> import io
        >>> terminal = io.StringIO()
        >>> Bell(terminal).send({"at": 0.0, "text": "loss is nan", "findings": []})
        >>> terminal.getvalue() == chr(7)
        True
    """

    stream: TextIO = field(default_factory=lambda: sys.stderr)

    @property
    def name(self) -> str:
        """``bell``."""
        return "bell"

    def send(self, alert: Document) -> None:
        """Ring."""
        self.stream.write("\a")
        self.stream.flush()
