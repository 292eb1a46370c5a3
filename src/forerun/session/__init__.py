"""What is said of runs while they grow: `session` point by point, `look` of runs as they stand."""

from forerun.session.followed import Changes
from forerun.session.look import Look, looks
from forerun.session.session import Session
from forerun.session.session_settings import SessionSettings

__all__ = ["Changes", "Look", "Session", "SessionSettings", "looks"]
