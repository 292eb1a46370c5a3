"""Alerts: each event once, also after a restart; gathered; what fails is told and tried again; nothing leaks."""

from __future__ import annotations

import http.server
import io
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from forerun.alerts import AlertFailed, Alerts, Bell, Command, Webhook
from forerun.cli.app import run
from forerun.core import BadInput, Curve, Finding, Run
from forerun.live import Poll
from forerun.monitor import detectors_of
from forerun.monitor.diagnosis import diagnose
from forerun.session import Look

ALERT = {
    "at": 1.5,
    "text": "a: loss is nan",
    "findings": [{"run": "a", "kind": "spike", "metric": "l", "message": "m"}],
}


@dataclass(frozen=True)
class Box:
    """A channel that keeps what it is sent, and fails as often as it is told to."""

    name: str = "box"
    alerts: list[Any] = field(default_factory=list[Any])
    failures: list[str] = field(default_factory=list[str])

    def send(self, alert: Any) -> None:
        if self.failures:
            raise AlertFailed(self.failures.pop(), where=self.name)
        self.alerts.append(alert)

    @property
    def starts(self) -> list[list[float]]:
        return [[one["start"] for one in alert["findings"]] for alert in self.alerts]


def finding(start: float, *, kind: str = "spike", metric: str = "loss", **more: Any) -> Finding:
    end = None if kind == "non_finite" else start + 1
    return Finding(kind, metric, "step", start, end, start, 9.0, 8.0, "rare", kind, f"{kind} at {start:g}", more)


def poll(at: float, *findings: Finding, run: str = "a") -> Poll:
    of = Run(run, {"loss": Curve([1], [1.0], "loss")}, "csv")
    diagnosis = diagnose(of, findings, {"loss": 1}, detectors_of("spike"))
    return Poll(at, (Look(of, None, findings, diagnosis=diagnosis),), (run,), ())


def test_an_event_is_sent_once_and_none_of_the_first_look() -> None:
    box = Box()
    alerts = Alerts([box], pause=0)
    for look in (poll(0, finding(1)), poll(1, finding(1), finding(5)), poll(2, finding(1), finding(5))):
        assert alerts.take(look) == []
    assert box.starts == [[5]]
    (one,) = box.alerts
    assert (one["at"], one["text"]) == (1, "a: spike at 5")
    assert one["findings"][0]["diagnosis"] == "spike at 5; also a spike of loss at step 1"


def test_a_restart_sends_what_came_meanwhile_and_nothing_again(tmp_path: Path) -> None:
    state, box = tmp_path / "state", Box()
    first = Alerts([box], pause=0, state=state)
    first.take(poll(0))
    first.take(poll(1, finding(5)))
    Alerts([box], pause=0, state=state).take(poll(2, finding(5), finding(9)))
    Alerts([box], pause=0, state=state).take(poll(3, finding(5), finding(9)))
    assert box.starts == [[5], [9]]
    assert list(tmp_path.iterdir()) == [state]


def test_without_a_state_a_restart_begins_anew_which_is_the_control() -> None:
    box = Box()
    Alerts([box], pause=0).take(poll(2, finding(5), finding(9)))
    assert box.starts == []


def test_what_comes_within_the_pause_is_gathered_and_sent_when_it_is_over() -> None:
    box = Box()
    alerts = Alerts([box], pause=30)
    alerts.take(poll(0))
    for at in range(1, 29):
        alerts.take(poll(at, *(finding(10.0 * i) for i in range(1, at + 1))))
    assert box.starts == [[10]]
    alerts.flush(30.9)
    assert len(box.alerts) == 1
    alerts.flush(31.0)
    assert sorted(box.starts[1]) == [10.0 * i for i in range(2, 29)]
    alerts.take(poll(32, finding(5)))
    alerts.flush(33, whole=True)
    assert box.starts[2:] == [[5]]


