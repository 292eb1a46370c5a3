"""Documents and pages as responses; an error is a document where a script asks, and a page where a person does."""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from forerun.core import ForerunError, UnknownName
from forerun.core.secrets import masked_setting
from forerun.documents.error import error_document
from forerun.documents.shape import Document
from forerun.figures.markup import tag, text
from forerun.figures.page.frame import page
from forerun.web.call import Page, StillReading

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NO_SCRIPT = "The page needs JavaScript; forerun report writes one whose tables and texts do not."
_KINDS = {401: "refused", 403: "refused", 421: "refused", 500: "failed"}


def json_response(document: Document, status: int = 200) -> Response:
    """A document, with the secrets in it masked."""
    written = json.dumps(masked_setting(document), allow_nan=False)
    return Response(written, status, media_type="application/json")


def page_response(answer: Page) -> Response:
    """A page, whose own scripts alone may run."""
    nonce = secrets.token_urlsafe(16)
    written = page(answer.title, answer.body, scripts=answer.scripts, without=_NO_SCRIPT, nonce=nonce)
    policy = {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
    return Response(written, answer.status, policy, media_type="text/html")


def refused(path: str, status: int, message: str) -> Response:
    """What a path does not answer, and why."""
    if path.startswith("/api/"):
        return json_response({"error": {"kind": _KINDS.get(status, "bad_request"), "message": message}}, status)
    phrase = HTTPStatus(status).phrase
    body = tag("header", tag("p", "Forerun", class_="brand") + tag("h1", text(phrase))) + tag("main", _said(message))
    return page_response(Page(phrase, body, status=status))


def failed(path: str, error: ForerunError) -> Response:
    """What an answer raised."""
    status = 404 if isinstance(error, UnknownName) else 503 if isinstance(error, StillReading) else 400
    if path.startswith("/api/"):
        return json_response(error_document(error), status)
    return refused(path, status, str(error))


def moved(cookie: str, token: str) -> Response:
    """To the page itself, with the token in a cookie and no longer in the address."""
    response = RedirectResponse("/", 303)
    response.set_cookie(cookie, token, httponly=True, samesite="strict", path="/")
    return response


def _said(message: str) -> str:
    return tag("p", text(message[:1].upper() + message[1:] + ".", longest=1000))
