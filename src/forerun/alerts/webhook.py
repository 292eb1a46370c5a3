"""An address that each alert is posted to as JSON."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from forerun.alerts.channel import AlertFailed
from forerun.core import BadInput
from forerun.documents.shape import Document


@dataclass(frozen=True)
class Webhook:
    """Posts the alert as JSON; ``text`` in it is what Slack, Mattermost and others of their kind show.

    An address may be a secret: only its host is ever named.

    Args:
        url: of http or https; no other scheme is followed, nor any redirection.
        seconds: how long an answer may take.

    Raises:
        BadInput: not such an address, or one with a login in it.

    Example:
        >>> Webhook("https://chat.example/hooks/1").name
        'webhook chat.example'
        >>> Webhook("file:///etc/passwd")
        Traceback (most recent call last):
        forerun.core.errors.BadInput: webhook: an address begins with https:// or http://, not with 'file'
    """

    url: str
    seconds: float = 5.0

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            host, scheme = parts.hostname, parts.scheme
        except ValueError:
            raise BadInput("not an address", where="webhook") from None
        if scheme not in ("http", "https"):
            raise BadInput(f"an address begins with https:// or http://, not with {scheme!r}", where="webhook")
        if not host:
            raise BadInput("the address names no host", where="webhook")
        if parts.username is not None:
            raise BadInput("a login in an address is not sent; give an address that needs none", where="webhook")

    @property
    def name(self) -> str:
        """``webhook`` and the host."""
        return f"webhook {urlsplit(self.url).hostname}"

    def send(self, alert: Document) -> None:
        """Post it.

        Raises:
            AlertFailed: the host cannot be reached, does not answer in time, or answers anything but a success.
        """
        body = json.dumps(alert, allow_nan=False).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"}, method="POST")
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=self.seconds):
                return
        except urllib.error.HTTPError as error:
            error.close()
            raise AlertFailed(f"answered {error.code}", where=self.name) from None
        except TimeoutError:
            raise AlertFailed(f"no answer within {self.seconds:g} s", where=self.name) from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise AlertFailed(f"could not be reached: {type(reason).__name__}", where=self.name) from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: what is posted is for the address that was given."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None
