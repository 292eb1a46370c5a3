"""What happens to the runs, told to everyone who listens."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from typing import Any

_KEPT = 200  # events from which one who was cut off may go on
_SILENCE = 15.0  # seconds after which something is sent to whoever heard nothing, so that who is gone is noticed


class News:
    """Events with their numbers, as JSON; told from any thread, heard on the event loop.

    ``number`` is that of the last one, ``listeners`` how many listen.
    """

    def __init__(self) -> None:
        self._events: deque[tuple[int, str]] = deque(maxlen=_KEPT)
        self.number = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: asyncio.Event | None = None
        self.listeners = 0

    def open(self) -> None:
        """Begin to be heard, on the loop that runs."""
        self._loop, self._next = asyncio.get_running_loop(), asyncio.Event()
        self._loop.call_later(_SILENCE, self._beat)

    def close(self) -> None:
        """Have everyone who listens come to an end; from any thread."""
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake)

    def tell(self, event: Mapping[str, Any]) -> None:
        """Tell everyone; from any thread. Without anyone to hear it, it is not told."""
        text, loop = json.dumps(event, allow_nan=False), self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._add, text)

    async def since(self, number: int | None) -> AsyncGenerator[tuple[int, str]]:
        """Events after a number, or all that is to come; an empty text where nothing happens for long."""
        at = self.number if number is None or number > self.number else number
        self.listeners += 1
        silent = False
        try:
            while self._loop is not None and self._next is not None:
                upcoming, heard = self._next, at
                for one in [event for event in self._events if event[0] > at]:
                    at = one[0]
                    yield one
                if silent and heard == at:
                    yield at, ""
                silent = await upcoming.wait()
        finally:
            self.listeners -= 1

    def _add(self, text: str) -> None:
        self.number += 1
        self._events.append((self.number, text))
        self._wake()

    def _beat(self) -> None:
        """Wake all, one timer for however many listen."""
        if self._loop is not None:
            self._wake()
            self._loop.call_later(_SILENCE, self._beat)

    def _wake(self) -> None:
        if self._next is not None:
            self._next.set()
            self._next = asyncio.Event()
