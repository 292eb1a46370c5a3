"""Who may ask: every route by every method, under a wrong host, from a wrong origin and without the token."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import product

import pytest

from forerun.core import BadInput, Curve, Run
from forerun.web.access import Access, checked_token, names_of, new_token
from forerun.web.routes import ROUTES
from forerun.web.workspace import Workspace
from tests.web.serving import TOKEN, Said, Served, serving

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PATHS = sorted({route.path for route in ROUTES})
EVERY = list(product(PATHS, METHODS))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    run = Run("a", {"loss": Curve([1, 2, 3], [3.0, 2.0, 1.5], metric="loss")}, "csv")
    with serving(Workspace.of([run])) as page:
        yield page


def test_every_route_is_tried_by_every_method() -> None:
    assert len(ROUTES) == 25
    assert len(EVERY) == 24 * 8


@pytest.mark.parametrize(("path", "method"), EVERY)
def test_wrong_host_origin_and_token_are_refused(served: Served, path: str, method: str) -> None:
    own = f"127.0.0.1:{served.port}"
    bearer = served.bearer
    wrong: list[tuple[int, dict[str, str]]] = [
        (421, {**bearer, "Host": f"evil.example:{served.port}"}),
        (421, {**bearer, "Host": "127.0.0.1.evil.example"}),
        (421, {**bearer, "Host": ""}),
        (403, {**bearer, "Origin": "http://evil.example"}),
        (403, {**bearer, "Origin": "null"}),
        (403, {**bearer, "Origin": f"http://localhost:{served.port}"}),
        (403, {**bearer, "Origin": f"http://{own}.evil.example"}),
        (403, {**bearer, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
        (401, {}),
        (401, {"Authorization": "Bearer wrong"}),
        (401, {"Authorization": f"Basic {TOKEN}"}),
        (401, {"Cookie": f"forerun={TOKEN}x"}),
        (401, {"Cookie": f"other={TOKEN}"}),
    ]
    for status, headers in wrong:
        said = served.ask(path, method, headers)
        assert (said.status, headers) == (status, headers)
        assert b"loss" not in said.body


@pytest.mark.parametrize(("path", "method"), EVERY)
def test_only_the_methods_of_a_route_do_anything(served: Served, path: str, method: str) -> None:
    known = {route.method for route in ROUTES if route.path == path}
    said = served.ask(path, method)
    if method in known or (method == "HEAD" and "GET" in known):
        assert said.status != 405
    else:
        assert said.status == 405
        assert method not in said.headers["allow"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Cookie": f"forerun={TOKEN}"},
        {"Cookie": f"other=1; forerun={TOKEN}", "Sec-Fetch-Site": "same-origin"},
        {"Cookie": f"forerun={TOKEN}", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Authorization": f"Bearer {TOKEN}", "Host": "localhost:9999", "Origin": "http://localhost:9999"},  # a tunnel
        {"Authorization": f"Bearer {TOKEN}", "Host": "[::1]:80"},
    ],
)
def test_who_has_the_token_is_let_in(served: Served, headers: dict[str, str]) -> None:
    said = served.ask("/api/runs", headers=headers)
    assert said.status == 200
    assert [run["run"] for run in said.document["runs"]] == ["a"]


def test_the_link_gives_a_cookie_that_scripts_and_other_sites_do_not_get(served: Served) -> None:
    said = served.ask(f"/?token={TOKEN}", headers={})
    assert (said.status, said.headers["location"]) == (303, "/")
    cookie = said.headers["set-cookie"]
    assert cookie.startswith(f"forerun={TOKEN};")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert served.ask("/", headers={"Cookie": cookie.partition(";")[0]}).status == 200
    assert served.ask("/?token=wrong", headers={}).status == 401
    assert served.ask(f"/api/runs?token={TOKEN}", headers={}).status == 401
    assert served.ask(f"/?token={TOKEN}", "POST", headers={}).status == 401
    assert served.ask(f"/?token={TOKEN}", headers={"Host": "evil.example"}).status == 421


def test_every_response_says_what_a_browser_may_do_with_it(served: Served) -> None:
    for said in (served.ask("/"), served.ask("/api/runs"), served.ask("/none"), served.ask("/", headers={})):
        assert said.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in said.headers["content-security-policy"]
        assert said.headers["x-content-type-options"] == "nosniff"
        assert said.headers["referrer-policy"] == "no-referrer"
        assert said.headers["cross-origin-resource-policy"] == "same-origin"
        assert said.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in said.headers
        assert "server" not in said.headers


def test_each_page_has_a_nonce_of_its_own(served: Served) -> None:
    policies = {served.ask("/").headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3
    assert not any("unsafe" in policy for policy in policies)


def test_no_path_is_one(served: Served) -> None:
    said = served.ask("/api/../../etc/passwd")
    assert said.status == 404
    assert said.document["error"]["message"] == "there is no such page"
    assert "there is no such page".capitalize() in served.ask("/etc").text


def raw(served: Served, request: bytes) -> Said:
    """The response to bytes as they stand."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as wire:
        wire.sendall(request)
        answer = b""
        while part := wire.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return Said(int(head.split()[1]), {}, body)


def test_headers_and_bodies_have_limits(served: Served) -> None:
    host = f"Host: 127.0.0.1:{served.port}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n"
    long = raw(served, f"GET /api/runs HTTP/1.1\r\n{host}X: {'x' * 17_000}\r\n\r\n".encode())
    assert long.status == 431
    assert raw(served, f"GET /{'x' * 9_000} HTTP/1.1\r\n{host}\r\n".encode()).status == 414
    assert raw(served, f"POST /api/runs HTTP/1.1\r\n{host}Content-Length: 9999999\r\n\r\n".encode()).status == 413
    chunked = f"POST /api/runs HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert raw(served, chunked.encode()).status == 413
    twice = f"GET /api/runs HTTP/1.1\r\n{host}Authorization: Bearer x\r\n\r\n"
    assert raw(served, twice.encode()).status == 400


def test_a_token_of_ones_own_is_long_and_fits_a_header() -> None:
    assert checked_token(f" {TOKEN}\n", "--token") == TOKEN
    for bad in ("short", "x" * 15, "x" * 20 + " y", "x" * 20 + ";", "x" * 20 + "é"):
        with pytest.raises(BadInput, match="at least 16"):
            checked_token(bad, "--token")
    assert len({new_token() for _ in range(100)}) == 100


def test_a_page_for_all_addresses_goes_by_the_names_of_this_machine() -> None:
    assert names_of("0.0.0.0", ["Box", "10.0.0.7"]) == {"localhost", "127.0.0.1", "::1", "box", "10.0.0.7"}
    assert names_of("10.0.0.7", ["box"]) == {"localhost", "127.0.0.1", "::1", "10.0.0.7"}
    access = Access(TOKEN, names_of("0.0.0.0", ["box"]))
    assert access.refusal({"host": "other:1", "authorization": f"Bearer {TOKEN}"}) == "host"
    assert access.refusal({"host": "BOX:1", "authorization": f"Bearer {TOKEN}"}) is None
