"""A training watched from inside, at the cost of an append: findings, forecasts and advice while it goes on.

`watcher` is what a loop holds: it puts records into a buffer (`records`) and times parts of a step (`stopwatch`). All
else happens on a thread of its own (`worker`): a session is told of the points (`sight`), the store is written, the
host's memory and disk are looked at (`host`), what takes too long is named (`slow_part`), orders are taken and advice
followed as far as the loop's owner allows (`acting`). What fails there is counted and told (`failures`), never raised.
"""

from forerun.watcher.watcher import Watcher

__all__ = ["Watcher"]
