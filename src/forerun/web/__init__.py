"""The live page: a thin face over logs as they grow, which says what the report and the command line say.

An answer is a plain function of a `Call` (what is asked, and the workspace it is asked of) that returns a document, a
page or a stream of events; it knows nothing of HTTP and is tested without a server. It runs off the event loop.

To add one: write the function in a file of its own in `forerun.web.answers`, and one line in `forerun.web.routes`:

    Route("POST", "/api/schedule/design", design.answer),

Everything else holds for it then: the token, the allow-lists of hosts and origins, limits, headers, errors as
documents, secrets masked; and the test that tries every route by every method counts it. A GET changes nothing.
"""
