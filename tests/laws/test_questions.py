"""Every question keeps the family's rules: known answers, controls, refusals in words, JSON, a picture, a command."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api, show
from forerun.cli.app import run
from forerun.core import Answer, BadInput, Range, Table, Undecided
from forerun.core.codec import dumps, loads
from forerun.laws.questions import QUESTIONS
from tests.cards import known_answer
from tests.counts import COUNTS
from tests.laws.known_questions import KNOWN

ANSWERS: dict[str, Answer | Undecided] = {}
NEVER_UNDECIDED = {"longer_run", "least_bound", "tuned", "emergence", "sampling_budget", "tries_budget"}
"""Closed forms: they answer whatever they can read."""


def answered(name: str) -> Answer:
    """The answer to a known table, asked once for all tests."""
    if name not in ANSWERS:
        ANSWERS[name] = api.ask(name, Table(KNOWN[name].table), **KNOWN[name].settings)
    answer = ANSWERS[name]
    assert isinstance(answer, Answer), answer
    return answer


def test_there_are_so_many_questions_and_each_is_known() -> None:
    assert len(QUESTIONS.table) == COUNTS["question"]
    assert list(KNOWN) == list(QUESTIONS.table)
    assert {name for name in KNOWN if KNOWN[name].control is None} == NEVER_UNDECIDED


@known_answer("question/*")
@pytest.mark.parametrize("name", KNOWN)
def test_the_known_answer_is_given(name: str) -> None:
    answer = answered(name)
    assert (answer.question, answer.version) == (name, QUESTIONS.load(name).version)
    for key, expected in KNOWN[name].values.items():
        value = answer.values[key]
        if isinstance(expected, str):
            assert value == expected
        else:
            truth, tolerance = expected
            assert (value.estimate if isinstance(value, Range) else value) == pytest.approx(truth, rel=tolerance)
    for value in answer.values.values():
        assert not isinstance(value, Range) or value.low <= value.estimate <= value.high


@known_answer("steps_to")
def test_the_law_at_the_steps_gives_the_loss() -> None:
    steps = answered("steps_to").values["steps"]
    made = api.fit("kaplan", Table(KNOWN["steps_to"].table))
    there = made.predict(Table({"params": [1e8], "steps": [steps.estimate], "batch_size": [1e5]}))
    assert there.y[0] == pytest.approx(4.0, rel=1e-6)


@pytest.mark.parametrize("name", [name for name in KNOWN if KNOWN[name].control is not None])
def test_the_control_is_undecided(name: str) -> None:
    known = KNOWN[name]
    answer = api.ask(name, Table(known.control or {}), **known.control_settings)
    assert isinstance(answer, Undecided)
    assert answer.why and answer.needs


@pytest.mark.parametrize("name", KNOWN)
def test_an_answer_crosses_json_and_is_drawn(name: str) -> None:
    answer = answered(name)
    again = loads(dumps(answer))
    assert again == answer
    figure = show(again)
    drawn = [y for trace in figure.data for y in trace.y if y is not None and np.isfinite(y)]
    assert drawn and figure.layout.xaxis.title.text == next(iter(answer.rows.columns))


@pytest.mark.parametrize("name", KNOWN)
def test_a_missing_column_and_a_wrong_setting_are_named(name: str) -> None:
    known = KNOWN[name]
    gone = QUESTIONS.load(name).columns[-1]
    with pytest.raises(BadInput, match=repr(gone)):
        api.ask(name, Table({k: v for k, v in known.table.items() if k != gone}), **known.settings)
    with pytest.raises(BadInput, match="has no setting 'sede'; there are: "):
        api.ask(name, Table(known.table), **known.settings, sede=1)


@pytest.mark.parametrize("name", KNOWN)
def test_the_command_gives_the_same_answer(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known, path = KNOWN[name], tmp_path / "table.csv"
    rows = zip(*known.table.values(), strict=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[*known.table], *([_cell(cell) for cell in row] for row in rows)])
    words = [f"--set={key}={_word(value)}" for key, value in known.settings.items()]
    assert run(["law", "ask", name, str(path), *words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    answer = answered(name)
    assert document["status"] == "answered" and document["says"] == answer.says
    assert list(document["values"]) == list(answer.values)
    assert all(len(column) == answer.rows.n_rows for column in document["rows"].values())


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if np.isnan(value) else repr(float(value))


def _word(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
