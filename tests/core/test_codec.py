"""Nouns cross JSON exactly, and the shapes they cross in do not change unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forerun.core import (
    Answer,
    BadInput,
    Budget,
    Curve,
    Damage,
    Decision,
    Diagnosis,
    Event,
    Finding,
    Forecast,
    Lineage,
    Range,
    RateChange,
    Run,
    RunDecision,
    RunFindings,
    RunForecast,
    Runs,
    Schedule,
    Settings,
    Skipped,
    Table,
    Undecided,
)
from forerun.core.codec import NOUNS, dumps, encode, loads, schemas
from forerun.core.placing import Placing
from forerun.core.standing import Standing

GOLDEN = Path(__file__).parents[1] / "golden" / "schemas.json"


def examples() -> list[object]:
    """One of each noun, with the awkward values."""
    curve = Curve(
        [1, 2.5], [float("nan"), float("-inf")], metric="acc", direction="max", slice={"of": "a"}, lr=[0.1, 0.0]
    )
    schedule = Schedule("path", {"x": np.array([0.0, 1.0]), "value": np.array([0.1, 0.0])}, past_end="zero")
    event, damage = Event("resume", 3.0, "step", "resumed"), Damage("a.csv", "line 3", "text", 1)
    skipped, lineage = Skipped("b", "why"), Lineage("parent", 10.0)
    settings = Settings("acc", "max", 0.9, ignore=["old/*"], profile=[("ours", "{step} {loss}")])
    table = Table({"step": np.array([1.0]), "name": ["a"]})
    run = Run(
        "r", {"acc": curve}, "csv", status="finished", config={"a": {"b": [1, None, "c"]}}, horizon={"step": 9.0},
        schedule=schedule, positions=table, segments={"acc": (curve,)}, events=(event,), damage=(damage,),
        lineage=lineage, settings=settings,
    )  # fmt: skip
    forecast = Forecast("acc", "step", "max", 1, [2], [0.5], [[1.0]], "m", "1", events={"p_target": 0.5})
    finding = Finding("spike", "acc", "step", 1, None, 1, 9.0, 8.0, "rare", "spike", "up", {"score": 1})
    placing = Placing(of=3, rank=2, first=0.25, near=0.5, margin=0.01, leader="a")
    change = RateChange("cooldown", 200.0, schedule)
    decision = Decision("change", ("because",), Range(1.0, 0.5, 2.0, "acc"), None, "resume", "auto", change, placing)
    answer = Answer("shape", "1", "it improves", {"slope": Range(1.0, 0.5, 2.0, "acc"), "kind": "u", "k": 2.0}, table)
    standing = Standing(float("inf"), 1.0, 0.5, 2.5, 1.5, 1)
    run_forecast = RunForecast("r", "acc", "step", 1.0, 2.0, True, "m", "forecast", None, forecast, end_by="assumed")
    run_decision = RunDecision("r", "acc", "decided", decision, run_forecast, (finding,), standing)
    diagnosis = Diagnosis("r", "up", (finding,), (finding,), ("acc",), ("lr",))
    return [
        curve, run, schedule, forecast, finding, decision, Undecided("a", "b"), table, Runs((run,), (skipped,)), event,
        damage, lineage, settings, skipped, Range(1.0, 0.5, 2.0, "acc"), answer, Budget(20.0, "hours"), standing,
        run_forecast, RunFindings("r", None, Undecided("a", "b")), run_decision, diagnosis, change, placing,
    ]  # fmt: skip


def test_there_is_an_example_of_every_noun() -> None:
    assert {type(example).__name__ for example in examples()} == set(NOUNS)
    assert len(NOUNS) == 24


@pytest.mark.parametrize("noun", examples(), ids=lambda noun: type(noun).__name__)
def test_a_noun_comes_back_equal(noun: object) -> None:
    assert loads(dumps(noun)) == noun


@pytest.mark.parametrize("noun", examples(), ids=lambda noun: type(noun).__name__)
def test_a_noun_fits_its_schema(noun: object) -> None:
    document = schemas()
    jsonschema.validate(encode(noun), document | {"$ref": f"#/$defs/{type(noun).__name__}"})


def test_the_schemas_are_the_golden_ones() -> None:
    """Right because each was read against the noun's fields; a change must be meant, and told in the CHANGELOG."""
    assert schemas() == json.loads(GOLDEN.read_text("utf-8"))


@given(st.lists(st.floats(), max_size=20))
def test_floats_are_exact(values: list[float]) -> None:
    curve = Curve(np.arange(len(values)), values, metric="m")
    assert loads(dumps(curve)) == curve


@pytest.mark.parametrize("text", ["{", '{"noun": "Curv"}', '{"noun": "Undecided", "wy": 1}'])
def test_what_is_no_noun_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        loads(text)
