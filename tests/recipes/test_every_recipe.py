"""What every recipe keeps, on its smallest world: the same numbers again, after a kill too, all of it counted."""

from __future__ import annotations

import ast
import io
import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from forerun.core import BadInput  # noqa: E402
from forerun.lab import WORLDS  # noqa: E402
from forerun.lab.job import Job  # noqa: E402
from forerun.lab.runner import opened  # noqa: E402
from forerun.recipes import RECIPES  # noqa: E402
from forerun.recipes.training import TrainingRun  # noqa: E402
from tests.counts import COUNTS  # noqa: E402
from tests.recipes.smallest import SMALL, STEPS, TABLE, TINY, begun, job  # noqa: E402

recipes = pytest.mark.parametrize("name", list(RECIPES.table))


def told(training: TrainingRun) -> tuple[Any, ...]:
    """What a training has come to, but for seconds."""
    cost = {column: spent for column, spent in training.meter.cost.columns().items() if "seconds" not in column}
    return training.result(), training.history, cost, {k: v.tolist() for k, v in training.model.state_dict().items()}


@cache
def undisturbed(name: str) -> tuple[Any, ...]:
    training = begun(name)
    training.run()
    return told(training)


def test_the_count_is_that_of_the_table() -> None:
    assert len(RECIPES.table) == len(SMALL) == COUNTS["recipe"]


@recipes
def test_the_same_seed_gives_the_same_numbers(name: str) -> None:
    training = begun(name)
    training.run()
    assert training.step == training.last
    assert told(training) == undisturbed(name)


@recipes
def test_killed_at_random_moments_and_resumed_it_ends_as_if_it_had_not_been(name: str) -> None:
    """Twenty kills at seeded moments of two runs; the state goes through a file that holds tensors alone."""
    draw, kills = random.Random(name), 0
    while kills < 20:
        training, moments = begun(name), sorted(draw.sample(range(1, STEPS), 10))
        for step in moments:
            training.run(step)
            file = io.BytesIO()
            torch.save(training.state_dict(), file)
            file.seek(0)
            torch.manual_seed(draw.randrange(1000))
            training = begun(name)
            training.load_state_dict(torch.load(file, weights_only=True))
        training.run()
        assert told(training) == undisturbed(name)
        kills += len(moments)


NEUTRAL = {
    "early_learning": {"early_learning.weight": 0.0},
    "weight_average": {"ema.decay": 0.0},
    "federated_average": {"tasks": 1},
    "ghost_batch_norm": {"ghost_batch_norm.ghost": 32},
    "magnitude_ticket": {"masked.keep": 1.0},
    "z_loss": {"z_loss.weight": 0.0},
    "group_baseline": {"policy.shown": 1.0},
}
"""Settings with which a recipe's parts do nothing; the others have none."""
PARTS = [{"average": "tail", "tail.start": 1.0}, {"average": "soup", "soup.count": 0}, {"mask": "random_targets"}]
"""Parts of no recipe of the table, and how they do nothing."""


@pytest.mark.parametrize("name", NEUTRAL)
def test_parts_that_do_nothing_leave_the_plain_engine_to_the_bit(name: str) -> None:
    neutral = begun(name, **NEUTRAL[name])
    neutral.run()
    settings = {key: value for key, value in SMALL[name][1].items() if not key.startswith("start.")}
    world = {key: value for key, value in NEUTRAL[name].items() if "." not in key}
    plain = opened(Job(SMALL[name][0], settings | world | {"eval_every": 4}, 0, "supervised"), None)
    plain.run()
    assert weights(neutral) == weights(plain)


@pytest.mark.parametrize("settings", PARTS, ids=lambda settings: next(iter(settings.values())))
def test_so_do_other_parts(settings: dict[str, Any]) -> None:
    neutral, plain = (opened(Job("modular", TABLE | more, 0), None) for more in (settings, {}))
    neutral.run()
    plain.run()
    assert weights(neutral) == weights(plain)


def weights(training: TrainingRun) -> dict[str, list[float]]:
    training.result()
    return {name: value.tolist() for name, value in training.model.state_dict().items()}


@recipes
def test_every_phase_spends_through_the_meter(name: str) -> None:
    training = begun(name)
    training.run()
    cost, engine = training.meter.tick(), training.engine
    assert set(cost.phases) == set(engine.phases)
    assert min(cost.phases.values()) > 0.0
    assert sum(cost.phases.values()) <= cost.seconds
    assert (cost.steps, cost.samples > 0, cost.flops > 0) == (STEPS, True, True)
    assert (cost.rollout_tokens > 0) == ("sample" in engine.phases)


