"""Seconds by part of a step, taken in the loop."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


class Stopwatch:
    """How long parts of the steps have taken since they were last asked for.

    Args:
        sync: called before each look at the clock; where work is handed to a device, what waits for that.
        clock: seconds.

    Example:
        >>> ticks = iter(range(100))
        >>> watch = Stopwatch(clock=lambda: float(next(ticks)))
        >>> with watch.part("forward"):
        ...     pass
        >>> list(watch.waits("data", [7])), watch.taken()
        ([7], {'forward': 1.0, 'data': 2.0})
    """

    def __init__(self, sync: Callable[[], object] | None = None, clock: Callable[[], float] = perf_counter) -> None:
        self._sync, self._clock = sync, clock
        self._spent: dict[str, float] = {}
        self._parts: dict[str, TimedPart] = {}
        self._lapped: float | None = None
        self.failed: Exception | None = None

    def now(self) -> float:
        """The clock, when all that was begun is done; what waits for that is not asked again once it has failed."""
        if self._sync is not None:
            try:
                self._sync()
            except Exception as error:  # the loop is to go on, and what its device says it says there
                self._sync, self.failed = None, error
        return self._clock()

    def add(self, part: str, seconds: float) -> None:
        """So long more for a part."""
        self._spent[part] = self._spent.get(part, 0.0) + seconds

    def lap(self, name: str) -> None:
        """The time since the last lap is that of a part; the first begins one."""
        now = self.now()
        if self._lapped is not None:
            self.add(name, now - self._lapped)
        self._lapped = now

    def part(self, name: str) -> TimedPart:
        """What times a part of the step: ``with watch.part("forward"): ...``."""
        if name not in self._parts:
            self._parts[name] = TimedPart(self, name)
        return self._parts[name]

    def waits(self, name: str, over: Iterable[T]) -> Generator[T]:
        """The same items, the wait for each counted as a part of the step."""
        items = iter(over)
        while True:
            with self.part(name):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item

    def taken(self) -> dict[str, float]:
        """Seconds by part since this was asked last."""
        spent, self._spent = self._spent, {}
        return spent


class TimedPart:
    """A part of a step, timed from where it is entered to where it is left."""

    __slots__ = ("_begun", "_name", "_watch")

    def __init__(self, watch: Stopwatch, name: str) -> None:
        self._watch, self._name, self._begun = watch, name, 0.0

    def __enter__(self) -> None:
        self._begun = self._watch.now()

    def __exit__(self, *_: object) -> None:
        self._watch.add(self._name, self._watch.now() - self._begun)