def test_what_another_finding_explains_or_another_metric_told_first_is_not_sent_beside_it() -> None:
    box = Box()
    alerts = Alerts([box], pause=0)
    alerts.take(poll(0))
    alerts.take(poll(1, finding(5, metric="train/loss")))
    alerts.take(poll(2, finding(5, metric="train/loss"), finding(6, metric="val/loss", retells=("train/loss", 5.0))))
    nan = finding(7, kind="non_finite")
    alerts.take(poll(3, finding(5, metric="train/loss"), nan, finding(8)))
    assert box.starts == [[5], [7]]


def test_a_failure_is_told_tried_again_and_given_up_at_last() -> None:
    box = Box(failures=["down"] * 2)
    alerts = Alerts([box], pause=0)
    alerts.take(poll(0))
    assert alerts.take(poll(1, finding(5))) == ["box: down; tried again later"]
    assert alerts.flush(2) == ["box: down; tried again later"]
    assert alerts.flush(3) == []
    assert box.starts == [[5]]
    box.failures.extend(["down"] * 9)
    alerts.take(poll(4, finding(5), finding(9)))
    told = [alerts.flush(5.0 + i) for i in range(8)]
    assert told[3] == ["box: down; given up after 5 attempts, 1 not sent"]
    assert told[4:] == [[], [], [], []]


def test_one_channel_that_fails_keeps_nothing_from_another(tmp_path: Path) -> None:
    broken, box = Box("broken", failures=["down"] * 99), Box()
    alerts = Alerts([broken, box], pause=0, state=tmp_path / "s")
    alerts.take(poll(0))
    alerts.take(poll(1, finding(5)))
    alerts.take(poll(2, finding(5)))
    assert (broken.starts, box.starts) == ([], [[5]])
    again = Box("broken")
    Alerts([again, box], pause=0, state=tmp_path / "s").take(poll(3, finding(5)))
    assert (again.starts, box.starts) == ([[5]], [[5]])


def test_secrets_are_masked() -> None:
    box = Box()
    alerts = Alerts([box], pause=0)
    alerts.take(poll(0))
    alerts.take(poll(1, finding(5), run="lr=0.1 --api-key abc123"))
    assert "abc123" not in json.dumps(box.alerts)
    assert "api-key ***" in box.alerts[0]["text"]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', '{"version": 1, "known": [1], "channels": {}}', "\x00"])
def test_a_file_that_is_no_state_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "s").write_text(text)
    with pytest.raises(BadInput, match=r"/s: "):
        Alerts([Box()], state=tmp_path / "s")


def test_a_state_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    box = Box()
    alerts = Alerts([box], pause=0, state=tmp_path / "gone" / "s")
    assert alerts.take(poll(0)) == ["what was sent cannot be kept in s: No such file or directory"]
    alerts.take(poll(1, finding(5)))
    assert box.starts == [[5]]


def test_the_bell_rings() -> None:
    terminal = io.StringIO()
    Bell(terminal).send(ALERT)
    assert terminal.getvalue() == "\a"


