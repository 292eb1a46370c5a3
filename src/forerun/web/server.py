"""The page on a port."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn

from forerun.core import BadInput
from forerun.web.access import Access
from forerun.web.app import make_app
from forerun.web.gate import MOST_ADDRESS, MOST_HEADERS
from forerun.web.workspace import Workspace

PORT = 6116
_MOST_CONNECTIONS = 2000
_TURN = 0.0005  # seconds for which a thread that makes a table or an answer keeps others waiting, at most


def listening(host: str, port: int | None) -> socket.socket:
    """A socket that listens.

    Args:
        host: an address or a name of this machine.
        port: 0 takes any free one; None takes `PORT` where it is free, else any.

    Raises:
        BadInput: the port is taken, or the host is none of this machine's.
    """
    made: socket.socket | None = None
    try:
        family = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][0]
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, PORT if port is None else port))
    except OSError as error:
        if made is not None:
            made.close()
        if port is None and error.errno == errno.EADDRINUSE:
            return listening(host, 0)
        way_out = "; --port 0 takes any free one" if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        where = f"{host}:{PORT if port is None else port}"
        raise BadInput(f"cannot listen there: {error.strerror or error}{way_out}", where=where) from error
    return made


class PageServer(uvicorn.Server):
    """The page of a workspace at a socket.

    Args:
        sock: where it listens.
        workspace, access: whose page it is, and who may ask.
        ready: called once it can be opened.
    """

    def __init__(self, sock: socket.socket, workspace: Workspace, access: Access, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                make_app(workspace, access),
                http="h11",
                ws="none",
                loop="asyncio",
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                h11_max_incomplete_event_size=MOST_HEADERS + MOST_ADDRESS,
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_graceful_shutdown=1,
            )
        )
        self._sock, self._ready, self._news = sock, ready, workspace.news

    def serve_on(self) -> None:
        """Serve until interrupted or stopped."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        try:
            self.run(sockets=[self._sock])
        finally:
            sys.setswitchinterval(before)

    def stop(self) -> None:
        """Have it end; from any thread."""
        self.should_exit = True
        self._news.close()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._news.close()  # streams would never end by themselves
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
