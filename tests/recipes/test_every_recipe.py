"""What every recipe keeps, on its smallest world: the same numbers again, after a kill too, all of it counted."""

from __future__ import annotations

import ast
import io
import random
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

STEPS = 12
TABLE = {"p": 7, "width": 8, "batch": 8, "steps": STEPS, "warmup": 2}  # of modular addition: 24 examples
SMALL: dict[str, tuple[str, dict[str, Any]]] = {
    "supervised": ("convex", {"features": 4, "examples": 20, "steps": STEPS}),
    "early_learning": ("modular", TABLE),
    "weight_average": ("modular", TABLE),
    "federated_average": ("digits", {"variant": "federated", "local_steps": 2, "width": 8, "steps": STEPS}),
    "ghost_batch_norm": ("digits", {"norm": "batch", "width": 8, "steps": STEPS}),
    "magnitude_ticket": ("modular", TABLE | {"start.steps": 5, "start.warmup": 1}),
    "cyclic_curriculum": ("modular", TABLE | {"start.steps": 5, "start.warmup": 1}),
    "z_loss": ("modular", TABLE),
    "qk_norm": ("addition", {"digits": 1, "size": "xs", "batch": 4, "warmup": 2, "steps": STEPS}),
    "group_baseline": ("countdown", {"size": "xs", "batch": 16, "warmup": 2, "steps": STEPS}),
    "actor_critic": ("bandits", {"episode": 4, "batch": 8, "steps": STEPS}),
    "q_learning": ("grid", {"batch": 8, "width": 8, "steps": STEPS}),
    "reward_model": ("preferences", {"comparisons": 50, "width": 8, "steps": STEPS}),
    "proxy_ascent": ("preferences", {"comparisons": 50, "width": 8, "steps": STEPS, "start.steps": 5}),
}
"""Each recipe's smallest world."""
recipes = pytest.mark.parametrize("name", list(RECIPES.table))


def job(name: str, **more: Any) -> Job:
    world, settings = SMALL[name]
    return Job(world, settings | {"eval_every": 4} | more, 0, name)


@cache
def start(name: str) -> Mapping[str, Any] | None:
    """The weights that the recipe's start comes to."""
    before = job(name).start
    if before is None:
        return None
    training = opened(before, None)
    training.run()
    training.result()
    return training.model.state_dict()


def begun(name: str, **more: Any) -> TrainingRun:
    return opened(job(name, **more), start(name))


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
    """Two kills a recipe at seeded moments, 28 in all; the state goes through a file that holds tensors alone."""
    draw = random.Random(name)
    training = begun(name)
    for step in sorted(draw.sample(range(1, STEPS), 2)):
        training.run(step)
        file = io.BytesIO()
        torch.save(training.state_dict(), file)
        file.seek(0)
        torch.manual_seed(draw.randrange(1000))
        training = begun(name)
        training.load_state_dict(torch.load(file, weights_only=True))
    training.run()
    assert told(training) == undisturbed(name)


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


def test_every_recipe_of_an_ability_runs_on_every_world_that_has_it() -> None:
    """Two steps on each: those of supervised training that ask for no more than examples."""
    for world in ("parity", "convex", "deep_linear", "diffusion2d", "facts"):
        for recipe in ("supervised", "weight_average"):
            training = opened(Job(world, {"steps": 2, "warmup": 1}, 0, recipe), None)
            training.run()
            assert training.step == 2
    assert WORLDS.load("parity").training["steps"] == 3000


def test_what_a_world_lacks_is_named_with_who_asks_for_it() -> None:
    for recipe, world, why in (
        ("early_learning", "convex", "loss early_learning needs a world that is labelled, and this one is not"),
        ("q_learning", "convex", "engine q_learning needs a world that is walkable"),
        ("qk_norm", "convex", "layers qk_norm: finds no layer of its kind in the network"),
        ("magnitude_ticket", "convex", "masked: needs a start: its largest weights are the mask"),
    ):
        with pytest.raises(BadInput, match=why):
            opened(Job(world, {"steps": 2, "warmup": 1}, 0, recipe), None)
