"""The runs that the page shows, while they grow."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from forerun.core import Run, Runs
from forerun.web.fits import Fits


@dataclass
class Workspace:
    """Runs as they are now.

    Args:
        title: what they are called together.
        runs: the runs, and what was not read.
        fits: laws fitted to them.
    """

    title: str = "runs"
    runs: Runs = field(default_factory=Runs)
    fits: Fits = field(default_factory=Fits)

    @classmethod
    def of(cls, runs: Iterable[Run], title: str = "runs") -> Workspace:
        """Runs that do not grow."""
        return cls(title, runs if isinstance(runs, Runs) else Runs(tuple(runs)))

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """While the page runs."""
        yield
