"""Forms against PyTorch's own schedulers, step by step, up to where these are defined."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from forerun.core import Schedule

torch = pytest.importorskip("torch")
from torch.optim import lr_scheduler as theirs  # noqa: E402

Make = Callable[[Any], Any]
PEAK = 0.3


def rates(make: Make, steps: int, name: str = "lr") -> np.ndarray:
    """What their scheduler sets for update 0, 1, ..."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK, momentum=0.9)
    scheduler, values = make(optimizer), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no update was made before step()
        for _ in range(steps):
            values.append(optimizer.param_groups[0][name])
            scheduler.step()
    return np.array(values)


def cyclic(**more: Any) -> Make:
    return lambda o: theirs.CyclicLR(o, base_lr=0.03, max_lr=0.3, step_size_up=20, **more)


@pytest.mark.parametrize(
    ("make", "name", "params"),
    [
        (lambda o: theirs.StepLR(o, 30, 0.5), "step", {"every": 30, "factor": 0.5}),
        (lambda o: theirs.MultiStepLR(o, [30, 80], 0.2), "multistep", {"milestones": [30, 80], "factor": 0.2}),
        (lambda o: theirs.ExponentialLR(o, 0.97), "exponential", {"factor": 0.97}),
        (lambda o: theirs.PolynomialLR(o, 100, 2.0), "polynomial", {"power": 2}),
        (lambda o: theirs.LinearLR(o, 1.0, 0.1, 100), "linear", {"final": 0.1}),
        (lambda o: theirs.CosineAnnealingLR(o, 100, 0.03), "cosine", {"final": 0.1}),
        (lambda o: theirs.CosineAnnealingWarmRestarts(o, 14, 1, 0.03), "sgdr", {"period": 14, "final": 0.1}),
        (lambda o: theirs.CosineAnnealingWarmRestarts(o, 14, 2), "sgdr", {"period": 14, "growth": 2}),
        (cyclic(), "cyclic", {"low": 0.1, "up": 20}),
        (cyclic(step_size_down=30), "cyclic", {"low": 0.1, "up": 20, "down": 30}),
        (cyclic(mode="triangular2"), "cyclic", {"low": 0.1, "up": 20, "decay": 0.5}),
        (cyclic(mode="exp_range", gamma=0.99), "cyclic", {"low": 0.1, "up": 20, "fade": 0.99}),
    ],
)
def test_the_same_rate_at_every_step(make: Make, name: str, params: dict[str, Any]) -> None:
    plan = Schedule(name, {"peak": PEAK, "steps": 100} | params)
    assert plan.lr(np.arange(100)) == pytest.approx(rates(make, 100), rel=1e-12, abs=1e-16)


@pytest.mark.parametrize("three", [False, True])
@pytest.mark.parametrize(("anneal", "shape"), [("cos", "cosine"), ("linear", "straight")])
def test_one_cycle_is_theirs_with_one_step_less(three: bool, anneal: str, shape: str) -> None:
    """Their last phase ends at total_steps - 1, and the first at pct_start * total_steps - 1; momentum as the rate."""
    make = lambda o: theirs.OneCycleLR(o, PEAK, 101, anneal_strategy=anneal, three_phase=three)  # noqa: E731
    shared = {"steps": 100, "warmup": 0.3 * 101 - 1, "shape": shape, "phases": 3 if three else 2}
    rate = Schedule("onecycle", {"peak": PEAK} | shared)
    momentum = Schedule("onecycle", {"peak": 0.85, "start": 0.95 / 0.85, "final": 0.95 / 0.85} | shared)
    assert rate.lr(np.arange(101)) == pytest.approx(rates(make, 101), rel=1e-12)
    assert momentum.lr(np.arange(101)) == pytest.approx(rates(make, 101, "momentum"), rel=1e-12)
