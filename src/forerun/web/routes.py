"""Every route of the page, one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from forerun.web.answers import (
    compare,
    curve,
    decisions,
    designer,
    events,
    explorer,
    home,
    laws,
    orders,
    rows,
    run,
    schedules,
    verbs,
)  # fmt: skip
from forerun.web.call import Answer, Call


@dataclass(frozen=True)
class Route:
    """Where something is asked for, and what answers.

    Args:
        method: GET for what changes nothing, POST with a JSON object for what does or for what is long.
        path: as it is asked for; errors under ``/api/`` are documents, elsewhere pages.
        answer: a plain function; it may take its time, as it runs off the event loop.
        shared: whether it says the same to all who ask the same of one table, so that it is made once for them; of
            those alone that return a `Fragment`.
    """

    method: Literal["GET", "POST"]
    path: str
    answer: Callable[[Call], Answer]
    shared: bool = False


ROUTES = (
    Route("GET", "/", home.answer),
    Route("GET", "/rows", rows.answer, shared=True),
    Route("GET", "/run", run.page),
    Route("GET", "/section", run.part, shared=True),
    Route("GET", "/compare", compare.answer),
    Route("GET", "/decisions", decisions.answer),
    Route("GET", "/api/runs", verbs.runs),
    Route("GET", "/api/predict", verbs.predict),
    Route("GET", "/api/scan", verbs.scan),
    Route("GET", "/api/advise", verbs.advise),
    Route("GET", "/api/curve", curve.answer),
    Route("GET", "/api/window", curve.of_chart),
    Route("GET", "/api/events", events.answer),
    Route("GET", "/api/order", orders.state),
    Route("POST", "/api/order", orders.tell),
    Route("GET", "/schedules", designer.page),
    Route("POST", "/api/schedule/start", schedules.start),
    Route("POST", "/api/schedule/sketch", schedules.sketched),
    Route("POST", "/api/schedule/weigh", schedules.weighed),
    Route("POST", "/api/schedule/design", schedules.designed),
    Route("POST", "/api/schedule/export", schedules.exported),
    Route("GET", "/laws", explorer.page),
    Route("GET", "/api/laws", laws.listed),
    Route("POST", "/api/law/fit", laws.fit),
    Route("POST", "/api/law/predict", laws.predict),
)
