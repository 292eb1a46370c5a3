"""Logs in which numbers are written as people, tools and countries write them, with what they say.

Each case is a file, what has to be read of it, and what has to be told where that is not all of it.
"""

from . import digits, places, rows  # each adds its cases
from .case import CASES, Case
from .digits import SPELLED

__all__ = ["CASES", "SPELLED", "Case", "digits", "places", "rows"]
