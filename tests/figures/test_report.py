"""The report page: whole, self-contained, safe against hostile names, and the same for the same input."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from forerun import api
from forerun.core import Curve, Damage, Run, Runs, Skipped, UnknownName
from forerun.figures import report
from forerun.forecast.postprocess import coverage
from forerun.forecast.weights import shipped_json

NOW = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
HOSTILE = "<script>alert(1)</script>\"'&\u202e\x1b[31m"


def run(id: str, y: np.ndarray, **more: object) -> Run:
    curve = Curve(np.arange(1, y.size + 1), y, metric="val/loss")
    return Run(id, {"val/loss": curve}, "jsonl", horizon={"step": 2.0 * y.size}, **more)  # type: ignore[arg-type]


def runs() -> Runs:
    y = 1 + np.arange(1, 81) ** -0.5
    damage = (Damage("d.jsonl", "line 3", "not a JSON object", 1),)
    return Runs(
        (
            run("healthy", y, config={"lr": 0.1, "api_key": "sk-12345", "data_path": "/home/me", "batch_size": 32}),
            run("diverged", np.append(y, [np.nan] * 4), damage=damage),
            run("done", y, status="finished"),
            run(HOSTILE, y),
            Run("empty", {}, "csv"),
        ),
        (Skipped("notes.md", "no log format Forerun knows"),),
    )


class Page(HTMLParser):
    """Elements, attributes and visible text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._in: str = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        (self.scripts if self._in == "script" else self.words).append(data)


@pytest.fixture(scope="module")
def page() -> str:
    return report(runs(), title="A & B", now=NOW, target=1.09)


def test_the_answer_comes_first(page: str) -> None:
    told = " ".join(Page(page).words)
    assert "5 runs: 1 to stop, 2 to continue, 1 undecided, 1 to leave." in told
    assert "2026-01-02 03:04 UTC" in told


def test_every_run_has_a_row_and_a_section(page: str) -> None:
    seen = Page(page)
    links = [attributes["href"] for tag, attributes in seen.tags if tag == "a"]
    sections = [attributes.get("id") for tag, attributes in seen.tags if tag == "section"]
    needs, rows = links[:-5], links[-5:]
    assert needs == ["#run-1"]  # diverged
    assert rows == [f"#run-{i}" for i in (1, 0, 3, 4, 2)]  # stop, continue, continue, cannot say, leave
    assert [link[1:] for link in rows if link] == [id for id in sections if id and id.startswith("run-")]
    told = " ".join(seen.words)
    assert all(
        word in told for word in ("notes.md", "no log format Forerun knows", "d.jsonl, line 3: not a JSON object")
    )


def test_hostile_names_are_only_text(page: str) -> None:
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert html.escape("<script>alert(1)</script>") in page


def test_secrets_stay_out(page: str) -> None:
    assert "sk-12345" not in page
    assert "/home/me" not in page
    assert "batch_size 32" in page


def test_nothing_is_loaded_and_only_our_scripts_may_run(page: str) -> None:
    seen = Page(page)
    assert not [a for t, a in seen.tags if t in ("link", "img", "iframe") or (t == "script" and a.get("src"))]
    policy = next(a["content"] for t, a in seen.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    running = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(running) == 5  # the table's, uPlot, what draws with it, the runs' charts, runs compared
    for script in running:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_embedded_data_is_json(page: str) -> None:
    blocks = re.findall(r'<script type="application/json" data-for="run-\d">(.*?)</script>', page, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        assert "<" not in block
        (view,) = json.loads(block)["views"]
        assert [line["name"] for line in view["lines"]] == ["val/loss"]


def test_the_same_input_gives_the_same_page(page: str) -> None:
    assert page == report(runs(), title="A & B", now=NOW, target=1.09)


def test_processes_share_the_work_and_not_the_result(page: str) -> None:
    many = Runs(tuple(run(f"sweep/{i}", 1 + (i + 1) * np.arange(1, 31) ** -0.5) for i in range(45)))
    pages = {report(many, title="t", now=NOW, jobs=jobs) for jobs in (1, 2)}
    assert len(pages) == 1


def test_an_assumed_end_is_shared_by_a_sweep_whatever_part_a_run_is_in() -> None:
    def short(name: str, n: int) -> Run:
        return Run(name, {"loss": Curve(np.arange(1, n + 1), 1 + np.arange(1, n + 1) ** -0.5, metric="loss")}, "csv")

    many = Runs((*(short(f"sweep/{i:02d}", 60) for i in range(40)), short("sweep/99", 100)))
    ends = [one.at for one in api.predict(many)]
    page = report(many, title="t", now=NOW)
    assert set(ends) == {125.0}
    assert page.count("step 125 ") >= 41


def test_rows_carry_what_the_filter_looks_for(page: str) -> None:
    found = {
        attributes["data-run"]: attributes["data-find"]
        for tag, attributes in Page(page).tags
        if tag == "tr" and "data-run" in attributes
    }
    assert found["1"] == "diverged val/loss stop running non-finite not finite dominated"
    assert found["2"] == "done val/loss leave finished"


def test_the_reason_stands_in_the_table_and_what_is_over_says_where_its_best_lies(page: str) -> None:
    rows = re.findall(r"<tr data-run.*?</tr>", page, re.DOTALL)
    told = [re.sub(r"<[^>]+>", " ", row) for row in rows]
    assert "val/loss is nan at step 81 and has not come back" in told[0]
    assert "best 1.112 at step 80, the last; it reached its planned end" in told[-1]
    assert "the log names no planned end; assumed" not in page


def test_an_assumed_end_is_explained() -> None:
    curve = Curve(np.arange(1, 81), 1 + np.arange(1, 81) ** -0.5, metric="val/loss")
    page = report(Runs((Run("r", {"val/loss": curve}, "x"),)), title="t", now=NOW)
    assert "assumed is where runs beside it ended, else 1.25 × the last step (here 1.25 ×)" in page


def test_accuracy_is_read_from_the_shipped_table_and_never_said_of_another_version(page: str, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    table = shipped_json(coverage.SHIPPED)
    share, cases = (table["auto"]["leads"][1][key] for key in ("measured", "cases"))  # twice the last x
    sentence = f"such an interval held {share['0.8']:.0%} of {cases:,} outcomes at 1.5 to 3 × the last x."
    assert sentence in html.unescape(page)
    older = {**table, "auto": {**table["auto"], "version": "0"}}
    monkeypatch.setattr(coverage, "_table", lambda: older)
    assert "such an interval held" not in report(runs(), title="t", now=NOW)


def test_runs_of_a_folder_and_metric_are_drawn_beside_one_another() -> None:
    y = 1 + np.arange(1, 31) ** -0.5
    names = ("sweep/a.csv", "sweep/b.csv", "seeds/1/log.csv", "seeds/2/log.csv", "alone.csv")
    seen = Page(report(Runs(tuple(run(name, y) for name in names)), title="t", now=NOW))
    groups = {
        attributes["id"]: attributes.get("data-group")
        for tag, attributes in seen.tags
        if tag == "section" and attributes.get("class") == "run"
    }
    assert groups["run-0"] == groups["run-1"] != groups["run-2"] == groups["run-3"]
    assert groups["run-4"] is None


def test_no_runs_is_a_page_too_and_an_unknown_metric_is_an_error() -> None:
    assert "0 runs" in report(Runs(), title="none", now=NOW)
    with pytest.raises(UnknownName, match="no metric 'x'"):
        report(runs(), title="t", now=NOW, metric="x")
