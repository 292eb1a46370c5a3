"""Trained ladders: their worlds ask what they say, in a short form; pages and cards say what came of them."""

from __future__ import annotations

from types import ModuleType

import pytest

from forerun.laws import LAWS
from forerun.laws.questions import QUESTIONS
from tests.laws.trained import loaded, raw

torch = pytest.importorskip("torch")


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return loaded("suite_ladder/train", monkeypatch)


def test_a_rate_is_the_chance_that_a_sampled_answer_is_right(suite: ModuleType):
    run = suite.trained(8, 0.016, 0, steps=60)
    answers = [one for one in run.world.answers(run.model) if one["task"] == "add1"][:20]
    rates = torch.tensor([one["logp"] for one in answers]).exp()
    rows, tries, random = run.world.items["add1"][:20], 2000, torch.Generator().manual_seed(0)
    first = int((rows[0] == suite.EQUALS).nonzero()) + 1
    written = rows[:, :first].repeat_interleave(tries, dim=0)
    for _ in range(2):
        p = torch.softmax(run.model(written)[:, -1], dim=-1)
        written = torch.cat([written, torch.multinomial(p, 1, generator=random)], dim=1)
    right = (written == rows[:, : first + 2].repeat_interleave(tries, dim=0)).all(dim=1).view(20, tries).float().mean(1)
    sd = (rates * (1 - rates) / tries).sqrt()
    assert (rates > 1e-3).all()
    assert ((right - rates).abs() <= 4.5 * sd + 1e-4).all()  # chance of failing right code: under 1e-4 of each item


def test_hidden_facts_are_asked_and_never_told(suite: ModuleType):
    world = suite.Suite(8, 0)
    told = torch.zeros_like(world.hidden)
    for _ in range(300):
        for row in world.fresh(64, None).data[0]:
            if row[0] == suite.RECALL:
                end = int((row == suite.EQUALS).nonzero())
                told[row[1] - suite.FIRST_SUBJECT, row[2:end] - suite.FIRST_RELATION] = True
    asked = world.items["hidden"]
    assert world.hidden[asked[:, 1] - suite.FIRST_SUBJECT, asked[:, 2] - suite.FIRST_RELATION].all()
    assert not (told & world.hidden).any()
    assert told.float().mean() > 0.9  # control: nearly all others are told


def test_the_same_seed_trains_the_same_model(suite: ModuleType):
    first, second = (suite.trained(8, 0.016, 3, steps=20) for _ in range(2))
    assert first.world.answers(first.model) == second.world.answers(second.model)


def test_a_learning_rate_lies_at_the_bottom_of_a_parabola_or_at_the_end_of_the_grid(suite: ModuleType):
    x = [float(torch.tensor(lr).log()) for lr in suite.GRID]
    assert suite.smoothed([(v - x[2] - 0.1) ** 2 for v in x]) == pytest.approx(x[2] + 0.1)
    assert suite.smoothed([-v for v in x]) == pytest.approx(x[-1])


def test_cards_say_where_the_suite_laws_miss():
    other, trained = raw("other_truths")["summary"], raw("trained_suite")
    missed = (
        other["cod"]["logistic"]["within_2_points"] < 0.5 and trained["cod"]["all, 1 held out"]["error"]["cod"] > 0.02
    )
    nearer = trained["cod"]["all, 1 held out"]["beside"]["one_curve"]["verdict"] == "better"
    held = other["cod"]["law"]["within_2_points"] > 0.9  # control: the law's own form
    assert (missed, nearer, held) == (True, False, True)
    for card in (QUESTIONS.load("suite").card, LAWS.load("cod").card):
        assert "Missed where they do not (other_truths.md), and on a trained suite (trained_suite.md)" in card.promises
    rates = [one["mean_relative_error"] for name, one in trained["pass_until"].items() if "mean_relative_error" in one]
    assert min(rates) > 0.1
    assert all(one["within_10_percent"] < 0.9 for form, one in other["pass_until"].items() if form != "law")
    assert other["pass_until"]["law"]["within_10_percent"] > 0.9
    for card in (QUESTIONS.load("rare_successes").card, LAWS.load("pass_until").card):
        assert "Missed where they do not (other_truths.md), and on trained tasks" in card.promises


def test_intervals_of_rare_successes_hold_what_their_card_says():
    other, trained = raw("other_truths")["summary"]["pass_until"], raw("trained_suite")["held"]["all but the largest"]
    parts = {
        name: {form: one["held"][name]["coverage_80"] for form, one in other.items()}
        for name in ("sampling", "shipped")
    }
    least = min(parts["shipped"], key=lambda form: parts["shipped"][form])
    assert least == "logistic"
    assert parts["shipped"][least] >= 0.7
    assert parts["shipped"]["models differ"] >= 0.7
    assert trained["inside"] / trained["n"] >= 0.7
    assert trained["by_sampling"] == 0  # control: the noise of sampling alone, here and where the truth is another
    assert max(held for form, held in parts["sampling"].items() if form != "law") < 0.3
    assert "hold most, fewest where rates rise faster than the law" in QUESTIONS.load("rare_successes").card.promises


def test_the_card_of_bend_says_what_planted_curves_show():
    planted = raw("bends")
    normal = [one for one in planted["lines"] if one["noise"] == "normal"]
    assert all(one["low"] <= 0.05 for one in normal)
    late = [one for one in planted["curves"] if one["curve"] == "flat to four fifths" and one["falls"] == 8.0]
    assert [one["low"] > one["second_order"] for one in late if one["sizes"] >= 8] == [True, True]
    floor = raw("other_truths")["summary"]["pass_until"]["floor"]["bends"]
    assert floor["convex"] < 0.1
    card = QUESTIONS.load("bend").card
    assert "At most 1 straight line in 20" in card.promises
    assert "small beside the noise is not told (other_truths.md)" in card.promises


def test_cards_say_what_the_trained_ladder_shows_of_shapes_and_breakthroughs():
    trained = raw("trained_suite")
    kinds = {(one["task"], one["over"]): one["told"] for one in trained["shapes"]}
    assert kinds["hidden", "parameters"] == "inverse"
    assert kinds["recall", "parameters"] == "improving"  # control
    assert "A trained inverse curve is told" in QUESTIONS.load("shape").card.promises
    assert trained["emergence"]["several steps against memory"]["verdict"] == "cannot tell"
    assert "do not tell tasks of several steps from memory" in QUESTIONS.load("emergence").card.promises
    assert trained["calibration"]["told"]["larger half against smaller"]["verdict"] == "better"
