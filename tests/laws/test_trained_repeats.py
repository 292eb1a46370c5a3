"""Repeated tokens: the world repeats what it says, and page and card say what came of it."""

from __future__ import annotations

import pytest

from forerun.laws.questions import QUESTIONS
from tests.laws.trained import EVIDENCE, loaded, raw

torch = pytest.importorskip("torch")


def test_half_of_a_batch_comes_again_and_held_out_stretches_do_not(monkeypatch: pytest.MonkeyPatch):
    repeats = loaded("repeats_ladder/train", monkeypatch)
    text = repeats.grow("second", 100, torch.Generator().manual_seed(0))
    held = repeats.stretches(text, 8, torch.Generator().manual_seed(1))
    assert (held[1::2, : repeats.HALF] == held[1::2, repeats.HALF :]).all()
    world = repeats.Repeated(text, held, 8, 100, 0)
    assert len(world.part) * 100 == repeats.STEPS * repeats.BATCH * repeats.SHARE
    (rows,) = world.fresh(32, None).data
    again = (rows[:, None] == world.part[None]).all(dim=2).any(dim=1)
    assert again[:16].all()
    assert again[16:].float().mean() < 0.5  # control: the other half is new
    assert world.part.shape[1] == held.shape[1] == repeats.LENGTH


def test_page_and_card_say_what_came_of_it(monkeypatch: pytest.MonkeyPatch):
    study = loaded("trained_repeats", monkeypatch)
    found, kept = study.study(study.read(EVIDENCE / "repeats_ladder" / "runs.csv")), raw("trained_repeats")
    assert study.rounded(found) == kept
    assert kept["peak"]["p_interior"] > 0.9
    assert 1 < kept["peak"]["at"]["low"] < kept["peak"]["at"]["high"] < kept["levels"][-1]["repeats"]
    assert "the peak is told, inside both ends" in QUESTIONS.load("repeats").card.promises
    by = {one["repeats"]: one for one in kept["levels"]}
    assert by[300]["against_none"]["verdict"] == "worse"
    assert by[10]["against_none"]["verdict"] == "cannot tell"  # control: a few repeats are as good as none
    assert all(one["rising"]["flagged"] == 0 for one in kept["levels"])  # a null: the loss itself is not flagged
    assert (by[300]["rising_on_chain"]["flagged"], by[1]["rising_on_chain"]["flagged"]) == (3, 0)
    assert kept["copy against loss"]["verdict"] == "better"
    assert kept["copy against loss, nats"]["verdict"] == "cannot tell"


def test_without_the_far_side_no_peak_is_told(monkeypatch: pytest.MonkeyPatch):
    study = loaded("trained_repeats", monkeypatch)
    runs = study.read(EVIDENCE / "repeats_ladder" / "runs.csv")
    rising = {key: run for key, run in runs.items() if key[1] <= 300}
    assert "undecided" in study.study(rising)["peak"]
