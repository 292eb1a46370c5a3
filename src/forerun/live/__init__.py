"""Logs followed while they are written: read on (growing_logs), looked at (watching), noted in a journal (notes)."""

from forerun.live.growing_logs import ALERTS, GrowingLogs, Reading
from forerun.live.notes import Notes
from forerun.live.poll import Poll
from forerun.live.watching import watch

__all__ = ["ALERTS", "GrowingLogs", "Notes", "Poll", "Reading", "watch"]
