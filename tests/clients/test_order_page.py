"""A training that runs is told to stop from its page in a real browser, by keys alone, and no other way."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from forerun.runs.store import Store
from forerun.web.workspace import ServedLogs, Workspace
from tests.clients.browser import MISSING, Tab, tab
from tests.clients.test_live_page import until
from tests.web.serving import TOKEN, Served, serving

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
TRAINING = """
    import sys, time
    import numpy as np
    from forerun import Watcher

    rng, weights = np.random.default_rng(0), np.zeros(8)
    with Watcher(sys.argv[1], "a/mlp", horizon=100_000, allow=["stop", "change lr"], dry=False, every=0.05,
                 handlers={"change lr": print}) as watcher:
        for step in range(1, 20_000):
            x = rng.normal(size=(32, 8))
            error = x @ weights - x.sum(1)
            weights -= 0.01 * 2 * error @ x / 32
            watcher.log(step, {"train/loss": float(error @ error) / 32})
            time.sleep(0.005)  # two minutes, unless it is stopped
            if watcher.should_stop:
                print("stopped", flush=True)
                break
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as page:
        page.page.context.set_offline(False)
        yield page


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "runs.forerun"


@pytest.fixture
def training(store: Path) -> Iterator[subprocess.Popen[str]]:
    """One that runs, and takes orders."""
    args = [sys.executable, "-c", textwrap.dedent(TRAINING), str(store)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def visit(browser: Tab, served: Served, path: str) -> None:
    browser.complaints.clear()
    browser.page.goto(f"http://127.0.0.1:{served.port}/?token={TOKEN}")
    browser.page.goto(f"http://127.0.0.1:{served.port}{path}")


def test_a_training_is_stopped_from_its_page(browser: Tab, store: Path, training: subprocess.Popen[str]) -> None:
    for _ in range(300):
        if store.exists() and (store.parent / f".{store.name}.control").exists():
            break
        browser.settle()
    with serving(Workspace("live", ServedLogs(store, every=0.1))) as served:
        visit(browser, served, "/")
        until(browser, "document.querySelector('#runs tbody tr[data-run] td.run a') !== null")
        visit(browser, served, "/run?run=a/mlp")
        until(browser, "document.querySelectorAll('#order button').length === 2")
        assert f"process {training.pid} on" in browser.page.inner_text("#order")
        browser.page.get_by_role("button", name="Stop").focus()
        browser.press("Enter")
        until(browser, "document.querySelector('dialog[open]') !== null")
        said = browser.page.inner_text("dialog")
        for part in ("end the training", f"process {training.pid} on", "Undo", "last checkpoint"):
            assert part in said
        browser.page.keyboard.type("stop")
        give = browser.page.get_by_role("button", name="Give the order")
        assert give.is_disabled()
        browser.page.keyboard.press("Enter")
        browser.page.keyboard.press("Escape")
        until(browser, "document.querySelector('dialog') === null")
        with Store(store, create=False) as opened:
            assert opened.journal.entries(kind="action") == []  # half a confirmation is none
        browser.page.get_by_role("button", name="Stop").focus()
        browser.press("Enter")
        until(browser, "document.querySelector('dialog[open]') !== null")
        browser.page.keyboard.type(f"stop {training.pid}")
        assert not give.is_disabled()
        browser.press("Enter")
        assert training.wait(60) == 0
        assert training.stdout is not None and training.stdout.read() == "stopped\n"
        until(browser, "document.querySelector('#order [role=status]').innerText.includes('stop done')")
        assert browser.complaints == []


def test_a_page_of_another_site_stops_nothing(browser: Tab, store: Path, training: subprocess.Popen[str]) -> None:
    """As a form or a script there would ask, with the cookie that the browser sends along, or without a token."""
    for _ in range(300):
        if (store.parent / f".{store.name}.control").exists():
            break
        browser.settle()
    body = {"run": "a/mlp", "action": "stop", "confirm": f"stop {training.pid}"}
    with serving(Workspace("live", ServedLogs(store, every=0.1))) as served:
        visit(browser, served, "/")
        until(browser, "document.querySelector('#runs tbody tr[data-run] td.run a') !== null")
        cookie = {"Cookie": f"forerun={TOKEN}"}
        for headers, status in [
            ({}, 401),
            ({"Authorization": "Bearer wrong"}, 401),
            (cookie | {"Origin": "http://evil.example"}, 403),
            (cookie | {"Origin": f"http://127.0.0.1:{served.port + 1}"}, 403),
            (cookie | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, 403),
            (cookie | {"Host": "evil.example"}, 421),
            (cookie | {"Content-Type": "text/plain"}, 400),  # what a form can send
        ]:
            assert served.ask("/api/order", "POST", headers, body).status == status
        with Store(store, create=False) as opened:
            assert opened.journal.entries(kind="action") == []
        own = served.ask("/api/order", "POST", cookie | {"Origin": f"http://127.0.0.1:{served.port}"}, body)
        assert (own.status, own.document["status"]) == (200, "given")  # the control
    assert training.wait(60) == 0
