"""Schedules of Transformers, timm, Keras and Optax read into ours: the same value at every update."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from forerun.adapters.foreign import sampled, schedule_of
from forerun.core import BadInput

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' own
STEPS = 30


def sgd() -> Any:
    torch = pytest.importorskip("torch", reason="needs the extra [clients]")
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)


def stepped(scheduler: Any) -> list[float]:
    rates = []
    for _ in range(STEPS):
        rates.append(scheduler.optimizer.param_groups[0]["lr"])
        scheduler.step()
    return rates


TRANSFORMERS = {
    "constant": ({"num_warmup_steps": 5}, None),
    "constant_with_warmup": ({"num_warmup_steps": 5}, None),
    "linear": ({"num_warmup_steps": 5, "num_training_steps": STEPS}, None),
    "cosine": ({"num_warmup_steps": 5, "num_training_steps": STEPS}, None),
    "cosine_with_restarts": ({"num_warmup_steps": 6, "num_training_steps": STEPS}, {"num_cycles": 3}),
    "polynomial": ({"num_warmup_steps": 5, "num_training_steps": STEPS}, {"power": 2.0, "lr_end": 0.01}),
    "inverse_sqrt": ({"num_warmup_steps": 5}, None),
    "cosine_with_min_lr": ({"num_warmup_steps": 5, "num_training_steps": STEPS}, {"min_lr_rate": 0.1}),
    "warmup_stable_decay": (
        {"num_warmup_steps": 5, "num_training_steps": STEPS},
        {"num_decay_steps": 10, "min_lr_ratio": 0.1, "decay_type": "1-sqrt"},
    ),
}


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers(name: str) -> None:
    transformers = pytest.importorskip("transformers", reason="needs the extra [clients]")
    settings, more = TRANSFORMERS[name]
    make = lambda: transformers.get_scheduler(name, sgd(), **settings, scheduler_specific_kwargs=more)  # noqa: E731
    plan = schedule_of(make(), steps=STEPS)
    assert plan.name not in ("path", "knots")
    np.testing.assert_allclose(plan.lr(np.arange(STEPS)), stepped(make()), rtol=1e-9, atol=1e-12)


TIMM = {
    "CosineLRScheduler": [
        {"t_initial": 30, "lr_min": 0.01, "warmup_t": 4, "warmup_lr_init": 0.001},
        {"t_initial": 26, "lr_min": 0.01, "warmup_t": 4, "warmup_lr_init": 0.001, "warmup_prefix": True},
        {"t_initial": 5, "cycle_mul": 2.0, "cycle_limit": 3, "t_in_epochs": False},
    ],
    "PolyLRScheduler": [{"t_initial": 30, "power": 0.8, "lr_min": 0.02, "warmup_t": 3}],
    "StepLRScheduler": [{"decay_t": 7, "decay_rate": 0.3, "warmup_t": 4}],
    "MultiStepLRScheduler": [{"decay_t": [5, 12], "decay_rate": 0.3, "warmup_t": 4}],
    "WSDLRScheduler": [
        {"t_initial": 12, "decay_t": 4},
        {"t_initial": 26, "decay_t": 10, "warmup_t": 4, "decay_fn": "cosine"},
    ],
}


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> Any:
    """timm's schedulers without its models, which need torchvision."""
    if not (spec := find_spec("timm")):
        pytest.skip("needs timm: pip install --no-deps timm")
    package = ModuleType("timm")
    package.__path__ = list(spec.submodule_search_locations or ())
    monkeypatch.setitem(sys.modules, "timm", package)
    return import_module("timm.scheduler")


@pytest.mark.parametrize("name", TIMM)
def test_timm(name: str, timm: Any) -> None:
    """Its cooldown ends at ``t_initial``, the warmup not counted; its t may count epochs."""
    for settings in TIMM[name]:
        scheduler = getattr(timm, name)(sgd(), **settings)
        plan = schedule_of(scheduler, steps=STEPS)
        assert plan.axis == ("epoch" if settings.get("t_in_epochs", True) else "step")
        expected = [scheduler._get_lr(t)[0] for t in range(STEPS)]
        np.testing.assert_allclose(plan.lr(np.arange(STEPS)), expected, rtol=1e-9, atol=1e-12)


