"""What is shown of runs: made once, and drawn alike by the page, the tables and the watch."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.cli.app import run as command
from forerun.core import Curve, Event, Finding, Run, RunFindings
from forerun.figures import report
from forerun.figures.logged import CurveView, happened
from forerun.figures.view import RunView, kind

TARGET = 2.05


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A run that goes on, one that is finished, one that has diverged, and one without a metric to judge by."""
    for name, n, planned in (("going", 60, 90), ("done", 60, 60), ("diverged", 60, 120), ("bare", 5, 9)):
        lines: list[object] = [{"config": {"max_steps": 10 * planned}}]
        for i in range(1, n + 1):
            y = float("nan") if name == "diverged" and i > 55 else 2 + 1 / i
            lines.append({"step": 10 * i, **({} if name == "bare" else {"val_loss": y}), "lr": 0.1})
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


@pytest.fixture
def views(logs: Path) -> list[RunView]:
    return [RunView.of(look) for look in api.looks(list(api.read(logs)), api.ForecastSetup(target=TARGET))]


def text(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert command([*map(str, arguments)]) == 0
    return capsys.readouterr().out


def line(out: str, run: str) -> str:
    return " ".join(next(line for line in out.splitlines() if line.startswith(run)).split())


def test_a_view_holds_what_the_verbs_said(views: list[RunView]) -> None:
    bare, diverged, done, going = views
    assert (bare.metric, bare.now.text, bare.best.text, bare.ahead.without) == ("", "-", "-", "cannot say")
    assert (diverged.now.text, diverged.now.at, diverged.last_finite) == ("nan", "step 600", "last finite 2.018")
    assert (diverged.best.text, diverged.best.at) == ("2.018", "step 550")
    assert (diverged.advice.verdict, diverged.kinds) == ("stop", [("non-finite", True)])
    assert (done.ahead.without, done.ahead.at, done.advice.verdict) == ("finished", "step 600", "leave")
    assert done.ahead.note == "finished; its best lies at step 600"
    assert done.advice.reason == "best 2.017 at step 600, the last; it reached its planned end"
    assert (going.ahead.at, going.ahead.without, going.ahead.assumed) == ("step 900", "", "")
    assert (going.ahead.target.text, going.advice.verdict) == ("100%", "continue")
    assert [view.advice.urgency for view in (diverged, going, bare, done)] == sorted(v.advice.urgency for v in views)


def test_the_page_the_tables_and_the_watch_show_the_same(
    views: list[RunView], logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # a narrow terminal's tables break their lines
    page = report(api.read(logs), title="t", now=dt.datetime(2026, 1, 2, tzinfo=dt.UTC), target=TARGET)
    rows = {row[1]: " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row[0])).split())
            for row in re.finditer(r'<tr data-run.*?title="([^"]+)".*?</tr>', page, re.DOTALL)}  # fmt: skip
    predicted = text(capsys, "predict", logs, "--target", TARGET)
    advised = text(capsys, "advise", logs, "--target", TARGET)
    watched = text(capsys, "watch", logs, "--polls", 1)
    read = text(capsys, "read", logs)
    for view in views:
        ahead, advice = view.ahead, view.advice
        for shown in (view.now.text, view.best.text, view.best.at, advice.verdict, advice.reason, view.last_finite):
            assert shown in rows[view.id]
        assert (f"{ahead.median.text} {ahead.interval}, {ahead.at}" if not ahead.without else ahead.without) in rows[
            view.id
        ]
        assert line(advised, view.id) == " ".join(
            [view.label, view.status, advice.verdict, advice.gain, advice.cost, "; ".join(advice.reasons)]
        )
        if not view.metric:
            continue
        shown = [view.label, view.metric, view.now.text, view.best.text, ahead.at]
        assert line(predicted, view.id) == " ".join([*shown, ahead.median.text, ahead.low, ahead.high, ahead.note])
        assert f"{view.metric} {view.now.text} at {view.now.at}; " in line(watched, view.id)
        assert f"; {advice.verdict}; {view.diagnosis}" in line(watched, view.id)
        assert f"{view.now.at} {view.now.text} {view.best.text}" in line(read, view.id)


def test_a_run_that_cannot_be_spoken_of_is_named_by_the_watch(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert line(text(capsys, "watch", logs, "--polls", 1), "bare.jsonl") == (
        "bare.jsonl: running, no metric that measures quality; no forecast; cannot say; "
        "not looked at: no metric that measures quality; logged: lr"
    )


def test_how_far_an_assumed_end_lies_is_told_by_what_it_was_assumed_from() -> None:
    y = 1 + np.arange(1, 81) ** -0.5
    for x, axis, words in (
        (np.arange(1, 81), "step", "else 1.25 × the last step (here 1.25 ×)"),
        (1.7e9 + 30.0 * np.arange(80), "time", "else 1.25 × the span since the first (here 1.25 ×)"),
        (np.arange(-90.0, -10.0), "offset", "else 1.25 × the span since the first (here 1.25 ×)"),
    ):
        curve = Curve(x, y, metric="val/loss", axis=axis)
        (look,) = api.looks([Run("r", {"val/loss": curve}, "x")], api.ForecastSetup())
        assert RunView.of(look).ahead.assumed.endswith(words)


def test_what_was_not_logged_is_a_dash() -> None:
    never = Run("r", {"loss": Curve([1, 2], [np.nan, np.nan], metric="loss")}, "x")
    shown = RunView.of(api.looks([never], api.ForecastSetup())[0])
    assert (shown.now.text, shown.last_finite, shown.best.text, shown.ahead.median.text) == ("nan", "", "-", "-")
    empty = CurveView.of(Curve([], [], metric="loss"))
    assert (empty.points, empty.x, empty.now, empty.best.text, empty.lost) == ("0", "-", "-", "-", 0)
    rate = CurveView.of(Curve([1, 2], [0.1, np.inf], metric="lr"))
    assert (rate.now, rate.best.text, rate.lost) == ("inf", "-", 1)  # a learning rate has no best


def test_a_kind_is_a_word_in_prose_and_a_name_where_it_is_typed() -> None:
    finding = Finding("non_finite", "loss", "step", 80.0, None, 81.4, 1.0, 0.0, "never", "non_finite", "loss is nan")
    assert (kind(finding), str(RunFindings("a", "loss", (finding,)))) == ("non-finite", "non_finite (loss) at step 81")
    assert happened(Event("guess", None, "step", "higher is better")) == "guess: higher is better"
