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


def test_weight_decay_keeps_a_network_from_learning_a_text_by_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = study("fixed_data", monkeypatch)
    data = fixed.Data(0)
    nets = fixed.trained(data, 32, 16, np.array([0.1, 1.6]), 1e-2, 0)
    train, gold = (-fixed.chances(nets, rows).log().mean(1) for rows in (data.train, data.gold))
    assert train[0] < train[1] and gold[0] - train[0] > 2 * (gold[1] - train[1])


def test_an_average_of_one_is_the_mean_of_all_and_of_more_is_no_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = study("fixed_data", monkeypatch)
    import torch

    p = torch.rand(4, 50, generator=torch.Generator().manual_seed(0)) * 0.9 + 0.05
    each = [fixed.averaged(p, k) for k in (1, 2, 4)]
    assert each[0] == pytest.approx(-p.log().mean().item(), rel=1e-5) and each[0] > each[1] > each[2]


def test_a_student_learns_what_its_teacher_says_on_contexts_that_the_teacher_wrote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The teacher knows one thing, that the next letter is the last one's successor, and never saw it in the data."""
    told = study("distilled", monkeypatch)
    monkeypatch.setattr(told, "EPOCHS", 8)
    import torch

    letters, seen = study("fixed_data", monkeypatch).LETTERS, told.SEEN
    first = torch.zeros(1, seen * letters, letters)
    first[0, (seen - 1) * letters :] = torch.eye(letters).roll(1, 1)
    teacher = [first, torch.zeros(1, 1, letters), 20.0 * torch.eye(letters)[None], torch.zeros(1, 1, letters)]
    g = torch.Generator().manual_seed(0)
    rows = told.written(teacher, torch.randint(letters, (50, seen + 1), generator=g), 300, g)
    assert (rows[:, seen - 1] == (rows[:, seen - 2] + 1) % letters).all()
    student = told.taught(teacher, rows, [0.0], 0)
    assert (told.said(student, rows).argmax(1) == (rows[:, seen - 1] + 1) % letters).all()


def test_a_student_keeps_what_the_card_says_and_one_taught_by_a_member_does_not() -> None:
    of = found("distilled")
    kept = of["own contexts"]["kept"]
    assert f"{kept[0]:.2f} of five" in LAWS.load("ensembles").card.promises and kept[1] > 0.5
    assert of["taught by one member"]["kept"][2] < 0.5  # the control


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
        (LAWS.load("regularised").card, "fixed_data"),
        (LAWS.load("ensembles").card, "fixed_data"),
        (LAWS.load("ensembles").card, "distilled"),
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
    assert f"{of['times'][0]:.2f} times fewer steps, {of['lost'][0]:.2%} of the score lost" in promises
    assert found("stop_rule")["curves"] == 216
    assert found("stop_rule")["mean"]["pfn, dealt anew"]["lost"][0] > of["lost"][0]  # the control


def test_the_rectified_law_is_better_than_a_plain_power_and_its_control_is_not_good() -> None:
    of = found("saturating")
    assert of["gain"]["sample_size"][1] > 0.0
    assert of["dealt_anew"]["rectified"] > 2 * of["errors"]["rectified"][0]


def test_the_pick_is_better_than_equal_shares_where_the_card_says_so() -> None:
    of, promises = found("mixture_pick")["ALL"]["projection"], QUESTIONS.load("projection").card.promises
    assert f"{of['error_gain'][0]:.4f} of error" in promises and of["error_gain"][1] > 0.0
    assert of["loss_gain"][1] <= 0.0  # not told by loss
    assert found("mixture_pick")["ALL"]["dealt anew"]["loss_gain"][2] < 0.0  # the control
    assert found("mixture_pick")["ALL"]["mixing law"]["loss_gain"][2] < 0.0


def test_ensembles_tend_lower_by_what_their_card_says_and_size_does_not_help_without_end() -> None:
    one, two = (found("fixed_data")[rate] for rate in ("one rate", "rate as 1/width"))
    gain = one["asymptotes"]["single less joint"]
    assert f"{gain[0]:.4f}".lstrip("0") + " nats" in LAWS.load("ensembles").card.promises and gain[1] > 0.0
    for of in (one, two):
        assert of["claims"]["usual decay: largest less best width"][1] > 0.0
        assert of["claims"]["tuned: fourth less largest"][2] < 0.0  # the miss
