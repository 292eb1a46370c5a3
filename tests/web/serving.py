"""The page on a real port, and requests to it as they go over the wire."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from forerun.web.access import Access
from forerun.web.server import PageServer, listening
from forerun.web.workspace import Workspace

TOKEN = "a-token-for-tests-only"


@dataclass(frozen=True)
class Said:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Served:
    """A page that is served."""

    port: int
    server: PageServer
    bearer: dict[str, str] = field(default_factory=lambda: {"Authorization": f"Bearer {TOKEN}"})

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: Any = None) -> Said:
        """One request; with the token unless headers are given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = dict(self.bearer if headers is None else headers)
            data = None
            if body is not None:
                data, sent = json.dumps(body).encode(), {"Content-Type": "application/json"} | sent
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            sent_back = {k.lower(): v for k, v in response.getheaders()}
            stream = sent_back.get("content-type", "").startswith("text/event-stream")
            return Said(response.status, sent_back, response.read1() if stream else response.read())
        finally:
            connection.close()


@contextmanager
def serving(workspace: Workspace) -> Iterator[Served]:
    """The page of a workspace on a port of its own, until the end of the block."""
    ready = threading.Event()
    with listening("127.0.0.1", 0) as sock:
        server = PageServer(sock, workspace, Access(TOKEN), ready.set)
        thread = threading.Thread(target=server.serve_on, daemon=True)
        thread.start()
        assert ready.wait(30)
        try:
            yield Served(sock.getsockname()[1], server)
        finally:
            server.stop()
            thread.join(30)
