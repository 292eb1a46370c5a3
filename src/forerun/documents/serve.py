"""``serve``: where the page is, once it can be opened."""

from __future__ import annotations

from forerun.documents.shape import Document


def serve_document(address: str, token: str) -> Document:
    """Its address, and the link that opens it in a browser.

    Example:
        >>> serve_document("http://127.0.0.1:6116/", "abc")["link"]
        'http://127.0.0.1:6116/?token=abc'
    """
    return {"address": address, "link": f"{address}?token={token}"}
