"""The application: routes behind a gate, answers off the event loop, errors as people and scripts expect them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route as Mounted

from forerun.core import BadInput, ForerunError
from forerun.documents.shape import Document
from forerun.web.access import Access
from forerun.web.call import Answer, Call, Events, Fragment, Page
from forerun.web.gate import MOST_BODY, Gate
from forerun.web.responses import failed, json_response, page_response, refused
from forerun.web.routes import ROUTES, Route
from forerun.web.shared import SharedFragments
from forerun.web.workspace import Workspace

_AT_ONCE = 8  # answers made at the same time; more only share the same cores
_STREAM = {"X-Accel-Buffering": "no"}


def make_app(workspace: Workspace, access: Access, routes: Sequence[Route] = ROUTES) -> Starlette:
    """The page of a workspace, for who has access; the workspace is open while it runs."""

    @asynccontextmanager
    async def opened(_: Starlette) -> AsyncGenerator[None]:
        async with workspace.opened():
            yield

    limiter = anyio.CapacityLimiter(_AT_ONCE)
    return Starlette(
        routes=[Mounted(one.path, _endpoint(one, workspace, limiter), methods=[one.method]) for one in routes],
        middleware=[Middleware(Gate, access=access)],
        exception_handlers={HTTPException: _unanswered, Exception: _broken},
        lifespan=opened,
    )


def _endpoint(
    route: Route, workspace: Workspace, limiter: anyio.CapacityLimiter
) -> Callable[[Request], Awaitable[Response]]:
    async def made(call: Call) -> Answer:
        return await anyio.to_thread.run_sync(route.answer, call, limiter=limiter)

    shared = SharedFragments(made)

    async def answered(request: Request) -> Response:
        try:
            body = await _body(request) if route.method == "POST" else {}
            call = Call(workspace, _query(request), body, _after(request))
            if route.shared:
                return await shared.response(call, gzip="gzip" in request.headers.get("accept-encoding", ""))
            return _response(await made(call))
        except ForerunError as error:
            return failed(route.path, error)

    return answered


def _response(answer: Answer) -> Response:
    if isinstance(answer, Page):
        return page_response(answer)
    if isinstance(answer, Fragment):
        return HTMLResponse(answer.html)
    if isinstance(answer, Events):
        return StreamingResponse(_lines(answer), headers=_STREAM, media_type="text/event-stream")
    return json_response(answer)


async def _lines(events: Events) -> AsyncIterator[str]:
    async for number, text in events.each:
        yield f"id: {number}\ndata: {text}\n\n" if text else ":\n\n"


def _after(request: Request) -> int | None:
    word = request.headers.get("last-event-id", "")
    return int(word) if word.isdecimal() and len(word) < 16 else None


def _query(request: Request) -> Mapping[str, tuple[str, ...]]:
    params = request.query_params
    return {name: tuple(params.getlist(name)) for name in params}


async def _body(request: Request) -> Document:
    """The JSON object that was sent.

    Raises:
        BadInput: it is none.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadInput("is sent as application/json", where="body")
    body = await request.body()
    try:
        document: Any = json.loads(body[: MOST_BODY + 1])
    except (ValueError, RecursionError) as error:
        raise BadInput(f"is no JSON: {error}", where="body") from error
    if not isinstance(document, dict):
        raise BadInput("is a JSON object", where="body")
    return cast(Document, document)


async def _unanswered(request: Request, error: Exception) -> Response:
    """No such path, or not by this method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = "there is no such page" if status == 404 else f"{request.method} does nothing here"
    response = refused(request.url.path, status, message)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


async def _broken(request: Request, error: Exception) -> Response:
    """What nobody raised on purpose: it is told where the server was started, not to who asked."""
    return refused(request.url.path, 500, "this failed; the terminal that runs forerun serve has more")