def test_a_command_gets_the_alert_and_nothing_goes_through_a_shell(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    code = (
        "import json, os, sys; json.dump([sys.argv[1:], json.load(sys.stdin), "
        "{k: v for k, v in os.environ.items() if k.startswith('FORERUN_')}], open(sys.argv[1], 'w'))"
    )
    evil = {"run": "$(touch pwned)\x00\x1b[31m`id`", "kind": "spike", "metric": "l;rm", "message": "m\nn"}
    Command([sys.executable, "-c", code, str(out), "$HOME; ls"]).send(ALERT | {"findings": [evil]})
    arguments, alert, variables = json.loads(out.read_text())
    assert arguments == [str(out), "$HOME; ls"]
    assert alert == ALERT | {"findings": [evil]}
    assert {name: value for name, value in variables.items() if name != "FORERUN_WEBHOOK"} == {
        "FORERUN_TEXT": "a: loss is nan", "FORERUN_RUN": "$(touch pwned)??[31m`id`", "FORERUN_KIND": "spike",
        "FORERUN_METRIC": "l;rm", "FORERUN_MESSAGE": "m n",
    }  # fmt: skip


def test_a_command_that_fails_or_hangs_is_told() -> None:
    with pytest.raises(AlertFailed, match=r"command .*python.*: ended with 3: no --password=\*\*\*"):
        Command(
            [sys.executable, "-c", "import sys; print('no --password=hunter2', file=sys.stderr); sys.exit(3)"]
        ).send(ALERT)
    with pytest.raises(AlertFailed, match=r"did not end within 0\.2 s"):
        Command([sys.executable, "-c", "import signal; signal.pause()"], seconds=0.2).send(ALERT)


@pytest.mark.parametrize("arguments", [[], ["no-such-program-1"], [3], [""]])
def test_a_command_that_cannot_be_started_is_refused_at_once(arguments: list[Any]) -> None:
    with pytest.raises(BadInput, match="command: "):
        Command(arguments)


@pytest.fixture
def server() -> Iterator[Any]:
    """A server on this machine that keeps what is posted to it and answers by the path."""
    posts: list[tuple[str, str | None, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.append((self.path, self.headers["Content-Type"], json.loads(body)))
            status = {"/no": 500, "/away": 302}.get(self.path, 200)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http_server.server_address[1]}", posts
        http_server.shutdown()
        thread.join()


def test_a_webhook_posts_the_alert(server: Any) -> None:
    url, posts = server
    Webhook(f"{url}/hook?key=1").send(ALERT)
    assert posts == [("/hook?key=1", "application/json", ALERT)]


def test_a_webhook_that_fails_is_told_by_its_host_alone_and_no_redirection_is_followed(server: Any) -> None:
    url, posts = server
    for path, code in (("no", 500), ("away", 302)):
        with pytest.raises(AlertFailed, match=rf"^webhook 127.0.0.1: answered {code}$"):
            Webhook(f"{url}/{path}").send(ALERT)
    assert [path for path, *_ in posts] == ["/no", "/away"]
    with pytest.raises(AlertFailed, match=r"^webhook 127.0.0.1: could not be reached: ConnectionRefusedError$"):
        Webhook("http://127.0.0.1:1/s3cr3t").send(ALERT)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a/b", "a.example/b", "https://", "http://me:pw@a.example/", "http://[", ""]
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="webhook: ") as error:
        Webhook(url)
    assert "pw" not in str(error.value).replace("passwd", "")


def test_a_watch_alerts_once_and_not_again_when_it_is_restarted(
    tmp_path: Path, server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    url, posts = server
    log, store = tmp_path / "logs" / "a.csv", tmp_path / "logs" / "s.forerun"
    log.parent.mkdir()
    rows = ["step,loss", "1,3.0", "2,nan", "3,2.0", ""]
    log.write_text("\n".join(rows))

    def watch(*more: str) -> str:
        assert (
            run(["watch", str(log.parent), "--store", str(store), "--polls", "1", "--webhook", f"{url}/x", *more]) == 0
        )
        return capsys.readouterr().err

    watch()
    assert posts == []
    log.write_text("\n".join([*rows[:-1], "4,inf", ""]))
    watch()
    watch()
    ((_, _, alert),) = posts
    assert alert["text"] == "a.csv: loss is inf at step 4 and has not come back"
    assert alert["findings"][0]["kind"] == "non_finite"
    log.write_text("\n".join([*rows[:-1], "4,inf", "5,1", "6,nan", ""]))
    assert watch("--command", json.dumps([sys.executable, "-c", "raise SystemExit(1)"])).startswith(
        "alert not sent: command "
    )
    assert len(posts) == 2


@pytest.mark.parametrize("flag", [["--command", "rm -rf"], ["--command", '"ls"'], ["--webhook", "gopher://a"]])
def test_a_bad_channel_is_refused_before_anything_is_read(
    tmp_path: Path, flag: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["watch", str(tmp_path), *flag]) == 2
    assert capsys.readouterr().err.startswith("error: ")