def test_the_same_numbers_of_two_libraries_are_two_schedules(timm: Any) -> None:
    """timm's ``t_initial`` leaves the warmup out, Transformers' ``num_training_steps`` counts it: the end says."""
    transformers = pytest.importorskip("transformers", reason="needs the extra [clients]")
    cooled = {"num_decay_steps": 4, "decay_type": "1-sqrt"}

    def theirs(steps: int) -> Any:
        return transformers.get_scheduler("warmup_stable_decay", sgd(), 4, steps, scheduler_specific_kwargs=cooled)

    ours = schedule_of(timm.WSDLRScheduler(sgd(), t_initial=12, decay_t=4, warmup_t=4, t_in_epochs=False))
    assert (ours.end, schedule_of(theirs(12)).end) == (16.0, 12.0)
    at = np.arange(20)
    np.testing.assert_allclose(schedule_of(theirs(16)).lr(at), ours.lr(at), rtol=1e-12, atol=1e-15)


KERAS: dict[str, list[dict[str, Any]]] = {
    "ExponentialDecay": [
        {"decay_steps": 4, "decay_rate": 0.8},
        {"decay_steps": 4, "decay_rate": 0.8, "staircase": True},
    ],
    "PolynomialDecay": [{"decay_steps": 25, "end_learning_rate": 0.01, "power": 2.0}],
    "InverseTimeDecay": [
        {"decay_steps": 4, "decay_rate": 0.8},
        {"decay_steps": 4, "decay_rate": 0.8, "staircase": True},
    ],
    "CosineDecay": [{"decay_steps": 25, "alpha": 0.1}, {"decay_steps": 20, "warmup_target": 0.6, "warmup_steps": 5}],
    "CosineDecayRestarts": [
        {"first_decay_steps": 4, "t_mul": 2.0, "m_mul": 0.7},
        {"first_decay_steps": 4, "alpha": 0.1},
    ],
}


@pytest.mark.parametrize("name", [*KERAS, "PiecewiseConstantDecay"])
def test_keras(name: str) -> None:
    keras = pytest.importorskip("keras", reason="needs the extra [clients]")
    kind = getattr(keras.optimizers.schedules, name)
    made = [kind(0.3, **settings) for settings in KERAS.get(name, [])] or [kind([4, 9], [0.3, 0.1, 0.2])]
    for schedule in made:
        plan = schedule_of(schedule, steps=STEPS)
        expected = [float(schedule(n)) for n in range(STEPS)]
        np.testing.assert_allclose(plan.lr(np.arange(STEPS)), expected, rtol=2e-6, atol=1e-7)


OPTAX: dict[str, Callable[[Any], Any]] = {
    "constant": lambda o: o.constant_schedule(0.3),
    "linear": lambda o: o.linear_schedule(0.0, 0.3, 20, 5),
    "polynomial": lambda o: o.polynomial_schedule(0.3, 0.01, 2, 20, 5),
    "exponential": lambda o: o.exponential_decay(0.3, 4, 0.8, 3),
    "stairs": lambda o: o.exponential_decay(0.3, 4, 0.8, 3, staircase=True),
    "cosine": lambda o: o.cosine_decay_schedule(0.3, 25, 0.1),
    "warmup, cosine": lambda o: o.warmup_cosine_decay_schedule(0.01, 0.3, 5, 25, 0.02),
    "warmup, exponential": lambda o: o.warmup_exponential_decay_schedule(0.01, 0.3, 5, 4, 0.8),
    "piecewise": lambda o: o.piecewise_constant_schedule(0.3, {4: 0.5, 9: 0.5}),
    "one cycle": lambda o: o.cosine_onecycle_schedule(30, 0.3),
    "one straight cycle": lambda o: o.linear_onecycle_schedule(30, 0.3),
    "restarts": lambda o: o.sgdr_schedule(
        [{"init_value": 0.0, "peak_value": 0.3, "decay_steps": n, "warmup_steps": 3} for n in (8, 16)]
    ),
}


@pytest.mark.parametrize("kind", OPTAX)
def test_optax(kind: str) -> None:
    schedule = OPTAX[kind](pytest.importorskip("optax", reason="needs the extra [clients]"))
    plan = schedule_of(schedule, steps=STEPS)
    assert plan.name != "path" or kind == "piecewise"
    np.testing.assert_allclose(
        plan.lr(np.arange(STEPS)), [float(schedule(n)) for n in range(STEPS)], rtol=2e-6, atol=1e-7
    )


def test_optax_functions_of_ones_own_are_sampled() -> None:
    jax = pytest.importorskip("jax", reason="needs the extra [clients]")
    mine = jax.jit(lambda n: 0.3 / (1 + n))
    with pytest.raises(BadInput, match="no closed form: it is a function"):
        schedule_of(mine, steps=STEPS)
    assert sampled(mine, steps=STEPS).lr(2) == pytest.approx(0.1, rel=1e-6)
