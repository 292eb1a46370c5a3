"""Alerts: what a watch sends where nobody looks. Nothing is sent unless a channel is given.

`bell`, `command` and `webhook` are the ways out, one file each; `alerts` says what is sent when: each event once, also
after a restart, and at most one alert a pause, in which everything that is new is put together.
"""

from forerun.alerts.alerts import Alerts
from forerun.alerts.bell import Bell
from forerun.alerts.channel import AlertFailed, Channel
from forerun.alerts.command import Command
from forerun.alerts.webhook import Webhook

__all__ = ["AlertFailed", "Alerts", "Bell", "Channel", "Command", "Webhook"]
