"""What a look at logs that grow comes to."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import Skipped
from forerun.session import Look


@dataclass(frozen=True)
class Poll:
    """What a look at the logs came to.

    Args:
        at: unix time of the look.
        looks: every run, in order of its id.
        changed: ids of those that changed since the look before, and then of those on which the decision did.
        skipped: files that were not read, with why.
    """

    at: float
    looks: tuple[Look, ...]
    changed: tuple[str, ...]
    skipped: tuple[Skipped, ...]
