"""What the page says, asked without a server: the same as the report and the command line."""

from __future__ import annotations

import base64
import datetime as dt
import http.client
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api, read
from forerun.cli.app import run as command
from forerun.core import BadInput, Budget, Curve, Run, Runs, UnknownName
from forerun.figures import report
from forerun.session import Session, SessionSettings
from forerun.web.answers import compare, curve, decisions, home, rows, verbs
from forerun.web.answers import run as run_answer
from forerun.web.call import Call
from forerun.web.listing import Listing
from forerun.web.looking import Looking, LookingTask
from forerun.web.messages import Message
from forerun.web.snapshot import RunsSnapshot
from forerun.web.workspace import ServedLogs, Workspace
from tests.web.serving import serving

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "runs"


def looked_at(runs: Runs) -> Workspace:
    """A workspace all of whose runs were looked at."""
    looks = {look.run.id: look for look in Session(renew=None).take(list(runs), list(runs))}
    snapshot = RunsSnapshot(1, runs, looks)
    return Workspace("runs", snapshot=snapshot, listing=Listing.of(snapshot))


@pytest.fixture(scope="module")
def examples() -> Workspace:
    return looked_at(read(EXAMPLES))


def sweep(n: int = 12, status: Any = "ended") -> Runs:
    steps = np.arange(1, 41)
    return Runs(
        tuple(
            Run(
                f"sweep/run{i:02d}.csv", {"val/loss": Curve(steps, 1 + i / 10 + 1 / steps, metric="val/loss")}, "csv",
                config={"lr": [0.1, 0.01, 0.003][i % 3], "seed": i // 3, "api_key": "sk-verysecret1"}, status=status,
            )
            for i in range(n)
        )
    )  # fmt: skip


def asked(workspace: Workspace, **query: str) -> Call:
    return Call(workspace, {name.rstrip("_"): (value,) for name, value in query.items()})


def cells(html: str) -> list[str]:
    """The texts of all table rows, in order."""
    bodies = re.findall(r"<tr [^>]*data-run.*?</tr>", html, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", body) for body in bodies]


def ids(html: str) -> list[str]:
    return re.findall(r'href="/run\?run=([^"]*)"', html.partition("<table")[2])


def test_the_table_says_what_the_report_says(examples: Workspace) -> None:
    page = report(examples.runs, title="runs", now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert len(cells(page)) == 6
    assert cells(rows.rows(Call(examples))) == cells(page)
    needs = re.search(r'<section id="extend">.*?</section>', page, re.DOTALL)
    assert needs
    assert re.sub(r'href="[^"]*"', "", needs[0]) in re.sub(r'href="[^"]*"', "", rows.rows(Call(examples)))


@pytest.mark.parametrize("verb", ["predict", "scan", "advise"])
def test_the_api_says_what_the_command_says(verb: str, examples: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert command([verb, str(EXAMPLES), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert json.loads(json.dumps(getattr(verbs, verb)(Call(examples)))) == said
    (key, *_) = said
    one = "tensorboard/cosine"
    assert getattr(verbs, verb)(asked(examples, run=one))[key] == [item for item in said[key] if item["run"] == one]


def test_options_of_the_commands_are_words_of_the_query(
    examples: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--at", "2000", "--target", "0.6", "--method", "last_value_calibrated", "--metric", "val/loss"]
    assert command(["predict", str(EXAMPLES), "--json", *options]) == 0
    said = json.loads(capsys.readouterr().out)
    words = {"at": "2000", "target": "0.6", "method": "last_value_calibrated", "metric": "val/loss"}
    assert json.loads(json.dumps(verbs.predict(asked(examples, **words)))) == said


def test_the_api_goes_by_what_was_said_to_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    runs = read(EXAMPLES)
    settings = SessionSettings(method="power_law", alone=True, cost_per_hour=2.0, budget=Budget(50.0, "step"))
    session = settings.session()
    looks = {look.run.id: look for look in session.take(list(runs), list(runs))}
    options = ["--method", "power_law", "--alone"]
    for verb, more in (("predict", []), ("advise", ["--cost-per-hour", "2", "--budget", "step=50"])):
        assert command([verb, str(EXAMPLES), "--json", *options, *more]) == 0
        said = json.loads(capsys.readouterr().out)
        for known in ({}, looks):  # made anew, and as the page shows it
            workspace = Workspace("runs", settings=settings, snapshot=RunsSnapshot(1, runs, known))
            assert json.loads(json.dumps(getattr(verbs, verb)(Call(workspace)))) == said
    otherwise = verbs.advise(asked(workspace, budget="step=1e9", method="last_value_calibrated"))
    assert json.loads(json.dumps(otherwise)) != said
    with pytest.raises(BadInput, match=re.escape("?budget: is UNIT=AMOUNT, such as hours=20, not 'lots'")):
        verbs.advise(asked(workspace, budget="lots"))


@pytest.mark.parametrize(
    ("verb", "words", "says"),
    [
        ("predict", {"run": "nowhere"}, "no run 'nowhere'"),
        ("predict", {"metric": "nothing"}, "no metric 'nothing'"),
        ("predict", {"method": "magic"}, "magic"),
        ("predict", {"at": "soon"}, "is a number, not 'soon'"),
        ("scan", {"detector": "jmup"}, "jmup"),
        ("advise", {"policy": "coin"}, "coin"),
        ("runs", {"from": "-1"}, "is a whole number"),
        ("predict", {"alone": "perhaps"}, "is 1 or 0"),
    ],
)
def test_wrong_words_are_told(verb: str, words: dict[str, str], says: str, examples: Workspace) -> None:
    with pytest.raises((BadInput, UnknownName), match=re.escape(says)):
        getattr(verbs, verb)(asked(examples, **words))


def test_rows_are_found_ordered_and_grouped() -> None:
    workspace = looked_at(sweep())
    assert ids(rows.rows(asked(workspace, find="run03"))) == ["sweep/run03.csv"]
    assert ids(rows.rows(asked(workspace, find="lr=0.003 seed=1"))) == ["sweep/run05.csv"]
    best = [f"sweep/run{i:02d}.csv" for i in range(12)]
    assert ids(rows.rows(asked(workspace, sort="best"))) == best
    assert ids(rows.rows(asked(workspace, sort="best", down="1"))) == best[::-1]
    assert ids(rows.rows(asked(workspace, sort="run", count="5", from_="5"))) == best[5:10]
    grouped = rows.rows(asked(workspace, sort="best", group="lr"))
    assert ids(grouped)[:4] == [best[i] for i in (2, 5, 8, 11)]
    heads = re.findall(r'scope="rowgroup">([^<]*)<', grouped)
    assert heads == [
        f"lr {lr}: 4 runs, best {value} (sweep/run{i:02d}.csv)"
        for lr, value, i in (("0.003", "1.225", 2), ("0.01", "1.125", 1), ("0.1", "1.025", 0))
    ]
    with pytest.raises(BadInput, match="no column 'colour'; there are: run, status"):
        rows.rows(asked(workspace, sort="colour"))
    assert "No run matches" in rows.rows(asked(workspace, find="nowhere"))


def test_a_window_of_a_chart_is_what_the_chart_draws_there_of_all_points() -> None:
    x = np.arange(1.0, 4001.0)
    y = 1 + 9 / x + np.random.default_rng(0).normal(0, 0.2, x.size)  # a band, which is drawn smoothed too
    curves = {name: Curve(x, values, metric=name) for name, values in (("val/loss", y), ("acc", -y))}
    workspace = Workspace.of([Run("a", curves, "csv", status="ended")])

    def lines(**query: str) -> dict[str, Any]:
        return {one["name"]: one for one in curve.of_chart(asked(workspace, run="a", **query))["lines"]}

    whole = lines(from_="0", to="5000", most="100000")
    assert set(whole) == {"val/loss", "val/loss, smoothed"}
    assert whole["val/loss"]["x"] == [1.0, 1.0, 4000]
    part = lines(from_="1000", to="1100")
    assert part["val/loss"]["x"] == [999.0, 1.0, 103]  # and one beyond either end
    smooth = {
        name: lines(from_=a, to=b, most="100000") for name, a, b in (("whole", "0", "5000"), ("part", "3000", "3500"))
    }
    one, other = (packed_y(smooth[name]["val/loss, smoothed"]) for name in ("whole", "part"))
    np.testing.assert_allclose(other, one[2998:3501], atol=1e-3)  # smoothed before it is cut
    assert set(lines(from_="0", to="9", view="1")) == {"acc", "acc, smoothed"}
    for query in ({}, {"from_": "5", "to": "5"}, {"from_": "0", "to": "9", "view": "2"}, {"from_": "nan", "to": "9"}):
        with pytest.raises(BadInput):
            lines(**query)


def packed_y(line: dict[str, Any]) -> Any:
    """The values of a line in two bytes each, or in four."""
    kind, text = line["y"][0], line["y"][1:]
    if kind != "q":
        return np.frombuffer(base64.b64decode(text), {"f": "<f4", "d": "<f8"}[kind])
    ends, codes = (base64.b64decode(part) for part in text.split(","))
    low, step = np.frombuffer(ends, "<f8")
    return low + step * np.frombuffer(codes, "<u2")


def test_a_window_of_a_curve_keeps_its_spikes() -> None:
    y = np.zeros(100_000)
    y[[20_500, 70_000]] = 9.0, np.nan
    run = Run("a", {"loss": Curve(np.arange(100_000), y, metric="loss")}, "csv")
    workspace = Workspace.of([run])
    whole = curve.answer(asked(workspace, run="a", metric="loss", most="400"))
    assert whole["n"] == 100_000
    assert whole["thinned"]
    assert len(whole["x"]) <= 400
    assert 9.0 in whole["y"]
    part = curve.answer(asked(workspace, run="a", metric="loss", from_="20490", to="20510"))
    assert (part["n"], part["thinned"]) == (21, False)
    assert dict(zip(part["x"], part["y"], strict=True))[20500.0] == 9.0
    assert curve.answer(asked(workspace, run="a", metric="loss", from_="70000", to="70000"))["y"] == [{"number": "nan"}]
    with pytest.raises(UnknownName, match="no metric 'acc'"):
        curve.answer(asked(workspace, run="a", metric="acc"))


def test_names_from_logs_are_harmless_and_secrets_masked() -> None:
    name = '"><script>alert(1)</script>\u202e<img src=x onerror=alert(1)>.csv'
    curve_ = Curve([1, 2, 3], [3.0, 2.0, 1.0], metric="<b>loss</b>")
    runs = Runs((Run(name, {"<b>loss</b>": curve_}, "csv", config={"lr": 0.1, "api_key": "sk-verysecret1"}),))
    workspace = looked_at(runs)
    number = str(workspace.listing.entries[0].number)
    pages = [
        home.answer(Call(workspace)).body, run_answer.page(asked(workspace, run=name)).body,
        run_answer.part(asked(workspace, number=number)).html, compare.answer(Call(workspace)).body,
        decisions.answer(Call(workspace)).body, rows.rows(asked(workspace, find="<script>")),
    ]  # fmt: skip
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src" not in page
        assert "<b>loss" not in page
        assert "\u202e" not in page
        assert "verysecret" not in page


def test_what_was_not_looked_at_says_so_and_ranks_nobody() -> None:
    runs = sweep()
    half = {look.run.id: look for look in Session(renew=None).take(list(runs)[:6], list(runs))}
    part, whole = Listing.of(RunsSnapshot(1, runs, half)), looked_at(runs).listing
    assert (part.looked, whole.looked) == (6, 12)
    assert {entry.place.first.text for entry in part.entries} == {"-"}
    assert {entry.place.first.text for entry in whole.entries} != {"-"}
    waiting = part.entries[-1]
    assert waiting.shown.view.advice.verdict == "…"
    assert waiting.shown.view.best.text != "-"


def test_runs_in_sight_are_looked_at_first() -> None:
    told: list[Message] = []
    looking = Looking(LookingTask(None, partial(Session, renew=None), sweep(30, status="ended")), told.append)
    looking.see(["sweep/run29.csv"])
    assert [run.id for run in looking.next()] == ["sweep/run29.csv"]


def test_of_many_runs_those_that_are_over_wait_until_they_are_seen() -> None:
    over = Run("over", {"loss": Curve([1, 2], [2.0, 1.0], metric="loss")}, "csv", status="ended")
    many = RunsSnapshot(1, Runs(tuple(Run(f"r{i}", {}, "csv", status="ended") for i in range(600))))
    assert not many.due(over, in_sight=False)
    assert many.due(over, in_sight=True)
    assert RunsSnapshot(1, Runs((over,))).due(over, in_sight=False)


def test_a_run_that_goes_on_is_looked_at_again_when_it_has_grown() -> None:
    steps = np.arange(1, 201)
    curve_ = Curve(steps, 1 + 1 / steps, metric="loss")
    early, later, late = (
        Run("a", {"loss": Curve(curve_.x[:n], curve_.y[:n], metric="loss")}, "csv") for n in (100, 105, 120)
    )
    (look,) = api.looks([early], api.ForecastSetup())
    snapshot = RunsSnapshot(1, Runs((early,)), {"a": look})
    assert [snapshot.due(run, in_sight=False) for run in (early, later, late)] == [False, False, True]
    assert [snapshot.due(run, in_sight=True) for run in (early, later, late)] == [False, True, True]


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[tuple[Path, Workspace]]:
    log = tmp_path / "run.jsonl"
    log.write_text("".join(f'{{"step": {step}, "loss": {1 + 1 / step}}}\n' for step in range(1, 41)))
    yield log, Workspace("live", ServedLogs(tmp_path, every=0.05))


def test_a_log_that_grows_is_told_of_and_shown(growing: tuple[Path, Workspace]) -> None:
    log, workspace = growing
    with serving(workspace) as served:
        wire = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        wire.request("GET", "/api/events", headers=served.bearer)
        stream = wire.getresponse()
        grown, shown = False, ""
        for line in stream:
            if line.startswith(b"data: ") and not grown and json.loads(line[6:])["looked"]:
                with log.open("a") as more:
                    more.write('{"step": 41, "loss": 0.5}\n')
                grown = True
            shown = served.ask("/rows").text if line.startswith(b"data: ") else shown
            if ">0.5 <small>step 41" in shown:
                break
        wire.close()
        assert ">0.5 <small>step 41" in shown
        (run,) = served.ask("/api/runs").document["runs"]
        assert run["metrics"][0]["last_x"] == 41
