"""Taggers that learn, and what the prediction level is worth on them: as the evidence says, and in small."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from forerun.forecast.sequential import SEQUENTIAL

PAGES = Path(__file__).resolve().parents[2] / "evidence" / "laws"
FOUND = json.loads((PAGES / "tagger.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("laws_tagger", PAGES / "tagger.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_card_has_the_share_of_the_evidence() -> None:
    clean, hurt = (FOUND[key]["within_0.01"]["sequential"][0] for key in ("clean", "outliers"))
    assert f"{clean:.0%}, {hurt:.0%} with outliers" in SEQUENTIAL.card.promises
    assert f"in {clean:.0%} of" in (PAGES / "README.md").read_text("utf-8")


def test_the_promise_is_kept_on_20_curves_and_more_and_the_control_is_not() -> None:
    assert all(FOUND[key]["within_0.01"]["sequential"][0] >= 0.9 for key in ("clean", "outliers"))
    assert FOUND["clean"]["announced"] >= 20
    assert FOUND["walks"]["within_0.01"]["sequential"][0] < 0.5


def test_what_is_said_of_recorded_curves_is_what_stands_there(study: ModuleType) -> None:
    for curve, case in list(zip(FOUND["curves"], FOUND["cases"]["clean"], strict=True))[:3]:
        y = np.array(curve["y"])
        again = study.rounded(study.judged(y, float(y[-1])))
        assert again["announced"] == case["announced"]


@pytest.mark.parametrize("tagger", ["markov", "perceptron"])
def test_a_tagger_learns_and_learns_nothing_from_tags_dealt_anew(study: ModuleType, tagger: str, monkeypatch) -> None:
    monkeypatch.setattr(study, "SIZES", np.arange(500, 4001, 500))
    rng = np.random.default_rng(0)
    language = study.Language(6, 300, rng)
    (tag, word), held = language.sentences(200, rng), language.sentences(100, rng)
    y = getattr(study, tagger)(language, tag, word, *held)
    dealt = rng.permutation(tag.ravel()).reshape(tag.shape)
    assert y.shape == (8,) and y[-1] > y[0] and y[-1] > 0.7
    assert getattr(study, tagger)(language, dealt, word, *held)[-1] < 0.6