def test_only_the_meter_steps() -> None:
    """Nothing in recipes and worlds takes a gradient or a step but the meter; convex finds its minimum: gold."""
    package = Path(__file__).parents[2] / "src" / "forerun"
    files = [path for folder in ("recipes", "lab") for path in (package / folder).rglob("*.py")]
    calls: dict[str, set[str]] = {"backward": set(), "step": set()}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in calls:
                of = ast.unparse(node.func.value)
                if node.func.attr == "backward" or "optimizer" in of:
                    calls[node.func.attr].add(path.name)
    assert calls == {"backward": {"meter.py", "convex.py"}, "step": {"meter.py"}}


class Oracle:
    """Gold that must not be looked at."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"gold was asked for {name}")

    def __getitem__(self, key: Any) -> Any:
        raise AssertionError("gold was looked at")


GOLD = {"convex": ["best"], "digits": ["gold"], "preferences": ["ideal", "ripple", "gold"], "grid": []}
"""What only gold evaluations of a world read, beside its gold set."""


def blinded(training: TrainingRun) -> TrainingRun:
    """With gold that raises, and no evaluation."""
    world: Any = training.world
    if hasattr(world, "sets") and "gold" in world.sets:
        world.sets["gold"] = Oracle()
    for attribute in GOLD.get(job_world(training), []):
        setattr(world, attribute, Oracle())
    training.method.evaluate = lambda moment: {}
    world.summary = lambda history: {}
    return training


def job_world(training: TrainingRun) -> str:
    return type(training.world).__name__.removesuffix("World").lower()


@recipes
def test_training_never_looks_at_gold(name: str) -> None:
    training = blinded(begun(name))
    training.run()
    assert weights(training) == undisturbed(name)[3]


def test_an_oracle_that_is_looked_at_raises() -> None:
    """The control: a training that is judged while it is blind."""
    training = begun("supervised")
    judged: Callable[..., Any] = training.method.evaluate
    training = blinded(training)
    training.method.evaluate = judged
    with pytest.raises((AssertionError, TypeError)):
        training.run()


@recipes
def test_a_recipe_is_json_and_back(name: str) -> None:
    recipe = RECIPES.load(name)
    assert recipe.of(recipe.document()) == recipe
    filled = job(name).filled
    assert filled.of(filled.document()) == filled


LACKS = r"needs a world that is|finds no (attention|batch normalisation) in|takes outputs scored by"


@pytest.mark.parametrize("name", list(WORLDS.table))
def test_every_recipe_takes_a_step_on_a_world_or_says_what_that_lacks(name: str) -> None:
    """A step each, and one of what it starts from, so far 52 of 182 pairs; none ends in another error."""
    settings = TINY.get(name, {}) | {"steps": 1, "warmup": 0}
    world = WORLDS.load(name).open(Job(name, settings, 0).whole(), 0)  # once: what was drawn of it does not matter
    ran = set[str]()

    def trained(job: Job) -> Mapping[str, Any]:
        assert job.filled.engine is not None
        before = trained(job.start) if job.start else None
        training = TrainingRun(world, job.filled.engine, job.whole(), start=before)
        training.method.evaluate = lambda moment: {}
        training.run()
        return training.model.state_dict()

    for recipe in RECIPES.table:
        job = Job(name, settings | ({"start.steps": 1, "start.warmup": 0} if RECIPES.load(recipe).begins else {}), 0,
                  recipe)  # fmt: skip
        try:
            trained(job)
            ran.add(recipe)
        except BadInput as error:
            assert re.search(LACKS, str(error)), (recipe, str(error))
    assert {Job(name, settings, 0).name, *(recipe for recipe in SMALL if SMALL[recipe][0] == name)} <= ran


def test_what_a_world_lacks_is_named_with_who_asks_for_it() -> None:
    for recipe, world, why in (
        ("early_learning", "convex", "loss early_learning needs a world that is labelled, and this one is not"),
        ("q_learning", "convex", "engine q_learning needs a world that is walkable"),
        ("qk_norm", "convex", "layers qk_norm: finds no attention in the network"),
        ("ghost_batch_norm", "modular", "layers ghost_batch_norm: finds no batch normalisation in the network"),
        (
            "z_loss",
            "convex",
            "z_loss takes outputs scored by cross_entropy, and this world's are scored by absolute",
        ),
        ("actor_critic", "countdown", "advantage learned_value needs a world that is episodic, and this one is not"),
        ("magnitude_ticket", "convex", "masked: needs a start: its largest weights are the mask"),
    ):
        with pytest.raises(BadInput, match=why):
            opened(Job(world, {"steps": 2, "warmup": 1}, 0, recipe), None)
