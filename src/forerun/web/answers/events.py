"""``/api/events``: what changes, as it does."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

from forerun.web.call import Call, Events


def answer(call: Call) -> Events:
    """First where things stand, then each change: the version, how many runs there are, and the ids that changed."""
    return Events(_each(call))


async def _each(call: Call) -> AsyncGenerator[tuple[int, str]]:
    news = call.workspace.news
    if call.after is None:
        yield news.number, json.dumps(call.workspace.state())
    async for event in news.since(call.after):
        yield event
