"""What studies came to, as the evidence that ships with the project says: their known answers and controls hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from forerun.lab import STUDIES
from forerun.lab.judge import judge
from forerun.lab.page import read_results
from tests.cards import control, known_answer
from tests.counts import COUNTS

EVIDENCE = Path(__file__).resolve().parents[2] / "evidence" / "lab"
KNOWN = {
    "noisy_labels": ["early learning is better under noise"],
    "averaging": ["the tail's average is better than the last weights", "the exponential average is too",
                  "a soup of four is better than the four"],
    "large_batch": ["large batches lose at equal epochs", "equal updates close the gap to a point"],
    "grokking": ["the ticket is faster than a random mask"],
    "fresh_data": ["one epoch is better than ten"],
    "curriculum": ["a cyclic curriculum is better with wrong labels"],
    "linear_decay": ["linear decay and the cosine are equivalent on convex",
                     "linear decay and the cosine are equivalent on charlm"],
    "high_lr": ["query-key normalisation restores it"],
}  # fmt: skip
"""The claims that say what a study's card calls its known answer."""
studies = pytest.mark.parametrize("name", list(STUDIES.table))


def recorded(name: str) -> dict[str, Any]:
    return json.loads((EVIDENCE / name / "study.json").read_text("utf-8"))


def test_the_count_is_that_of_the_table() -> None:
    assert len(STUDIES.table) == len(KNOWN) == COUNTS["study"]


@known_answer("study/*")
@studies
def test_the_known_answer_was_upheld(name: str) -> None:
    upheld = {claim["claim"]: claim["upheld"] for claim in recorded(name)["claims"]}
    assert [upheld[claim] for claim in KNOWN[name]] == [True] * len(KNOWN[name])


@control("study/*")
@studies
def test_the_control_was_upheld(name: str) -> None:
    upheld = [claim["upheld"] for claim in recorded(name)["claims"] if claim["control"]]
    assert upheld and all(upheld)


@studies
def test_the_verdicts_are_those_of_the_runs_and_of_the_study_as_it_stands(name: str) -> None:
    study = STUDIES.load(name)
    record = recorded(name)
    kept = record["claims"]
    assert (record["question"], record["source"]) == (study.question, study.card.source)
    assert [claim.says for claim in study.claims] == [claim["claim"] for claim in kept]
    runs = read_results(study, EVIDENCE / name / "results.csv")
    for verdict, before in zip(judge(study, runs), kept, strict=True):
        told = (verdict.comparison.verdict, verdict.upheld, list(verdict.diverged))
        assert told == (before["verdict"], before["upheld"], before["diverged"])
        assert verdict.comparison.estimate == pytest.approx(before["estimate"], rel=1e-9)
        assert (verdict.p_together is None) == verdict.claim.control
        assert verdict.p_together == (verdict.p_together and pytest.approx(before["p_together"], rel=1e-6))
