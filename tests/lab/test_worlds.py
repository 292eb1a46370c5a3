"""Worlds under their plain recipes: logged as Forerun reads, with the known answer and the control of each card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")

import torch

from forerun import api
from forerun.core import BadInput, Run, UnknownName
from forerun.lab import WORLDS
from forerun.lab.job import Job, plain
from forerun.lab.runner import Result, run
from forerun.lab.worlds import countdown
from forerun.recipes.settings import SETTINGS
from tests.cards import control, known_answer
from tests.counts import COUNTS

SHORT: dict[str, dict[str, Any]] = {
    "digits": {"steps": 60},
    "charlm": {"steps": 60, "size": "xs"},
    "modular": {"steps": 60},
    "convex": {"steps": 60},
    "parity": {"steps": 60},
    "deep_linear": {"steps": 60},
    "diffusion2d": {"steps": 60},
    "addition": {"steps": 60, "size": "xs"},
    "preferences": {"steps": 60, "start.steps": 30},
    "facts": {"steps": 60},
    "bandits": {"steps": 60, "episode": 10},
    "countdown": {"steps": 60, "eval_every": 60},
    "grid": {"steps": 60},
}
TOKENS = {"charlm": 64, "addition": 9, "facts": 4, "countdown": 9}
"""Tokens a sample, of those that count them."""
OWN = {"policy.shown": 0.7}
"""Countdown by shown answers first, and the last three tenths of the steps by its own."""
names = pytest.mark.parametrize("name", list(WORLDS.table))


def test_the_count_is_that_of_the_table() -> None:
    assert len(WORLDS.table) == len(SHORT) == COUNTS["world"]


@names
def test_its_settings_can_be_read_and_not_changed(name: str) -> None:
    world = WORLDS.load(name)
    assert {*world.settings}.isdisjoint(SETTINGS)
    assert {*world.training} <= {*SETTINGS, "optimizer", "sampler"}
    assert all(isinstance(value, (int, float, str)) for value in (*world.settings.values(), *world.training.values()))
    for settings in (world.settings, world.training):
        with pytest.raises(TypeError, match="does not support item assignment"):
            settings["steps"] = 1


def done(tmp_path: Path, name: str, seed: int = 0, recipe: str = "", **settings: Any) -> Result:
    return run(Job(name, settings, seed, recipe), tmp_path)


def end(tmp_path: Path, name: str, recipe: str = "", **settings: Any) -> Mapping[str, float]:
    """What a training ends at, which is the same however seldom it is evaluated on the way."""
    return done(tmp_path, name, recipe=recipe, **settings, eval_every=10_000).metrics


@names
def test_a_training_is_that_of_its_seed_is_read_and_is_counted(tmp_path: Path, name: str) -> None:
    one, two = (done(tmp_path / str(i), name, **SHORT[name]) for i in range(2))
    other = done(tmp_path / "other", name, seed=3, **SHORT[name])
    assert one.metrics == two.metrics != other.metrics
    (read,) = api.read(tmp_path / "other" / other.job.folder())
    as_logged(read, name, other)
    counted(one.cost, name)


def as_logged(read: Run, name: str, result: Result) -> None:
    """Read with its seeds, end, schedule and gold metrics."""
    assert (read.format, read.seed, read.status, read.horizon["step"]) == ("jsonl", 3, "finished", 60.0)
    gold = [key for key in read.curves if key.startswith("gold/")]
    assert gold
    assert "data_seed=1000006" in str(read.data_order)
    assert "grad_norm" in read.curves
    assert (read.config["world"], read.config["recipe"]) == (name, plain(WORLDS.load(name)))
    last = read.curves[gold[0]].y[-1]
    assert last == pytest.approx(result.metrics[gold[0]])
    assert read.schedule is not None


def counted(cost: Mapping[str, float], name: str) -> None:
    """Every step, and alike samples and tokens at each."""
    assert cost["steps"] == 60
    assert cost["samples"] > 0
    assert cost["samples"] % 60 == 0
    assert cost["flops"] > 0
    assert cost["tokens"] == TOKENS.get(name, 0) * cost["samples"]


@known_answer("digits")
@control("digits")
def test_digits_are_learned_and_random_labels_are_not(tmp_path: Path) -> None:
    assert end(tmp_path, "digits")["gold/acc"] > 0.95
    assert end(tmp_path, "digits", noise=1.0)["gold/acc"] < 0.25


def test_tasks_in_sequence_are_forgotten(tmp_path: Path) -> None:
    told = end(tmp_path, "digits", variant="class_incremental")
    assert told["gold/acc{task=0}"] < 0.3
    assert len([key for key in told if key.startswith("gold/acc{")]) == 5


@known_answer("federated_average")
@control("federated_average")
def test_federated_clients_learn_together_what_none_of_them_holds(tmp_path: Path) -> None:
    """Five clients with two digits each; one alone cannot know more than those two."""
    clients = {"recipe": "federated_average", "variant": "federated", "skew": 1.0}
    together = end(tmp_path, "digits", **clients, steps=1500)
    alone = end(tmp_path, "digits", **clients, local_steps=10_000)
    assert alone["gold/acc"] < 0.25
    assert together["gold/acc"] > 0.6


def test_gold_is_seen_by_no_training(tmp_path: Path) -> None:
    """A network that could see gold labels would beat chance on labels that are all wrong."""
    told = end(tmp_path, "digits", noise=1.0, steps=400)
    assert told["gold/acc"] < 0.25


@known_answer("charlm")
@control("charlm")
def test_a_language_model_comes_nearer_to_the_entropy(tmp_path: Path) -> None:
    assert end(tmp_path, "charlm", size="xs", steps=1, warmup=0)["gold/excess"] > 0.8
    trained = end(tmp_path, "charlm", size="xs", steps=300)
    assert 0.0 < trained["gold/excess"] < 0.65
    assert end(tmp_path, "charlm", size="xs", steps=100, warmup=5, experts=2)["gold/excess"] < 1.0


@known_answer("modular")
@control("modular")
def test_modular_addition_is_memorised_first(tmp_path: Path) -> None:
    result = done(tmp_path, "modular", steps=500)
    (read,) = api.read(tmp_path)
    known, generalised = read.curves["train/acc"], read.curves["gold/acc"]
    assert result.metrics["train/acc"] == 1.0
    first = [curve.x[np.argmax(curve.y >= 0.9)] for curve in (known, generalised)]
    assert first[0] < first[1]
    assert result.metrics["gold/acc"] > 0.9
    without = end(tmp_path, "modular", steps=500, weight_decay=0.0)
    assert without["train/acc"] == 1.0 and without["gold/acc"] < 0.5


@known_answer("convex")
@control("convex")
def test_a_table_of_unordered_pairs_holds_no_pair_twice() -> None:
    """Of 7 x 7 pairs 28 are left, each with its own sum; with both orders every twin is a second time there."""
    modular, settings = WORLDS.load("modular"), {"p": 7, "share": 0.5, "width": 8, "bottleneck": 3}
    for ordered, pairs, different in ((False, 28, 28), (True, 49, 28)):
        world: Any = modular.open({**modular.settings, **settings, "ordered": ordered}, 0)
        assert (len(world.pairs), len({tuple(sorted(pair)) for pair in world.pairs.tolist()})) == (pairs, different)
        assert [part.stop - part.start for part in world.sets.values()] == [world.examples, *_halves(pairs)]
        assert [tuple(p.shape) for p in world.model().parameters()] == [(7, 8), (3, 8), (8, 3), (7, 8)]


def _halves(pairs: int) -> tuple[int, int]:
    left = pairs - round(0.5 * pairs)
    return left // 2, left - left // 2


def test_linear_decay_minimises_a_function_with_corners(tmp_path: Path) -> None:
    decayed = done(tmp_path, "convex", schedule="linear").metrics["gold/excess"]
    (read,) = api.read(tmp_path)
    assert 0.0 <= decayed < min(0.02, 0.1 * read.curves["gold/excess"].y[0])
    assert end(tmp_path, "convex", schedule="constant")["gold/excess"] > 2 * decayed


@known_answer("parity")
@control("parity")
def test_parity_stands_still_and_then_drops(tmp_path: Path) -> None:
    assert done(tmp_path, "parity").metrics["gold/acc"] > 0.95
    (read,) = api.read(tmp_path)
    accuracy = read.curves["gold/acc"]
    assert (accuracy.y[accuracy.x <= 300] < 0.6).all()
    assert end(tmp_path, "parity", relevant=30)["gold/acc"] < 0.6


@known_answer("deep_linear")
@control("deep_linear")
def test_a_deep_linear_network_learns_strong_modes_first(tmp_path: Path) -> None:
    done(tmp_path, "deep_linear")
    (read,) = api.read(tmp_path)
    strong, weak = (read.curves[f"gold/learned{{mode={i}}}"] for i in (0, 3))
    first = [float(curve.x[np.argmax(curve.y > 0.5 * curve.y[-1])]) for curve in (strong, weak)]
    assert 2 * first[0] < first[1]
    before = strong.y[strong.x <= first[0] / 2]
    assert (np.abs(before) < 0.2).all()  # the plateau
    done(tmp_path / "flat", "deep_linear", depth=1, lr=0.005)
    (flat,) = api.read(tmp_path / "flat")
    learned = flat.curves["gold/learned{mode=0}"]
    half = float(learned.x[np.argmax(learned.y > 0.5 * learned.y[-1])])
    assert learned.y[learned.x <= half / 2][-1] > 0.25 * learned.y[-1]  # the control: no plateau


@known_answer("diffusion2d")
@control("diffusion2d")
def test_a_diffusion_model_makes_points_of_the_true_distribution(tmp_path: Path) -> None:
    trained = end(tmp_path, "diffusion2d", steps=1000)["gold/distance"]
    untrained = end(tmp_path, "diffusion2d", steps=100, lr=1e-6)["gold/distance"]
    assert trained < untrained / 5


@known_answer("addition")
@control("addition")
def test_short_sums_are_learned_before_long_ones(tmp_path: Path) -> None:
    told = end(tmp_path, "addition", steps=1000)
    assert told["gold/acc{digits=1}"] > 0.9 > told["gold/acc{digits=2}"]
    assert end(tmp_path, "addition", steps=200, shuffled=1)["gold/acc{digits=2}"] < 0.1
    with pytest.raises(UnknownName, match="no pacing 'backwards'; there are: none, cyclic, easy_first, hard_first"):
        done(tmp_path, "addition", pacing="backwards")


@known_answer("world/preferences", "proxy_ascent")
@control("world/preferences", "proxy_ascent")
def test_a_policy_overdoes_its_proxy_unless_it_is_held(tmp_path: Path) -> None:
    """The gold reward rises and falls again while the proxy's still rises; under a penalty it stays near its best."""
    result = done(tmp_path / "free", "preferences")
    free = result.metrics
    (read,) = api.read(tmp_path / "free" / result.job.folder())
    gold, proxy = read.curves["gold/reward"].y, read.curves["val/proxy_reward"].y
    top = int(np.argmax(gold))
    assert 0 < top < gold.size // 2
    assert gold[top] > gold[0] + 0.1
    assert free["gold/reward"] < gold[0] - 0.3
    assert proxy[-1] > proxy[top] + 0.1
    held = done(tmp_path, "preferences", **{"ascent.penalty": 0.2}).metrics
    assert held["gold/best"] - held["gold/reward"] < 0.02


