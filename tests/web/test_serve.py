"""``forerun serve`` as it is started: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from forerun.cli.app import run
from forerun.runs.store import Store
from tests.web.serving import TOKEN

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "runs"
QUIET = {name: value for name, value in os.environ.items() if name != "FORERUN_TOKEN"}


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """What a server says when it is ready, and its process."""
    command = [sys.executable, "-m", "forerun", "serve", *arguments, "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=QUIET | environment
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline()), process
        finally:
            process.kill()


def test_the_printed_link_opens_the_page_and_an_interrupt_ends_it() -> None:
    with started(str(EXAMPLES)) as (said, process):
        assert set(said) == {"address", "link"}
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        with opener.open(said["link"], timeout=30) as page:
            assert page.status == 200
            assert page.url == said["address"]
        with opener.open(f"{said['address']}api/runs", timeout=30) as listed:
            served = json.load(listed)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    done = subprocess.run(
        [sys.executable, "-m", "forerun", "read", str(EXAMPLES), "--json"], capture_output=True, text=True, check=True
    )
    assert served["runs"] == json.loads(done.stdout)["runs"]


def test_a_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    with started(str(EXAMPLES), "--token-file", str(tmp_path / "token")) as (said, _):
        assert said["link"].endswith(f"?token={TOKEN}")
    with started(str(EXAMPLES), "--host", "0.0.0.0", FORERUN_TOKEN=TOKEN) as (said, process):
        assert said["link"].endswith(f"?token={TOKEN}")
        process.kill()
        assert process.stderr is not None
        assert "not encrypted" in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "0.0.0.0"], "needs a token of yours; --token-file FILE or FORERUN_TOKEN"),
        (["--token", "short"], "at least 16"),
        (["--token", TOKEN, "--token-file", "x"], "not both"),
        (["--host", "192.0.2.1", "--token", TOKEN], "cannot listen there"),
        (["--token-file", "nowhere"], "nowhere"),
        (["--budget", "much"], "such as hours=20"),
        (["--calibration", "ours", "--store", "nowhere.forerun"], "no such store"),
    ],
)
def test_what_cannot_be_served_is_refused(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORERUN_TOKEN", raising=False)
    assert run(["serve", str(EXAMPLES), *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with started(str(EXAMPLES)) as (said, _):
        port = said["address"].rstrip("/").rpartition(":")[2]
        assert run(["serve", str(EXAMPLES), "--port", port]) == 2
        assert "--port 0 takes any free one" in capsys.readouterr().err


def test_a_token_among_the_arguments_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", str(EXAMPLES), "--token", TOKEN, "--host", "192.0.2.1"]) == 2
    assert "an argument stands in the list of processes" in capsys.readouterr().err


def all_looked_at(said: dict[str, Any]) -> Any:
    """What ``/api/runs`` says once every run was looked at."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(f"{said['address']}api/events", headers=headers)) as stream:
        news = (json.loads(line[6:]) for line in stream if line.startswith(b"data: "))
        assert any(one["runs"] and one["looked"] == one["runs"] for one in news)
    with urllib.request.urlopen(urllib.request.Request(f"{said['address']}api/runs", headers=headers)) as listed:
        return json.load(listed)


def test_killed_and_started_again_it_has_lost_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    both: list[Any] = []
    for _ in range(2):
        with started(str(EXAMPLES), "--store", str(store), FORERUN_TOKEN=TOKEN) as (said, process):
            runs = all_looked_at(said)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        with Store(store, create=False) as kept:
            decided = [(entry.run, entry.body.action) for entry in kept.journal.entries(kind="decision")]
        both.append((runs["runs"], decided))
        assert len(decided) == len(set(decided))
    assert len(both[0][0]) == 6
    assert both[0] == both[1]
