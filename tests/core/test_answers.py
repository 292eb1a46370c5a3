"""The answers of a verb: one sequence, found by run, as columns, shown at a prompt, in a notebook and as a picture."""

from __future__ import annotations

import csv
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import forerun
from forerun import Answers, Budget, Curve, Decision, Forecast, Run, RunDecision, RunFindings, RunForecast, Undecided
from forerun.core import BadInput, UnknownName
from forerun.decide import POLICIES, Policy
from forerun.decide.auto import AUTO

HOSTILE = "=cmd|<script>\x1b[31m"


def curve(y: np.ndarray, metric: str = "val/loss") -> Curve:
    return Curve(np.arange(1, y.size + 1), y, metric=metric)


def runs() -> list[Run]:
    """One that falls, one whose loss is nan from step 61 on, and one without a metric to judge by."""
    y = 1 + np.arange(1, 61) ** -0.5
    more = {"train/loss": curve(y - 0.1, "train/loss")}
    return [
        Run("sweep/falls", {"val/loss": curve(y), **more}, "csv", horizon={"step": 120.0}),
        Run("sweep/nan", {"val/loss": curve(np.append(y, [np.nan] * 4))}, "csv", horizon={"step": 120.0}),
        Run("other/mute", {"lr": curve(y, "lr")}, "csv"),
    ]


