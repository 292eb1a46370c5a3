"""Parts of pages that many ask for at the same moment: each is made once of a table, and kept as it is sent."""

from __future__ import annotations

import asyncio
import gzip as zipped
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response

from forerun.web.call import Answer, Call, Fragment
from forerun.web.listing import Listing

_MOST = 500  # parts kept of a table
_LEVEL = 5  # of gzip: a page of rows becomes a twentieth in 2 ms
_ENCODED = {"Vary": "Accept-Encoding"}


@dataclass(frozen=True)
class Kept:
    """A part as it is sent: plain, and compressed."""

    plain: Response
    small: Response
    runs: Sequence[str]


class SharedFragments:
    """What a route answers, made once for all who ask the same of one table.

    Args:
        make: makes an answer, off the event loop.
    """

    def __init__(self, make: Callable[[Call], Awaitable[Answer]]) -> None:
        self._make = make
        self._table: Listing | None = None
        self._kept: dict[object, asyncio.Task[Kept]] = {}

    async def response(self, call: Call, *, gzip: bool) -> Response:
        """The answer to a call; the runs in it count as seen, whoever asked first."""
        table, key = call.workspace.listing, tuple(call.query.items())
        if table is not self._table or len(self._kept) > _MOST:
            self._table, self._kept = table, {}
        if key not in self._kept:
            self._kept[key] = asyncio.ensure_future(self._one(call))
        made = self._kept[key]
        kept = made.result() if made.done() else await asyncio.shield(made)  # who asked first may have gone meanwhile
        call.workspace.in_sight(kept.runs)
        return kept.small if gzip else kept.plain

    async def _one(self, call: Call) -> Kept:
        fragment = await self._make(call)
        assert isinstance(fragment, Fragment)
        small = await asyncio.to_thread(zipped.compress, fragment.html.encode(), _LEVEL)
        encoded = HTMLResponse(small, headers={**_ENCODED, "Content-Encoding": "gzip"})
        return Kept(HTMLResponse(fragment.html, headers=_ENCODED), encoded, fragment.runs)
