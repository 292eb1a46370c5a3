"""What commands say below a table of what was measured against the findings in it."""

from __future__ import annotations

from collections.abc import Iterable

from forerun.cli import output
from forerun.core import Finding
from forerun.monitor.remedies import remedies


def say(runs: Iterable[Iterable[Finding]]) -> None:
    """A row a kind of finding, of any of the runs, that anything was measured against."""
    if rows := [(remedy.finding, remedy.whole) for remedy in remedies(*runs)]:
        output.say()
        output.table(["finding", "~helped elsewhere"], rows)
