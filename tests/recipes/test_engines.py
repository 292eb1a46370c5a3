"""Engines against loops written by hand, what they refuse, and rewards that are learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from forerun.core import BadInput, UnknownName  # noqa: E402
from forerun.lab import WORLDS  # noqa: E402
from forerun.lab.job import Job  # noqa: E402
from forerun.lab.runner import opened, run  # noqa: E402
from forerun.recipes import RECIPES  # noqa: E402
from forerun.recipes.slots import Controller, Seen, StepOrder  # noqa: E402
from forerun.recipes.supervised.slots import PlainLoss, RandomTargets, scored  # noqa: E402
from forerun.recipes.training import TrainingRun  # noqa: E402
from forerun.recipes.world import Predicted  # noqa: E402
from tests.cards import control, known_answer  # noqa: E402

SMALL = {"p": 7, "width": 8, "steps": 20, "warmup": 0}


def by_hand(seed: int) -> dict[str, list[float]]:
    """Twenty steps of AdamW on a table, as anybody would write them."""
    job = Job("modular", SMALL, seed)
    world: Any = WORLDS.load("modular").open(job.whole(), seed)
    net = world.model()
    groups = [{"params": [p for p in net.parameters() if p.dim() >= 2], "weight_decay": 1.0},
              {"params": [p for p in net.parameters() if p.dim() < 2], "weight_decay": 0.0}]  # fmt: skip
    optimizer = torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.98))
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(net(world.pairs[: world.examples]), world.labels())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: value.tolist() for name, value in net.state_dict().items()}


@known_answer("supervised")
@control("supervised")
def test_plain_training_is_a_loop_written_by_hand_to_the_bit() -> None:
    training = opened(Job("modular", SMALL, 0), None)
    training.run()
    mine = {name: value.tolist() for name, value in training.model.state_dict().items()}
    assert mine == by_hand(0) != by_hand(1)


@known_answer("reward_model")
@control("reward_model")
def test_a_reward_prefers_what_is_better_more_often_than_the_annotators_who_taught_it(tmp_path: Path) -> None:
    """They are right on three of four. From coin flips it learns nothing: 1,000 pairs, so within .08 of a half."""
    taught, flipped = (run(Job("preferences", {"error": error}, 0, "reward_model"), tmp_path) for error in (0.25, 0.5))
    assert taught.metrics["gold/acc"] > 0.75
    assert abs(flipped.metrics["gold/acc"] - 0.5) < 0.08


@dataclass(frozen=True)
class Greedy(PlainLoss):
    """A loss that changes what it was given."""

    name: ClassVar[str] = "greedy"

    def __call__(self, state: Any, prediction: Predicted) -> tuple[Tensor, dict[str, Any]]:
        prediction.targets.zero_()
        return super().__call__(state, prediction)


@dataclass(frozen=True)
class Halving(Controller):
    """Halves the rate at step 5 and stops at step 9."""

    name: ClassVar[str] = "halving"

    def __call__(self, state: Any, seen: Seen) -> tuple[StepOrder, dict[str, Any]]:
        return StepOrder(rate=0.5 if seen.step == 5 else 1.0, stop=seen.step == 9), {"orders": seen.step}


def with_part(**slots: Any) -> TrainingRun:
    return opened(Job("modular", SMALL | {"eval_every": 1}, 0, RECIPES.load("supervised").with_parts(**slots)), None)


def test_a_part_that_writes_into_what_it_is_given_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="loss greedy: writes into the outputs or targets that it is given"):
        with_part(loss=Greedy()).run()


def test_a_controller_changes_the_rate_and_ends_the_run() -> None:
    training = with_part(controller=Halving())
    training.run()
    assert [record["lr"] for record in training.history] == [0.01] * 5 + [0.005] * 4
    assert (training.step, training.history[-1]["orders"]) == (9, 9.0)


def test_a_mask_of_targets_counts_the_share_it_says() -> None:
    """A twentieth off a half of 384 draws once in 20 runs; the seed is fixed."""
    training = with_part(mask=RandomTargets(share=0.5))
    training.run()
    shares = [record["mask/share"] for record in training.history]
    assert sum(shares) / len(shares) == pytest.approx(0.5, abs=0.05)
    assert scored(
        Predicted(torch.eye(2), torch.tensor([0, 1]), torch.tensor([True, False])), "cross_entropy"
    ) == scored(Predicted(torch.eye(2)[:1], torch.tensor([0])), "cross_entropy")


def test_settings_of_slots_and_parts_are_refused_in_words() -> None:
    for settings, why in (
        ({"average": "tial"}, "no average 'tial'; there are: none, ema, tail, soup, federated"),
        ({"tial.start": 0.5}, "engine supervised: no part 'tial'"),
        ({"average": "tail", "tail.end": 0.5}, "tail: no setting 'end'; there are: start"),
        ({"supervised.group": 2}, "engine supervised: no setting 'group'; there are: none"),
        ({"start.steps": 2}, "no setting 'start.steps'"),
    ):
        with pytest.raises(UnknownName, match=why):
            opened(Job("modular", settings, 0), None)
    for settings, why in (
        ({"tail.start": 0.5}, "engine supervised: tail fills no slot; set average=tail too"),
        ({"average": "tail", "tail.start": "late"}, "tail: start must be a number, but is 'late'"),
        ({"average": "tail", "tail.start": 7}, "tail: start must lie in 0 to 1, but is 7"),
        ({"average": "ema", "ema.decay": "nan"}, "ema: decay must lie in 0 to 1, but is nan"),
        ({"steps": "ten"}, "modular: steps must be an integer, but is 'ten'"),
        ({"steps": 0}, "supervised on modular: steps must be at least 1, but is 0"),
        ({"batch": 0}, "batch must be at least 1, but is 0"),
        ({"lr": -1.0}, "lr must be at least 0, but is -1"),
    ):
        with pytest.raises(BadInput, match=why):
            opened(Job("modular", settings, 0), None)
    for settings, why in (
        ({"policy.group": 0}, "policy: group must be at least 1, but is 0"),
        ({"batch": 4}, "policy: a batch of 4 holds no group of 8 answers"),
    ):
        with pytest.raises(BadInput, match=why):
            opened(Job("bandits", settings, 0, "group_baseline"), None)
    with pytest.raises(BadInput, match="is parts for a loop of one's own"):
        type(RECIPES.load("z_loss"))(card=RECIPES.card("z_loss")).with_parts()
