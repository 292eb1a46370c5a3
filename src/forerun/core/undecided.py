"""The answer "it cannot be said", with what would help."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core.frozen import Noun


@dataclass(frozen=True, eq=False)
class Undecided(Noun):
    """Why it cannot be said, and what would help.

    Example:
        >>> print(Undecided("2 points seen", "at least 3 points"))
        cannot say: 2 points seen; needs at least 3 points
    """

    why: str
    needs: str

    def __str__(self) -> str:
        return f"cannot say: {self.why}; needs {self.needs}"
