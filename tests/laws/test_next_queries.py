"""What to ask next, of configurations and of probes: what the nets do on games small enough to know."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from forerun.core import Answer, BadInput, Table, Undecided
from forerun.laws.questions import QUESTIONS
from forerun.laws.questions.next_configuration import arm_features
from forerun.laws.questions.next_probe import posterior
from forerun.laws.weights import query_net
from forerun.training.queries import arms, probes
from forerun.training.queries.arms import ArmState
from forerun.training.queries.learn import adversary, learn
from tests.cards import control
from tests.laws.known_questions import CAUSES, KNOWN, RIVALS


def asked(name: str, columns: Any, **settings: Any) -> Answer:
    answer = QUESTIONS.load(name).ask(Table(columns), **settings)
    assert isinstance(answer, Answer), answer
    return answer


def test_two_that_stand_close_get_what_is_left_and_one_far_behind_gets_nothing() -> None:
    table, picked = {name: list(column) for name, column in RIVALS.items()}, list[str]()
    for _ in range(6):
        picked.append(str(asked("next_configuration", table, budget=20).values["next"]))
        table["configuration"].append(picked[-1])
        table["y"].append({"a": 1.0, "b": 1.1}[picked[-1]])
    assert set(picked) == {"a", "b"}


def test_before_the_net_is_asked_each_is_tried_and_the_noise_is_learned() -> None:
    one_each = {"configuration": ["a", "b"], "y": [2.0, np.nan]}
    assert "b next: it was not evaluated yet" in asked("next_configuration", one_each, budget=9).says
    one_each["y"] = [2.0, 1.0]
    assert "b next: it leads, and how noisy" in asked("next_configuration", one_each, budget=9).says
    assert "a next: it leads, and how noisy" in asked("next_configuration", one_each, budget=9, goal="max").says
    assert "learned policy" in asked("next_configuration", one_each, budget=9, sd=0.5).says
    spent = asked("next_configuration", one_each, budget=2)
    assert spent.says == "the budget is spent; b leads at 1" and "next" not in spent.values


def test_scores_follow_their_configurations_whatever_the_order_and_the_unit() -> None:
    rng = np.random.default_rng(0)
    count, mean, order = rng.integers(1, 5, 8).astype(float), rng.normal(size=8), rng.permutation(8)
    score = query_net("next_configuration")(arm_features(count, mean, 10, 0.3))
    moved = query_net("next_configuration")(arm_features(count[order], 50.0 + 7.0 * mean[order], 10, 2.1))
    assert moved == pytest.approx(score[order])


def test_by_the_net_too_a_half_is_asked_for_before_one_of_four() -> None:
    assert asked("next_probe", CAUSES, budget=6, by="learned").values["next"] in ("either", "other")


@control("next_configuration", "next_probe", "mastery_sample")
@pytest.mark.parametrize("name", ["next_configuration", "next_probe", "mastery_sample"])
def test_where_there_is_nothing_to_choose_by_it_is_undecided(name: str) -> None:
    known = KNOWN[name]
    assert isinstance(QUESTIONS.load(name).ask(Table(known.control or {}), **known.control_settings), Undecided)


def test_the_posterior_is_bayes_by_hand() -> None:
    """Two causes, one probe that says yes by .9 and by .2, which said yes twice and no once."""
    chance = posterior(np.array([[0.9], [0.2]]), np.array([2.0]), np.array([1.0]))
    assert chance[0] == pytest.approx(0.81 * 0.1 / (0.81 * 0.1 + 0.04 * 0.8))


@pytest.mark.parametrize(
    ("name", "columns", "settings", "says"),
    [
        ("next_configuration", {**RIVALS, "y": [1.0] * 8 + [np.inf]}, {"budget": 20}, "row 9 is not finite"),
        ("next_configuration", RIVALS, {"budget": 2}, "one evaluation of each of 3"),
        ("next_configuration", RIVALS, {"budget": 20, "sd": 0.0}, "sd must be above 0"),
        ("next_probe", {**CAUSES, "y": [2.0, 0.0, 0.0, 0.0]}, {"budget": 6}, "y is 1 for yes"),
        (
            "next_probe",
            {**CAUSES, "probe": ["driver", "data", "data", "other"]},
            {"budget": 6},
            "'data' has others in row 3",
        ),
        ("next_probe", CAUSES, {"budget": 6, "wrong": 0.5}, "wrong between 0 and .5"),
        ("mastery_sample", {"learner": ["a", "b"], "sums": [0.5, np.nan]}, {}, "sums is nan in row 2"),
        ("mastery_sample", {"learner": ["a", "b"]}, {}, "skills are none"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(name: str, columns: Any, settings: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        asked(name, columns, **settings)


def test_the_net_finds_the_best_more_often_than_even_pulls_and_than_a_net_that_knows_nothing() -> None:
    """500 games of 10 arms: the shipped net errs on .12, even pulls on .28; below 1e-6 to fail by accident."""
    rng = np.random.default_rng(5)
    drawn = arms.arm_problems(arms.SHAPES["a rival"], 10, 30, 0.25, 500, rng)

    def won(net: Any) -> float:
        return float(arms.play_arms(drawn, lambda state: net(state.features).argmax(axis=1)).mean())

    shipped = won(query_net("next_configuration"))
    assert shipped > 0.05 + float(arms.play_arms(drawn, lambda state: state.count.argmin(axis=1)).mean())
    assert shipped > 0.05 + won(lambda features: np.random.default_rng(0).random(features.shape[:-1]))


def test_probes_that_answer_by_chance_are_not_run() -> None:
    """Uncertainty sampling runs nothing else; the net never, as they cannot tell of any cause."""
    drawn = probes.probe_problems(probes.TABLES["vague"], 16, 24, 16, 0.05, 100, np.random.default_rng(6))
    vague = (np.ptp(drawn.table, axis=1) == 0).astype(float)
    run: dict[str, float] = {}
    for name, score in (
        ("net", lambda s: query_net("next_probe")(s.features)),
        ("unsure", lambda s: s.features[..., 0]),
    ):

        def policy(state: probes.ProbeState, name: str = name, score: Any = score) -> Any:
            picked = score(state).argmax(axis=1)
            run[name] = run.get(name, 0.0) + float(vague[np.arange(len(picked)), picked].mean()) / drawn.turns
            return picked

        probes.play_probes(drawn, policy)
    assert (run["net"] < 0.02, run["unsure"] > 0.9) == (True, True), run


def test_of_classes_of_one_hardness_the_worse_weighs_more() -> None:
    weight = adversary(np.array([0.1, 0.3, 0.5, 0.5]), np.array([1.0, 1.0, 2.0, 2.0]))
    assert weight[1] / weight[0] == pytest.approx(np.exp(12 * 0.2))
    assert weight[2:] == pytest.approx(1.0) and weight[:2].mean() == pytest.approx(1.0)


def test_a_few_rounds_already_teach_and_the_same_seed_gives_the_same_net() -> None:
    games = arms.arm_games()[:1]
    nets = [learn(games, 9, 12, 4, seed=1) for _ in range(2)]
    assert json.dumps(nets[0][0].linear.tolist()) == json.dumps(nets[1][0].linear.tolist())
    drawn = arms.arm_problems(arms.SHAPES["a rival"], 5, 20, 0.25, 400, np.random.default_rng(2))

    def won(net: Any) -> float:
        return float(arms.play_arms(drawn, lambda state: net(state.features).argmax(axis=1)).mean())

    assert won(nets[0][0]) > won(lambda features: np.random.default_rng(0).random(features.shape[:-1]))
    assert isinstance(ArmState(np.ones((1, 2)), np.zeros((1, 2)), 1).features, np.ndarray)
