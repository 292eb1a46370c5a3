"""The judges of really trained schedules and batches, on curves whose law is known; and what cards quote of them."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from forerun.laws import LAWS
from forerun.laws.path.convex_bound import terms_along
from forerun.laws.questions import QUESTIONS
from forerun.laws.size import kaplan as law

EVIDENCE = Path(__file__).resolve().parents[2] / "evidence" / "laws"
ANNEALED = [1.4, 0.8, 0.5, 0.3, 0.01]  # L0, A, alpha, C, fade


@pytest.fixture
def scripts() -> Iterator[list[ModuleType]]:
    """The two scripts, with the folders that they import from."""
    before, known = list(sys.path), set(sys.modules)
    sys.path[:0] = [str(EVIDENCE), str(EVIDENCE / "charlm_ladder")]
    yield [importlib.import_module(name) for name in ("trained_schedules", "trained_batches")]
    sys.path[:] = before
    for name in set(sys.modules) - known:
        if str(EVIDENCE) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def along(study: ModuleType, name: str) -> tuple[np.ndarray, np.ndarray]:
    step = np.concatenate([[1.0], np.arange(10.0, study.STEPS + 1, 10.0)])
    return step, np.asarray(study.schedule(name, 0.01, study.STEPS).lr(step - 0.5))


def test_a_law_that_made_the_curves_foretells_the_other_schedules_and_one_that_sees_no_schedule_does_not(
    scripts: list[ModuleType],
) -> None:
    study, _ = scripts
    curves = {}
    for name in ("constant", "cosine", *study.UNSEEN):
        step, rate = along(study, name)
        X = LAWS.load("lr_annealing").read(study.table({name: (step, rate, np.ones(step.size))}))
        curves[name] = study.past((step, rate, LAWS.load("lr_annealing").predict(np.array(ANNEALED), X)[0]))
    found = study.laws(curves, ("constant", "cosine"), ("lr_annealing", *study.BLIND))
    assert found["lr_annealing"]["error"] < 1e-5
    assert all(found[arm]["error"] > 1e-3 for arm in study.BLIND)  # control


def test_losses_that_are_the_bound_agree_with_it_and_those_that_rise_do_not(scripts: list[ModuleType]) -> None:
    study, _ = scripts
    curves = {}
    for name in ("constant", "cosine", "wsd"):
        step, rate = along(study, name)
        path = np.concatenate([[0.0], step]), np.concatenate([[0.0], rate])
        first, second = terms_along(*path, step)
        curves[name] = step, rate, 1.5 + 0.05 * first + 20.0 * second
    found = study.agreement(curves)
    assert found["wsd, fitted to the other two"] > 0.999
    assert found["drop, told by the bound"] == pytest.approx(found["drop at the end"], rel=0.05)
    assert found["drop at the end"] > 0.0 > found["drop, told by the area alone"]
    turned = {name: (step, rate, 4.0 - y) for name, (step, rate, y) in curves.items()}
    assert study.agreement(turned)["all three"] == pytest.approx(-found["all three"])  # control


def test_losses_by_kaplans_law_are_foretold_at_a_batch_and_a_width_not_seen(scripts: list[ModuleType]) -> None:
    """Its critical batch is 600 tokens at a loss of 1.7."""
    _, study = scripts
    params = np.array([1.9, 1.9, 0.05, 0.3, 600.0 * 1.7**10, 0.1])
    curves = {}
    for width in (*study.FITTED, study.HELD):
        for batch, steps in study.STEPS.items():
            step = np.arange(10.0, steps + 1, 10.0)
            size = study.params(width) + 0 * step
            y = law.predict(params, {"params": size, "steps": step, "batch_size": batch * 32 + 0 * step})[0]
            curves[f"{width}/{batch}", 0] = step, 0 * step, y
    found = study.one_seed(curves, 0, 30)
    assert found["loss"] < 0.003 and found["steps"] < 0.03
    assert found["loss, not told the batch"] > 0.02  # control
    assert found["critical inside the batches"] == 1.0
    assert found["critical, law over measured, log"] == pytest.approx(0.0, abs=0.5)
    (least, *_, most) = (found["critical"][loss]["law"] for loss in sorted(found["critical"]))
    assert least > most  # the lower the loss, the larger the batch that pays


def test_a_study_goes_on_where_it_stood_and_its_curves_are_read_back(
    scripts: list[ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    study, _ = scripts
    small = importlib.import_module("train").corpus(100)
    monkeypatch.setattr(study.kept, "corpus", lambda: small)
    plan = study.schedule("multistep", 0.01, 30)
    first, again = (study.kept.curve(tmp_path, "law/one", 0, 16, {"batch": 2}, plan) for _ in range(2))
    assert first[0].tolist() == [1, 20, 30] and first[1][-1] == pytest.approx(0.001)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    study.kept.write({("law/one", 0): first}, tmp_path / "runs.xz")
    (read,) = study.kept.read(tmp_path / "runs.xz").values()
    assert read[2] == pytest.approx(first[2], abs=1e-5)


def test_cards_quote_what_trained_schedules_came_to() -> None:
    found = json.loads((EVIDENCE / "trained_schedules.json").read_text("utf-8"))
    arms, bound = found["laws"]["constant and cosine"], found["bound"]["over_seeds"]
    own, blind = arms["lr_annealing"], arms["a power law in steps"]
    assert own["error"]["high"] < 0.01 and blind["farther_than_lr_annealing"]["verdict"] == "better"
    card = LAWS.load("lr_annealing").card.promises
    for figure in (own["error"]["estimate"], blind["error"]["estimate"]):
        assert f"{100 * figure:.2f}%" in card
        assert f"{100 * figure:.2f}%" in (EVIDENCE / "README.md").read_text("utf-8")
    for name in ("wsd", "all three"):
        assert f"{bound[name]['estimate']:.2f}" in LAWS.load("convex_bound").card.promises
    advice = [one for one in found["advice"].values() if one["what"] == "advice"]
    assert len(advice) == 5 and not any(one["verdict"] == "better" for one in advice)
    for family, name in ((LAWS, "convex_bound"), (QUESTIONS, "longer_run")):
        assert "the old" in family.load(name).card.promises


def test_cards_quote_what_trained_batches_came_to() -> None:
    found = json.loads((EVIDENCE / "trained_batches.json").read_text("utf-8"))
    over, page = found["over_seeds"], (EVIDENCE / "README.md").read_text("utf-8")
    loss, blind = (f"{100 * over[name]['estimate']:.2f}%" for name in ("loss", "loss, not told the batch"))
    steps, ratio = f"{100 * over['steps']['estimate']:.2f}%", f"{found['critical_ratio']['estimate']:.2f}"
    assert over["loss"]["high"] < 0.03 and found["gains"]["on not told the batch"]["verdict"] == "better"
    assert all(figure in page for figure in (loss, blind, steps, ratio))
    assert loss in LAWS.load("kaplan").card.promises
    assert ratio in QUESTIONS.load("critical_batch_size").card.promises
    assert steps in QUESTIONS.load("steps_to").card.promises