@known_answer("facts")
@control("facts")
def test_facts_told_in_more_phrasings_are_recalled_in_a_new_one(tmp_path: Path) -> None:
    told = end(tmp_path, "facts")
    never, one, many = (told[f"gold/acc{{told={name}}}"] for name in ("never", "one", "many"))
    assert never < 0.25 < one + 0.05
    assert one + 0.2 < many
    assert many > 0.9


@known_answer("bandits", "actor_critic")
@control("bandits", "actor_critic")
def test_a_recurrent_policy_finds_the_best_arm(tmp_path: Path) -> None:
    assert end(tmp_path, "bandits")["gold/reward"] > 0.3
    assert abs(end(tmp_path, "bandits", steps=300, reward="shuffled")["gold/reward"]) < 0.08


@known_answer("grid", "q_learning")
@control("grid", "q_learning")
def test_a_goal_that_moves_is_lost_and_found_again(tmp_path: Path) -> None:
    assert done(tmp_path / "moves", "grid").metrics["gold/return"] > 0.9
    assert done(tmp_path / "stays", "grid", goals=1).metrics["gold/return"] > 0.9
    moves, stays = (api.read(tmp_path / name)[0].curves["gold/return"] for name in ("moves", "stays"))
    settled = moves.x > 400
    assert moves.y[settled].min() < 0.5
    assert stays.y[settled].min() > 0.9  # the control


