"""Two curves that part: known answers, false alarms at their stated rates, and controls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from forerun import api
from forerun.core import Curve, Run
from forerun.monitor import replay
from forerun.monitor.pairs.gradient_drift import norm_and_loss
from forerun.monitor.pairs.memorised import splits_of_a_share
from forerun.monitor.pairs.proxy_gold import proxies_and_gold
from forerun.monitor.pairs.ranking import of_preferences
from forerun.synthetic import noise
from tests.cards import control, known_answer
from tests.monitor.eventful import curve, ramp

Noise = Callable[[], np.ndarray]


def splits(train: np.ndarray, held_out: np.ndarray) -> dict[str, Curve]:
    return {"train": curve("train/acc", train), "held_out": curve("val/acc", held_out)}


def preferences(loss: np.ndarray, accuracy: np.ndarray) -> dict[str, Curve]:
    return {"loss": curve("loss", loss), "accuracy": curve("rewards/accuracies", accuracy)}


def rewards(proxy: np.ndarray, gold: np.ndarray) -> dict[str, Curve]:
    return {"proxy": curve("reward", proxy), "gold": curve("gold_reward", gold)}


def tries(one: np.ndarray, many: np.ndarray) -> dict[str, Curve]:
    return {"one": curve("val/acc/mean@8", one), "many": curve("val/acc/best@8/mean", many)}


def gradient(loss: np.ndarray, norm: np.ndarray) -> dict[str, Curve]:
    return {"loss": curve("loss", loss), "norm": curve("grad_norm", norm)}


def marks(marked: np.ndarray, unmarked: np.ndarray) -> dict[str, Curve]:
    return {"marked": curve("comply/marked", marked), "unmarked": curve("comply/unmarked", unmarked)}


NULLS: dict[str, tuple[int, Callable[[Noise], dict[str, Curve]]]] = {
    "memorised": (
        200,
        lambda e: splits(np.clip(ramp(200, 5, 50) + 0.006 * e(), 0, 1), 0.01 + 0.15 * ramp(200, 5, 50) + 0.02 * e()),
    ),
    "grokking": (
        300,
        lambda e: splits(np.clip(ramp(300, 5, 50) + 0.006 * e(), 0, 1), 0.01 + 0.9 * ramp(300, 15, 60) + 0.02 * e()),
    ),
    "ranking": (
        400,
        lambda e: preferences(0.69 - 0.19 * ramp(400, 0, 400) + 0.03 * e(), 0.5 + 0.15 * ramp(400, 0, 30) + 0.1 * e()),
    ),
    "proxy_gold": (200, lambda e: rewards(ramp(200, 0, 200) + 0.1 * e(), ramp(200, 0, 60) + 0.1 * e())),
    "narrowing": (
        200,
        lambda e: tries(0.3 + 0.3 * ramp(200, 0, 200) + 0.03 * e(), 0.6 + 0.3 * ramp(200, 0, 60) + 0.03 * e()),
    ),
    "behaviour_gap": (200, lambda e: marks(0.5 + 0.05 * ramp(200, 0, 50) + 0.1 * e(), 0.5 + 0.1 * e())),
    "gradient_drift": (400, lambda e: gradient(2 + 0.02 * e() + np.exp(-np.arange(400) / 20), np.exp(0.2 * e()))),
}


@pytest.mark.parametrize("kind", ["normal", "t4", "ar"])
@pytest.mark.parametrize("name", NULLS)
def test_false_alarms_keep_their_rate(name: str, kind: str) -> None:
    """60 runs; were the rate 2%, more than 5 would be an accident of chance below .002."""
    rng = np.random.default_rng(5)
    n, draw = NULLS[name]
    kinds: dict[str, Noise] = {
        "normal": lambda: noise.white(n, rng),
        "t4": lambda: noise.heavy(n, rng),
        "ar": lambda: noise.following(n, rng, 0.5),
    }
    values = [draw(kinds[kind]) for _ in range(60)]
    clipped = [{role: _share(one) if "acc" in one.metric else one for role, one in run.items()} for run in values]
    assert sum(bool(replay(run, name)) for run in clipped) <= 5


def _share(one: Curve) -> Curve:
    return Curve(one.x, np.clip(one.y, 0, 1), metric=one.metric, direction="max")


@known_answer("memorised")
@control("memorised")
def test_a_run_that_knows_its_data_by_heart_is_told_that_more_may_come() -> None:
    train, held_out = ramp(200, 0, 50), np.full(200, 0.01)
    (found,) = replay(splits(train, held_out), "memorised")
    assert 46 <= found.start <= 49  # within a bin of 48, where it passes .95
    assert (found.end, found.metric) == (None, "val/acc")
    assert "It may yet generalise long after" in found.message
    (over,) = replay(splits(train, held_out + 0.99 * ramp(200, 150, 160)), "memorised")
    assert (over.start, over.alarm) == (found.start, found.alarm)
    assert 150 < (over.end or 0) < 200
    (percent,) = replay(splits(100 * train, 100 * held_out), "memorised")
    assert (percent.start, percent.alarm) == (found.start, found.alarm)
    assert replay(splits(train, 0.01 + 0.29 * train), "memorised") == []


@known_answer("detector/grokking")
@control("detector/grokking")
def test_delayed_generalisation_is_told_and_learning_both_at_once_is_not() -> None:
    held_out = 0.01 + 0.99 * ramp(300, 150, 160)
    (found,) = replay(splits(ramp(300, 0, 50), held_out), "grokking")
    assert 150 <= found.start <= 165 and 160 < found.alarm <= 215
    assert found.statistic == pytest.approx(155 / 48, rel=0.1)
    assert found.message.endswith("delayed generalisation (grokking)")
    assert replay(splits(ramp(300, 0, 50), 0.01 + 0.9 * ramp(300, 10, 60)), "grokking") == []


@known_answer("ranking")
@control("ranking")
def test_a_preference_loss_that_falls_without_ranking_is_told() -> None:
    loss = 0.69 - 0.19 * ramp(400, 0, 400)
    (found,) = replay(preferences(loss, np.full(400, 0.52)), "ranking")
    assert found.metric == "rewards/accuracies" and "is 52%" in found.message
    assert replay(preferences(loss, 0.5 + 0.2 * ramp(400, 0, 400)), "ranking") == []
    assert replay(preferences(np.full(400, 0.69), np.full(400, 0.52)), "ranking") == []


@known_answer("proxy_gold")
@control("proxy_gold")
def test_where_proxy_and_gold_part_is_told() -> None:
    up, e = ramp(200, 0, 200), np.random.default_rng(0).normal(size=(2, 200))
    peaked = ramp(200, 0, 100) - 0.7 * ramp(200, 100, 200)
    (found,) = replay(rewards(up + 0.05 * e[0], peaked + 0.05 * e[1]), "proxy_gold")
    assert 70 < found.start < 120 < found.alarm
    assert found.message.endswith("they part there")
    assert replay(rewards(up + 0.05 * e[0], up + 0.05 * e[1]), "proxy_gold") == []
    assert replay(rewards(peaked + 0.05 * e[0], peaked + 0.05 * e[1]), "proxy_gold") == []
    distances = {"proxy": curve("distance/teacher", 1 - up + 0.05 * e[0]), "gold": curve("distance/oracle", 1 - peaked)}
    assert 70 < replay(distances, "proxy_gold")[0].start < 120


@known_answer("narrowing")
@control("narrowing")
def test_a_policy_that_solves_fewer_tasks_in_many_tries_is_told() -> None:
    up, e = ramp(200, 0, 200), 0.02 * np.random.default_rng(0).normal(size=(2, 200))
    (found,) = replay(tries(0.3 + 0.3 * up + e[0], 0.9 - 0.15 * up + e[1]), "narrowing")
    assert found.metric == "val/acc/best@8/mean" and found.message.endswith("fewer tasks are within reach")
    assert found.start < 60 and found.evidence["best"] == pytest.approx(0.89, abs=0.02)
    assert replay(tries(0.3 + 0.3 * up + e[0], 0.7 + 0.15 * up + e[1]), "narrowing") == []
    assert replay(tries(0.6 - 0.3 * up + e[0], 0.9 - 0.15 * up + e[1]), "narrowing") == []


@known_answer("gradient_drift")
@control("gradient_drift")
def test_gradients_that_grow_are_told_while_the_loss_stands() -> None:
    norm = (1 + 5 * ramp(400, 200, 400)) * np.exp(0.1 * np.random.default_rng(1).normal(size=400))
    (found,) = replay(gradient(2 + np.exp(-np.arange(400) / 20), norm), "gradient_drift")
    assert 200 < found.alarm < 400 and found.metric == "grad_norm" and "while loss stays at 2" in found.message
    assert replay(gradient(4 - 2 * ramp(400, 0, 400), norm), "gradient_drift") == []


@known_answer("behaviour_gap")
@control("behaviour_gap")
def test_a_mark_that_changes_the_behaviour_is_told() -> None:
    up, low = 0.1 + 0.8 * ramp(200, 0, 100), np.full(200, 0.1)
    (found,) = replay(marks(up, low), "behaviour_gap")
    assert (found.metric, found.end) == ("comply/marked", None)
    assert found.message.endswith("the mark alone changes the behaviour")
    assert replay(marks(up, up), "behaviour_gap") == []
    assert replay(marks(low + 0.3, low), "behaviour_gap") == []


def test_a_loss_that_began_far_up_still_falls_where_it_falls_by_a_part_of_its_level() -> None:
    t = np.arange(400.0)
    norm = (1 + 5 * ramp(400, 200, 400)) * np.exp(0.1 * np.random.default_rng(1).normal(size=400))
    assert replay(gradient(40 * np.exp(-t / 10) + 1.5 - t / 1000, norm), "gradient_drift") == []
    assert replay(gradient(40 * np.exp(-t / 10) + 1.5, norm), "gradient_drift") != []


def test_pairs_are_found_by_the_names_trainers_write() -> None:
    assert splits_of_a_share(["eval_accuracy", "train_accuracy", "eval_loss", "train_loss"]) == [
        {"train": "train_accuracy", "held_out": "eval_accuracy"}
    ]
    assert splits_of_a_share(["acc", "val_acc", "top5", "val_top5"]) == [
        {"train": "acc", "held_out": "val_acc"},
        {"train": "top5", "held_out": "val_top5"},
    ]
    assert of_preferences(["train/loss", "train/rewards/accuracies", "train/rewards/margins"]) == [
        {"loss": "train/loss", "accuracy": "train/rewards/accuracies"}
    ]
    assert of_preferences(["loss", "acc", "chosen_reward", "reject_reward"]) == [{"loss": "loss", "accuracy": "acc"}]
    assert of_preferences(["loss", "acc", "val_acc"]) == []
    assert proxies_and_gold(["reward", "eval/score"]) == []
    assert norm_and_loss(["val/loss", "weight_norm", "loss"]) == []


def test_a_run_is_read_by_the_names_of_its_metrics_signals_among_them() -> None:
    y = 0.2 + 0.6 * ramp(400, 0, 200)
    run = Run("r", {"reward": curve("reward", y), "frac_reward_zero_std": curve("frac_reward_zero_std", y)}, "made")
    (scanned,) = api.scan([run], detector=["wasted", "plateau"])
    assert [(one.kind, one.metric) for one in scanned.findings] == [("wasted", "frac_reward_zero_std")]
