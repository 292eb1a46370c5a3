"""Time from an edit in the schedule designer to its picture, in a real browser.

    PYTHONPATH=. python benchmarks/designer_edit.py [--table DATA --task 100M] [--edits 40] [--date DATE]
        [--out benchmarks/results/designer_edit.json]

An edit is a key that moves a knot. Until the picture: the question to the server, the law's losses all along the plan
with their bands, both charts drawn anew, and the next frame; by the browser's clock. Beside it what the server and the
page take of the processor for an edit, which do not depend on what else the machine does. Needs Chromium and the extra
[clients].
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

from forerun import read
from forerun.web.answers import schedules
from forerun.web.call import Call
from forerun.web.workspace import Workspace
from tests.clients.browser import tab
from tests.web.drawn_runs import drawn_workspace
from tests.web.serving import TOKEN, serving


def edits(space: Workspace, task: str | None, n: int) -> tuple[list[float], float, dict[str, Any]]:
    """Milliseconds of each edit, those that the page's tasks take of the processor for one, and what was asked last."""
    with serving(space) as served, tab() as browser:
        origin, page = f"http://127.0.0.1:{served.port}", browser.page
        page.context.set_offline(False)
        page.context.add_cookies([{"name": "forerun", "value": TOKEN, "url": origin}])
        page.goto(f"{origin}/schedules")
        answered = page.locator("body[data-edit-ms]")
        answered.wait_for(timeout=300_000)
        if task is not None and page.locator("#task").is_visible():
            page.evaluate("delete document.body.dataset.editMs")
            page.locator("#task").select_option(task)
            answered.wait_for(timeout=300_000)
        page.locator(".knot").nth(-2).focus()
        client = page.context.new_cdp_session(page)
        client.send("Performance.enable", {"timeDomain": "threadTicks"})
        began = _busy(client)
        taken: list[float] = []
        for i in range(n):
            page.evaluate("delete document.body.dataset.editMs")
            page.keyboard.press(("ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp")[i % 4])
            answered.wait_for()
            taken.append(float(page.evaluate("document.body.dataset.editMs")))
        own = 1e3 * (_busy(client) - began) / n
        knots = browser.do("Designer.plan.knots")
        plan = {"x": [one["x"] for one in knots], "value": [one["v"] for one in knots]}
        return taken, own, {"law": "multi_power", "task": task, "plans": {"plan": plan}}


def _busy(client: Any) -> float:
    """Seconds of the processor that the page's tasks have taken."""
    metrics = {one["name"]: one["value"] for one in client.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def alone(space: Workspace, body: dict[str, Any], n: int) -> list[float]:
    """Milliseconds of the processor that the server takes for an answer; the fit is warm."""
    taken: list[float] = []
    for _ in range(n + 1):
        began = time.process_time()
        schedules.weighed(Call(space, {}, body))
        taken.append(1e3 * (time.process_time() - began))
    return taken[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--task", default="small")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--date", default="")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    space = drawn_workspace() if args.table is None else Workspace.of(read(args.table))
    taken, page, body = edits(space, args.task, args.edits)
    server = alone(space, body, 20)
    result = {
        "date": args.date,
        "load": os.getloadavg()[0],
        "cores": os.cpu_count(),
        "edits": len(taken),
        "edit_ms": {"median": statistics.median(taken), "p95": statistics.quantiles(taken, n=20)[-1], "all": taken},
        "page_cpu_ms": round(page, 1),
        "server_cpu_ms": {"median": round(statistics.median(server), 1), "most": round(max(server), 1)},
    }
    text = json.dumps(result, indent=1)
    print(text)
    if args.out is not None:
        args.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
