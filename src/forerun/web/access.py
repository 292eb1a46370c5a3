"""Who may ask: by the host and origin that a request names, and by its token."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import urlsplit

from forerun.core import BadInput

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SHORTEST = 16
"""Characters of a token that a person chooses, at least."""
Refusal = Literal["host", "origin", "token"]


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Args:
        token: what a request must carry.
        hosts: the names under which the page may be asked for, on any port, as a tunnel has another than the page: a
            name that is none of these is another site's, whatever address it leads to.
        cookie: the name of the cookie that carries the token.

    Example:
        >>> access = Access("t" * 32)
        >>> access.refusal({"host": "localhost:6116", "authorization": "Bearer " + "t" * 32})
        >>> access.refusal({"host": "evil.example:6116", "authorization": "Bearer " + "t" * 32})
        'host'
        >>> access.refusal({"host": "localhost:6116", "origin": "http://localhost:8888"})
        'origin'
        >>> access.refusal({"host": "localhost:6116"})
        'token'
    """

    token: str
    hosts: frozenset[str] = frozenset(LOOPBACK)
    cookie: str = "forerun"

    def refusal(self, headers: Mapping[str, str]) -> Refusal | None:
        """Why a request is refused, by its headers of lower-case names; None where it is not."""
        if _name_of(headers.get("host", "")) not in self.hosts:
            return "host"
        if not _same_origin(headers):
            return "origin"
        return None if self.knows(self._carried(headers)) else "token"

    def knows(self, token: str) -> bool:
        """Whether that is the token; it takes as long whichever it is."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def _carried(self, headers: Mapping[str, str]) -> str:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else self._baked(headers.get("cookie", ""))

    def _baked(self, header: str) -> str:
        try:
            cookies = SimpleCookie(header)
        except CookieError:
            return ""
        return cookies[self.cookie].value if self.cookie in cookies else ""


def new_token() -> str:
    """A token that nobody guesses: 256 random bits."""
    return secrets.token_urlsafe(32)


def checked_token(token: str, where: str) -> str:
    """A token that a person chose.

    Raises:
        BadInput: it is short, or holds what a header cannot carry.
    """
    token = token.strip()
    if len(token) < SHORTEST or not all("!" <= letter <= "~" and letter not in '",;\\' for letter in token):
        raise BadInput(
            f"a token has at least {SHORTEST} letters, digits or marks other than quotes, commas, semicolons and "
            "backslashes, and no space; this makes one: python -c 'import secrets; print(secrets.token_urlsafe())'",
            where=where,
        )
    return token


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host.

    Example:
        >>> is_loopback("127.0.0.2"), is_loopback("localhost"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def names_of(host: str, own: Iterable[str] = ()) -> frozenset[str]:
    """The names under which a page that binds a host is asked for.

    Args:
        host: an address or a name; of all addresses (0.0.0.0, ::) those of this machine.
        own: names and addresses of this machine.
    """
    every = host in ("0.0.0.0", "::")
    return frozenset(one.lower() for one in (*LOOPBACK, *(own if every else (host,))))


def _name_of(host: str) -> str:
    """The name in a Host header, without its port; empty where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.netloc == host and "@" not in host else ""


def _same_origin(headers: Mapping[str, str]) -> bool:
    """Whether what asks is a page of our own or no page at all; another site may at most lead a person here."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if origin is not None and origin not in (f"{scheme}://{headers.get('host', '')}" for scheme in ("http", "https")):
        return False
    return site in ("none", "same-origin") or headers.get("sec-fetch-mode") == "navigate"
