"""The trained studies of laws in small: what they train learns, and cards say what came of them."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from forerun.core import Curve
from forerun.forecast import FORECASTERS
from forerun.laws import LAWS
from forerun.laws.questions import QUESTIONS

PAGES = Path(__file__).resolve().parents[2] / "evidence" / "laws"


def found(name: str) -> Any:
    return json.loads((PAGES / f"{name}.json").read_text("utf-8"))


def study(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A script of the evidence, which imports its neighbours."""
    monkeypatch.setattr(sys, "path", [str(PAGES), *sys.path])
    return importlib.import_module(name)


def test_more_generated_images_are_better(monkeypatch: pytest.MonkeyPatch) -> None:
    many = study("saturating", monkeypatch)
    monkeypatch.setattr(many, "STEPS", 200)
    small, large = many.ladder(16, (50, 1600), [0], 3e-3, many.Generator())[0, :, 1]
    assert large < 0.8 * small


def test_a_sweep_is_charged_for_what_it_trains_and_left_with_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = study("stop_rule", monkeypatch)
    steps = np.arange(20.0, 301.0, 20.0)
    sweep = {k: Curve(steps, 1.0 + k - 0.001 * steps, metric="val/loss", direction="min") for k in range(3)}
    whole = rule.swept("logistic", sweep, [2, 1, 0], lambda *_: False)
    assert whole == (900.0, pytest.approx(0.7), [])
    second = rule.swept("logistic", sweep, [2, 1, 0], lambda k, share, best, before: k == 1 and share >= 0.5)
    assert second == (750.0, pytest.approx(0.7), [1])


def test_the_median_rule_and_patience_stop_what_they_should(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = study("stop_rule", monkeypatch)
    steps = np.arange(6.0, 301.0, 6.0)
    flat, falling = np.full(steps.size, 0.9), 1.0 - 0.002 * steps
    sweep = {k: Curve(steps, y, metric="val/loss", direction="min") for k, y in enumerate([falling, flat, falling])}
    rules = rule.rules("logistic", sweep, np.random.default_rng(0))
    assert rules["patience"](1, 0.5, 0.0, [0]) and not rules["patience"](0, 0.5, 0.0, [1])
    assert rules["median"](1, 0.9, 0.0, [0, 2]) and not rules["median"](2, 0.9, 0.0, [0, 1])


@pytest.mark.parametrize(
    "card, page",
    [
        (QUESTIONS.load("saturation").card, "saturating"),
        (LAWS.load("rectified").card, "saturating"),
        (QUESTIONS.load("projection").card, "mixture_pick"),
        (FORECASTERS.load("pfn").card, "stop_rule"),
    ],
)
def test_a_card_that_rests_on_a_study_names_it(card: Any, page: str) -> None:
    assert f"{page}.md" in card.promises and (PAGES / f"{page}.md").exists()


def test_the_card_of_the_network_has_the_figures_of_its_stop_rule() -> None:
    of, promises = found("stop_rule")["mean"]["pfn"], FORECASTERS.load("pfn").card.promises
    assert f"{of['times'][0]:.1f} times fewer steps, {of['lost'][0]:.1%} of the score lost" in promises
    assert found("stop_rule")["curves"] == 216
    assert found("stop_rule")["mean"]["pfn, dealt anew"]["lost"][0] > of["lost"][0]  # the control


def test_the_rectified_law_is_better_than_a_plain_power_and_its_control_is_not_good() -> None:
    of = found("saturating")
    assert of["gain"]["sample_size"][1] > 0.0
    assert of["dealt_anew"]["rectified"] > 2 * of["errors"]["rectified"][0]


def test_the_pick_is_better_than_equal_shares_where_the_card_says_so() -> None:
    of, promises = found("mixture_pick")["ALL"]["projection"], QUESTIONS.load("projection").card.promises
    assert f"{100 * of['error_gain'][0]:.1f} points" in promises and of["error_gain"][1] > 0.0
    assert of["loss_gain"][1] <= 0.0  # not told by loss
    assert found("mixture_pick")["ALL"]["dealt anew"]["loss_gain"][2] < 0.0  # the control
    assert found("mixture_pick")["ALL"]["mixing law"]["loss_gain"][2] < 0.0
