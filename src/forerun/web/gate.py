"""What every request passes and every response carries, whatever the route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forerun.web.access import Access, Refusal
from forerun.web.responses import moved, refused

MOST_BODY, MOST_HEADERS, MOST_ADDRESS = 1 << 20, 16 << 10, 8 << 10
"""Bytes of a body, of all headers together, and of a path with its query."""
_ONCE = (b"host", b"origin", b"authorization", b"content-length")  # by which is decided who may ask, and how much
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
"""Of every response; a page names what it may run and load in a policy of its own."""
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_WHY: dict[Refusal, tuple[int, str]] = {
    "host": (421, "this page is not served under that host name; --host names another"),
    "origin": (403, "another site may not ask"),
    "token": (401, "open the link that forerun serve printed, or send its token as Authorization: Bearer"),
}


class Gate:
    """Lets in who may ask, within limits; what it refuses reaches no route."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # no websocket is spoken here
        guarded = _with_headers(send)
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        refusal = self.access.refusal(headers)
        problem = _beyond_limits(scope, headers) or (None if refusal is None else _WHY[refusal])
        if problem == _WHY["token"] and (token := self._handed(scope)) is not None:
            await moved(self.access.cookie, token)(scope, receive, guarded)
        elif problem is not None:
            await refused(scope["path"], *problem)(scope, receive, guarded)
        else:
            await self.app(scope, receive, guarded)

    def _handed(self, scope: Scope) -> str | None:
        """The token in the link that a person opens, where it is the right one."""
        if scope["method"] != "GET" or scope["path"] != "/":
            return None
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1]
        return token if self.access.knows(token) else None


def _beyond_limits(scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
    names = [key.lower() for key, _ in scope["headers"]]
    if any(names.count(name) > 1 for name in _ONCE):
        return 400, "a header stands there twice"
    if sum(len(key) + len(value) for key, value in scope["headers"]) > MOST_HEADERS:
        return 431, f"headers have at most {MOST_HEADERS:,} bytes"
    if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS:
        return 414, f"an address has at most {MOST_ADDRESS:,} bytes"
    return (413, f"a body has at most {MOST_BODY:,} bytes, and says how many") if _length(headers) > MOST_BODY else None


def _length(headers: Mapping[str, str]) -> int:
    """The bytes that a body is said to have; of one that does not say, too many."""
    if "transfer-encoding" in headers:
        return MOST_BODY + 1
    said = headers.get("content-length", "0")
    return int(said) if said.isdecimal() and len(said) < 19 else MOST_BODY + 1


def _with_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in _RAW if pair[0] not in own)]
        await send(message)

    return guarded