VERBS = {
    "predict": (forerun.predict, RunForecast),
    "scan": (forerun.scan, RunFindings),
    "advise": (forerun.advise, RunDecision),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_says_of_a_run_what_it_says_of_its_curve(verb: str) -> None:
    ask, item = VERBS[verb]
    at = {} if verb == "scan" else {"at": 120.0}
    for run in runs()[:2]:
        alone = Run("r", {"val/loss": run.curves["val/loss"]}, "csv")
        answers = ask(alone, **at)
        assert isinstance(answers, Answers)
        assert isinstance(answers["r"], item)
        assert answers["r"].answer == ask(run.curves["val/loss"], **at)


def test_verbs_say_why_where_they_cannot_say() -> None:
    thin = Curve([1.0], [2.0], metric="loss")
    assert isinstance(forerun.predict(thin, at=9), Undecided)
    assert forerun.advise(thin, at=9).action == "ask"
    assert forerun.scan(Curve([], [], metric="loss")) == Undecided("nothing was logged", "a point")
    why = Undecided("no metric that measures quality", "a loss, a score or a return; logged: lr")
    assert forerun.scan(runs())["mute"].answer == forerun.advise(runs())["mute"].answer == why
    for verb in ("predict", "advise"):
        with pytest.raises(BadInput, match=rf"say where: {verb}\(curve, at=...\)"):
            getattr(forerun, verb)(thin)


def test_answers_are_found_by_place_run_and_metric() -> None:
    answers = forerun.predict(runs()[:2], metric="all")
    assert [(one.run, one.metric) for one in answers] == [
        ("sweep/falls", "val/loss"), ("sweep/falls", "train/loss"), ("sweep/nan", "val/loss"),
    ]  # fmt: skip
    assert answers["nan"] is answers[2] is answers[-1]
    assert answers["falls", "train/loss"] is answers[1]
    assert isinstance(answers[1:], Answers)
    assert answers[1:]["nan"] is answers[2]
    with pytest.raises(BadInput, match="sweep/falls: 2 answers: say of which metric, of val/loss, train/loss"):
        answers["falls"]
    with pytest.raises(UnknownName, match="no metric 'acc'; there are: val/loss, train/loss"):
        answers["falls", "acc"]
    with pytest.raises(UnknownName, match="no run 'fals'; there are: sweep/falls"):
        answers["fals"]
    with pytest.raises(BadInput, match="other/mute: nothing was asked of it"):
        forerun.predict(runs())["mute"]


def test_tables_have_a_row_an_answer_and_of_findings_a_row_each(tmp_path: Path) -> None:
    forecasts = forerun.predict(runs()).table().columns
    assert list(forecasts["status"]) == ["forecast", "undecided"]
    assert forecasts["low"][0] < forecasts["median"][0] < forecasts["high"][0]
    assert np.isnan(forecasts["median"][1])
    assert forecasts["why"][1] == "the last value of val/loss is nan"
    scan = forerun.scan(runs()).table()
    assert (list(scan.columns["run"]), list(scan.columns["kind"])) == (["sweep/nan"], ["non_finite"])
    assert scan.columns["alarm"].tolist() == [61.0]
    assert forerun.scan(runs()[:1]).table().n_rows == 0
    assert "alarm" in forerun.scan(runs()[:1]).table().columns
    decisions = forerun.advise(runs())
    assert decisions.table().columns["action"] == ("continue", "stop", None)
    forerun.to_csv(decisions, tmp_path / "decisions.csv")
    rows = list(csv.DictReader((tmp_path / "decisions.csv").read_text("utf-8").splitlines()))
    assert [row["action"] for row in rows] == ["continue", "stop", ""]
    polars = pytest.importorskip("polars")
    assert forerun.to_polars(decisions).get_column("gain").dtype == polars.Float64


def test_a_csv_holds_no_formula(tmp_path: Path) -> None:
    forerun.to_csv(Run("=1+1", {"loss": Curve([1], [2.0], metric="@loss")}, "csv"), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "run,metric,axis,x,y\n'=1+1,'@loss,step,1.0,2.0\n"


@pytest.mark.parametrize("verb", VERBS)
def test_faces_are_short_and_harmless(verb: str) -> None:
    many = [Run(f"{HOSTILE}{i}", {"val/loss": curve(np.linspace(2, 1, 9))}, "csv") for i in range(40)]
    answers = VERBS[verb][0](many)
    lines = repr(answers).splitlines()
    assert len(lines) <= 10
    assert lines[0].endswith("of 40 runs")
    assert lines[-1] == "  + 32 more answers"
    page = answers._repr_html_()
    assert not re.findall(r"<(?!/?(p|table|thead|tbody|tr|th|td)>)", page)
    assert "\x1b" not in page + repr(answers) + repr(answers[0])
    assert len(repr(answers[0]).splitlines()) == 1
    assert repr(answers[:0]) == "0 answers of 40 runs"


@pytest.mark.parametrize("verb", VERBS)
def test_answers_can_be_shown(verb: str) -> None:
    answers = VERBS[verb][0](runs())
    figure = forerun.show(answers)
    drawn = {line.name for line in figure.data}
    assert (
        drawn
        == {
            "predict": {"sweep/falls", "sweep/nan", "forecast of sweep/falls"},
            "scan": {"sweep/falls", "sweep/nan", "non-finite of sweep/nan"},
            "advise": {
                "sweep/falls: continue",
                "sweep/nan: stop",
                "forecast of sweep/falls",
                "non-finite of sweep/nan",
            },
        }[verb]
    )
    alone = forerun.show(answers[:1])
    assert alone.data[0].name == "val/loss"
    assert any(line.name == "forecast median" for line in alone.data) == (verb != "scan")
    with pytest.raises(BadInput, match="no run with a metric"):
        forerun.show(answers[2:])


def test_the_same_keyword_means_the_same_in_every_verb() -> None:
    """And is the flag of the command line; what a flag is called otherwise is named here."""
    from forerun.cli.app import loaded

    own = {"of": "best", "what": "path", "clock": "", "cases_file": "cases", "twins": "no-twins", "progress": ""}
    for verb in ("predict", "scan", "advise", "backtest", "calibrate"):
        flags = {name.lstrip("-") for one in loaded(verb).params for name in one.opts} | {"path", "tables"}
        for name in inspect.signature(getattr(forerun, verb)).parameters:
            flag = own.get(name, name.replace("_", "-"))
            assert not flag or flag in flags, (verb, name)


@pytest.mark.parametrize(
    "verb", ["read", "predict", "scan", "advise", "backtest", "calibrate", "expect", "fit", "ask", "watch"]
)
def test_what_a_verb_returns_can_be_imported(verb: str) -> None:
    named = re.findall(r"[A-Z]\w+", str(inspect.signature(getattr(forerun, verb)).return_annotation))
    assert named
    assert set(named) - {"Iterator", "None"} <= set(forerun.__all__)


HEEDLESS = Policy(AUTO.card, "1", AUTO.decide)


def test_a_budget_is_for_policies_that_heed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES.table, "heedless", "tests.core.test_answers:HEEDLESS")
    with pytest.raises(BadInput, match="the policy 'heedless' heeds no budget"):
        forerun.advise(runs(), policy="heedless", budget=Budget(20, "hours"))
    with pytest.raises(UnknownName, match="no unit 'days'; there are: hours, cost, step"):
        forerun.advise(runs(), budget=Budget(20, "days"))
    for amount in (-1.0, float("nan"), float("inf")):
        with pytest.raises(BadInput, match="a budget is an amount from 0 on"):
            Budget(amount, "hours")


def test_what_is_said_of_a_run_is_shown_in_one_line() -> None:
    (one,) = forerun.predict(runs()[:1])
    assert isinstance(one.answer, Forecast)
    assert re.fullmatch(r"1\.129 -> 1\.\d+ \(80%: 1\.\d+ to 1\.\d+\) at step 120", str(one))
    decision = forerun.advise(runs())["falls"].answer
    assert isinstance(decision, Decision)
    assert str(decision).startswith("continue: val/loss is forecast at 1.")