def test_puzzles_are_right_as_made_and_wrong_as_changed() -> None:
    rows = countdown.puzzles(500, torch.Generator().manual_seed(0))
    assert countdown.solved(rows).all()
    others = torch.cat([rows[:, :4], rows.roll(1, dims=0)[:, 4:]], dim=1)
    assert countdown.solved(others).float().mean() < 0.02
    twice = rows.clone()
    twice[:, 4] = twice[:, 6]  # a number used twice
    changed = rows[:, 4] != rows[:, 6]
    assert not countdown.solved(twice[changed]).any()
    assert countdown.worth(torch.tensor([[1, 9, 2, 11, 3]])).item() == (2 + 3) * 4


@known_answer("countdown", "group_baseline")
def test_verified_answers_of_its_own_raise_what_a_policy_solves(tmp_path: Path) -> None:
    """At seed 0; over seeds the gain is smaller too: .09, .02 and .09 on seeds 0 to 2."""
    told = done(tmp_path, "countdown", recipe="group_baseline", **OWN).metrics
    (read,) = api.read(tmp_path)
    solved = read.curves["val/solved"]
    before = float(solved.y[solved.x <= 0.7 * 1500][-3:].mean())
    assert told["val/solved"] > before + 0.05
    assert told["gold/solved"] > 0.3
    assert told["gold/solved_of_8"] >= told["gold/solved"]


