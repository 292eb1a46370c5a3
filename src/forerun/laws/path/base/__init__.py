"""What laws along a learning rate's path share: the paths as they read them, and `PathLaw` with their common hooks."""

from forerun.laws.path.base.ending import Slopes, by_rate, ending
from forerun.laws.path.base.law import PathLaw, distance, starts_along, transfer
from forerun.laws.path.base.paths import INPUTS, Paths, leaves, read

__all__ = [
    "INPUTS",
    "PathLaw",
    "Paths",
    "Slopes",
    "by_rate",
    "distance",
    "ending",
    "leaves",
    "read",
    "starts_along",
    "transfer",
]
