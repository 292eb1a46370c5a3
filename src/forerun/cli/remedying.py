"""What commands say below a table of what was measured against the findings in it."""

from __future__ import annotations

from collections.abc import Iterable

from forerun.cli import output
from forerun.core import Finding
from forerun.monitor.remedies import remedies


def say(findings: Iterable[Finding]) -> None:
    """A line a kind of finding that anything was measured against."""
    for i, remedy in enumerate(remedies(findings)):
        output.say("\n" * (i == 0) + str(remedy))