@control("countdown", "group_baseline")
def test_rewards_shuffled_within_their_group_teach_less(tmp_path: Path) -> None:
    short = {"recipe": "group_baseline", "steps": 600, "batch": 64, **OWN}
    right, shuffled = (end(tmp_path, "countdown", **short, reward=paid) for paid in ("verified", "shuffled"))
    assert shuffled["gold/solved"] < 0.5 * right["gold/solved"]
    assert shuffled["gold/solved_of_8"] < 0.5 * right["gold/solved_of_8"]


def test_weights_that_have_not_moved_have_no_law_of_their_distance(tmp_path: Path) -> None:
    short = {"steps": 75, "problem": "logistic"}
    assert 0.0 <= done(tmp_path, "convex", **short).metrics["weight_distance_log_r2"] <= 1.0
    assert "weight_distance_log_r2" not in done(tmp_path, "convex", lr=0.0, **short).metrics
    assert "weight_distance_log_r2" not in done(tmp_path, "convex", **short | {"steps": 25}).metrics


def test_settings_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="digits: no setting 'depth'; there are: model, width"):
        Job("digits", {"depth": 3}, 0)
    with pytest.raises(BadInput, match="digits: steps must be an integer, but is 'many'"):
        Job("digits", {"steps": "many"}, 0)
    with pytest.raises(UnknownName, match="no world 'digit'; there are: digits"):
        Job("digit", {}, 0)
    with pytest.raises(BadInput, match="no variant 'upside-down'; there are: plain"):
        done(tmp_path, "digits", variant="upside-down")
    with pytest.raises(UnknownName, match="no size 'xxl'; there are: xs, s, m, l"):
        done(tmp_path, "charlm", size="xxl")
    with pytest.raises(BadInput, match="relevant must lie in 1 to 30, but is 31"):
        done(tmp_path, "parity", relevant=31)
    with pytest.raises(UnknownName, match="no optimizer 'lion'; there are: sgd, adamw"):
        done(tmp_path, "convex", optimizer="lion")
