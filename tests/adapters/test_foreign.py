"""PyTorch's own schedulers read into schedules: the same value at every update, or a refusal that says what to do."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as theirs

from forerun.adapters.foreign import sampled, schedule_of
from forerun.core import BadInput, Schedule
from tests.adapters.test_torch import sgd

Make = Callable[[torch.optim.Optimizer], Any]
CLOSED: dict[str, tuple[Make, str]] = {
    "constant": (lambda o: theirs.ConstantLR(o, factor=0.4, total_iters=5), "path"),
    "linear": (lambda o: theirs.LinearLR(o, start_factor=0.2, end_factor=0.9, total_iters=7), "knots"),
    "step": (lambda o: theirs.StepLR(o, 7, gamma=0.3), "step"),
    "multistep": (lambda o: theirs.MultiStepLR(o, [4, 9, 9, 20], gamma=0.5), "path"),
    "exponential": (lambda o: theirs.ExponentialLR(o, 0.9), "exponential"),
    "polynomial": (lambda o: theirs.PolynomialLR(o, total_iters=25, power=2.0), "polynomial"),
    "cosine": (lambda o: theirs.CosineAnnealingLR(o, T_max=30, eta_min=0.01), "cosine"),
    "restarts": (lambda o: theirs.CosineAnnealingWarmRestarts(o, 5, T_mult=2, eta_min=0.01), "sgdr"),
    "onecycle": (lambda o: theirs.OneCycleLR(o, max_lr=0.8, total_steps=31), "onecycle"),
    "onecycle, three phases": (
        lambda o: theirs.OneCycleLR(o, max_lr=0.8, total_steps=40, three_phase=True, anneal_strategy="linear"),
        "onecycle",
    ),
    "cyclic": (lambda o: theirs.CyclicLR(o, 0.01, 0.3, step_size_up=4, step_size_down=6), "cyclic"),
    "cyclic, halved": (lambda o: theirs.CyclicLR(o, 0.01, 0.3, step_size_up=4, mode="triangular2"), "cyclic"),
    "cyclic, fading": (lambda o: theirs.CyclicLR(o, 0.01, 0.3, 4, mode="exp_range", gamma=0.97), "cyclic"),
    "warmup, then cosine": (
        lambda o: theirs.SequentialLR(
            o, [theirs.LinearLR(o, 0.1, total_iters=6), theirs.CosineAnnealingLR(o, T_max=24)], [6]
        ),
        "then",
    ),
}
STEPS = 30


@pytest.fixture(autouse=True)
def quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, on the order of calls
        yield


def trace(scheduler: Any, steps: int) -> list[float]:
    rates = []
    for _ in range(steps):
        rates.append(scheduler.optimizer.param_groups[0]["lr"])
        scheduler.step()
    return rates


@pytest.mark.parametrize("kind", CLOSED)
def test_what_has_a_closed_form_is_read_as_that(kind: str) -> None:
    make, form = CLOSED[kind]
    plan = schedule_of(make(sgd(0.3)), steps=STEPS)
    assert plan.name == form
    np.testing.assert_allclose(plan.lr(np.arange(STEPS)), trace(make(sgd(0.3)), STEPS), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", CLOSED)
def test_anything_can_be_sampled(kind: str) -> None:
    make, _ = CLOSED[kind]
    plan = sampled(make(sgd(0.3)), steps=STEPS)
    assert plan.name == "path"
    assert plan.lr(np.arange(STEPS)).tolist() == trace(make(sgd(0.3)), STEPS)


def test_reading_leaves_the_scheduler_as_it_was() -> None:
    optimizer = sgd(0.3)
    scheduler = theirs.CosineAnnealingLR(optimizer, T_max=30)
    schedule_of(scheduler)
    assert (scheduler.last_epoch, optimizer.param_groups[0]["lr"]) == (0, 0.3)


def test_of_several_groups_the_highest_rate_is_read() -> None:
    assert schedule_of(theirs.ExponentialLR(sgd(0.1, 0.5), 0.9), steps=9).params["peak"] == 0.5
    with pytest.raises(BadInput, match="its groups' rates are no multiples of each other"):
        schedule_of(theirs.CosineAnnealingLR(sgd(0.1, 0.5), T_max=9, eta_min=0.05))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda o: theirs.LambdaLR(o, lambda n: 0.5**n),
            "LambdaLR: no closed form: it is made of functions",
        ),
        (lambda o: theirs.MultiplicativeLR(o, lambda n: 0.5), "MultiplicativeLR: no closed form"),
        (lambda o: theirs.ReduceLROnPlateau(o), "it follows a metric, and no schedule knows that ahead"),
        (lambda o: theirs.ChainedScheduler([theirs.ExponentialLR(o, 0.9)]), "it multiplies schedules"),
        (lambda o: theirs.CyclicLR(o, 0.01, 0.3, scale_fn=lambda x: 1.0), "its heights are a function"),
        (lambda o: object(), "a object is no schedule of torch, timm, keras, optax, and no function"),
        (lambda o: lambda n: 0.1, "no closed form: it is a function"),
    ],
)
def test_what_has_no_closed_form_is_refused_with_the_way_out(make: Make, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        schedule_of(make(sgd(0.3)), steps=STEPS)


def test_a_horizon_must_be_given_where_there_is_none() -> None:
    with pytest.raises(BadInput, match="ExponentialLR: it has no end of its own: say steps"):
        schedule_of(theirs.ExponentialLR(sgd(0.3), 0.9))


def test_a_scheduler_that_was_stepped_is_refused() -> None:
    scheduler = theirs.CosineAnnealingLR(sgd(0.3), T_max=30)
    scheduler.step()
    with pytest.raises(BadInput, match="CosineAnnealingLR: it made 1 steps: read it as it is made"):
        schedule_of(scheduler)


def test_a_cosine_that_climbs_again_is_not_read_as_one_that_does_not() -> None:
    """PyTorch's goes back up past ``T_max``; ours holds its last value."""
    with pytest.raises(BadInput, match="at update 31 it gives"):
        schedule_of(theirs.CosineAnnealingLR(sgd(0.3), T_max=30), steps=40)


def test_a_function_can_be_sampled() -> None:
    plan = sampled(lambda n: 0.1 if n < 3 else 0.01, steps=5)
    assert plan == Schedule("path", {"x": [0, 3, 5], "value": [0.1, 0.01, 0.01]})
